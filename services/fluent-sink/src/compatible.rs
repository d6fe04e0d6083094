//! Records as the pipeline before this one wrote them: its validator, then its transformer, on the server's reply.
//!
//! The faults of that output are reproduced here and nowhere else.

mod transform;
mod validate;

use flow::{Reject, RenderError};
use records::{Amounts, Unreadable, ledger_json, record_json};
use schemas::{LedgerRecord, PathRow, TransactionRecord, ledger_paths, transaction_paths};
use serde_json::{Map, Value};

use transform::Transformer;
use validate::Validator;

/// Renders transactions and ledgers.
#[derive(Debug)]
pub(crate) struct Compatible {
    transactions: Stage,
    ledgers: Stage,
}

/// What became of one kind of record.
#[derive(Debug)]
struct Stage {
    validator: Validator,
    transformer: Transformer,
}

impl Stage {
    fn new(rows: &[PathRow]) -> Self {
        Self { validator: Validator::new(rows), transformer: Transformer::new(rows) }
    }

    fn run(&self, mut json: Map<String, Value>) -> Result<Map<String, Value>, RenderError> {
        self.validator.validate(&mut json);
        let raised = self.transformer.transform(json);
        raised.map_err(|raised| Reject::because("compatible-raised", raised).into())
    }
}

impl Compatible {
    /// By the table of paths.
    pub(crate) fn new() -> Self {
        Self {
            transactions: Stage::new(&transaction_paths()),
            ledgers: Stage::new(&ledger_paths()),
        }
    }

    /// The members of a transaction's event.
    pub(crate) fn transaction(
        &self,
        record: &TransactionRecord<'_>,
    ) -> Result<Map<String, Value>, RenderError> {
        self.transaction_json(record_json(record, Amounts::Server).map_err(unreadable)?)
    }

    /// The same of the server's reply, with what was added to it.
    pub(crate) fn transaction_json(
        &self,
        json: Map<String, Value>,
    ) -> Result<Map<String, Value>, RenderError> {
        self.transactions.run(json)
    }

    /// The members of a ledger's event.
    pub(crate) fn ledger(
        &self,
        record: &LedgerRecord<'_>,
    ) -> Result<Map<String, Value>, RenderError> {
        let mut json = ledger_json(record).map_err(unreadable)?;
        json.insert("transaction_count".to_owned(), record.transaction_count.into());
        self.ledgers.run(json)
    }
}

pub(crate) fn unreadable(unreadable: Unreadable) -> RenderError {
    Reject::because("unreadable", unreadable).into()
}
