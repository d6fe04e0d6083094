//! Runs the flow `transaction-record`.

use std::process::ExitCode;

use flow::NoSettings;
use transaction_record::{ABOUT, flow};

fn main() -> ExitCode {
    flow::main("transaction-record", ABOUT, |_: NoSettings, _| Ok(flow()))
}
