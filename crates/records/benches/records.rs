//! What typing a transaction costs on one core, beside decoding alone and beside JSON: over the large recorded chain.

#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

#[expect(dead_code, reason = "not all of it is needed here")]
#[path = "../../xrpl-codec/tests/ledger_data/recorded.rs"]
mod recorded;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flow::{Decoder, TopicSchema, encode};
use records::{Amounts, TransactionWriter, import, record_json};
use schemas::{LedgerPosition, Transaction, TransactionRecords};
use serde_json::{Map, Value};
use xrpl_codec::json::{ApiVersion, write_transaction_json};
use xrpl_codec::{Definitions, Field, Hash256, Ledger, LedgerContext, Visitor, decode};

/// Sees everything and does nothing: what decoding alone costs.
struct Nothing(usize);

impl Visitor for Nothing {
    fn value(&mut self, _field: &Field, value: xrpl_codec::Value<'_>) {
        self.0 += usize::from(matches!(black_box(value), xrpl_codec::Value::Amount(_)));
    }
    fn begin_object(&mut self, _field: &Field) {}
    fn end_object(&mut self, _field: &Field) {}
    fn begin_array(&mut self, _field: &Field) {}
    fn end_array(&mut self, _field: &Field) {}
    fn undecoded(&mut self, _tail: &[u8]) {}
}

fn ledgers() -> Vec<Ledger> {
    let recorded = recorded::chain_ledgers(recorded::CHAINS[1]);
    recorded.iter().map(|it| recorded::ledger(&it.v2_binary)).collect()
}

fn messages(ledger: &Ledger) -> impl Iterator<Item = Transaction<'_>> {
    let count = u32::try_from(ledger.transactions.len()).unwrap();
    (0..).zip(&ledger.transactions).map(move |(position, it)| {
        Transaction::of(
            LedgerPosition {
                ledger_index: ledger.header.index,
                ledger_hash: ledger.hash.0,
                close_time: ledger.header.close_time,
                position,
                count,
            },
            it.hash.0,
            &it.tx_blob,
            &it.meta_blob,
        )
    })
}

fn json(transaction: &Transaction<'_>, out: &mut Vec<u8>) {
    let context = LedgerContext {
        index: transaction.ledger_index,
        hash: Hash256(transaction.ledger_hash),
        close_time: transaction.close_time,
    };
    let (tx_blob, meta_blob) = (transaction.tx_blob, transaction.meta_blob);
    let (hash, api) = (Hash256(transaction.hash), ApiVersion::V1);
    write_transaction_json(Definitions::builtin(), hash, tx_blob, meta_blob, &context, api, out)
        .unwrap();
}

fn records(criterion: &mut Criterion) {
    let ledgers = ledgers();
    let all: Vec<Transaction<'_>> = ledgers.iter().flat_map(messages).collect();
    let blobs: usize = all.iter().map(|it| it.tx_blob.len() + it.meta_blob.len()).sum();
    let texts: Vec<Vec<u8>> = all
        .iter()
        .map(|transaction| {
            let mut out = Vec::new();
            json(transaction, &mut out);
            out
        })
        .collect();
    let mut writer = TransactionWriter::default();
    let typed: usize = all.iter().map(|it| writer.write(it).unwrap().datum.len()).sum();
    let text: usize = texts.iter().map(Vec::len).sum();
    println!("{} transactions: blobs {blobs}, records {typed}, JSON {text} bytes", all.len());

    let mut group = criterion.benchmark_group("records");
    group.throughput(Throughput::Bytes(blobs as u64));
    group.bench_function("decode alone", |bencher| {
        bencher.iter(|| {
            let mut visitor = Nothing(0);
            for transaction in &all {
                decode(Definitions::builtin(), transaction.tx_blob, &mut visitor).unwrap();
                decode(Definitions::builtin(), transaction.meta_blob, &mut visitor).unwrap();
            }
            visitor.0
        });
    });
    group.bench_function("typed record", |bencher| {
        bencher.iter(|| all.iter().map(|it| writer.write(it).unwrap().datum.len()).sum::<usize>());
    });
    group.bench_function("JSON text", |bencher| {
        let mut out = Vec::new();
        bencher.iter(|| {
            out.clear();
            all.iter().for_each(|transaction| json(transaction, &mut out));
            out.len()
        });
    });
    group.bench_function("serde_json: the server's JSON to a tree and back", |bencher| {
        bencher.iter(|| {
            let again = |text: &Vec<u8>| {
                serde_json::to_vec(&serde_json::from_slice::<Value>(text).unwrap()).unwrap().len()
            };
            texts.iter().map(again).sum::<usize>()
        });
    });
    group.bench_function("serde_json: the server's JSON to the same record", |bencher| {
        bencher.iter(|| {
            let record = |(transaction, text): (&Transaction<'_>, &Vec<u8>)| {
                let json: Map<String, Value> = serde_json::from_slice(text).unwrap();
                let record = import::transaction_record(&json, transaction.at());
                encode::<TransactionRecords>(&record).unwrap().len()
            };
            all.iter().zip(&texts).map(record).sum::<usize>()
        });
    });
    bench_reading(&mut group, &all);
    group.finish();
}

fn bench_reading(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    all: &[Transaction<'_>],
) {
    let decoder = Decoder::new(&[TopicSchema::of::<TransactionRecords>()]);
    let message = |transaction: &Transaction<'_>| {
        let mut out = Vec::new();
        json(transaction, &mut out);
        let json: Map<String, Value> = serde_json::from_slice(&out).unwrap();
        encode::<TransactionRecords>(&import::transaction_record(&json, transaction.at())).unwrap()
    };
    let messages: Vec<Vec<u8>> = all.iter().map(message).collect();
    group.bench_function("read a record", |bencher| {
        bencher.iter(|| {
            for message in &messages {
                black_box(decoder.decode::<TransactionRecords>(message).unwrap());
            }
        });
    });
    group.bench_function("read a record and rebuild the JSON", |bencher| {
        bencher.iter(|| {
            for message in &messages {
                let record = decoder.decode::<TransactionRecords>(message).unwrap();
                black_box(record_json(&record, Amounts::Server).unwrap());
            }
        });
    });
}

criterion_group!(benches, records);
criterion_main!(benches);
