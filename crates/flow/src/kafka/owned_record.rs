//! A record as it was read, kept: with what its headers say, without its value.

use crate::kafka::consumed_record::RecordHead;

/// A record as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct OwnedRecord {
    pub(crate) head: RecordHead,
    pub(crate) key: Vec<u8>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
}
