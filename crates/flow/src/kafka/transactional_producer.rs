//! Outputs and offsets, committed together or not at all.

use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use crate::kafka::client;
use crate::kill_point::KillPoint;
use crate::record::record_order::{RecordOrder, SequenceId};
use crate::settings::Settings;

/// The record's position, as `sequence/part/count`.
pub(crate) const POSITION: &str = "position";
/// The place of the record before it in its partition, as `sequence/part`; absent from a lane's first.
pub const PREVIOUS: &str = "previous";
/// When the outside announced what the record came from, in milliseconds since the epoch.
pub(crate) const ANNOUNCED: &str = "announced-ms";
/// Which attempt at the record this is, for one that was driven into its flow again.
pub const ATTEMPT: &str = "attempt";
/// Supervisor are not counted beyond this.
pub const ATTEMPTS_MAX: u32 = 1_000_000;

/// A commit that the broker does not answer is repeated for so long.
const COMMIT: Duration = Duration::from_secs(20);
/// How often delivery is looked at. A blocking wait in librdkafka's bindings takes whole steps of 100 ms.
const LOOK: Duration = Duration::from_micros(300);

/// So much is handed to librdkafka before it is delivered: what goes into one request. An idempotent producer has one request
/// a partition under way, and while more is due librdkafka waits for its answer in a busy loop.
const WINDOW_BYTES: usize = 800_000;
/// As [`WINDOW_BYTES`], in records: a request holds 10,000.
const WINDOW_RECORDS: usize = 8_000;
/// What a record takes beside its key and value: headers, and its frame.
const RECORD_BYTES: usize = 96;

/// The longest text of a header: a position has a number of 20 digits and two of 10.
const TEXT_BYTES_MAX: usize = 48;

/// A call of librdkafka's about a transaction may never return, whatever time limit it is given: `send_offsets_to_transaction`
/// does not when the group's coordinator goes at the wrong moment. It is given up this long after its own limit.
const GIVEN_UP: Duration = Duration::from_secs(5);

/// A producer with one transactional id. Opening it fences whoever had the id and settles what was left open.
pub struct TransactionalProducer {
    producer: Arc<BaseProducer<Reports>>,
    id: String,
}

/// One record to write.
pub struct ProducerRecord<'a> {
    /// The topic's whole name.
    pub topic: &'a str,
    /// The partition.
    pub partition: i32,
    /// The key.
    pub key: &'a [u8],
    /// The value.
    pub value: &'a [u8],
    /// Absent where it stands in `beside`, as the record that comes back had it.
    pub order: Option<RecordOrder>,
    /// The record before it in its partition.
    pub previous: Option<SequenceId>,
    /// When the outside announced what it came from, in milliseconds since the epoch.
    pub announced_ms: Option<u64>,
    /// Headers to write before those.
    pub beside: &'a [(String, Vec<u8>)],
}

/// Why a transaction did not come about, as far as anyone can know. What was committed is found out by opening anew.
#[derive(Debug, thiserror::Error)]
pub enum TransactionError {
    /// Another instance has opened the same id.
    #[error("fenced: another instance has taken over")]
    Fenced,
    /// Anything else.
    #[error("the transaction failed")]
    Failed(#[source] KafkaError),
    /// Some records were not delivered.
    #[error("{0} records were not delivered")]
    Undelivered(u64),
    /// The broker did not answer in time.
    #[error("the broker did not answer in time")]
    TimedOut,
}

impl TransactionalProducer {
    /// Opens `id`.
    pub fn open(settings: &Settings, id: &str) -> Result<Self, TransactionError> {
        KillPoint::BeforeFence.reach();
        let producer: BaseProducer<Reports> = client::transactional(settings, id)
            .create_with_context(Reports::default())
            .map_err(TransactionError::Failed)?;
        let transactor = Self { producer: Arc::new(producer), id: id.to_owned() };
        // Without a connection librdkafka looks for the coordinator only half a second later.
        transactor.producer.client().fetch_cluster_id(client::CALL);
        transactor
            .producer
            .init_transactions(client::CALL)
            .map_err(|error| transactor.lost(error))?;
        KillPoint::AfterFence.reach();
        Ok(transactor)
    }

    /// Writes `records` and, for a flow that reads, `offsets` of `group` in one transaction.
    ///
    /// After an error this transactor is of no further use: only opening the id anew tells what was committed.
    pub fn commit<'a>(
        &self,
        records: impl Iterator<Item = ProducerRecord<'a>>,
        offsets: Option<(&TopicPartitionList, &Arc<ConsumerGroupMetadata>)>,
    ) -> Result<(), TransactionError> {
        let deadline = Instant::now() + COMMIT;
        KillPoint::BeforeTransaction.reach();
        self.producer.begin_transaction().map_err(|error| self.lost(error))?;
        KillPoint::AfterBegin.reach();
        let (mut bytes, mut count) = (0, 0);
        for record in records {
            let size = record.key.len() + record.value.len() + RECORD_BYTES;
            if count == WINDOW_RECORDS || (count > 0 && bytes + size > WINDOW_BYTES) {
                self.await_delivery(deadline)?;
                (bytes, count) = (0, 0);
            }
            self.send(&record, deadline)?;
            (bytes, count) = (bytes + size, count + 1);
            KillPoint::AfterRecord.reach();
        }
        KillPoint::AfterProduce.reach();
        self.await_delivery(deadline)?;
        KillPoint::AfterDelivery.reach();
        if let Some((offsets, group)) = offsets {
            self.repeat(deadline, || {
                let (offsets, group) = (offsets.clone(), Arc::clone(group));
                move |producer| producer.send_offsets_to_transaction(&offsets, &group, client::CALL)
            })?;
            KillPoint::AfterOffsets.reach();
        }
        self.repeat(deadline, || |producer| producer.commit_transaction(client::CALL))?;
        KillPoint::AfterCommit.reach();
        Ok(())
    }

    fn send(&self, record: &ProducerRecord<'_>, deadline: Instant) -> Result<(), TransactionError> {
        let mut base = BaseRecord::<[u8], [u8]>::to(record.topic)
            .partition(record.partition)
            .key(record.key)
            .payload(record.value)
            .headers(headers(record));
        loop {
            match self.producer.send(base) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(Code::QueueFull), back)) => {
                    if Instant::now() > deadline {
                        return Err(TransactionError::TimedOut);
                    }
                    base = back;
                    self.producer.poll(Duration::ZERO);
                    std::thread::sleep(LOOK);
                }
                Err((error, _)) => return Err(self.lost(error)),
            }
        }
    }

    fn await_delivery(&self, deadline: Instant) -> Result<(), TransactionError> {
        loop {
            self.producer.poll(Duration::ZERO);
            if self.producer.in_flight_count() == 0 {
                break;
            }
            if Instant::now() > deadline {
                return Err(TransactionError::TimedOut);
            }
            std::thread::sleep(LOOK);
        }
        match self.producer.context().undelivered.swap(0, Ordering::Relaxed) {
            0 => Ok(()),
            _ if self.is_fenced() => Err(TransactionError::Fenced),
            n => Err(TransactionError::Undelivered(n)),
        }
    }

    /// Repeats a call for as long as librdkafka says that repeating it is right.
    fn repeat<C>(
        &self,
        deadline: Instant,
        mut call: impl FnMut() -> C,
    ) -> Result<(), TransactionError>
    where
        C: FnOnce(&BaseProducer<Reports>) -> Result<(), KafkaError> + Send + 'static,
    {
        loop {
            match self.limited(call())? {
                Ok(()) => return Ok(()),
                Err(KafkaError::Transaction(error))
                    if error.is_retriable() && Instant::now() < deadline =>
                {
                    tracing::debug!(%error, "repeating a step of a transaction");
                }
                Err(KafkaError::Flush(_)) if Instant::now() < deadline => {}
                Err(error) => return Err(self.lost(error)),
            }
        }
    }

    /// Makes a call in a thread of its own. One that does not return keeps its thread and the producer; whoever opens the id
    /// next fences it.
    fn limited<C>(&self, call: C) -> Result<Result<(), KafkaError>, TransactionError>
    where
        C: FnOnce(&BaseProducer<Reports>) -> Result<(), KafkaError> + Send + 'static,
    {
        let (done, outcome) = mpsc::channel();
        let producer = Arc::clone(&self.producer);
        let caller = std::thread::Builder::new().name(self.id.clone());
        let made = caller.spawn(move || {
            let result = call(&producer);
            drop(producer);
            // Nobody listens once the call was given up.
            let _ = done.send(result);
        });
        made.map_err(|_| TransactionError::TimedOut)?;
        outcome.recv_timeout(client::CALL + GIVEN_UP).map_err(|_| TransactionError::TimedOut)
    }

    fn lost(&self, error: KafkaError) -> TransactionError {
        let code = match &error {
            KafkaError::Transaction(error) => Some(error.code()),
            other => other.rdkafka_error_code(),
        };
        if code.is_some_and(is_fence) || self.is_fenced() {
            TransactionError::Fenced
        } else {
            TransactionError::Failed(error)
        }
    }

    /// A call after the one that found out is told only that something fatal has happened.
    fn is_fenced(&self) -> bool {
        self.producer.client().fatal_error().is_some_and(|(code, _)| is_fence(code))
    }
}

impl fmt::Debug for TransactionalProducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionalProducer").field("id", &self.id).finish_non_exhaustive()
    }
}

fn headers(record: &ProducerRecord<'_>) -> OwnedHeaders {
    let mut text = Text { bytes: [0; TEXT_BYTES_MAX], length: 0 };
    let mut headers = OwnedHeaders::new_with_capacity(3 + record.beside.len());
    for (key, value) in record.beside {
        headers = headers.insert(header(key, value));
    }
    if let Some(order) = record.order {
        headers = headers.insert(header(POSITION, text.of(order)));
    }
    if let Some(previous) = record.previous {
        headers = headers.insert(header(PREVIOUS, text.of(previous)));
    }
    if let Some(announced) = record.announced_ms {
        headers = headers.insert(header(ANNOUNCED, text.of(announced)));
    }
    headers
}

const fn header<'a>(key: &'a str, value: &'a [u8]) -> Header<'a, &'a [u8]> {
    Header { key, value: Some(value) }
}

/// Text of a number or a few, on the stack.
struct Text {
    bytes: [u8; TEXT_BYTES_MAX],
    length: usize,
}

impl Text {
    fn of(&mut self, shown: impl fmt::Display) -> &[u8] {
        self.length = 0;
        write!(self, "{shown}").expect("a position is short");
        &self.bytes[..self.length]
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

const fn is_fence(code: Code) -> bool {
    matches!(code, Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch)
}

/// Counts what was not delivered.
#[derive(Debug, Default)]
struct Reports {
    undelivered: AtomicU64,
}

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, message: &str) {
        client::log(level, fac, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "kafka producer");
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _opaque: ()) {
        if result.is_err() {
            self.undelivered.fetch_add(1, Ordering::Relaxed);
        }
    }
}
