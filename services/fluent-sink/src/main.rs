//! Runs `fluent-sink`.

fn main() {}
