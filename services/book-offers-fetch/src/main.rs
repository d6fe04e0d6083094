//! Runs `book-offers-fetch`.

fn main() {}
