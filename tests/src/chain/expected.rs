//! The records that each topic has to hold for a chain.

use records::import;
use schemas::{
    Amount, BookOfferRequest, Ledger, LedgerEvent, LedgerHeader, LedgerPosition, LedgerRecord,
    Transaction, TransactionRecord,
};

use super::{Chain, DecodedLedger, DecodedTransaction};
use crate::{ledger_event, whole_ledger};

impl Chain {
    /// The records of `ledger-events`.
    pub fn ledger_events(&self) -> impl Iterator<Item = LedgerEvent> {
        self.ledgers.iter().map(|decoded| ledger_event(&decoded.ledger))
    }

    /// The records of `ledgers`.
    pub fn ledgers(&self) -> impl Iterator<Item = Ledger<'_>> {
        self.ledgers.iter().map(|decoded| whole_ledger(&decoded.ledger, &decoded.header))
    }

    /// The records of `ledger-headers`.
    pub fn ledger_headers(&self) -> impl Iterator<Item = LedgerHeader<'_>> {
        self.ledgers.iter().map(|decoded| {
            let header = &decoded.ledger.header;
            LedgerHeader {
                ledger_index: header.index,
                ledger_hash: decoded.ledger.hash.0,
                header: &decoded.header,
                parent_hash: header.parent_hash.0,
                transaction_hash: header.transaction_hash.0,
                account_hash: header.account_hash.0,
                total_coins: header.total_coins,
                parent_close_time: header.parent_close_time,
                close_time: header.close_time,
                close_time_resolution: header.close_time_resolution,
                close_flags: header.close_flags,
                transaction_count: count(&decoded.transactions),
                unverified: None,
            }
        })
    }

    /// The records of `ledger-records`.
    pub fn ledger_records(&self) -> impl Iterator<Item = LedgerRecord<'_>> {
        self.ledgers.iter().map(|decoded| {
            let place = place(decoded, 0, count(&decoded.transactions));
            import::ledger_record(&decoded.json, place)
        })
    }

    /// The records of `transactions`.
    pub fn transactions(&self) -> impl Iterator<Item = Transaction<'_>> {
        self.each_transaction().map(|(ledger, position, decoded)| {
            let transaction = &ledger.ledger.transactions[position as usize];
            Transaction {
                ledger_index: ledger.ledger.header.index,
                ledger_hash: ledger.ledger.hash.0,
                close_time: ledger.ledger.header.close_time,
                position,
                count: count(&ledger.transactions),
                hash: transaction.hash.0,
                transaction_type: &decoded.transaction_type,
                result: &decoded.result,
                account: &decoded.account,
                tx_blob: &transaction.tx_blob,
                meta_blob: &transaction.meta_blob,
                unverified: None,
            }
        })
    }

    /// The records of `transaction-records`.
    pub fn transaction_records(&self) -> impl Iterator<Item = TransactionRecord<'_>> {
        self.each_transaction().map(|(ledger, position, decoded)| {
            let place = place(ledger, position, count(&ledger.transactions));
            let delivered = decoded.delivered.as_ref().map(|amount| Amount {
                kind: schemas::MPT,
                value: amount["value"].as_str().unwrap(),
                currency: None,
                issuer: None,
                mpt_issuance_id: amount["mpt_issuance_id"].as_str(),
            });
            let record = import::transaction_record(&decoded.json, place);
            TransactionRecord { delivered_by_balances: delivered, ..record }
        })
    }

    /// The records of `book-offer-requests`.
    pub fn book_offer_requests(&self) -> impl Iterator<Item = BookOfferRequest> {
        self.ledgers.iter().flat_map(|decoded| {
            let books = u32::try_from(decoded.books.iter().count()).unwrap();
            (0..).zip(decoded.books.iter()).map(move |(position, (book, (gets, pays)))| {
                BookOfferRequest {
                    ledger_index: decoded.ledger.header.index,
                    ledger_hash: decoded.ledger.hash.0,
                    close_time: decoded.ledger.header.close_time,
                    taker_gets: gets.clone(),
                    taker_pays: pays.clone(),
                    position,
                    count: books,
                    domain: book.domain.map(|domain| domain.to_string()),
                }
            })
        })
    }

    fn each_transaction(&self) -> impl Iterator<Item = (&DecodedLedger, u32, &DecodedTransaction)> {
        self.ledgers.iter().flat_map(|ledger| {
            (0..).zip(&ledger.transactions).map(move |(position, it)| (ledger, position, it))
        })
    }
}

fn place(decoded: &DecodedLedger, position: u32, count: u32) -> LedgerPosition {
    LedgerPosition {
        ledger_index: decoded.ledger.header.index,
        ledger_hash: decoded.ledger.hash.0,
        close_time: decoded.ledger.header.close_time,
        position,
        count,
    }
}

fn count<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).expect("a ledger has fewer")
}
