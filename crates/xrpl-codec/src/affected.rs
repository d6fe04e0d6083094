//! The nodes that a transaction affected, from its metadata.

use crate::fields::read_raw;
use crate::serial_reader::SerialReader;
use crate::{FieldCode, Hash256, Malformed};

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

/// A ledger entry that a transaction affected; its fields are for [`crate::Fields`] or [`crate::decode()`].
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

/// Iterates over `AffectedNodes` of a transaction's metadata in one pass over its bytes; ends after the first error.
#[derive(Debug, Clone)]
pub struct AffectedNodes<'a> {
    state: State<'a>,
}

#[derive(Debug, Clone)]
enum State<'a> {
    Before(SerialReader<'a>),
    Inside(SerialReader<'a>),
    After,
}

impl<'a> AffectedNodes<'a> {
    /// Over the nodes of this metadata.
    pub fn new(meta_blob: &'a [u8]) -> Self {
        Self { state: State::Before(SerialReader::new(meta_blob)) }
    }
}

impl<'a> Iterator for AffectedNodes<'a> {
    type Item = Result<AffectedNode<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = match std::mem::replace(&mut self.state, State::After) {
            State::Before(reader) => enter(reader).and_then(|reader| reader.map_or(Ok(None), node)),
            State::Inside(reader) => node(reader),
            State::After => Ok(None),
        };
        let (node, reader) = match next {
            Ok(next) => next?,
            Err(malformed) => return Some(Err(malformed)),
        };
        self.state = State::Inside(reader);
        Some(Ok(node))
    }
}

/// To the first element of the array, if the metadata has it.
fn enter(mut reader: SerialReader<'_>) -> Result<Option<SerialReader<'_>>, Malformed> {
    while !reader.is_at_end() {
        let before = reader;
        if reader.header()? == FieldCode::AFFECTED_NODES {
            return Ok(Some(reader));
        }
        reader = before;
        read_raw(&mut reader)?;
    }
    Ok(None)
}

/// The node at hand and what follows it; `None` at the end of the array.
fn node(
    mut reader: SerialReader<'_>,
) -> Result<Option<(AffectedNode<'_>, SerialReader<'_>)>, Malformed> {
    let at = reader.at();
    let action = match reader.header()? {
        FieldCode::ARRAY_END => return Ok(None),
        FieldCode::CREATED_NODE => Action::Created,
        FieldCode::MODIFIED_NODE => Action::Modified,
        FieldCode::DELETED_NODE => Action::Deleted,
        _ => return Err(Malformed::Misplaced { at }),
    };
    let (mut entry_type, mut index) = (None, None);
    let [mut new_fields, mut final_fields, mut previous_fields] = [None; 3];
    loop {
        let before = reader;
        if reader.header()? == FieldCode::OBJECT_END {
            break;
        }
        reader = before;
        let field = read_raw(&mut reader)?;
        match field.code {
            FieldCode::LEDGER_ENTRY_TYPE => entry_type = field.u16(),
            FieldCode::LEDGER_INDEX => index = Hash256::from_slice(field.bytes),
            FieldCode::NEW_FIELDS => new_fields = Some(field.bytes),
            FieldCode::FINAL_FIELDS => final_fields = Some(field.bytes),
            FieldCode::PREVIOUS_FIELDS => previous_fields = Some(field.bytes),
            _ => {}
        }
    }
    let entry_type = entry_type.ok_or(Malformed::Missing("LedgerEntryType of an affected node"))?;
    let index = index.ok_or(Malformed::Missing("LedgerIndex of an affected node"))?;
    Ok(Some((
        AffectedNode { action, entry_type, index, new_fields, final_fields, previous_fields },
        reader,
    )))
}
