//! The transactional producer: outputs and offsets are committed together or not at all.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use crate::kafka::client;
use crate::kafka::headers::headers;
use crate::kill_point::KillPoint;
use crate::record::record_order::{RecordOrder, SequenceId};
use crate::settings::Settings;

/// A commit that the broker does not answer is repeated for this long.
const COMMIT: Duration = Duration::from_secs(20);
/// How often delivery is polled for. A blocking wait in librdkafka's bindings takes whole steps of 100 ms.
const DELIVERY_POLL: Duration = Duration::from_micros(300);

/// Bytes handed to librdkafka before they are delivered: what goes into one request. An idempotent producer has one request
/// a partition in flight, and while more is due librdkafka waits for its response in a busy loop.
const WINDOW_BYTES: usize = 800_000;
/// As [`WINDOW_BYTES`], in records: a request holds 10,000.
const WINDOW_RECORDS: usize = 8_000;
/// What a record takes beside its key and value: headers, and its frame.
const RECORD_OVERHEAD_BYTES: usize = 96;

/// A call of librdkafka's about a transaction may never return, whatever its time limit: `send_offsets_to_transaction` does not
/// when the group's coordinator goes away at the wrong moment. It is abandoned this long after its own limit.
const ABANDON_AFTER: Duration = Duration::from_secs(5);

/// The call, with what keeps it from ever succeeding on a cluster whose internal topic can't be created.
const INIT_TRANSACTIONS: &str = "init_transactions (needs at least as many brokers as \
     `transaction.state.log.replication.factor`, and the right to use the transactional id)";

/// A producer with a transactional id. Opening it fences the producer that had the id and resolves the transaction that that
/// one left open.
pub struct TransactionalProducer {
    producer: Arc<BaseProducer<DeliveryReports>>,
    caller: Caller,
    id: String,
}

/// A record to write.
#[derive(Debug, Clone, Copy)]
pub struct ProducerRecord<'a> {
    /// The topic's whole name.
    pub topic: &'a str,
    /// The partition.
    pub partition: i32,
    /// The key.
    pub key: &'a [u8],
    /// The value.
    pub value: &'a [u8],
    /// Absent where it is among the extra headers, as a re-driven record has it.
    pub order: Option<RecordOrder>,
    /// The record before it in its partition.
    pub previous: Option<SequenceId>,
    /// When the outside announced what it came from, in milliseconds since the epoch.
    pub announced_ms: Option<u64>,
    /// Headers to write before those.
    pub extra_headers: &'a [(String, Vec<u8>)],
}

/// Why a transaction failed, as far as anyone can know. What was committed is known only after `init_transactions` by another
/// producer of the same id.
#[derive(Debug, thiserror::Error)]
pub enum TransactionError {
    /// Another instance has opened the same id.
    #[error("producer fenced: another instance has taken over")]
    Fenced,
    /// librdkafka or the broker refused a call.
    #[error("{call} failed")]
    Failed {
        /// The call of the producer API, in librdkafka's words.
        call: &'static str,
        /// What was answered.
        #[source]
        source: KafkaError,
    },
    /// Records were not delivered.
    #[error("{records} records were not delivered, the first of them to {topic}")]
    Undelivered {
        /// How many.
        records: u64,
        /// The topic and partition of the first.
        topic: String,
        /// Why it was not.
        #[source]
        source: KafkaError,
    },
    /// The broker did not answer in time.
    #[error("{call} was not answered within {} s", .limit.as_secs())]
    TimedOut {
        /// The call of the producer API, in librdkafka's words.
        call: &'static str,
        /// How long was waited.
        limit: Duration,
    },
}

impl TransactionalProducer {
    /// Opens `id`: `init_transactions`.
    ///
    /// # Errors
    /// See [`TransactionError`].
    pub fn open(settings: &Settings, id: &str) -> Result<Self, TransactionError> {
        KillPoint::BeforeFence.reach();
        let producer: BaseProducer<DeliveryReports> = client::transactional(settings, id)
            .create_with_context(DeliveryReports::default())
            .map_err(|error| TransactionError::Failed {
                call: "creating a producer",
                source: client::redacted(error, settings),
            })?;
        let opened =
            Self { producer: Arc::new(producer), caller: Caller::new(id), id: id.to_owned() };
        // Without a connection librdkafka looks for the coordinator only half a second later.
        opened.producer.client().fetch_cluster_id(client::CALL);
        let initialized = opened.producer.init_transactions(client::CALL);
        initialized.map_err(|error| opened.error(INIT_TRANSACTIONS, error))?;
        KillPoint::AfterFence.reach();
        Ok(opened)
    }

    /// Writes `records` and, for a flow that reads, `offsets` of `group` in one transaction.
    ///
    /// # Errors
    /// See [`TransactionError`]. After one this producer is of no further use.
    pub fn commit<'a>(
        &self,
        records: impl Iterator<Item = ProducerRecord<'a>>,
        offsets: Option<(&TopicPartitionList, &Arc<ConsumerGroupMetadata>)>,
    ) -> Result<(), TransactionError> {
        let deadline = Instant::now() + COMMIT;
        KillPoint::BeforeTransaction.reach();
        self.producer
            .begin_transaction()
            .map_err(|error| self.error("begin_transaction", error))?;
        KillPoint::AfterBegin.reach();
        let (mut bytes, mut count) = (0, 0);
        for record in records {
            let size = record.key.len() + record.value.len() + RECORD_OVERHEAD_BYTES;
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
            self.repeat("send_offsets_to_transaction", deadline, || {
                let (offsets, group) = (offsets.clone(), Arc::clone(group));
                Box::new(move |producer| {
                    producer.send_offsets_to_transaction(&offsets, &group, client::CALL)
                })
            })?;
            KillPoint::AfterOffsets.reach();
        }
        self.repeat("commit_transaction", deadline, || {
            Box::new(|producer| producer.commit_transaction(client::CALL))
        })?;
        KillPoint::AfterCommit.reach();
        Ok(())
    }

    fn send(&self, record: &ProducerRecord<'_>, deadline: Instant) -> Result<(), TransactionError> {
        let ProducerRecord { order, previous, announced_ms, extra_headers, .. } = *record;
        let mut base = BaseRecord::<[u8], [u8]>::to(record.topic)
            .partition(record.partition)
            .key(record.key)
            .payload(record.value)
            .headers(headers(extra_headers, order, previous, announced_ms));
        loop {
            match self.producer.send(base) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(Code::QueueFull), back)) => {
                    if Instant::now() > deadline {
                        return Err(TransactionError::TimedOut { call: "produce", limit: COMMIT });
                    }
                    base = back;
                    self.producer.poll(Duration::ZERO);
                    std::thread::sleep(DELIVERY_POLL);
                }
                Err((error, _)) => return Err(self.error("produce", error)),
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
                return Err(TransactionError::TimedOut { call: "produce", limit: COMMIT });
            }
            std::thread::sleep(DELIVERY_POLL);
        }
        match self.producer.context().take() {
            None => Ok(()),
            Some(_) if self.is_fenced() => Err(TransactionError::Fenced),
            Some(Undelivered { records, topic, error }) => {
                Err(TransactionError::Undelivered { records, topic, source: error })
            }
        }
    }

    /// Repeats a call for as long as librdkafka says that it is retriable.
    fn repeat(
        &self,
        call: &'static str,
        deadline: Instant,
        mut make: impl FnMut() -> Call,
    ) -> Result<(), TransactionError> {
        loop {
            let limit = client::CALL + ABANDON_AFTER;
            let Some(outcome) = self.caller.call(&self.producer, make(), limit) else {
                tracing::warn!(id = self.id, call, "call of librdkafka did not return, abandoned");
                return Err(TransactionError::TimedOut { call, limit });
            };
            match outcome {
                Ok(()) => return Ok(()),
                Err(KafkaError::Transaction(error))
                    if error.is_retriable() && Instant::now() < deadline =>
                {
                    tracing::debug!(id = self.id, call, %error, "retrying");
                }
                Err(KafkaError::Flush(_)) if Instant::now() < deadline => {}
                Err(error) => return Err(self.error(call, error)),
            }
        }
    }

    fn error(&self, call: &'static str, source: KafkaError) -> TransactionError {
        let code = match &source {
            KafkaError::Transaction(error) => Some(error.code()),
            other => other.rdkafka_error_code(),
        };
        if code.is_some_and(is_fence) || self.is_fenced() {
            TransactionError::Fenced
        } else {
            TransactionError::Failed { call, source }
        }
    }

    /// A call after the one that found out is told only that a fatal error has been raised.
    fn is_fenced(&self) -> bool {
        self.producer.client().fatal_error().is_some_and(|(code, _)| is_fence(code))
    }
}

impl fmt::Debug for TransactionalProducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionalProducer").field("id", &self.id).finish_non_exhaustive()
    }
}

const fn is_fence(code: Code) -> bool {
    matches!(code, Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch)
}

type Outcome = Result<(), KafkaError>;
type Call = Box<dyn FnOnce(&BaseProducer<DeliveryReports>) -> Outcome + Send>;
type Job = (Arc<BaseProducer<DeliveryReports>>, Call, mpsc::SyncSender<Outcome>);

/// A thread that makes the calls which may never return. One that does not keeps the thread and the producer; opening the id
/// again fences it.
struct Caller {
    jobs: Option<mpsc::Sender<Job>>,
}

impl Caller {
    fn new(id: &str) -> Self {
        let (jobs, waiting) = mpsc::channel::<Job>();
        let thread = std::thread::Builder::new().name(id.to_owned()).spawn(move || {
            for (producer, call, done) in waiting {
                let outcome = call(&producer);
                drop(producer);
                // The receiver is gone once the call was abandoned.
                let _ = done.send(outcome);
            }
        });
        Self { jobs: thread.is_ok().then_some(jobs) }
    }

    /// What the call returns, or `None` when it does not within `limit`.
    fn call(
        &self,
        producer: &Arc<BaseProducer<DeliveryReports>>,
        call: Call,
        limit: Duration,
    ) -> Option<Outcome> {
        let (done, outcome) = mpsc::sync_channel(1);
        self.jobs.as_ref()?.send((Arc::clone(producer), call, done)).ok()?;
        outcome.recv_timeout(limit).ok()
    }
}

/// Collects what was not delivered.
#[derive(Debug, Default)]
struct DeliveryReports {
    undelivered: Mutex<Option<Undelivered>>,
}

#[derive(Debug)]
struct Undelivered {
    records: u64,
    topic: String,
    error: KafkaError,
}

impl DeliveryReports {
    fn take(&self) -> Option<Undelivered> {
        self.undelivered.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ClientContext for DeliveryReports {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, message: &str) {
        client::log(level, fac, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "kafka producer");
    }
}

impl ProducerContext for DeliveryReports {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _opaque: ()) {
        use rdkafka::Message as _;
        let Err((error, message)) = result else { return };
        let mut undelivered = self.undelivered.lock().unwrap_or_else(PoisonError::into_inner);
        match undelivered.as_mut() {
            Some(undelivered) => undelivered.records += 1,
            None => {
                *undelivered = Some(Undelivered {
                    records: 1,
                    topic: format!("{}/{}", message.topic(), message.partition()),
                    error: error.clone(),
                });
            }
        }
    }
}
