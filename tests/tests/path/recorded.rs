//! The server's own replies about the recorded ledgers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ekspiper_tests::asset;
use flow::Decoder;
use records::{ledger_json, transaction_json};
use schemas::{BookOffersAnswer, LedgerRecords, TransactionRecords};
use serde_json::Value;
use xrpl_codec::Hash256;
use xrpl_codec::json::ApiVersion;

use crate::chain::Chain;
use crate::contents::Contents;

/// Every record of a transaction, a ledger or a book is the server's own JSON, key by key.
pub(crate) fn assert_server_said_so(
    chain: &Chain,
    contents: &Contents,
    answers: &[BookOffersAnswer<'_>],
) {
    let folder = folder(chain);
    let mut replies = ledger_replies(&folder);
    let decoder = Decoder::new(&schemas::all());
    let mut transactions = BTreeMap::new();
    for record in contents.topic("transaction-records") {
        let record = decoder.decode::<TransactionRecords>(&record.value).unwrap();
        let json = transaction_json(&record, ApiVersion::V1).unwrap();
        let hash = json["hash"].as_str().unwrap().to_owned();
        transactions.insert(hash, json);
    }
    let (mut ledgers, mut compared) = (0, 0);
    for record in contents.topic("ledger-records") {
        let record = decoder.decode::<LedgerRecords>(&record.value).unwrap();
        let mut said = replies.remove(&record.ledger_index).expect("the server was asked");
        let listed = said["ledger"].as_object_mut().unwrap().remove("transactions").unwrap();
        said.as_object_mut().unwrap().remove("status");
        assert_eq!(Value::Object(ledger_json(&record).unwrap()), said);
        ledgers += 1;
        for mut transaction in listed.as_array().unwrap().iter().cloned() {
            // Only a server that has the accounts' balances can know these.
            transaction.as_object_mut().unwrap().remove("owner_funds");
            let hash = transaction["hash"].as_str().unwrap();
            assert_eq!(transactions.get(hash), Some(&transaction), "transaction {hash}");
            compared += 1;
        }
    }
    assert_eq!((replies.len(), compared), (0, transactions.len()), "nothing was left out");
    let books = assert_offers_as_recorded(&folder, answers);
    println!(
        "{}: {ledgers} ledgers, {compared} transactions and {books} books are as the server said",
        chain.name
    );
}

/// Compares the books that were recorded at a ledger that touched them; says how many there are.
fn assert_offers_as_recorded(folder: &Path, answers: &[BookOffersAnswer<'_>]) -> usize {
    let mut compared = 0;
    for path in files(folder, "book_offers-") {
        let recorded: Value = serde_json::from_str(&read(&path)).unwrap();
        let request = &recorded["request"]["params"][0];
        if request["ledger_index"].is_null() {
            continue;
        }
        let book = [&request["taker_gets"], &request["taker_pays"]].map(|side| asset(side).1);
        let answer = answers.iter().find(|answer| {
            request["ledger_index"] == answer.ledger_index
                && book == [answer.taker_gets.clone(), answer.taker_pays.clone()]
        });
        if let Some(answer) = answer {
            let (said, path) = (&recorded["result"], path.display());
            let offers: Value = serde_json::from_str(answer.offers).unwrap();
            assert_eq!(offers, said["offers"], "{path}");
            let n = said["offers"].as_array().unwrap().len();
            // The recorded books are shorter than what was asked for.
            assert_eq!((answer.offer_count as usize, answer.complete), (n, Some(true)), "{path}");
            assert_eq!(said["ledger_hash"], Hash256(answer.ledger_hash).to_string(), "{path}");
            compared += 1;
        }
    }
    compared
}

/// The folder with the chain's replies.
fn folder(chain: &Chain) -> PathBuf {
    let name = if chain.name == "small" { "rippled-standalone" } else { "rippled-standalone-2" };
    recordings::folder().join(name)
}

/// The `result` of each `ledger` request of API v1, by ledger.
fn ledger_replies(folder: &Path) -> BTreeMap<u32, Value> {
    let mut replies = BTreeMap::new();
    let index = |name: &str| {
        let rest = name.strip_prefix("ledger-")?;
        rest.strip_suffix("-v1")?.parse::<u32>().ok()
    };
    for path in files(folder, "ledger-") {
        let name = path.file_name().unwrap().to_str().unwrap();
        if let Some(index) = index(name.split('.').next().unwrap()) {
            replies.insert(index, serde_json::from_str(&read(&path)).unwrap());
        }
    }
    replies
}

fn files(folder: &Path, begin: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let begins = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(begin);
    entries.filter(begins).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}
