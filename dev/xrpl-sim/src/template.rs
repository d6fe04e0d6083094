//! Recorded transactions as moulds for generated ones.

use xrpl_codec::{FieldCode, Fields, LedgerTransaction, Malformed, transaction_id};

/// A recorded transaction, and the offsets in its bytes of the numbers that make each copy unique.
#[derive(Debug)]
pub(crate) struct Template {
    tx_blob: Vec<u8>,
    meta_blob: Vec<u8>,
    /// `Sequence`, or `TicketSequence` where a ticket was used.
    sequence_at: usize,
    last_ledger_at: Option<usize>,
    transaction_index_at: usize,
}

const SEQUENCE: FieldCode = FieldCode { type_code: 2, nth: 4 };
const LAST_LEDGER_SEQUENCE: FieldCode = FieldCode { type_code: 2, nth: 27 };
const TRANSACTION_INDEX: FieldCode = FieldCode { type_code: 2, nth: 28 };
const TICKET_SEQUENCE: FieldCode = FieldCode { type_code: 2, nth: 41 };

/// How long a cast says it would have been valid, in ledgers.
const LAST_LEDGER_DISTANCE: u32 = 20;

impl Template {
    /// Makes a mould; `None` of a pseudo-transaction, which has no sequence of its own.
    pub(crate) fn new(recorded: &LedgerTransaction) -> Result<Option<Self>, Malformed> {
        let tx_blob = recorded.tx_blob.as_slice();
        let sequence = place_of(tx_blob, SEQUENCE)?;
        let uses_ticket = sequence.is_some_and(|at| tx_blob[at..at + 4] == [0; 4]);
        let sequence = if uses_ticket { place_of(tx_blob, TICKET_SEQUENCE)? } else { sequence };
        let (Some(sequence_at), Some(transaction_index_at)) =
            (sequence, place_of(&recorded.meta_blob, TRANSACTION_INDEX)?)
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            sequence_at,
            last_ledger_at: place_of(tx_blob, LAST_LEDGER_SEQUENCE)?,
            transaction_index_at,
            tx_blob: recorded.tx_blob.clone(),
            meta_blob: recorded.meta_blob.clone(),
        }))
    }

    /// A transaction of its own: unique by `sequence`, at `position` in the ledger with this index.
    pub(crate) fn cast(
        &self,
        sequence: u32,
        position: u32,
        ledger_index: u32,
    ) -> LedgerTransaction {
        let mut tx_blob = self.tx_blob.clone();
        let mut meta_blob = self.meta_blob.clone();
        put(&mut tx_blob, self.sequence_at, sequence);
        if let Some(at) = self.last_ledger_at {
            put(&mut tx_blob, at, ledger_index.saturating_add(LAST_LEDGER_DISTANCE));
        }
        put(&mut meta_blob, self.transaction_index_at, position);
        LedgerTransaction { hash: transaction_id(&tx_blob), tx_blob, meta_blob }
    }

    /// Both blobs, for telling one set of templates from another.
    pub(crate) fn blobs(&self) -> [&[u8]; 2] {
        [&self.tx_blob, &self.meta_blob]
    }
}

fn put(blob: &mut [u8], at: usize, number: u32) {
    blob[at..at + 4].copy_from_slice(&number.to_be_bytes());
}

/// Where the value of a field of the outermost object begins.
fn place_of(blob: &[u8], code: FieldCode) -> Result<Option<usize>, Malformed> {
    for field in Fields::new(blob) {
        let field = field?;
        if field.code == code {
            return Ok(Some(field.bytes.as_ptr().addr() - blob.as_ptr().addr()));
        }
    }
    Ok(None)
}
