//! Runs `ledger-details`.

fn main() {}
