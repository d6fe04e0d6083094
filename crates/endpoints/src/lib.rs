//! What flows that ask XRP Ledger servers share: which servers, how much they are asked, and how they fare.

mod args;
mod request_share;
mod url_parser;

use flow::{EndpointCounts, MetricsHandle, ProcessError, Reject};
use xrpl_client::{Pool, PoolError, RangeSet};

pub use args::{Args, LimitArgs};
pub use request_share::{BadRequestShare, RequestShare};
pub use url_parser::UrlParser;

/// Hands over what is known of each server. What a server that is set aside did is said in words too.
pub fn report(pool: &Pool, meter: &MetricsHandle) {
    for status in pool.snapshot() {
        let failed: u64 = status.errors.iter().map(|(_, n)| n).sum();
        let mut requests = vec![
            ("ok", status.requests.saturating_sub(failed)),
            ("overload", status.overloads),
            ("hedged", status.hedges),
        ];
        requests.extend(status.errors.iter().map(|(class, n)| (class.label(), *n)));
        meter.endpoint(&EndpointCounts {
            name: &status.url,
            up: status.up && status.set_aside.is_none(),
            set_aside: status.set_aside.as_deref(),
            requests_per_s_max: status.requests_per_s,
            newest: status.announced.map(u64::from),
            blocks: status.complete_ledgers.as_ref().map(RangeSet::count),
            bytes: status.reply_bytes,
            requests: &requests,
        });
    }
}

/// What the runtime is to do about a pool's error: try again, unless waiting changes nothing.
pub fn fetch_error(error: PoolError) -> ProcessError {
    match error {
        PoolError::Refused(_) => Reject::because("refused", error).into(),
        PoolError::Contradiction(_) => Reject::because("contradiction", error).into(),
        transient => ProcessError::Transient(transient.into()),
    }
}
