//! Runs `ledger-source`.

fn main() {}
