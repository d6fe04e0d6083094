//! A recorded chain, decoded apart from the flows.

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};
use xrpl::json::{
    ApiVersion, LedgerOptions, Transactions, write_amount_json, write_ledger_json,
    write_transaction_json,
};
use xrpl::{Definitions, Ledger, LedgerContext, LedgerTransaction, delivered_mpt};
use xrpl_sim::Recording;

use crate::books::Books;

/// A recorded chain.
pub(crate) struct Chain {
    pub(crate) name: &'static str,
    pub(crate) recording: Recording,
    pub(crate) ledgers: Vec<DecodedLedger>,
}

/// A ledger with what flows say about it.
pub(crate) struct DecodedLedger {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) header: Vec<u8>,
    /// The server's reply, without transactions and the close time in ISO 8601, which follows from the close time.
    pub(crate) json: Map<String, Value>,
    pub(crate) transactions: Vec<DecodedTransaction>,
    pub(crate) books: Books,
}

/// A transaction as the server would show it.
pub(crate) struct DecodedTransaction {
    /// With the ledger's index.
    pub(crate) json: Map<String, Value>,
    /// What the balances say that it delivered, where the server says something else.
    pub(crate) delivered: Option<Value>,
    pub(crate) transaction_type: String,
    pub(crate) result: String,
    pub(crate) account: String,
}

impl Chain {
    /// The chain of 24 ledgers.
    pub(crate) fn small() -> &'static Self {
        static CHAIN: OnceLock<Chain> = OnceLock::new();
        CHAIN.get_or_init(|| Self::decode("small", Recording::Small))
    }

    /// The chain of 349 ledgers.
    pub(crate) fn large() -> &'static Self {
        static CHAIN: OnceLock<Chain> = OnceLock::new();
        CHAIN.get_or_init(|| Self::decode("large", Recording::Large))
    }

    fn decode(name: &'static str, recording: Recording) -> Self {
        let archive = recording.archive().unwrap();
        let ledgers = archive.ledgers.into_iter().map(DecodedLedger::of).collect();
        Self { name, recording, ledgers }
    }

    pub(crate) fn first(&self) -> u32 {
        self.ledgers.first().expect("a chain has ledgers").ledger.header.index
    }

    pub(crate) fn last(&self) -> u32 {
        self.ledgers.last().expect("a chain has ledgers").ledger.header.index
    }

    /// How many records the topic holds once the ledgers up to `last` are in it.
    pub(crate) fn records(&self, topic: &str, last: u32) -> usize {
        let ledgers = self.ledgers.iter().filter(|it| it.ledger.header.index <= last);
        ledgers.map(|ledger| ledger.records(topic)).sum()
    }

    /// How many records of those ledgers go to a receiver.
    pub(crate) fn outgoing(&self, last: u32) -> usize {
        OUTGOING.iter().map(|topic| self.records(topic, last)).sum()
    }
}

/// The topics whose records go to a receiver.
const OUTGOING: [&str; 3] = ["transaction-records", "ledger-records", "book-offers"];

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

    fn records(&self, topic: &str) -> usize {
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
