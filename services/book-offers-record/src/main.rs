//! Runs the flow `book-offers-record`.

use std::process::ExitCode;

use book_offers_record::{ABOUT, flow};
use endpoints::Args;

fn main() -> ExitCode {
    flow::main("book-offers-record", ABOUT, |args: Args, settings| {
        Ok(flow(args.pool(&settings.network)))
    })
}
