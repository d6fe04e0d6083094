//! What arrives at a Fluent receiver.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use fluent::msgpack::Value as Packed;
use fluent::{Batch, Receiver, ReceiverSettings};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::pipeline::PARTITIONS;

/// A receiver that acknowledges and keeps everything.
pub(crate) struct Arrivals {
    receiver: Receiver,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    chunks: Vec<Chunk>,
    ids: HashSet<String>,
}

/// The events of a message.
#[derive(Clone, Debug, PartialEq)]
struct Chunk {
    id: String,
    tag: String,
    /// By `_id`, in their order.
    events: Vec<(String, Value)>,
}

impl Arrivals {
    /// Listens on a free port.
    pub(crate) fn start(runtime: &Runtime) -> Self {
        let kept = Arc::<Mutex<Kept>>::default();
        let shared = Arc::clone(&kept);
        let handler = move |batch: Batch| {
            let kept = Arc::clone(&shared);
            async move {
                let chunk = Chunk::of(&batch)?;
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.ids.extend(chunk.events.iter().map(|(id, _)| id.clone()));
                kept.chunks.push(chunk);
                Ok(())
            }
        };
        let settings = ReceiverSettings::default();
        let receiver = runtime.block_on(Receiver::start("127.0.0.1:0", settings, handler)).unwrap();
        Self { receiver, kept }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        self.receiver.address().to_string()
    }

    /// How many events with an `_id` of their own have arrived.
    pub(crate) fn distinct(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).ids.len()
    }

    /// All events by `_id`: each in order within its partition, and a repeat the same as the first.
    pub(crate) fn events(&self) -> BTreeMap<String, Value> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut chunks: HashMap<&str, &Chunk> = HashMap::new();
        let mut events = BTreeMap::new();
        let mut last: HashMap<(&str, u32), (u32, u32)> = HashMap::new();
        for chunk in &kept.chunks {
            if let Some(first) = chunks.insert(&chunk.id, chunk) {
                assert!(first == chunk, "chunk {} repeated with other content", chunk.id);
            }
            for (id, event) in &chunk.events {
                let (topic, ledger, part) = place(id);
                if let Some(first) = events.insert(id.clone(), event.clone()) {
                    assert!(first == *event, "{id} repeated with other content");
                    continue;
                }
                let before = last.insert((topic, ledger % PARTITIONS), (ledger, part));
                assert!(before < Some((ledger, part)), "{id} came after {before:?}");
            }
        }
        let repeated = kept.chunks.len() - chunks.len();
        println!("{} events in {} chunks, {repeated} repeated", events.len(), chunks.len());
        events
    }
}

/// Topic, ledger and part of an `_id`.
fn place(id: &str) -> (&str, u32, u32) {
    let [topic, ledger, part] = id.split('/').collect::<Vec<_>>()[..] else {
        panic!("`{id}` is topic, ledger and position");
    };
    (topic, ledger.parse().unwrap(), part.parse().unwrap())
}

impl Chunk {
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
