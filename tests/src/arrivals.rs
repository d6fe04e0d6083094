//! What arrives at a Fluent receiver.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::Context as _;
use fluent::msgpack::Value as Packed;
use fluent::{Batch, Receiver, ReceiverSettings};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::{Lane, TopicFault};

/// A receiver that acknowledges and keeps everything.
#[derive(Debug)]
pub struct Arrivals {
    receiver: Receiver,
    arrived_events: Arc<Mutex<Arrived>>,
}

#[derive(Debug)]
struct Arrived {
    partitions: u32,
    /// Of so many chunks one is acknowledged and forgotten.
    forgets_every: Option<usize>,
    chunks: HashMap<String, ReceivedChunk>,
    arrived: usize,
    events: BTreeMap<String, Value>,
    /// By topic and partition: the last event, and when it came.
    last: HashMap<(String, u32), ((u32, u32), Instant)>,
    faults: Vec<TopicFault>,
}

/// The events of a message.
#[derive(Clone, Debug, PartialEq)]
struct ReceivedChunk {
    id: String,
    tag: String,
    /// By `_id`, in their order.
    events: Vec<(String, Value)>,
}

impl Arrivals {
    /// Listens on a free port for the records of topics with so many partitions.
    pub fn start(runtime: &Runtime, partitions: u32) -> Self {
        Self::start_with(runtime, partitions, None)
    }

    /// Listens as a receiver that acknowledges a chunk before it has it: one of `every` is lost.
    pub fn forgetful(runtime: &Runtime, partitions: u32, every: usize) -> Self {
        Self::start_with(runtime, partitions, Some(every))
    }

    fn start_with(runtime: &Runtime, partitions: u32, forgets_every: Option<usize>) -> Self {
        let arrived_events = Arc::new(Mutex::new(Arrived::new(partitions, forgets_every)));
        let shared = Arc::clone(&arrived_events);
        let handler = move |batch: Batch| {
            let arrived_events = Arc::clone(&shared);
            async move {
                let chunk = ReceivedChunk::of(&batch)?;
                arrived_events.lock().unwrap_or_else(PoisonError::into_inner).take(chunk);
                Ok(())
            }
        };
        let settings = ReceiverSettings::default();
        let receiver = runtime.block_on(Receiver::start("127.0.0.1:0", settings, handler)).unwrap();
        Self { receiver, arrived_events }
    }

    fn arrived_events(&self) -> MutexGuard<'_, Arrived> {
        self.arrived_events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        self.receiver.address().to_string()
    }

    /// How many events with an `_id` of their own have arrived.
    pub fn distinct(&self) -> usize {
        self.arrived_events().events.len()
    }

    /// All events by `_id`, each as it arrived first. The namespace of `lane` is left out of each `_id`, so that lanes can be compared;
    /// an `_id` of another namespace stays as it is.
    pub fn events(&self, lane: &Lane) -> BTreeMap<String, Value> {
        let arrived_events = self.arrived_events();
        let repeated = arrived_events.arrived - arrived_events.chunks.len();
        println!(
            "{} events in {} chunks, {repeated} repeated",
            arrived_events.events.len(),
            arrived_events.arrived
        );
        let namespace = format!("{}.", lane.settings().to());
        let events = arrived_events.events.iter().map(|(id, event)| {
            let id = id.strip_prefix(&namespace).unwrap_or(id).to_owned();
            let mut event = event.clone();
            event["_id"] = id.clone().into();
            (id, event)
        });
        events.collect()
    }

    /// What came out of order within its partition, or came again as something else.
    pub fn faults(&self) -> Vec<TopicFault> {
        self.arrived_events().faults.clone()
    }

    /// The newest ledger of a topic's partition that is furthest behind; 0 before every partition has one.
    pub fn through(&self, topic: &str) -> u32 {
        let arrived_events = self.arrived_events();
        let newest = |partition| Some(arrived_events.last.get(&(topic.to_owned(), partition))?.0.0);
        (0..arrived_events.partitions).map(newest).min().flatten().unwrap_or_default()
    }

    /// When the last new event of a partition came.
    pub fn last(&self, topic: &str, partition: u32) -> Option<Instant> {
        self.arrived_events().last.get(&(topic.to_owned(), partition)).map(|(_, came)| *came)
    }
}

impl Arrived {
    fn new(partitions: u32, forgets_every: Option<usize>) -> Self {
        Self {
            partitions,
            forgets_every,
            chunks: HashMap::new(),
            arrived: 0,
            events: BTreeMap::new(),
            last: HashMap::new(),
            faults: Vec::new(),
        }
    }

    fn take(&mut self, chunk: ReceivedChunk) {
        self.arrived += 1;
        if self.forgets_every.is_some_and(|every| self.arrived.is_multiple_of(every)) {
            return;
        }
        if self.chunks.get(&chunk.id).is_some_and(|first| *first != chunk) {
            self.faults.push(TopicFault::OtherBytes(format!("chunk {}", chunk.id)));
        }
        for (id, event) in &chunk.events {
            if let Some(first) = self.events.get(id) {
                if first != event {
                    self.faults.push(TopicFault::OtherBytes(id.clone()));
                }
                continue;
            }
            self.events.insert(id.clone(), event.clone());
            let (topic, ledger, part) = place(id);
            let (place, came) = ((ledger, part), Instant::now());
            let last =
                self.last.insert((topic.to_owned(), ledger % self.partitions), (place, came));
            if last.is_some_and(|(before, _)| before >= place) {
                self.faults.push(TopicFault::OutOfOrder(id.clone()));
            }
        }
        self.chunks.entry(chunk.id.clone()).or_insert(chunk);
    }
}

/// Topic, without network and lane, ledger and part of an `_id`.
fn place(id: &str) -> (&str, u32, u32) {
    let [topic, ledger, part] = id.split('/').collect::<Vec<_>>()[..] else {
        panic!("`{id}` is topic, ledger and position");
    };
    let topic = topic.rsplit('.').next().unwrap_or(topic);
    (topic, ledger.parse().unwrap(), part.parse().unwrap())
}

impl ReceivedChunk {
    fn of(batch: &Batch) -> anyhow::Result<Self> {
        let events = batch.entries().map(|entry| {
            let event = serde_json::to_value(Packed::Map(entry.record))?;
            let id = event["_id"].as_str().context("an event has an id")?.to_owned();
            Ok((id, event))
        });
        Ok(Self {
            id: batch.chunk.clone().context("a chunk has an id")?,
            tag: batch.tag.clone(),
            events: events.collect::<anyhow::Result<_>>()?,
        })
    }
}
