//! Breaks verified ledgers into their transactions and their header.

use flow::{Collector, Flow, OnReject, Processor, Reject};
use schemas::{Ledger, LedgerHeader, LedgerHeaders, Ledgers, Transaction, Transactions};
use xrpl_codec::Definitions;

/// What the flow does, in a sentence.
pub const ABOUT: &str = "Breaks verified ledgers into their transactions and their headers";

/// The flow `ledger-transactions`.
pub fn flow() -> Flow {
    Flow::processor(LedgerTransactions)
}

/// One record a transaction, in execution order, and one a header. A hole here would be a hole in the chain, so nothing is
/// rejected.
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
            out.emit::<Transactions>(&Transaction {
                ledger_index: ledger.ledger_index,
                ledger_hash: ledger.ledger_hash,
                close_time: ledger.close_time,
                position,
                count: ledger.transaction_count,
                hash: transaction.hash,
                transaction_type: &summary.transaction_type,
                result: &summary.result,
                account: &account,
                tx_blob: transaction.tx_blob,
                meta_blob: transaction.meta_blob,
            })?;
        }
        if ledger.chunk == 0 { out.emit::<LedgerHeaders>(&header(&ledger)) } else { Ok(()) }
    }
}

const fn header<'a>(ledger: &Ledger<'a>) -> LedgerHeader<'a> {
    LedgerHeader {
        ledger_index: ledger.ledger_index,
        ledger_hash: ledger.ledger_hash,
        header: ledger.header,
        parent_hash: ledger.parent_hash,
        transaction_hash: ledger.transaction_hash,
        account_hash: ledger.account_hash,
        total_coins: ledger.total_coins,
        parent_close_time: ledger.parent_close_time,
        close_time: ledger.close_time,
        close_time_resolution: ledger.close_time_resolution,
        close_flags: ledger.close_flags,
        transaction_count: ledger.transaction_count,
    }
}
