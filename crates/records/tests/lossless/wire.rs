//! Records through Avro and back.

use flow::{Decoder, Topic, TopicSchema, encode};
use records::TransactionWriter;
use schemas::{
    LedgerPosition, LedgerRecords, Members, Transaction, TransactionRecord, TransactionRecords,
};
use xrpl_codec::{Ledger, LedgerTransaction};

/// What names the schema before each datum.
const PREFIX_BYTES: usize = 10;

pub(crate) struct Wire {
    pub(crate) decoder: Decoder,
    prefix: Vec<u8>,
    writer: TransactionWriter,
}

impl Wire {
    pub(crate) fn new() -> Self {
        let topics = [TopicSchema::of::<TransactionRecords>(), TopicSchema::of::<LedgerRecords>()];
        let prefix = encode::<TransactionRecords>(&empty()).unwrap();
        Self {
            decoder: Decoder::new(&topics),
            prefix: prefix[..PREFIX_BYTES].to_vec(),
            writer: TransactionWriter::default(),
        }
    }

    /// The message of a transaction, written straight from its bytes.
    pub(crate) fn written(&mut self, transaction: &Transaction<'_>) -> Vec<u8> {
        let written = self.writer.write(transaction).unwrap();
        [&self.prefix, written.datum].concat()
    }

    pub(crate) fn read<'a>(&self, message: &'a [u8]) -> TransactionRecord<'a> {
        self.decoder.decode::<TransactionRecords>(message).unwrap()
    }
}

/// Through Avro and back.
#[track_caller]
pub(crate) fn assert_reads_back<T: Topic>(wire: &Wire, record: &T::Record<'_>)
where
    for<'a> T::Record<'a>: std::fmt::Debug,
{
    let message = encode::<T>(record).unwrap();
    let read = wire.decoder.decode::<T>(&message).unwrap();
    assert_eq!(format!("{read:?}"), format!("{record:?}"));
}

pub(crate) fn empty() -> TransactionRecord<'static> {
    TransactionRecord {
        ledger_index: 0,
        ledger_hash: [0; 32],
        close_time: 0,
        position: 0,
        count: 0,
        transaction: Members::none(schemas::transaction_shape()),
        delivered_by_balances: None,
        untyped: Vec::new(),
    }
}

/// The messages of `transactions` about a ledger.
pub(crate) fn transactions(ledger: &Ledger) -> impl Iterator<Item = Transaction<'_>> {
    let count = u32::try_from(ledger.transactions.len()).unwrap();
    (0..).zip(&ledger.transactions).map(move |(position, it)| {
        let LedgerTransaction { hash, tx_blob, meta_blob } = it;
        Transaction::of(
            LedgerPosition {
                ledger_index: ledger.header.index,
                ledger_hash: ledger.hash.0,
                close_time: ledger.header.close_time,
                position,
                count,
            },
            hash.0,
            tx_blob,
            meta_blob,
        )
    })
}
