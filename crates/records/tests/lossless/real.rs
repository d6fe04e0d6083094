//! Every real transaction comes back from its record exactly: as JSON of both versions, and as bytes.

use std::collections::{BTreeMap, BTreeSet};

use records::{Amounts, import, record_json, transaction_json};
use schemas::{
    Form, Item, LedgerPosition, Members, Transaction, TransactionRecord, TransactionRecords,
};
use serde_json::{Map, Value};
use xrpl_codec::json::{ApiVersion, write_transaction_json};
use xrpl_codec::{Definitions, Hash256, LedgerContext, encode, transaction_id};

use crate::recorded::{
    CHAINS, RecordedLedger, chain_ledgers, files, fixture_ledgers, fixture_transactions, hash, hex,
    ledger, read_json, shared_data,
};
use crate::wire::{Wire, transactions};

/// What has been seen.
#[derive(Default)]
struct Seen {
    transactions: usize,
    types: BTreeSet<String>,
    paths: BTreeSet<String>,
    untyped: BTreeMap<String, u32>,
    differing_deliveries: Vec<(u32, String)>,
}

impl Seen {
    fn note(&mut self, record: &TransactionRecord<'_>) {
        self.transactions += 1;
        self.types.insert(record.transaction.text("TransactionType").unwrap().to_owned());
        paths(&record.transaction, &mut self.paths);
        for untyped in &record.untyped {
            let mut bare = String::new();
            records::bare_path(&untyped.path, &mut bare);
            *self.untyped.entry(bare).or_default() += 1;
        }
        if let Some(amount) = record.delivered_by_balances {
            self.differing_deliveries.push((record.ledger_index, amount.value.to_owned()));
        }
    }
}

/// The paths of the table at which a record holds a value.
pub(crate) fn paths(members: &Members<'_>, seen: &mut BTreeSet<String>) {
    for (slot, item) in members.iter() {
        seen.insert(slot.path.to_owned());
        match item {
            Item::Object(inner) => paths(inner, seen),
            Item::List(elements) if slot.form != Form::Hashes => {
                for element in elements {
                    if let Item::Object(inner) = element {
                        paths(inner, seen);
                    }
                }
            }
            Item::Amount(amount) if amount.currency.is_some() => {
                seen.extend(
                    ["currency", "issuer", "value"].map(|part| format!("{}.{part}", slot.path)),
                );
            }
            _ => {}
        }
    }
}

/// Takes a transaction through its record, and compares with what the server said.
fn assert_comes_back(
    wire: &mut Wire,
    transaction: &Transaction<'_>,
    server: [(ApiVersion, &Value); 2],
    seen: &mut Seen,
) {
    let message = wire.written(transaction);
    let record = wire.read(&message);
    let name = Hash256(transaction.hash);
    for (api, server) in server {
        let mut server = server.clone();
        // Only a server that holds the balances knows it; it was asked for on the first chain.
        server.as_object_mut().unwrap().remove("owner_funds");
        assert_eq!(transaction_json(&record, api).unwrap(), server, "{name} {api:?}");
    }
    let by_serde = flow::encode::<TransactionRecords>(&record).unwrap();
    assert!(by_serde == message, "{name}: another writer writes the same bytes");
    let mut json = server[0].1.as_object().unwrap().clone();
    json.remove("owner_funds");
    json.insert("_LedgerIndex".to_owned(), transaction.ledger_index.into());
    let imported = import::transaction_record(&json, transaction.at());
    let expected = TransactionRecord { delivered_by_balances: None, ..record.clone() };
    assert_eq!(imported, expected, "{name}: imported from JSON");
    let rebuilt = Value::Object(record_json(&record, Amounts::Server).unwrap());
    let bytes = |json: &Value| encode(Definitions::builtin(), json).unwrap();
    let mut fields = rebuilt.clone();
    fields.as_object_mut().unwrap().retain(|name, _| !name.starts_with('_'));
    assert_eq!(bytes(&fields), transaction.tx_blob, "{name}");
    assert_eq!(bytes(&rebuilt["metaData"]), transaction.meta_blob, "{name}");
    seen.note(&record);
}

fn assert_ledger_comes_back(wire: &mut Wire, recorded: &RecordedLedger, seen: &mut Seen) {
    let ledger = ledger(&recorded.v2_binary);
    let by_hash = |result: &Value| -> BTreeMap<String, Value> {
        let transactions = result["ledger"]["transactions"].as_array().unwrap().iter();
        transactions.map(|it| (it["hash"].as_str().unwrap().to_owned(), it.clone())).collect()
    };
    let (v1, v2) = (by_hash(&recorded.v1), by_hash(&recorded.v2));
    for transaction in transactions(&ledger) {
        let hash = Hash256(transaction.hash).to_string();
        let server = [(ApiVersion::V1, &v1[&hash]), (ApiVersion::V2, &v2[&hash])];
        assert_comes_back(wire, &transaction, server, seen);
    }
}

fn print(what: &str, seen: &Seen) {
    println!(
        "{what}: {} transactions of {} types; {} of the 579 paths hold a value; {} untyped fields, at {} paths",
        seen.transactions,
        seen.types.len(),
        seen.paths.len(),
        seen.untyped.values().sum::<u32>(),
        seen.untyped.len()
    );
}

#[test]
fn fixtures_come_back_from_their_records() {
    let (mut wire, mut seen) = (Wire::new(), Seen::default());
    for recorded in fixture_ledgers() {
        assert_ledger_comes_back(&mut wire, &recorded, &mut seen);
    }
    for recorded in fixture_transactions() {
        let number = |key: &str| u32::try_from(recorded[key].as_u64().unwrap()).unwrap();
        let (tx_blob, meta_blob) = (hex(&recorded["tx_blob"]), hex(&recorded["meta_blob"]));
        let transaction = Transaction::of(
            LedgerPosition {
                ledger_index: number("ledger_index"),
                ledger_hash: hash(&recorded["ledger_hash"]).0,
                close_time: number("close_time"),
                position: 0,
                count: 1,
            },
            transaction_id(&tx_blob).0,
            &tx_blob,
            &meta_blob,
        );
        let server = [(ApiVersion::V1, &recorded["v1"]), (ApiVersion::V2, &recorded["v2"])];
        assert_comes_back(&mut wire, &transaction, server, &mut seen);
    }
    print("fixtures", &seen);
    assert_eq!(seen.types.len(), 55);
}

#[test]
fn every_recorded_transaction_comes_back_from_its_record() {
    let (mut wire, mut seen) = (Wire::new(), Seen::default());
    for chain in CHAINS {
        for recorded in chain_ledgers(chain) {
            assert_ledger_comes_back(&mut wire, &recorded, &mut seen);
        }
    }
    print("both chains", &seen);
    for (path, count) in &seen.untyped {
        println!("  untyped: {path} {count}");
    }
    println!("  deliveries that the balances contradict: {:?}", seen.differing_deliveries);
    assert_eq!(seen.transactions, 129 + 2_856 + 1);
    let ledgers: Vec<u32> = seen.differing_deliveries.iter().map(|(ledger, _)| *ledger).collect();
    assert_eq!(ledgers, [22, 40]);
}

/// Replies of 2015 are written otherwise, so what comes back is compared with what rippled writes today, and as bytes.
#[test]
fn every_mainnet_transaction_comes_back_from_its_record() {
    let Some(data) = shared_data("mainnet transactions come back") else { return };
    let (mut wire, mut seen) = (Wire::new(), Seen::default());
    for path in files(&data.join("mainnet/ledgers"), "") {
        let json = read_json(&path);
        let result = json.get("result").unwrap_or(&json);
        let ledger = result.get("ledger").unwrap_or(result);
        let number = |json: &Value| {
            let text = json.as_str().map(str::to_owned).unwrap_or_else(|| json.to_string());
            text.parse::<u32>().unwrap()
        };
        let index = ledger.get("ledger_index").or(ledger.get("seqNum")).unwrap();
        let (ledger_index, close_time) = (number(index), number(&ledger["close_time"]));
        for json in ledger["transactions"].as_array().unwrap() {
            let bytes = |json: &Value| encode(Definitions::builtin(), json).unwrap();
            let (tx_blob, meta_blob) = (bytes(json), bytes(&json["metaData"]));
            let transaction = Transaction::of(
                LedgerPosition {
                    ledger_index,
                    ledger_hash: hash(&ledger["ledger_hash"]).0,
                    close_time,
                    position: 0,
                    count: 1,
                },
                transaction_id(&tx_blob).0,
                &tx_blob,
                &meta_blob,
            );
            let written = [ApiVersion::V1, ApiVersion::V2].map(|api| today(&transaction, api));
            let server = [(ApiVersion::V1, &written[0]), (ApiVersion::V2, &written[1])];
            assert_comes_back(&mut wire, &transaction, server, &mut seen);
        }
    }
    print("19 mainnet ledgers", &seen);
    assert!(seen.transactions > 300, "{}", seen.transactions);
}

/// What rippled writes today, which the tests of `xrpl` compare with recordings.
fn today(transaction: &Transaction<'_>, api: ApiVersion) -> Value {
    let context = LedgerContext {
        index: transaction.ledger_index,
        hash: Hash256(transaction.ledger_hash),
        close_time: transaction.close_time,
    };
    let (hash, mut out) = (Hash256(transaction.hash), Vec::new());
    let (tx_blob, meta_blob) = (transaction.tx_blob, transaction.meta_blob);
    let definitions = Definitions::builtin();
    write_transaction_json(definitions, hash, tx_blob, meta_blob, &context, api, &mut out).unwrap();
    Value::Object(serde_json::from_slice::<Map<String, Value>>(&out).unwrap())
}
