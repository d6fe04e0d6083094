//! The flow `ledger-transactions`: splits verified ledgers into transactions and headers.

use flow::{Collector, Flow, OnReject, Processor, Reject};
use schemas::{
    Ledger, LedgerHeader, LedgerHeaders, LedgerPosition, Ledgers, Transaction, Transactions,
};
use xrpl_codec::Definitions;

/// The flow in one sentence, for `--help`.
pub const ABOUT: &str = "Splits verified ledgers into transactions and headers";

/// The flow `ledger-transactions`.
pub fn flow() -> Flow {
    Flow::processor(LedgerTransactions)
}

/// Writes one record per transaction, in execution order, and one per ledger header. Halts on a malformed ledger instead of rejecting
/// it, since a gap here would be a gap in the chain.
#[derive(Debug, Clone, Copy)]
pub struct LedgerTransactions;

impl Processor for LedgerTransactions {
    const NAME: &'static str = "ledger-transactions";
    const ON_REJECT: OnReject = OnReject::Halt;
    type Input = Ledgers;
    type Output = (Transactions, LedgerHeaders);

    fn process(&mut self, ledger: Ledger<'_>, out: &mut Collector) -> Result<(), Reject> {
        for (position, transaction) in (ledger.first_position..).zip(&ledger.transactions) {
            let summary = xrpl_codec::summary(
                Definitions::builtin(),
                transaction.tx_blob,
                transaction.meta_blob,
            )
            .map_err(|malformed| Reject::because("malformed-transaction", malformed))?;
            let account = summary.account.map(|account| account.to_string()).unwrap_or_default();
            let at = LedgerPosition {
                ledger_index: ledger.ledger_index,
                ledger_hash: ledger.ledger_hash,
                close_time: ledger.close_time,
                position,
                count: ledger.transaction_count,
            };
            let schemas::LedgerTransaction { hash, tx_blob, meta_blob, unverified } = *transaction;
            out.emit::<Transactions>(&Transaction {
                transaction_type: &summary.transaction_type,
                result: &summary.result,
                account: &account,
                unverified,
                ..Transaction::of(at, hash, tx_blob, meta_blob)
            })?;
        }
        if ledger.chunk > 0 {
            return Ok(());
        }
        out.emit::<LedgerHeaders>(&LedgerHeader::from(&ledger))
    }
}
