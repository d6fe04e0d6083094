//! `ekspiper import` imports ledgers from JSON files into a lane.

use std::path::Path;

use ekspiper_tests::{Kafka, Reader};
use flow::Decoder;
use schemas::Ledgers;
use xrpl_codec::json::{ApiVersion, LedgerOptions, Transactions, write_ledger_json};
use xrpl_codec::{Definitions, Ledger};
use xrpl_sim::Recording;

use crate::ekspiper::{output_of, refused};

/// Writes a ledger as a server replies, one shape after the other.
fn write(folder: &Path, ledger: &Ledger) -> String {
    let index = ledger.header.index;
    let api = if index.is_multiple_of(2) { ApiVersion::V1 } else { ApiVersion::V2 };
    let binary = index % 4 < 2;
    let options = LedgerOptions { api, binary, transactions: Transactions::Expanded };
    let mut json = Vec::new();
    write_ledger_json(Definitions::builtin(), ledger, options, &mut json).unwrap();
    let path = folder.join(format!("{index}.json"));
    std::fs::write(&path, json).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn json_files_of_all_shapes_become_verified_ledgers_once() {
    let brokers = Kafka::shared().servers();
    let ledgers = Recording::Small.archive().unwrap().ledgers;
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<String> = ledgers.iter().map(|ledger| write(folder.path(), ledger)).collect();
    let lane = ["--lane", "old", "--network", "imported", "--partitions", "3"];
    let import = |files: &[String]| {
        let files = files.iter().map(String::as_str);
        let more = lane.into_iter().chain(["--kafka-brokers", &brokers]);
        output_of(&["import"].into_iter().chain(files).chain(more).collect::<Vec<_>>())
    };
    let said = import(&files[..10]);
    assert!(said.contains("10 ledgers imported into imported.old.ledgers, verified"), "{said}");
    import(&files);
    let records = Reader::committed(Kafka::shared()).all("imported.old.ledgers");
    assert_eq!(records.len(), ledgers.len(), "each is there once");
    let decoder = Decoder::new(&schemas::all());
    for ledger in &ledgers {
        let mut read = records.iter().map(|it| decoder.decode::<Ledgers>(&it.value).unwrap());
        let found = read.find(|it| it.ledger_index == ledger.header.index).unwrap();
        assert_eq!(found.header, ledger.header.to_bytes());
        let blobs = found.transactions.iter().map(|it| (it.tx_blob, it.meta_blob));
        let expected = ledger.transactions.iter().map(|it| (&it.tx_blob[..], &it.meta_blob[..]));
        assert!(blobs.eq(expected), "ledger {}", ledger.header.index);
    }
}

#[test]
fn file_that_is_not_the_ledger_it_says_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let ledgers = Recording::Small.archive().unwrap().ledgers;
    let file = write(folder.path(), &ledgers[0]);
    let text = std::fs::read_to_string(&file).unwrap();
    let hash = ledgers[0].hash.to_string();
    std::fs::write(&file, text.replace(&hash, &ledgers[1].hash.to_string())).unwrap();
    let lane = ["--lane", "old", "--network", "refused", "--kafka-brokers", "localhost:1"];
    let refusal = refused(&[&["import", &file][..], &lane].concat());
    assert!(refusal.contains("is not a ledger"), "{refusal}");
}
