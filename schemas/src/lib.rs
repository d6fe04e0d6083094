//! The topics of ekspiper: their Avro schemas, Rust types, keys, positions and retention.
//!
//! The contract is one `.avsc` file per message; the types here mirror it in Rust, and `golden/` holds encoded samples.
//!
//! # Invariants
//! - The value of a record depends on the ledger and the ingestion version alone; [`BookOffers`] alone holds what a server
//!   answered about that ledger.
//! - Every record of ledger *n* has the sequence number *n*, so it lies in partition *n mod P*.

mod amount;
mod asset;
mod book_offer_requests;
mod book_offers;
mod key;
mod ledger_events;
mod ledger_headers;
mod ledger_position;
mod ledger_records;
mod ledgers;
mod members;
mod schema_discoveries;
mod table;
mod transaction_records;
mod transactions;
mod untyped_field;

use flow::{Cleanup, Extent, TopicSpec};

pub use amount::{Amount, ISSUED, MPT, UNAVAILABLE, XRP};
pub use asset::Asset;
pub use book_offer_requests::{BookOfferRequest, BookOfferRequests};
pub use book_offers::{BookOffers, BookOffersAnswer};
pub use ledger_events::{LedgerEvent, LedgerEvents};
pub use ledger_headers::{LedgerHeader, LedgerHeaders};
pub use ledger_position::LedgerPosition;
pub use ledger_records::{LedgerRecord, LedgerRecords};
pub use ledgers::{Ledger, LedgerTransaction, Ledgers};
pub use members::{Item, Members};
pub use schema_discoveries::{SchemaDiscoveries, SchemaDiscovery};
pub use table::{
    Form, PathRow, Shape, Slot, ledger_paths, ledger_shape, transaction_paths, transaction_shape,
};
pub use transaction_records::{TransactionRecord, TransactionRecords};
pub use transactions::{Transaction, Transactions};
pub use untyped_field::UntypedField;

/// Version of what is ingested. Raised with every change of meaning; a pointer of a newer version refuses an older binary.
pub const INGESTION_VERSION: i32 = 1;

/// A 256-bit hash.
pub type Hash256 = [u8; 32];

/// One week: longer than a weekend's outage of a sink, and small enough for a broker's disk.
const RETENTION_HOURS: u32 = 24 * 7;

const fn partitioned(name: &'static str) -> TopicSpec {
    TopicSpec {
        name,
        extent: Extent::Partitioned,
        cleanup: Cleanup::DeleteAfterHours(RETENTION_HOURS),
    }
}

/// All topics of a lane that flows write, with those that the runtime writes itself.
pub fn all() -> Vec<flow::TopicSchema> {
    use flow::TopicSchema;
    vec![
        TopicSchema::of::<LedgerEvents>(),
        TopicSchema::of::<Ledgers>(),
        TopicSchema::of::<LedgerHeaders>(),
        TopicSchema::of::<Transactions>(),
        TopicSchema::of::<TransactionRecords>(),
        TopicSchema::of::<LedgerRecords>(),
        TopicSchema::of::<SchemaDiscoveries>(),
        TopicSchema::of::<BookOfferRequests>(),
        TopicSchema::of::<BookOffers>(),
        TopicSchema::of::<flow::DeadLetters>(),
        TopicSchema::of::<flow::ingest::Checkpoints>(),
    ]
}
