//! A client of XRP Ledger servers, rippled and Clio: a [`Pool`] that asks several servers as one, the live stream of
//! validated ledgers, and the chain of ledgers walked by hashes.
//!
//! The modules in the order of a request: `pool` chooses a server within its rate budget, `transport` carries the request,
//! `call` knows commands and replies, `error` says what follows from a failure, `trust` decides whom to believe. `stream`
//! follows the ledgers that a server announces, [`chain`] fills gaps between them.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use xrpl_client::{LedgerQuorum, LedgerId, Pool, PoolLimits, Quorum, StreamEvent, TcpDialer};
//!
//! # async fn newest_header() -> Result<(), Box<dyn std::error::Error>> {
//! let urls = vec!["wss://s1.ripple.com".parse()?, "wss://s2.ripple.com".parse()?];
//! let pool = Pool::new(Arc::new(TcpDialer::default()), urls, PoolLimits::default());
//! let mut quorum = LedgerQuorum::new(Quorum::Majority, pool.snapshot().iter().map(|it| it.id));
//! let mut streams = pool.ledger_streams();
//! while let Some(it) = streams.next().await {
//!     if let StreamEvent::LedgerClosed(announced) = it.event {
//!         quorum.announced(it.endpoint, &announced);
//!     }
//!     if let Some(agreed) = quorum.newest() {
//!         // Whichever server answers: the header is proven by its hash.
//!         let header = pool.fetch_header(agreed.ledger).await?;
//!         println!("{}: closed at {}", agreed.ledger, header.close_time);
//!     }
//! }
//! # Ok(())
//! # }
//! ```

// A request goes down from here.
#[cfg(feature = "clap")]
mod cli;

pub mod chain;

mod pool;

mod stream;

mod transport;

// What a request carries, what may go wrong, and whom to believe.
mod call;

mod error;

mod trust;

mod metrics;

mod endpoint_id;
mod ledger_id;
mod range_set;
mod retry_waits;

#[cfg(feature = "clap")]
pub use cli::{EndpointArgs, InvalidRequestShare, LimitArgs, RequestShare, UrlParser};

pub use call::{
    BookOffers, BookOffersCall, Call, LedgerCall, LedgerEntry, LedgerEntryCall, LedgerHeaderCall,
    LedgerSpec, Reply, ServerInfo, ServerInfoCall, StatedHeader, SubscribeCall,
    TransactionHashesCall, UnverifiedLedger, ValidatedLedger,
};
pub use endpoint_id::EndpointId;
pub use error::{
    ConnectionError, Error, ErrorClass, HealthImpact, InvalidResponse, RetryTarget, RpcError,
};
pub use ledger_id::LedgerId;
pub use metrics::PoolMetrics;
pub use pool::{EndpointEvent, EndpointStatus, LedgerStreams, Pool, PoolLimits};
pub use range_set::{RangeSet, RangeSetError};
pub use stream::{LedgerStream, StreamEvent};
pub use transport::{
    ByteStream, Connection, ConnectionLimits, Dialer, EndpointUrl, EndpointUrlError, TcpDialer,
};
pub use trust::{AgreedLedger, Disagreement, Evidence, LedgerQuorum, Quorum};
