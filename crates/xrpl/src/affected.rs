//! The nodes that a transaction affected, from its metadata.

use crate::{Hash256, Malformed};

/// What happened to a ledger entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// `CreatedNode`.
    Created,
    /// `ModifiedNode`.
    Modified,
    /// `DeletedNode`.
    Deleted,
}

/// A ledger entry that a transaction affected; fields are for [`crate::Fields`] or [`crate::decode()`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AffectedNode<'a> {
    /// What happened.
    pub action: Action,
    /// Code of the entry's type.
    pub entry_type: u16,
    /// The entry's index (key).
    pub index: Hash256,
    /// `NewFields` of a created node.
    pub new_fields: Option<&'a [u8]>,
    /// `FinalFields` of a modified or deleted node; many modified ones have none.
    pub final_fields: Option<&'a [u8]>,
    /// `PreviousFields`.
    pub previous_fields: Option<&'a [u8]>,
}

/// Iterates over `AffectedNodes` of a transaction's metadata in one pass over its bytes.
#[derive(Debug, Clone)]
pub struct AffectedNodes<'a> {
    bytes: &'a [u8],
}

impl<'a> AffectedNodes<'a> {
    /// Over the nodes of this metadata.
    pub fn new(meta_blob: &'a [u8]) -> Self {
        Self { bytes: meta_blob }
    }
}

impl<'a> Iterator for AffectedNodes<'a> {
    type Item = Result<AffectedNode<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let _ = self.bytes;
        unimplemented!()
    }
}
