//! Runs the flow `ledger-details`.

use std::process::ExitCode;

use endpoints::Args;
use ledger_details::{ABOUT, flow};

fn main() -> ExitCode {
    flow::main("ledger-details", ABOUT, |args: Args, _| Ok(flow(args.pool())))
}
