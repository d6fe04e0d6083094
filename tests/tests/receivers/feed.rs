//! Records for the sink to send.

use ekspiper_tests::{Kafka, Lane, Writer};
use records::import;
use schemas::{LedgerPosition, LedgerRecords, TransactionRecords};
use serde_json::json;

/// Partitions of each topic.
pub(crate) const PARTITIONS: u32 = 4;

/// Writes ledgers of one size to a lane of its own.
pub(crate) struct Feed {
    pub(crate) lane: Lane,
    writer: Writer,
    transactions: u32,
    memo: String,
    next: u32,
}

impl Feed {
    /// The live lane of a network, for ledgers with so many transactions of so many bytes.
    pub(crate) fn new(network: &str, transactions: u32, bytes: usize) -> Self {
        let kafka = Kafka::shared();
        let lane = Lane::make_whole(kafka, network, "live", PARTITIONS);
        let writer = Writer::new(kafka, &lane);
        Self { lane, writer, transactions, memo: "AB".repeat(bytes / 2), next: 1 }
    }

    /// Writes ledgers, and waits until the broker has them.
    pub(crate) fn ledgers(&mut self, count: u32) {
        for ledger_index in self.next..self.next + count {
            self.ledger(ledger_index);
        }
        self.next += count;
        self.writer.flush();
    }

    /// How many ledgers there are so far.
    pub(crate) fn written(&self) -> f64 {
        f64::from(self.next - 1)
    }

    /// How many events the ledgers so far are.
    pub(crate) fn events(&self) -> usize {
        ((self.next - 1) * (self.transactions + 1)) as usize
    }

    fn ledger(&mut self, ledger_index: u32) {
        let count = self.transactions;
        let place = |position| LedgerPosition {
            ledger_index,
            ledger_hash: [7; 32],
            close_time: ledger_index,
            position,
            count,
        };
        for position in 0..count {
            let json = json!({
                "TransactionType": "Payment", "Fee": "10", "Sequence": position,
                "Memos": [{"Memo": {"MemoData": self.memo}}],
                "metaData": {"TransactionResult": "tesSUCCESS"},
            });
            let json = json.as_object().unwrap();
            let record = import::transaction_record(json, place(position));
            self.writer.record::<TransactionRecords>(&record);
        }
        let json = json!({"ledger_index": ledger_index, "validated": true});
        let record = import::ledger_record(json.as_object().unwrap(), place(0));
        self.writer.record::<LedgerRecords>(&record);
    }
}
