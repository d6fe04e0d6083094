//! Runs `ledger-record`.

fn main() {}
