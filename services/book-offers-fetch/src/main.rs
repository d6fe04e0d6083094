//! Runs the flow `book-offers-fetch`.

use std::process::ExitCode;

use book_offers_fetch::{ABOUT, flow};
use flow::NoSettings;

fn main() -> ExitCode {
    flow::main("book-offers-fetch", ABOUT, |_: NoSettings, _| Ok(flow()))
}
