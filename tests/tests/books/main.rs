//! Order books: which ones are asked for, how, and what is recorded of each.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod behind;
mod busy;
mod kinds;
mod lost;
mod market;
mod records;
mod trading;
