//! Decodes transactions without loss.

use flow::{Flow, Outbox, Processor, Reject};
use schemas::{Transaction, TransactionRecord, TransactionRecords, Transactions};
use xrpl::json::{ApiVersion, write_transaction_json};
use xrpl::{Definitions, Hash256, LedgerContext};

/// What the flow does, in a sentence.
pub const ABOUT: &str = "Decodes transactions without loss";

/// The flow `transaction-record`.
pub fn flow() -> Flow {
    Flow::processor(TransactionRecorder::default())
}

/// One decoded record a transaction. Keeps its buffer between transactions.
#[derive(Debug, Clone, Default)]
pub struct TransactionRecorder {
    json: Vec<u8>,
}

impl Processor for TransactionRecorder {
    const NAME: &'static str = "transaction-record";
    type Input = Transactions;
    type Output = TransactionRecords;

    fn process(&mut self, transaction: Transaction<'_>, out: &mut Outbox) -> Result<(), Reject> {
        let ledger = LedgerContext {
            index: transaction.ledger_index,
            hash: Hash256(transaction.ledger_hash),
            close_time: transaction.close_time,
        };
        self.json.clear();
        let (tx_blob, meta_blob) = (transaction.tx_blob, transaction.meta_blob);
        write_transaction_json(
            Definitions::builtin(),
            Hash256(transaction.hash),
            tx_blob,
            meta_blob,
            &ledger,
            ApiVersion::V1,
            &mut self.json,
        )
        .map_err(|malformed| Reject::because("malformed-transaction", malformed))?;
        let json =
            std::str::from_utf8(&self.json).map_err(|error| Reject::because("not-utf8", error))?;
        out.put::<TransactionRecords>(&TransactionRecord {
            ledger_index: transaction.ledger_index,
            ledger_hash: transaction.ledger_hash,
            close_time: transaction.close_time,
            position: transaction.position,
            count: transaction.count,
            hash: transaction.hash,
            transaction_type: transaction.transaction_type,
            result: transaction.result,
            account: transaction.account,
            json,
        })
    }
}
