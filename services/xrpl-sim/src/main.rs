//! Runs `xrpl-sim`.

fn main() {}
