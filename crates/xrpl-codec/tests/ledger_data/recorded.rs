//! Finds and reads recorded replies.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde_json::Value;
use xrpl_codec::{Expected, Hash256, Ledger, verify};

/// One ledger as a server gave it: the `result` of four requests.
pub(crate) struct RecordedLedger {
    pub(crate) name: String,
    pub(crate) v1: Value,
    pub(crate) v2: Value,
    pub(crate) v1_binary: Value,
    pub(crate) v2_binary: Value,
}

/// The recordings in this repository, from any crate beside this one.
const FIXTURES: &str = "../xrpl-codec/tests/fixtures";

/// The folders of recorded chains.
pub(crate) const CHAINS: [&str; 3] =
    ["rippled-standalone", "rippled-standalone-2", "rippled-standalone-2/unl-modify"];

/// Data of other projects, which their licence (ISC) keeps out of this repository; without it the test prints that it is skipped.
pub(crate) fn shared_data(test: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let data = std::env::var_os("EKSPIPER_SHARED").map_or_else(beside, PathBuf::from).join("data");
    if data.is_dir() {
        return Some(data);
    }
    println!("skipped: {test} (needs ISC-licensed data, which EKSPIPER_SHARED names)");
    None
}

/// The ledgers that this repository holds.
pub(crate) fn fixture_ledgers() -> Vec<RecordedLedger> {
    let files = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(FIXTURES), "ledgers-");
    let ledgers = files.iter().map(|path| {
        let text = read(path);
        group(file_name(path), text.lines().map(|line| serde_json::from_str(line).unwrap()))
    });
    ledgers.flatten().collect()
}

/// Single transactions that this repository holds, at least one of each type, result and affected entry there is.
pub(crate) fn fixture_transactions() -> Vec<Value> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join(FIXTURES);
    let text = read(&fixtures.join("transactions.jsonl.gz"));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The ledgers of one recorded chain.
pub(crate) fn chain_ledgers(chain: &str) -> Vec<RecordedLedger> {
    let mut replies = Vec::new();
    for path in files(&recordings::folder().join(chain), "ledger-") {
        let name = file_name(&path).split('.').next().unwrap().to_owned();
        if name.ends_with("v1") || name.ends_with("v2") || name.ends_with("binary") {
            replies.push(Reply { name, result: read_json(&path) });
        }
    }
    replies.retain(|reply| reply.name != "ledger-hashes-only-v2");
    group(chain, replies)
}

/// The files of a folder whose names begin so, sorted.
pub(crate) fn files(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| file_name(path).starts_with(prefix)).collect();
    files.sort();
    files
}

pub(crate) fn read_json(path: &Path) -> Value {
    serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn hex(text: &Value) -> Vec<u8> {
    let text = text.as_str().expect("hex is a string");
    let mut bytes = vec![0; text.len() / 2];
    faster_hex::hex_decode(text.as_bytes(), &mut bytes).unwrap();
    bytes
}

pub(crate) fn hash(text: &Value) -> Hash256 {
    text.as_str().unwrap().parse().unwrap()
}

/// A transaction and its metadata.
type Blobs = (Vec<u8>, Vec<u8>);

/// Header and blobs of a binary reply, as `verify` takes them.
pub(crate) fn parts(result: &Value) -> (Vec<u8>, Vec<Blobs>) {
    let transactions = result["ledger"]["transactions"].as_array().unwrap();
    let blobs = transactions.iter().map(|transaction| {
        let meta = transaction.get("meta").or(transaction.get("meta_blob")).unwrap();
        (hex(&transaction["tx_blob"]), hex(meta))
    });
    (hex(&result["ledger"]["ledger_data"]), blobs.collect())
}

pub(crate) fn expected(result: &Value) -> Expected {
    let index = result["ledger_index"].as_u64().unwrap().try_into().unwrap();
    Expected { index, hash: hash(&result["ledger_hash"]), parent_hash: None }
}

/// The ledger of a binary reply.
pub(crate) fn ledger(result: &Value) -> Ledger {
    let (header, transactions) = parts(result);
    verify(&header, transactions, &expected(result)).unwrap()
}

#[derive(serde::Deserialize)]
struct Reply {
    name: String,
    result: Value,
}

fn group(chain: &str, replies: impl IntoIterator<Item = Reply>) -> Vec<RecordedLedger> {
    let mut shapes: BTreeMap<(u32, String), Value> = BTreeMap::new();
    for reply in replies {
        let (index, shape) = reply.name.strip_prefix("ledger-").unwrap().split_once('-').unwrap();
        shapes.insert((index.parse().unwrap(), shape.to_owned()), reply.result);
    }
    let indexes: Vec<u32> =
        shapes.keys().filter(|(_, shape)| shape == "v1").map(|(index, _)| *index).collect();
    let mut take = |index: u32, shape: &str| shapes.remove(&(index, shape.to_owned())).unwrap();
    let ledgers = indexes.into_iter().map(|index| RecordedLedger {
        name: format!("{chain} {index}"),
        v1: take(index, "v1"),
        v2: take(index, "v2"),
        v1_binary: take(index, "v1-binary"),
        v2_binary: take(index, "v2-binary"),
    });
    ledgers.collect()
}

fn read(path: &Path) -> String {
    let mut bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut plain = Vec::new();
        GzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap();
        bytes = plain;
    }
    String::from_utf8(bytes).unwrap()
}

fn file_name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}
