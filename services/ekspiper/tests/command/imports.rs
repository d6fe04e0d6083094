//! `ekspiper import` imports ledgers from JSON files into a lane.

use std::io::Write as _;
use std::path::Path;

use ekspiper_tests::{Kafka, Reader};
use flow::Decoder;
use schemas::Ledgers;
use serde_json::{Value, json};
use xrpl_codec::json::{ApiVersion, LedgerOptions, Transactions, write_ledger_json};
use xrpl_codec::{
    Definitions, Ledger, LedgerTransaction, encode, transaction_id, transaction_tree_root,
};
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
    let said = import(&files[5..]);
    let rest = files.len() - 10;
    assert!(
        said.contains(&format!("{rest} ledgers imported into imported.old.ledgers, verified")),
        "{said}"
    );
    assert!(said.contains("5 ledgers skipped"), "{said}");
    let said = import(&files[..3]);
    assert!(said.starts_with("3 ledgers skipped"), "{said}");
    assert!(!said.contains("verified"), "{said}");
    let newest = &ledgers.last().unwrap().header.index.to_string();
    let on_lane = ["--network", "imported", "--lane", "old", "--kafka-brokers", &brokers];
    for command in [&["status"][..], &["pointer", "show"]] {
        let said = output_of(&[command, &on_lane].concat());
        assert!(said.contains(&format!("at ledger {newest}")), "{said}");
    }
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

/// The arguments of an import that fails before Kafka is needed.
const NOWHERE: [&str; 6] =
    ["--lane", "old", "--network", "refused", "--kafka-brokers", "localhost:1"];

fn refusal(files: &[String]) -> String {
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    refused(&[&["import"][..], &files, &NOWHERE].concat())
}

fn small() -> Vec<std::sync::Arc<Ledger>> {
    Recording::Small.archive().unwrap().ledgers
}

#[test]
fn each_file_that_is_refused_is_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let ledgers = small();
    let files: Vec<String> =
        ledgers[..4].iter().map(|ledger| write(folder.path(), ledger)).collect();
    let text = std::fs::read_to_string(&files[0]).unwrap();
    let other = text.replace(&ledgers[0].hash.to_string(), &ledgers[1].hash.to_string());
    std::fs::write(&files[0], other).unwrap();
    std::fs::write(&files[1], "").unwrap();
    let text = std::fs::read_to_string(&files[3]).unwrap();
    std::fs::write(&files[3], text.replace("\"validated\":true", "\"validated\":false")).unwrap();
    let said = refusal(&files);
    assert!(said.contains("3 of 4 files can't be imported"), "{said}");
    assert!(said.contains(&format!("{}: no ledger: ", files[0])), "{said}");
    assert!(said.contains(&format!("{}: it is empty", files[1])), "{said}");
    assert!(!said.contains(&files[2]), "{said}");
    assert!(
        said.contains(&format!("{}: no ledger: its ledger is not validated", files[3])),
        "{said}"
    );
}

#[test]
fn gaps_forks_and_repeated_ledgers_are_named_with_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let ledgers = small();
    let files: Vec<String> =
        ledgers[..6].iter().map(|ledger| write(folder.path(), ledger)).collect();
    let index = |at: usize| ledgers[at].header.index;
    let gap = refusal(&[files[0].clone(), files[3].clone()]);
    let missing = format!("ledgers {} to {} are missing", index(1), index(2));
    assert!(gap.contains(&missing) && gap.contains(&files[3]), "{gap}");
    let again = refusal(&[files[0].clone(), files[0].clone()]);
    assert!(again.contains(&format!("ledger {} is there twice", index(0))), "{again}");
    let mut other = Ledger::clone(&ledgers[1]);
    other.header.parent_hash.0[0] ^= 1;
    other.hash = other.header.hash();
    let fork = write(tempfile::tempdir_in(folder.path()).unwrap().keep().as_path(), &other);
    let said = refusal(&[files[0].clone(), fork.clone()]);
    assert!(said.contains("fork: ") && said.contains(&fork), "{said}");
}

#[test]
fn ledgers_that_do_not_continue_the_lane_are_refused() {
    let brokers = Kafka::shared().servers();
    let folder = tempfile::tempdir().unwrap();
    let ledgers = small();
    let files: Vec<String> =
        ledgers[..6].iter().map(|ledger| write(folder.path(), ledger)).collect();
    let lane = ["--lane", "old", "--network", "continued", "--kafka-brokers", &brokers];
    output_of(&[&["import", &files[0], &files[1]][..], &lane].concat());
    let gap = refused(&[&["import", &files[4]][..], &lane].concat());
    assert!(gap.contains("missing between the lane's pointer"), "{gap}");
    let mut other = Ledger::clone(&ledgers[2]);
    other.header.parent_hash.0[0] ^= 1;
    other.hash = other.header.hash();
    let fork = write(folder.path(), &other);
    let said = refused(&[&["import", &fork][..], &lane].concat());
    assert!(said.contains("fork: "), "{said}");
}

#[test]
fn files_as_they_are_found_are_read() {
    let brokers = Kafka::shared().servers();
    let folder = tempfile::tempdir().unwrap();
    let ledgers = small();
    let texts: Vec<String> = ledgers[..6]
        .iter()
        .map(|ledger| std::fs::read_to_string(write(folder.path(), ledger)).unwrap())
        .collect();
    let array = folder.path().join("array.json");
    std::fs::write(&array, format!("\u{feff}[{},\n{}]", texts[1], texts[0])).unwrap();
    let lines = folder.path().join("lines.jsonl.gz");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(format!("{}\n{}\n", texts[2], texts[3]).as_bytes()).unwrap();
    std::fs::write(&lines, gzip.finish().unwrap()).unwrap();
    let utf_16 = folder.path().join("windows.json");
    let units = format!("\u{feff}{}{}", texts[4], texts[5]);
    std::fs::write(&utf_16, units.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>())
        .unwrap();
    let files = [&array, &lines, &utf_16].map(|path| path.to_str().unwrap());
    let lane = ["--lane", "old", "--network", "found", "--kafka-brokers", &brokers];
    let said = output_of(&[&["import"][..], &files, &lane].concat());
    assert!(said.contains("6 ledgers imported into found.old.ledgers, verified"), "{said}");
    assert_eq!(Reader::committed(Kafka::shared()).all("found.old.ledgers").len(), 6);
}

/// A ledger with transactions of so many bytes, which nobody signed and everybody can verify.
fn large_ledger(transactions: u32, bytes: usize) -> Ledger {
    let blobs = (0..transactions).map(|position| {
        let memo = json!([{ "Memo": { "MemoData": "AB".repeat(bytes) } }]);
        let tx = json!({
            "TransactionType": "AccountSet", "Account": "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B", "Fee": "10",
            "Sequence": position, "SigningPubKey": "", "Memos": memo,
        });
        let meta = json!({
            "TransactionIndex": position, "TransactionResult": "tesSUCCESS", "AffectedNodes": [],
        });
        let bytes = |json| encode(Definitions::builtin(), json).unwrap();
        (bytes(&tx), bytes(&meta))
    });
    let transactions: Vec<LedgerTransaction> = blobs
        .map(|(tx_blob, meta_blob)| LedgerTransaction {
            hash: transaction_id(&tx_blob),
            tx_blob,
            meta_blob,
        })
        .collect();
    let mut ledger = Ledger::clone(&small()[0]);
    ledger.header.transaction_hash = transaction_tree_root(
        transactions.iter().map(|it| (it.tx_blob.as_slice(), it.meta_blob.as_slice())),
    );
    ledger.transactions = transactions;
    ledger.hash = ledger.header.hash();
    ledger
}

#[test]
fn a_large_ledger_is_cut_into_chunks_and_keeps_fields_that_no_hash_covers() {
    let brokers = Kafka::shared().servers();
    let folder = tempfile::tempdir().unwrap();
    let ledger = large_ledger(30, 90_000);
    let file = write(folder.path(), &ledger);
    let mut reply: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    reply["ledger"]["accepted"] = true.into();
    std::fs::write(&file, reply.to_string()).unwrap();
    let lane = ["--lane", "old", "--network", "large", "--kafka-brokers", &brokers];
    let said = output_of(&[&["import", &file][..], &lane].concat());
    assert!(said.starts_with("1 ledger imported into large.old.ledgers, verified"), "{said}");
    let records = Reader::committed(Kafka::shared()).all("large.old.ledgers");
    let decoder = Decoder::new(&schemas::all());
    let chunks: Vec<_> =
        records.iter().map(|it| decoder.decode::<Ledgers>(&it.value).unwrap()).collect();
    assert_eq!(chunks.len(), 4, "30 transactions of 90 kB");
    assert_eq!(chunks.iter().map(|it| it.transactions.len()).sum::<usize>(), 30);
    assert_eq!(chunks[0].unverified, Some(r#"{"ledger":{"accepted":true}}"#));
}
