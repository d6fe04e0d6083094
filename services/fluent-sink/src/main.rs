//! Runs the flow `fluent-sink`.

use std::process::ExitCode;

use fluent_sink::{ABOUT, Args, flow};

fn main() -> ExitCode {
    flow::main("fluent-sink", ABOUT, |args: Args, settings| flow(&args, settings))
}
