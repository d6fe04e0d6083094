//! Runs `ekspiper`.

fn main() {}
