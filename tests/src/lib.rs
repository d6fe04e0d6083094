//! What tests on a real broker and real binaries are made of.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test that fails panics")]

mod answered_book;
mod arrivals;
mod chain;
pub mod conservation;
mod counts;
mod eventually;
mod flow_process;
mod http;
mod kafka;
mod lane;
mod process;
mod proxy;
mod raw_copy;
mod reader;
mod receiver;
mod record_links;
mod relay;
pub mod toy;
mod whole_ledger;
mod writer;

pub use answered_book::{AnsweredBook, OFFERS_MAX};
pub use arrivals::Arrivals;
pub use chain::{Books, Chain, DecodedLedger, OUTGOING, asset};
pub use counts::Counts;
pub use eventually::eventually;
pub use flow_process::FlowProcess;
pub use http::{get, post};
pub use kafka::Kafka;
pub use lane::Lane;
pub use process::{Process, binary, cpu_s};
pub use proxy::Proxy;
pub use raw_copy::RawCopy;
pub use reader::{Reader, Record};
pub use receiver::{Received, Receiver};
pub use record_links::{TopicFault, check_topic};
pub use relay::relay;
pub use whole_ledger::{ledger_event, whole_ledger};
pub use writer::Writer;
