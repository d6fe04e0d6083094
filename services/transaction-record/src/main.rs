//! Runs `transaction-record`.

fn main() {}
