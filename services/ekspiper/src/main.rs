//! Runs `ekspiper`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ekspiper::main()
}
