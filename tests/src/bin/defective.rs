//! Variants of `ledger-record` with one deliberate defect each, chosen by the name that the binary is run as.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser as _;
use ekspiper_tests::conservation::DEFECT_AT;
use ekspiper_tests::{Chain, Kafka, Lane};
use flow::{Decoder, Topic as _};
use nix::sys::signal::{Signal, raise};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::message::{BorrowedMessage, Header, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{Offset, TopicPartitionList};
use schemas::{LedgerHeaders, LedgerRecord, LedgerRecords};
use xrpl_codec::{Hash256, Ledger, LedgerHeader};

const WAIT: Duration = Duration::from_secs(20);
/// Inputs of a batch, and how long they are gathered.
const BATCH_MAX: usize = 4;
const GATHER: Duration = Duration::from_millis(200);

/// The arguments of a flow, and what it would learn by itself.
#[derive(clap::Parser, Debug)]
struct Args {
    #[arg(long)]
    network: String,
    #[arg(long)]
    lane: String,
    #[arg(long)]
    kafka_brokers: String,
    #[arg(long)]
    admin_address: String,
    /// The first ledger of the lane
    #[arg(long)]
    first: u64,
    #[arg(long)]
    partitions: u32,
    /// The batch at which the defect shows
    #[arg(long, env = DEFECT_AT)]
    flawed_at: Option<u32>,
}

/// An input with the output that is made of it.
struct Work {
    partition: i32,
    offset: i64,
    sequence: u64,
    key: Vec<u8>,
    value: Vec<u8>,
}

struct Flawed {
    defect: String,
    args: Args,
    lane: Lane,
    decoder: Decoder,
    reader: BaseConsumer,
    producer: BaseProducer,
}

fn main() {
    let called = std::env::args().next().unwrap();
    let defect = called.rsplit("defective-").next().unwrap().to_owned();
    let args = Args::parse();
    let kafka = Kafka::given(&args.kafka_brokers);
    let lane = Lane::of(&kafka, &args.network, &args.lane, args.partitions);
    let mut config = kafka.client();
    config
        .set("group.id", lane.group("ledger-record"))
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .set("fetch.wait.max.ms", "20");
    let reader: BaseConsumer = config.create().unwrap();
    let producer = kafka.client().create().unwrap();
    let decoder = Decoder::new(&schemas::all());
    let defective = Flawed { defect, args, lane, decoder, reader, producer };
    defective.assign();
    for n in 1.. {
        let batch = defective.gather();
        defective.handle(batch, defective.args.flawed_at == Some(n));
    }
}

impl Flawed {
    fn assign(&self) {
        let topic = self.lane.topic(&LedgerHeaders::SPEC);
        let mut all = TopicPartitionList::new();
        all.add_partition_range(&topic, 0, self.args.partitions.cast_signed() - 1);
        let from = self.reader.committed_offsets(all, WAIT).unwrap();
        for partition in 0..self.args.partitions.cast_signed() {
            let mut element = from.find_partition(&topic, partition).unwrap();
            if element.offset() == Offset::Invalid {
                element.set_offset(Offset::Beginning).unwrap();
            }
        }
        self.reader.assign(&from).unwrap();
    }

    fn gather(&self) -> Vec<Work> {
        let mut batch = Vec::new();
        let mut until = None;
        while batch.len() < BATCH_MAX && until.is_none_or(|until| Instant::now() < until) {
            if let Some(Ok(message)) = self.reader.poll(Duration::from_millis(20)) {
                batch.push(self.work(&message));
                until.get_or_insert(Instant::now() + GATHER);
            }
        }
        batch
    }

    fn work(&self, message: &BorrowedMessage<'_>) -> Work {
        let header = self.decoder.decode::<LedgerHeaders>(message.payload().unwrap()).unwrap();
        let ledger = Ledger {
            hash: Hash256(header.ledger_hash),
            header: LedgerHeader::parse(header.header).unwrap(),
            transactions: Vec::new(),
        };
        let chain = Chain::of([Arc::new(ledger)]);
        let record = chain.ledger_records().next().unwrap();
        let record = LedgerRecord { transaction_count: header.transaction_count, ..record };
        let mut key = Vec::new();
        LedgerRecords::key(&record, &mut key);
        Work {
            partition: message.partition(),
            offset: message.offset(),
            sequence: header.ledger_index.into(),
            key,
            value: flow::encode::<LedgerRecords>(&record).unwrap(),
        }
    }

    fn handle(&self, mut batch: Vec<Work>, shows: bool) {
        match self.defect.as_str() {
            "offsets-first" => {
                self.commit(&batch);
                if shows {
                    std::process::abort();
                }
                self.write(&batch);
            }
            "outputs-first" => {
                self.write(&batch);
                if shows {
                    std::process::abort();
                }
                self.commit(&batch);
            }
            "gap" => {
                self.commit(&batch);
                if shows {
                    batch.remove(0);
                }
                self.write(&batch);
            }
            "unfenced" => {
                if shows {
                    raise(Signal::SIGSTOP).unwrap();
                }
                self.write(&batch);
                self.commit(&batch);
            }
            other => panic!("there is no defect {other}"),
        }
    }

    fn write(&self, batch: &[Work]) {
        let topic = self.lane.topic(&LedgerRecords::SPEC);
        for work in batch {
            let position = format!("{}/0/1", work.sequence);
            let previous = work.sequence - u64::from(self.args.partitions);
            let previous_text = format!("{previous}/0");
            let mut headers =
                OwnedHeaders::new().insert(Header { key: "position", value: Some(&position) });
            if previous >= self.args.first {
                headers = headers.insert(Header { key: "previous", value: Some(&previous_text) });
            }
            let record = BaseRecord::to(&topic).partition(work.partition).headers(headers);
            let record = record.key(&work.key).payload(&work.value);
            self.producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        self.producer.flush(WAIT).unwrap();
    }

    fn commit(&self, batch: &[Work]) {
        let topic = self.lane.topic(&LedgerHeaders::SPEC);
        let mut offsets = TopicPartitionList::new();
        for partition in 0..self.args.partitions.cast_signed() {
            let read = batch.iter().rfind(|work| work.partition == partition);
            if let Some(work) = read {
                let next = Offset::Offset(work.offset + 1);
                offsets.add_partition_offset(&topic, partition, next).unwrap();
            }
        }
        self.reader.commit(&offsets, CommitMode::Sync).unwrap();
    }
}
