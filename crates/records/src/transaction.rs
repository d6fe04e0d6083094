//! The typed record of a transaction, written straight from its binary form.

use schemas::Transaction;
use xrpl_codec::{
    Amount, Definitions, Delivered, Hash256, LedgerContext, Malformed, decode, delivered_amount,
    delivered_mpt, issued_mpt_id,
};

use crate::avro_visitor::AvroVisitor;
use crate::datum::{self, NULL, SOME};
use crate::untyped_fields::UntypedFields;
use crate::{imported, layout, path, scalars};

/// Writes the Avro datum of `transaction-records`. Reuses its buffers from one transaction to the next.
#[derive(Debug, Clone, Default)]
pub struct TransactionWriter {
    datum: Vec<u8>,
    untyped: UntypedFields,
}

/// A record that was written.
#[derive(Debug, Clone, Copy)]
pub struct WrittenRecord<'w> {
    /// The Avro datum, by the schema of `transaction-records`.
    pub datum: &'w [u8],
    /// The fields that the table of paths lacks, or whose type it forbids.
    pub untyped: &'w UntypedFields,
    /// Whether the balances in the metadata contradict the `delivered_amount` that servers report.
    pub delivery_differs: bool,
}

/// Why a record can't be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A blob is not a well-formed object of the binary format.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The unverified fields of an imported transaction can't be read.
    #[error("the unverified fields are not a JSON object")]
    Unverified(#[source] serde_json::Error),
}

impl TransactionWriter {
    /// Writes the record of a transaction, from its blobs and its unverified fields; the fields that summarise it are not read.
    ///
    /// # Errors
    /// When a blob is not a well-formed object of the binary format, or `unverified` not a JSON object.
    pub fn write(
        &mut self,
        transaction: &Transaction<'_>,
    ) -> Result<WrittenRecord<'_>, WriteError> {
        let context = LedgerContext {
            index: transaction.ledger_index,
            hash: Hash256(transaction.ledger_hash),
            close_time: transaction.close_time,
        };
        let by_balances = delivered_by_balances(transaction, &context)?;
        match transaction.unverified {
            None => self.write_verified(transaction, &context, by_balances.as_ref())?,
            Some(unverified) => {
                let buffers = (&mut self.datum, &mut self.untyped);
                imported::write(transaction, unverified, by_balances.as_ref(), buffers)?;
            }
        }
        let delivery_differs = by_balances.is_some();
        Ok(WrittenRecord { datum: &self.datum, untyped: &self.untyped, delivery_differs })
    }

    fn write_verified(
        &mut self,
        transaction: &Transaction<'_>,
        context: &LedgerContext,
        by_balances: Option<&Amount>,
    ) -> Result<(), Malformed> {
        self.datum.clear();
        self.untyped.clear();
        let out = &mut self.datum;
        datum::long(transaction.ledger_index.into(), out);
        out.extend_from_slice(&transaction.ledger_hash);
        for number in [transaction.close_time, transaction.position, transaction.count] {
            datum::long(number.into(), out);
        }
        self.fields(transaction, context)?;
        let out = &mut self.datum;
        match by_balances {
            Some(amount) => {
                out.push(SOME);
                scalars::write_amount(amount, out);
            }
            None => out.push(NULL),
        }
        self.untyped.write(out);
        Ok(())
    }

    /// The fields of the table.
    fn fields(
        &mut self,
        transaction: &Transaction<'_>,
        context: &LedgerContext,
    ) -> Result<(), Malformed> {
        let (definitions, layout) = (Definitions::builtin(), layout::transaction());
        let (tx_blob, meta_blob) = (transaction.tx_blob, transaction.meta_blob);
        let Self { datum: out, untyped } = self;
        let mut recorder = AvroVisitor::new(definitions, layout, out, untyped);
        decode(definitions, tx_blob, &mut recorder)?;
        recorder.end_before("_ExecutionID");
        out.push(NULL);
        out.push(SOME);
        datum::long(transaction.ledger_index.into(), out);
        out.push(NULL);
        out.push(SOME);
        out.extend_from_slice(&transaction.hash);
        out.push(SOME);
        path::push_name(&mut untyped.path, "metaData");
        let mut recorder = AvroVisitor::new(definitions, layout.inner("metaData"), out, untyped);
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
            untyped.member("mpt_issuance_id", None, |json| json.extend_from_slice(text.as_bytes()));
        }
        untyped.path.clear();
        Ok(())
    }
}

/// The amount delivered by the balances in the metadata, where `delivered_amount` of the servers differs from it.
fn delivered_by_balances(
    transaction: &Transaction<'_>,
    context: &LedgerContext,
) -> Result<Option<Amount>, Malformed> {
    let (tx_blob, meta_blob) = (transaction.tx_blob, transaction.meta_blob);
    let by_balances = match delivered_mpt(tx_blob, meta_blob) {
        Ok(Some(amount)) => amount,
        // Fields behind one of an unknown type can't be read, balances among them.
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
    fn fields_without_a_binary_form_come_last_in_the_order_of_the_writer() {
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
