//! Runs the flow `ledger-record`.

use std::process::ExitCode;

use flow::NoSettings;
use ledger_record::{ABOUT, flow};

fn main() -> ExitCode {
    flow::main("ledger-record", ABOUT, |_: NoSettings, _| Ok(flow()))
}
