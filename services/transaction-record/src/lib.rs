//! The flow `transaction-record`: types transactions without loss, and announces paths that the table of paths lacks.

mod discoveries;

use std::collections::HashMap;

use flow::{Collector, Decoder, Flow, MetricsHandle, Processor, RecordOrder, Reject, Topic as _};
use records::{TransactionWriter, bare_path};
use schemas::{SchemaDiscoveries, Transaction, TransactionRecords, Transactions};

use discoveries::Discoveries;

/// The flow in one sentence, for `--help`.
pub const ABOUT: &str = "Types transactions without loss";

/// The label under which deliveries are counted whose `delivered_amount` contradicts the balances.
const DIFFERENT_DELIVERY: &str = "delivered_amount";

/// The flow `transaction-record`.
pub fn flow() -> Flow {
    Flow::processor(TransactionRecorder::default())
}

/// Writes one typed record per transaction, and one discovery per new untyped path or type. Rejects malformed transactions.
#[derive(Debug, Clone, Default)]
pub struct TransactionRecorder {
    writer: TransactionWriter,
    discoveries: Discoveries,
    untyped_counts: HashMap<String, u64>,
    different_deliveries: u64,
    at_end_of_ledger: bool,
}

impl Processor for TransactionRecorder {
    const NAME: &'static str = "transaction-record";
    type Input = Transactions;
    type Output = (TransactionRecords, SchemaDiscoveries);

    fn process(&mut self, transaction: Transaction<'_>, out: &mut Collector) -> Result<(), Reject> {
        let written = self
            .writer
            .write(&transaction)
            .map_err(|malformed| Reject::because("malformed-transaction", malformed))?;
        let position: RecordOrder = Transactions::order(&transaction);
        let key = |key: &mut Vec<u8>| Transactions::key(&transaction, key);
        out.emit_datum::<TransactionRecords>(position, key, written.datum)?;
        self.different_deliveries += u64::from(written.delivery_differs);
        if !written.untyped.is_empty() {
            let found = self.discoveries.found(written.untyped, transaction.ledger_index);
            for discovery in &found {
                out.emit::<SchemaDiscoveries>(&discovery.message())?;
            }
            self.discoveries.mark_announced(found);
            for value in written.untyped.values() {
                let mut path = String::new();
                bare_path(value.path, &mut path);
                *self.untyped_counts.entry(path).or_default() += 1;
            }
        }
        self.at_end_of_ledger = position.is_last();
        Ok(())
    }

    fn restore_state(&mut self, value: &[u8], decoder: &Decoder) {
        match decoder.decode::<SchemaDiscoveries>(value) {
            Ok(discovery) => self.discoveries.restore(&discovery),
            Err(error) => {
                tracing::warn!(%error, "a discovery can't be read, and will be announced again");
            }
        }
    }

    /// Counts once a ledger.
    fn report(&mut self, meter: &MetricsHandle) {
        if !self.at_end_of_ledger {
            return;
        }
        for (path, count) in self.untyped_counts.drain() {
            meter.untyped_values(&path, count);
        }
        let different = std::mem::take(&mut self.different_deliveries);
        if different > 0 {
            meter.contradicted(DIFFERENT_DELIVERY, different);
        }
    }
}
