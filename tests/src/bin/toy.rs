//! The toy flows in one binary, chosen by the name that it is run as.

use std::path::Path;
use std::process::ExitCode;

use ekspiper_tests::toy::{copy, fetch, ledger_record, sink, source, sum};

fn main() -> ExitCode {
    let called = std::env::args_os().next().unwrap_or_default();
    match Path::new(&called).file_name().and_then(|name| name.to_str()) {
        Some("toy-source") => source::run(),
        Some("toy-copy") => copy::run(),
        Some("toy-fetch") => fetch::run(),
        Some("toy-ledger-record") => ledger_record::run(),
        Some("toy-sums") => sum::run(),
        Some("toy-sink") => sink::run(),
        _ => {
            eprintln!(
                "call it as toy-source, toy-copy, toy-fetch, toy-ledger-record, toy-sums or toy-sink"
            );
            ExitCode::FAILURE
        }
    }
}
