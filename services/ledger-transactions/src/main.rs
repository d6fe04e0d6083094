//! Runs the flow `ledger-transactions`.

use std::process::ExitCode;

use flow::NoSettings;
use ledger_transactions::{ABOUT, flow};

fn main() -> ExitCode {
    flow::main("ledger-transactions", ABOUT, |_: NoSettings, _| Ok(flow()))
}
