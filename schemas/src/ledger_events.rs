//! A validated ledger: its hash, and the hash of its parent.

use flow::{RecordOrder, Topic, TopicSpec};
use serde::{Deserialize, Serialize};

use crate::{Hash256, key};

/// The topic `ledger-events`.
#[derive(Debug, Clone, Copy)]
pub struct LedgerEvents;

/// The record of `ledger-events.avsc`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct LedgerEvent {
    pub ledger_index: u32,
    #[serde(with = "serde_bytes")]
    pub ledger_hash: Hash256,
    #[serde(with = "serde_bytes")]
    pub parent_hash: Hash256,
}

impl Topic for LedgerEvents {
    const SPEC: TopicSpec = crate::partitioned("ledger-events");
    const SCHEMA: &'static str = include_str!("../ledger-events.avsc");
    type Record<'a> = LedgerEvent;

    fn key(event: &LedgerEvent, key: &mut Vec<u8>) {
        key::index(event.ledger_index, key);
    }

    fn order(event: &LedgerEvent) -> RecordOrder {
        RecordOrder::whole(event.ledger_index.into())
    }
}
