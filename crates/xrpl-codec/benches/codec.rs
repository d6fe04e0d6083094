//! How many bytes of blobs a second are verified, decoded, looked at and encoded, on one core.

#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

use std::fs::File;
use std::hint::black_box;
use std::io::Read;

use criterion::measurement::WallTime;
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main,
};
use flate2::read::GzDecoder;
use serde_json::Value;
use xrpl_codec::json::{ApiVersion, write_object_json, write_transaction_json};
use xrpl_codec::{
    Definitions, Expected, Hash256, LedgerContext, LedgerHeader, Visitor, affected_books, decode,
    encode, summary, transaction_id, transaction_tree_root, verify,
};

/// The repository's recorded transactions, made one ledger.
struct Made {
    header: LedgerHeader,
    transactions: Vec<(Vec<u8>, Vec<u8>)>,
    blob_bytes: u64,
}

fn hex(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    let mut bytes = vec![0; text.len() / 2];
    faster_hex::hex_decode(text.as_bytes(), &mut bytes).unwrap();
    bytes
}

fn made() -> Made {
    let file =
        File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/transactions.jsonl.gz"))
            .unwrap();
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut transactions = Vec::new();
    for (line, index) in text.lines().zip(0_u32..) {
        let recorded: Value = serde_json::from_str(line).unwrap();
        let (tx_blob, mut meta_blob) = (hex(&recorded["tx_blob"]), hex(&recorded["meta_blob"]));
        // One after the other in the made ledger, whichever ledgers they are from.
        meta_blob[2..6].copy_from_slice(&index.to_be_bytes());
        transactions.push((tx_blob, meta_blob));
    }
    let blobs = || {
        transactions.iter().map(|(tx_blob, meta_blob)| (tx_blob.as_slice(), meta_blob.as_slice()))
    };
    let header = LedgerHeader {
        index: 7,
        total_coins: 100_000_000_000_000_000,
        parent_hash: Hash256::ZERO,
        transaction_hash: transaction_tree_root(blobs()),
        account_hash: Hash256::ZERO,
        parent_close_time: 1,
        close_time: 848_640_469,
        close_time_resolution: 10,
        close_flags: 0,
    };
    let blob_bytes =
        blobs().map(|(tx_blob, meta_blob)| tx_blob.len() + meta_blob.len()).sum::<usize>() as u64;
    Made { header, transactions, blob_bytes }
}

/// Sees everything and does nothing: what decoding alone costs.
struct Nothing(usize);

impl Visitor for Nothing {
    fn value(&mut self, _field: &xrpl_codec::Field, value: xrpl_codec::Value<'_>) {
        self.0 += usize::from(matches!(black_box(value), xrpl_codec::Value::Amount(_)));
    }
    fn begin_object(&mut self, _field: &xrpl_codec::Field) {}
    fn end_object(&mut self, _field: &xrpl_codec::Field) {}
    fn begin_array(&mut self, _field: &xrpl_codec::Field) {}
    fn end_array(&mut self, _field: &xrpl_codec::Field) {}
    fn undecoded(&mut self, _tail: &[u8]) {}
}

fn codec(criterion: &mut Criterion) {
    let made = made();
    let mut group = criterion.benchmark_group("codec");
    group.throughput(Throughput::Bytes(made.blob_bytes));
    bench_verify(&mut group, &made);
    bench_decode(&mut group, &made);
    bench_glances(&mut group, &made);
    bench_encode(&mut group, &made);
    group.finish();
}

type Group<'c> = BenchmarkGroup<'c, WallTime>;

fn bench_verify(group: &mut Group<'_>, made: &Made) {
    let header = made.header.to_bytes();
    let expected =
        Expected { index: 7, hash: made.header.hash(), parent_hash: Some(Hash256::ZERO) };
    group.bench_function("verify", |bencher| {
        let input = || made.transactions.clone();
        bencher.iter_batched(
            input,
            |blobs| verify(&header, blobs, &expected).unwrap(),
            BatchSize::SmallInput,
        );
    });
}

fn bench_decode(group: &mut Group<'_>, made: &Made) {
    let definitions = Definitions::builtin();
    group.bench_function("visit", |bencher| {
        bencher.iter(|| {
            let mut visitor = Nothing(0);
            for (tx_blob, meta_blob) in &made.transactions {
                decode(definitions, tx_blob, &mut visitor).unwrap();
                decode(definitions, meta_blob, &mut visitor).unwrap();
            }
            visitor.0
        });
    });
    let ledger =
        LedgerContext { index: 7, hash: made.header.hash(), close_time: made.header.close_time };
    let ids: Vec<Hash256> =
        made.transactions.iter().map(|(tx_blob, _)| transaction_id(tx_blob)).collect();
    for (name, api) in [("json v1", ApiVersion::V1), ("json v2", ApiVersion::V2)] {
        group.bench_function(name, |bencher| {
            let mut out = Vec::new();
            bencher.iter(|| {
                out.clear();
                for ((tx_blob, meta_blob), id) in made.transactions.iter().zip(&ids) {
                    write_transaction_json(
                        definitions,
                        *id,
                        tx_blob,
                        meta_blob,
                        &ledger,
                        api,
                        &mut out,
                    )
                    .unwrap();
                }
                out.len()
            });
        });
    }
}

fn bench_glances(group: &mut Group<'_>, made: &Made) {
    group.bench_function("summary", |bencher| {
        bencher.iter(|| {
            for (tx_blob, meta_blob) in &made.transactions {
                black_box(summary(Definitions::builtin(), tx_blob, meta_blob).unwrap());
            }
        });
    });
    group.bench_function("books", |bencher| {
        let books = |(_, meta_blob): &(Vec<u8>, Vec<u8>)| affected_books(meta_blob).unwrap().len();
        bencher.iter(|| made.transactions.iter().map(books).sum::<usize>());
    });
}

fn bench_encode(group: &mut Group<'_>, made: &Made) {
    let blobs = made.transactions.iter().flat_map(|(tx_blob, meta_blob)| [tx_blob, meta_blob]);
    let values = blobs.map(|blob| {
        let mut out = Vec::new();
        write_object_json(Definitions::builtin(), blob, &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    });
    let values: Vec<Value> = values.collect();
    group.bench_function("encode", |bencher| {
        bencher.iter(|| {
            values
                .iter()
                .map(|json| encode(Definitions::builtin(), json).unwrap().len())
                .sum::<usize>()
        });
    });
}

criterion_group!(benches, codec);
criterion_main!(benches);
