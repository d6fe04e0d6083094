//! A pool of servers that are asked as one: routing, hedging, rate budgets, health.

mod budget;
mod connection_pool;
mod endpoint;
mod endpoint_state;
mod endpoint_status;
mod fetch;
mod health;
mod health_checker;
mod hedge;
mod hedging_delay;
mod ledger_availability;
mod ledger_streams;
mod limits;
mod preference;
mod request_context;
mod routing;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::endpoint_id::EndpointId;
use crate::transport::{Dialer, EndpointUrl};
use connection_pool::ConnectionPool;
use endpoint::Endpoint;
use hedging_delay::HedgingDelay;

pub use endpoint_status::EndpointStatus;
pub use ledger_streams::{EndpointEvent, LedgerStreams};
pub use limits::PoolLimits;

/// Several servers that are asked as one. Clones share everything.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    dialer: Arc<dyn Dialer>,
    endpoints: Vec<Arc<Endpoint>>,
    limits: PoolLimits,
    hedging_delay: Mutex<HedgingDelay>,
    /// Wakes requests that wait for a place at a server.
    freed: Arc<Notify>,
    health_checkers: Vec<AbortHandle>,
    /// Whether metrics of the pool are registered.
    is_registered: AtomicBool,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.health_checkers.iter().for_each(AbortHandle::abort);
    }
}

impl Pool {
    /// A pool of the servers at `urls`. To be called inside of a runtime. Nothing fails here: a server that can't be reached
    /// is retried.
    pub fn new(dialer: Arc<dyn Dialer>, urls: Vec<EndpointUrl>, limits: PoolLimits) -> Self {
        let freed = Arc::new(Notify::new());
        let endpoint = |(id, url): (usize, EndpointUrl)| {
            let connections = ConnectionPool::new(dialer.clone(), url.clone(), &limits);
            Arc::new(Endpoint::new(EndpointId(id), url, connections, &limits, freed.clone()))
        };
        let endpoints: Vec<_> = urls.into_iter().enumerate().map(endpoint).collect();
        let health_checkers = endpoints
            .iter()
            .map(|it| tokio::spawn(health_checker::run(it.clone())).abort_handle())
            .collect();
        let hedging_delay = Mutex::default();
        let is_registered = AtomicBool::new(false);
        Self {
            shared: Arc::new(Shared {
                dialer,
                endpoints,
                limits,
                hedging_delay,
                freed,
                health_checkers,
                is_registered,
            }),
        }
    }

    /// A line for each server, by its URL: why it is not asked, `None` while it is.
    pub fn status_lines(&self) -> impl Iterator<Item = (String, Option<String>)> {
        let servers = self.snapshot().into_iter();
        servers.map(|it| (it.url, it.not_used.map(|why| format!("not asked: {why}"))))
    }

    /// Whether the metrics of the pool are to be registered, which happens once.
    pub(crate) fn take_registration(&self) -> bool {
        !self.shared.is_registered.swap(true, Ordering::Relaxed)
    }

    /// The state of each server, as plain values.
    pub fn snapshot(&self) -> Vec<EndpointStatus> {
        self.shared.endpoints.iter().map(|endpoint| endpoint.status()).collect()
    }
}
