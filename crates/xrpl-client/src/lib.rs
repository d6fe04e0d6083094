//! Talking to XRP Ledger servers, rippled and Clio: connections, typed calls, the live stream, a pool, the chain.

mod announcement;
mod backoff;
mod call;
mod calls;
pub mod chain;
mod connection;
mod dial;
mod endpoint_url;
mod error;
mod frame;
mod loss;
mod pending;
mod pool;
mod range_set;
mod refusal;
mod remedy;
mod stream;
mod wire;

pub use announcement::Announcement;
pub use call::{Call, LedgerSpec};
pub use calls::{
    BookOffers, BookOffersCall, LedgerCall, LedgerEntry, LedgerEntryCall, LedgerHeaderCall,
    ServerInfo, ServerInfoCall, StatedHeader, SubscribeCall, TransactionHashesCall,
    UnverifiedLedger,
};
pub use connection::{Connection, ConnectionLimits};
pub use dial::{ByteStream, Dial, Network};
pub use endpoint_url::{EndpointUrl, EndpointUrlError};
pub use error::{ErrorClass, Lie, ServerError};
pub use frame::Reply;
pub use loss::Loss;
pub use pool::{
    Announcements, EndpointEvent, EndpointId, EndpointStatus, Evidence, LedgerId, Pool, PoolError,
    PoolLimits,
};
pub use range_set::{RangeSet, RangeSetError};
pub use refusal::Refusal;
pub use remedy::{Blame, Disposition, Remedy};
pub use stream::{LedgerStream, StreamEvent};
