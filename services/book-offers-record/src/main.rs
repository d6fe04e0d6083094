//! Runs the flow `book-offers-record`.

use std::process::ExitCode;

use book_offers_record::{ABOUT, Args, flow};

fn main() -> ExitCode {
    flow::main("book-offers-record", ABOUT, |args: Args, settings| {
        Ok(flow(args.endpoints.pool(&settings.network), args.asking))
    })
}
