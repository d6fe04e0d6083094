//! Runs the flow `ledger-details`.

use std::process::ExitCode;

use ledger_details::{ABOUT, Args, flow};

fn main() -> ExitCode {
    flow::main("ledger-details", ABOUT, |args: Args, settings| {
        Ok(flow(args.pool(settings), args.ledger_bytes_max))
    })
}
