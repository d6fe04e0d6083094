//! A chain of ledgers, decoded apart from the flows, and the records that they have to make of it.

mod books;
mod events;
mod expected;

use std::sync::Arc;

use serde_json::{Map, Value};
use xrpl_codec::json::{
    ApiVersion, LedgerOptions, Transactions, write_amount_json, write_ledger_json,
    write_transaction_json,
};
use xrpl_codec::{Definitions, Ledger, LedgerContext, LedgerTransaction, delivered_mpt};

pub use books::{Books, asset};

/// The topics whose records go to a receiver.
pub const OUTGOING: [&str; 3] = ["transaction-records", "ledger-records", "book-offers"];

/// A chain.
#[derive(Debug)]
pub struct Chain {
    /// One after the other.
    pub ledgers: Vec<DecodedLedger>,
}

/// A ledger with what flows say about it.
#[derive(Debug)]
pub struct DecodedLedger {
    /// The ledger itself.
    pub ledger: Arc<Ledger>,
    header: Vec<u8>,
    /// The server's reply, without transactions and the close time in ISO 8601, which follows from the close time.
    json: Map<String, Value>,
    transactions: Vec<DecodedTransaction>,
    books: Books,
}

/// A transaction as the server would show it.
#[derive(Debug)]
struct DecodedTransaction {
    /// With the ledger's index.
    json: Map<String, Value>,
    /// What the balances say that it delivered, where the server says something else.
    delivered: Option<Value>,
    transaction_type: String,
    result: String,
    account: String,
}

impl Chain {
    /// Decodes ledgers that follow one another.
    pub fn of(ledgers: impl IntoIterator<Item = Arc<Ledger>>) -> Self {
        Self { ledgers: ledgers.into_iter().map(DecodedLedger::of).collect() }
    }

    /// The index of the first ledger.
    pub fn first(&self) -> u32 {
        self.ledgers.first().expect("a chain has ledgers").ledger.header.index
    }

    /// The index of the last ledger.
    pub fn last(&self) -> u32 {
        self.ledgers.last().expect("a chain has ledgers").ledger.header.index
    }

    /// How many records the topic holds once the ledgers up to `last` are in it.
    pub fn records(&self, topic: &str, last: u32) -> usize {
        let ledgers = self.ledgers.iter().filter(|it| it.ledger.header.index <= last);
        ledgers.map(|ledger| ledger.records(topic)).sum()
    }

    /// How many records of those ledgers go to a receiver.
    pub fn outgoing(&self, last: u32) -> usize {
        OUTGOING.iter().map(|topic| self.records(topic, last)).sum()
    }
}

impl DecodedLedger {
    fn of(ledger: Arc<Ledger>) -> Self {
        let context = LedgerContext {
            index: ledger.header.index,
            hash: ledger.hash,
            close_time: ledger.header.close_time,
        };
        let options =
            LedgerOptions { api: ApiVersion::V1, binary: false, transactions: Transactions::Left };
        let mut json = Vec::new();
        write_ledger_json(Definitions::builtin(), &ledger, options, &mut json).unwrap();
        let mut json: Map<String, Value> = serde_json::from_slice(&json).unwrap();
        json["ledger"].as_object_mut().unwrap().remove("close_time_iso");
        json.insert("transaction_count".to_owned(), ledger.transactions.len().into());
        let mut books = Books::default();
        let transactions = ledger.transactions.iter().map(|transaction| {
            let decoded = DecodedTransaction::of(transaction, &context);
            books.take_up(&decoded.json["metaData"]);
            decoded
        });
        let transactions = transactions.collect();
        let header = ledger.header.to_bytes().to_vec();
        Self { json, transactions, books, header, ledger }
    }

    /// How many records of the ledger go to a topic.
    ///
    /// # Panics
    /// When it is not a topic of a flow.
    pub fn records(&self, topic: &str) -> usize {
        match topic {
            "ledger-events" | "ledgers" | "ledger-headers" | "ledger-records" => 1,
            "transactions" | "transaction-records" => self.transactions.len(),
            "book-offer-requests" | "book-offers" => self.books.iter().count(),
            other => panic!("nothing is expected of {other}"),
        }
    }
}

impl DecodedTransaction {
    fn of(transaction: &LedgerTransaction, ledger: &LedgerContext) -> Self {
        let LedgerTransaction { hash, tx_blob, meta_blob } = transaction;
        let mut out = Vec::new();
        let (definitions, api) = (Definitions::builtin(), ApiVersion::V1);
        write_transaction_json(definitions, *hash, tx_blob, meta_blob, ledger, api, &mut out)
            .unwrap();
        let mut json: Map<String, Value> = serde_json::from_slice(&out).unwrap();
        json.insert("_LedgerIndex".to_owned(), ledger.index.into());
        let text = |value: &Value| value.as_str().expect("it is text").to_owned();
        let delivered = delivered_mpt(tx_blob, meta_blob).unwrap().map(|amount| {
            let mut out = Vec::new();
            write_amount_json(&amount, &mut out);
            serde_json::from_slice::<Value>(&out).unwrap()
        });
        let delivered = delivered.filter(|amount| *amount != json["metaData"]["delivered_amount"]);
        Self {
            transaction_type: text(&json["TransactionType"]),
            result: text(&json["metaData"]["TransactionResult"]),
            account: text(&json["Account"]),
            json,
            delivered,
        }
    }
}
