//! Runs the flow `ledger-source`.

use std::process::ExitCode;

use ledger_source::{ABOUT, Args, flow};

fn main() -> ExitCode {
    flow::main("ledger-source", ABOUT, |args: Args, settings| {
        flow(args.endpoints.pool(&settings.network), args.agree, settings)
    })
}
