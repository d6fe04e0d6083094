//! The rounds of a worker: gather with no transaction open, then commit.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::{Offset, TopicPartitionList};

use crate::attempts::Ended;
use crate::batch::Batch;
use crate::health::State;
use crate::input::Input;
use crate::kafka::{self, Quiet};
use crate::metrics::{ByFlow, ByPartition, ByTopic};
use crate::plan::{Plan, Share};
use crate::position::Place;
use crate::progress::Progress;
use crate::schema_topic;
use crate::step::{Step, Trouble};
use crate::stop::Stop;
use crate::tail;
use crate::transactor::{Outgoing, Transactor};

/// How long an idle worker waits for a record before it looks whether it should stop.
const IDLE: Duration = Duration::from_millis(100);
/// How long a worker that is behind waits for the next record before it commits what it has.
const LINGER: Duration = Duration::from_millis(20);
/// How often a worker that waits for the outside looks for new records.
const LOOK: Duration = Duration::from_millis(2);
/// How often the lag is asked for.
const LAG: Duration = Duration::from_secs(5);

/// A worker between its beginning and its end.
pub(crate) struct Rounds<'p> {
    plan: &'p Plan,
    share: Share,
    topic: String,
    outputs: Vec<String>,
    reader: BaseConsumer<Quiet>,
    group: ConsumerGroupMetadata,
    transactor: Transactor,
    step: Box<dyn Step>,
    batch: Batch,
    /// What has been committed.
    committed: Progress,
    /// What has been read, whether committed or not.
    reading: Progress,
    /// Whether there was nothing more to read when last looked.
    at_end: bool,
    /// Why there will be no further round after this one.
    over: Option<Ended>,
    lag_due: Instant,
}

impl<'p> Rounds<'p> {
    pub(crate) fn new(
        plan: &'p Plan,
        share: Share,
        reader: BaseConsumer<Quiet>,
        transactor: Transactor,
        progress: Progress,
    ) -> Self {
        let group = reader.group_metadata().expect("a consumer with a group id has group metadata");
        Self {
            plan,
            share,
            topic: plan.topic(share),
            outputs: plan.outputs.iter().map(|output| plan.to.topic(&output.spec)).collect(),
            reader,
            group,
            transactor,
            step: (plan.make_step)(plan.surroundings(share)),
            batch: Batch::new(&plan.outputs, plan.batch_bytes_max()),
            committed: progress.clone(),
            reading: progress,
            at_end: false,
            over: None,
            lag_due: Instant::now(),
        }
    }

    /// Gathers a batch and commits it. Says how it ended when there will be no other.
    pub(crate) fn turn(&mut self, stop: &Stop) -> Result<Option<Ended>, Ended> {
        self.gather(stop)?;
        if !self.batch.is_empty() {
            self.commit()?;
        }
        self.measure_lag();
        if self.over.is_some() && !self.batch_continues() {
            return Ok(self.over.take());
        }
        Ok(stop.is_raised().then_some(Ended::Stopped))
    }

    /// Whether settled inputs may still come although nothing more is read.
    fn batch_continues(&self) -> bool {
        matches!(self.over, Some(Ended::Finished)) && self.step.is_waiting()
    }

    fn gather(&mut self, stop: &Stop) -> Result<(), Ended> {
        while !stop.is_raised() {
            if let Err(trouble) = self.step.settle(&mut self.batch) {
                self.give_up(trouble);
                return Ok(());
            }
            if self.batch.is_full() && self.step.is_at_boundary() {
                return Ok(());
            }
            if self.over.is_some() {
                if !self.batch.is_empty() || !self.step.is_waiting() {
                    return Ok(());
                }
                std::thread::park_timeout(LOOK);
                continue;
            }
            let may_commit = !self.batch.is_empty() && self.step.is_at_boundary();
            let wait =
                if !self.step.has_room() || (may_commit && self.at_end) || self.step.is_waiting() {
                    Duration::ZERO
                } else if may_commit {
                    LINGER
                } else {
                    IDLE
                };
            if self.step.has_room() && self.read(wait, stop)? {
                continue;
            }
            if may_commit {
                return Ok(());
            }
            if self.step.is_waiting() {
                // Woken when the head of the queue is done.
                std::thread::park_timeout(LOOK);
            } else {
                self.measure_lag();
            }
        }
        Ok(())
    }

    /// Reads a record if one comes within `wait`; says whether one came.
    fn read(&mut self, wait: Duration, stop: &Stop) -> Result<bool, Ended> {
        let reader = std::mem::replace(&mut self.at_end, false);
        match self.reader.poll(wait) {
            None => {
                self.at_end = reader;
                Ok(false)
            }
            Some(Err(KafkaError::PartitionEOF(_))) => {
                self.at_end = true;
                if self.plan.settings.until.is_some() {
                    self.over = Some(Ended::Finished);
                }
                Ok(false)
            }
            Some(Err(error)) if tail::is_noise(&error) => Ok(false),
            Some(Err(error)) => Err(Ended::broken("reader")(error)),
            Some(Ok(message)) => {
                let (input, value) = (Input::of(&message), message.payload().unwrap_or_default());
                let taken = take(self.plan, self.share, &mut self.reading, &message, &input);
                match taken {
                    Taken::Push => {}
                    Taken::Over(ended) => {
                        self.over = Some(ended);
                        return Ok(false);
                    }
                }
                if let Err(trouble) = push(
                    self.plan,
                    self.share,
                    &mut *self.step,
                    &mut self.batch,
                    input,
                    value,
                    stop,
                ) {
                    self.give_up(trouble);
                    return Ok(false);
                }
                Ok(true)
            }
        }
    }

    fn give_up(&mut self, trouble: Trouble) {
        self.over = Some(match trouble {
            Trouble::Halt(why) => Ended::Halted(why),
            Trouble::UnknownSchema(..) => Ended::Stopped,
        });
    }

    fn commit(&mut self) -> Result<(), Ended> {
        let started = Instant::now();
        let settled = self.batch.settled().expect("a batch that is not empty has settled inputs");
        let mut progress =
            Progress { read: settled.place.or(self.committed.read), ..self.committed.clone() };
        let dead_letters = self.outputs.len() - 1;
        let (emitted, outputs, partitions) =
            (self.batch.emitted(), &self.outputs, self.plan.partitions.to);
        let mut last: Vec<(usize, i32, Place)> = Vec::new();
        let mut records: Vec<Outgoing<'_>> = Vec::with_capacity(emitted.records().len());
        for record in emitted.records() {
            let partition = record.position.partition(partitions);
            let place = record.position.place();
            let previous = match last
                .iter_mut()
                .find(|(topic, to, _)| (*topic, *to) == (record.topic, partition))
            {
                Some((_, _, last)) => Some(std::mem::replace(last, place)),
                None => {
                    last.push((record.topic, partition, place));
                    self.committed
                        .written
                        .get(&format!("{}/{partition}", outputs[record.topic]))
                        .copied()
                }
            };
            records.push(Outgoing {
                topic: &outputs[record.topic],
                partition,
                key: emitted.key(record),
                value: emitted.value(record),
                position: record.position,
                // Several flows write to the dead letters, so there is no succession in them.
                previous: previous.filter(|_| record.topic != dead_letters),
                announced_ms: record.announced_ms,
            });
        }
        for (topic, partition, place) in last.iter().filter(|(topic, ..)| *topic != dead_letters) {
            progress.written.insert(format!("{}/{partition}", outputs[*topic]), *place);
        }
        let offsets = offsets(&self.topic, self.share.partition, settled.next_offset, &progress)
            .map_err(Ended::broken("offset"))?;
        self.transactor.commit(records.into_iter(), Some((&offsets, &self.group)))?;
        self.committed = progress;
        self.count(started);
        self.batch.clear();
        Ok(())
    }

    fn count(&self, started: Instant) {
        let (flow, metrics) = (self.plan.flow, &self.plan.metrics);
        metrics
            .commit_seconds
            .get_or_create(&ByFlow { flow })
            .observe(started.elapsed().as_secs_f64());
        metrics.batch_records.get_or_create(&ByFlow { flow }).observe(self.batch.inputs() as f64);
        let emitted = self.batch.emitted();
        for (index, output) in self.plan.outputs.iter().enumerate() {
            let of_topic = emitted.records().iter().filter(|record| record.topic == index);
            let (records, bytes) = of_topic.fold((0, 0), |(n, bytes), record| {
                (n + 1, bytes + emitted.value(record).len() as u64)
            });
            let labels = ByTopic { flow, topic: output.spec.name };
            metrics.emitted.get_or_create(&labels).inc_by(records);
            metrics.emitted_bytes.get_or_create(&labels).inc_by(bytes);
        }
        if let Some(place) = self.committed.read {
            metrics
                .sequence
                .get_or_create(&self.labels())
                .set(i64::try_from(place.sequence).unwrap_or(i64::MAX));
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let latency = metrics.latency_seconds.get_or_create(&ByFlow { flow });
        for announced_ms in self.batch.announced_ms() {
            latency.observe(now.saturating_sub(Duration::from_millis(*announced_ms)).as_secs_f64());
        }
    }

    fn labels(&self) -> ByPartition {
        let topic = self.plan.inputs[self.share.input].spec.name;
        ByPartition { flow: self.plan.flow, topic, partition: self.share.partition }
    }

    fn measure_lag(&mut self) {
        if Instant::now() < self.lag_due {
            return;
        }
        self.lag_due = Instant::now() + LAG;
        let Ok(position) = self.reader.position() else { return };
        let Some(Offset::Offset(next)) = position
            .find_partition(&self.topic, self.share.partition)
            .map(|element| element.offset())
        else {
            return;
        };
        let Ok((_, end)) =
            self.reader.fetch_watermarks(&self.topic, self.share.partition, kafka::CALL)
        else {
            return;
        };
        self.plan.metrics.lag_records.get_or_create(&self.labels()).set((end - next).max(0));
    }
}

/// What is to be done with a record.
enum Taken {
    Push,
    Over(Ended),
}

/// Counts a record and checks its place in the succession.
fn take(
    plan: &Plan,
    share: Share,
    reading: &mut Progress,
    message: &BorrowedMessage<'_>,
    input: &Input,
) -> Taken {
    let labels = ByTopic { flow: plan.flow, topic: plan.inputs[share.input].spec.name };
    plan.metrics.received.get_or_create(&labels).inc();
    plan.metrics.received_bytes.get_or_create(&labels).inc_by(message.payload_len() as u64);
    let Some(position) = input.position else { return Taken::Push };
    if plan.settings.until.is_some_and(|until| position.sequence > until) {
        return Taken::Over(Ended::Finished);
    }
    match reading.read(position.place(), input.previous) {
        Ok(()) => Taken::Push,
        Err(missing) => {
            Taken::Over(Ended::Halted(format!("at offset {}: {missing}", input.offset)))
        }
    }
}

/// Pushes an input, looking its schema up for as long as it takes.
fn push(
    plan: &Plan,
    share: Share,
    step: &mut dyn Step,
    batch: &mut Batch,
    mut input: Input,
    value: &[u8],
    stop: &Stop,
) -> Result<(), Trouble> {
    loop {
        match step.push(input, value, batch) {
            Err(Trouble::UnknownSchema(back, fingerprint)) => {
                let why = format!("the schema {fingerprint} is not known yet");
                tracing::warn!(flow = plan.flow, part = plan.part(share), why, "looking it up");
                plan.health.set(&plan.part(share), State::Retrying(why));
                plan.meter.retried("schema");
                if let Err(error) = schema_topic::learn_all(&plan.settings, &plan.decoder) {
                    tracing::warn!(%error, "the schemas can't be read");
                }
                if stop.sleep(Duration::from_millis(500)) {
                    return Err(Trouble::UnknownSchema(back, fingerprint));
                }
                plan.health.set(&plan.part(share), State::Running);
                input = back;
            }
            other => return other,
        }
    }
}

fn offsets(
    topic: &str,
    partition: i32,
    next: i64,
    progress: &Progress,
) -> anyhow::Result<TopicPartitionList> {
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(topic, partition, Offset::Offset(next))?;
    let mut element =
        offsets.find_partition(topic, partition).expect("the partition was just added");
    element.set_metadata(progress.to_text());
    Ok(offsets)
}
