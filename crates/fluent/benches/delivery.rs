//! What the sink's path costs: JSON to MessagePack, events into a chunk, and a chunk to a receiver and back.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fluent::msgpack::{TranscodeError, transcode, write_map};
use fluent::{Chunk, Entries, EventTime, Mode, Sender, SenderSettings};
use fluent_receiver::{Batch, Receiver, ReceiverSettings};
use tokio::runtime::Runtime;

/// One transaction of a private chain, with its metadata.
const RECORD: &str = include_str!("transaction.json");

/// As many as a busy ledger has.
const RECORDS: u32 = 200;

fn transcoding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("transcode");
    group.throughput(Throughput::Bytes(RECORD.len() as u64));
    let mut out = Vec::new();
    group.bench_function("json", |bencher| {
        bencher.iter(|| {
            out.clear();
            transcode(black_box(RECORD), &mut out).expect("the record is json");
        });
    });
    let encoded = out.clone();
    group.throughput(Throughput::Bytes(encoded.len() as u64));
    group.bench_function("prepend a field to an encoded record", |bencher| {
        bencher.iter(|| {
            out.clear();
            write_map(&mut out, |map| {
                map.str("_id", "mainnet.transactions-87704323-17");
                map.encoded_members(black_box(&encoded))
            })
            .expect("the record is a map");
        });
    });
}

fn chunk() -> Chunk {
    let mut entries = Entries::default();
    for position in 0..RECORDS {
        entries
            .push::<TranscodeError>(
                EventTime { seconds: 1_700_000_000, nanoseconds: 0 },
                |record| {
                    record.str("_id", &format!("mainnet.transactions-87704323-{position}"));
                    record.json_members(RECORD)
                },
            )
            .expect("the record is an object");
    }
    Chunk {
        tag: "mainnet.transactions".to_owned(),
        id: "mainnet.transactions-87704323-0".to_owned(),
        entries,
    }
}

fn chunking(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("chunk");
    group.throughput(Throughput::Elements(RECORDS.into()));
    group.bench_function("200 records from json", |bencher| bencher.iter(chunk));
}

fn delivering(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime starts");
    let handler = |_: Batch| async { Ok(()) };
    let starting = Receiver::start("127.0.0.1:0", ReceiverSettings::default(), handler);
    let receiver = runtime.block_on(starting).expect("a free port is there");
    let mut group = criterion.benchmark_group("deliver and acknowledge");
    let chunk = chunk();
    group.throughput(Throughput::Bytes(chunk.entries.bytes() as u64));
    for mode in [Mode::Forward, Mode::PackedForward, Mode::CompressedPackedForward] {
        let address = receiver.address().to_string();
        let mut sender = Sender::new(SenderSettings { mode, ..SenderSettings::to(address) });
        group.bench_function(format!("{RECORDS} records, {mode:?}"), |bencher| {
            bencher.iter(|| {
                runtime.block_on(sender.send(&chunk)).expect("the receiver takes everything");
            });
        });
    }
    group.throughput(Throughput::Elements(1));
    let empty = Chunk { entries: Entries::default(), ..chunk };
    let mut sender = Sender::new(SenderSettings::to(receiver.address().to_string()));
    group.bench_function("nothing, PackedForward", |bencher| {
        bencher
            .iter(|| runtime.block_on(sender.send(&empty)).expect("the receiver takes everything"));
    });
    group.finish();
    runtime.block_on(receiver.stop());
}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1)).sample_size(30);
    targets = transcoding, chunking, delivering
}
criterion_main!(benches);
