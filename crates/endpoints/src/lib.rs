//! What flows that ask XRP Ledger servers share: which servers, and how they fare.

use std::sync::Arc;

use flow::{EndpointCounts, FetchError, Meter, Reject};
use xrpl::servers::{EndpointUrl, Network, Pool, PoolError, PoolLimits};

/// The servers to ask.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// A server's WebSocket URL, such as `wss://s2.ripple.com`; repeatable, in the environment separated by commas
    #[arg(long = "xrpl-url", env = "XRPL_URL", required = true, value_delimiter = ',')]
    pub xrpl_urls: Vec<EndpointUrl>,
}

impl Args {
    /// One pool of all servers. To be called inside of a runtime; flows of one process share one pool.
    pub fn pool(&self) -> Pool {
        Pool::new(Arc::new(Network::default()), self.xrpl_urls.clone(), PoolLimits::default())
    }
}

/// Hands over what is known of each server.
pub fn report(pool: &Pool, meter: &Meter) {
    for status in pool.snapshot() {
        let failed: u64 = status.errors.iter().map(|(_, n)| n).sum();
        let mut requests =
            vec![("ok", status.requests.saturating_sub(failed)), ("overload", status.overloads)];
        requests.extend(status.errors.iter().map(|(class, n)| (class.label(), *n)));
        meter.endpoint(&EndpointCounts {
            name: &status.url,
            up: status.up && status.set_aside.is_none(),
            set_aside: status.set_aside.is_some(),
            bytes: status.reply_bytes,
            requests: &requests,
        });
    }
}

/// What the runtime is to do about a pool's error: try again, unless waiting changes nothing.
pub fn fetch_error(error: PoolError) -> FetchError {
    match error {
        PoolError::Refused(_) => Reject::because("refused", error).into(),
        PoolError::Contradiction(_) => Reject::because("contradiction", error).into(),
        transient => FetchError::Transient(transient.into()),
    }
}
