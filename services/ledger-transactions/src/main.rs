//! Runs `ledger-transactions`.

fn main() {}
