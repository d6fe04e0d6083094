//! A path or type that the table of paths lacks or forbids, and where it was seen first.

use flow::{Cleanup, Extent, RecordOrder, Topic, TopicSpec};
use serde::{Deserialize, Serialize};

/// The compacted topic `schema-discoveries`.
#[derive(Debug, Clone, Copy)]
pub struct SchemaDiscoveries;

/// The record of `schema-discoveries.avsc`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct SchemaDiscovery<'a> {
    pub path: &'a str,
    #[serde(borrow)]
    pub types: Vec<&'a str>,
    pub first_ledger_index: u32,
    pub ledger_index: u32,
}

impl Topic for SchemaDiscoveries {
    const SPEC: TopicSpec = TopicSpec {
        name: "schema-discoveries",
        extent: Extent::Partitioned,
        cleanup: Cleanup::Compact,
    };
    const SCHEMA: &'static str = include_str!("../schema-discoveries.avsc");
    type Record<'a> = SchemaDiscovery<'a>;

    fn key(record: &SchemaDiscovery<'_>, key: &mut Vec<u8>) {
        key.extend_from_slice(record.path.as_bytes());
    }

    fn order(record: &SchemaDiscovery<'_>) -> RecordOrder {
        RecordOrder::whole(record.ledger_index.into())
    }
}
