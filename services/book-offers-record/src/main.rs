//! Runs `book-offers-record`.

fn main() {}
