//! A transaction's typed record, straight from its bytes.

use schemas::Transaction;
use xrpl_codec::{
    Amount, Definitions, Delivered, Hash256, LedgerContext, Malformed, decode, delivered_amount,
    delivered_mpt, issued_mpt_id,
};

use crate::datum::{self, NULL, SOME};
use crate::kept::Kept;
use crate::recorder::Recorder;
use crate::{layout, path, scalars};

/// Writes typed records. Keeps its buffers between transactions.
#[derive(Debug, Clone, Default)]
pub struct TransactionWriter {
    datum: Vec<u8>,
    kept: Kept,
}

/// A record that was written.
#[derive(Debug, Clone, Copy)]
pub struct Written<'w> {
    /// The Avro datum, by the schema of `transaction-records`.
    pub datum: &'w [u8],
    /// What stands beside the fields of the table.
    pub kept: &'w Kept,
    /// Whether the balances contradict the server's `delivered_amount`.
    pub delivery_differs: bool,
}

impl TransactionWriter {
    /// Writes the record of a transaction.
    ///
    /// # Errors
    /// When the blobs are not what the protocol writes.
    pub fn write(&mut self, transaction: &Transaction<'_>) -> Result<Written<'_>, Malformed> {
        self.datum.clear();
        self.kept.clear();
        let out = &mut self.datum;
        datum::long(transaction.ledger_index.into(), out);
        out.extend_from_slice(&transaction.ledger_hash);
        for number in [transaction.close_time, transaction.position, transaction.count] {
            datum::long(number.into(), out);
        }
        let context = LedgerContext {
            index: transaction.ledger_index,
            hash: Hash256(transaction.ledger_hash),
            close_time: transaction.close_time,
        };
        self.fields(transaction, &context)?;
        let true_delivery = true_delivery(transaction, &context)?;
        let out = &mut self.datum;
        match &true_delivery {
            Some(amount) => {
                out.push(SOME);
                scalars::write_amount(amount, out);
            }
            None => out.push(NULL),
        }
        self.kept.write(out);
        let delivery_differs = true_delivery.is_some();
        Ok(Written { datum: &self.datum, kept: &self.kept, delivery_differs })
    }

    /// The fields of the table.
    fn fields(
        &mut self,
        transaction: &Transaction<'_>,
        context: &LedgerContext,
    ) -> Result<(), Malformed> {
        let (definitions, layout) = (Definitions::builtin(), layout::transaction());
        let (tx_blob, meta_blob) = (transaction.tx_blob, transaction.meta_blob);
        let Self { datum: out, kept } = self;
        let mut recorder = Recorder::new(definitions, layout, out, kept);
        decode(definitions, tx_blob, &mut recorder)?;
        recorder.end_before("_ExecutionID");
        out.push(NULL);
        out.push(SOME);
        datum::long(transaction.ledger_index.into(), out);
        out.push(NULL);
        out.push(SOME);
        out.extend_from_slice(&transaction.hash);
        out.push(SOME);
        path::push_name(&mut kept.path, "metaData");
        let mut recorder = Recorder::new(definitions, layout.inner("metaData"), out, kept);
        decode(definitions, meta_blob, &mut recorder)?;
        recorder.end_before("delivered_amount");
        match delivered_amount(tx_blob, meta_blob, context)? {
            None => out.push(NULL),
            Some(delivered) => {
                out.push(SOME);
                match delivered {
                    Delivered::Amount(amount) => scalars::write_amount(&amount, out),
                    Delivered::Unavailable => scalars::write_unavailable(out),
                }
            }
        }
        if let Some(id) = issued_mpt_id(tx_blob, meta_blob)? {
            let text = format!("\"{id}\"");
            kept.member("mpt_issuance_id", None, |json| json.extend_from_slice(text.as_bytes()));
        }
        kept.path.clear();
        Ok(())
    }
}

/// What the balances say was delivered, where the server says something else.
fn true_delivery(
    transaction: &Transaction<'_>,
    context: &LedgerContext,
) -> Result<Option<Amount>, Malformed> {
    let (tx_blob, meta_blob) = (transaction.tx_blob, transaction.meta_blob);
    let by_balances = match delivered_mpt(tx_blob, meta_blob) {
        Ok(Some(amount)) => amount,
        // Behind a field that nobody can read there may be more.
        Ok(None) | Err(Malformed::UnknownType { .. }) => return Ok(None),
        Err(malformed) => return Err(malformed),
    };
    let stated = delivered_amount(tx_blob, meta_blob, context)?;
    Ok(Some(by_balances).filter(|amount| stated != Some(Delivered::Amount(*amount))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_the_binary_form_lacks_stand_where_they_are_written() {
        let names = |layout: &layout::Layout, from: &str| {
            let names = layout.fields.iter().map(|field| field.slot.name);
            names.skip_while(|name| *name != from).collect::<Vec<_>>()
        };
        let layout = layout::transaction();
        assert_eq!(
            names(layout, "_ExecutionID"),
            ["_ExecutionID", "_LedgerIndex", "_Sequence", "hash", "metaData"]
        );
        assert_eq!(names(layout.inner("metaData"), "delivered_amount"), ["delivered_amount"]);
        let steps = layout.inner("Paths").inner("list");
        assert_eq!(names(steps, "account"), ["account", "currency", "issuer", "type"]);
    }
}
