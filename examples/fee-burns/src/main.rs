//! Runs the flow `fee-burns`.

use std::process::ExitCode;

use fee_burns::{ABOUT, flow};
use flow::NoSettings;

fn main() -> ExitCode {
    flow::main("fee-burns", ABOUT, |_: NoSettings, _| Ok(flow()))
}
