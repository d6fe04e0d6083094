//! The events that one or several receivers took: each once by its `_id`, in order within its partition.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::bail;
use ekspiper_tests::eventually;
use fluent::msgpack::Value;
use fluent::{Batch, Mode, Receiver, ReceiverSettings};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::WAIT_S_MAX;
use crate::feed::PARTITIONS;

/// What receivers do with a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReceiverMode {
    Takes,
    /// Takes one after so long.
    Slow(Duration),
    /// Never answers, and takes nothing.
    Hangs,
}

/// Shared by all receivers that were started with it.
#[derive(Clone, Debug)]
pub(crate) struct Deliveries {
    taken: Arc<Mutex<Taken>>,
    receiver_mode: watch::Sender<ReceiverMode>,
}

#[derive(Debug, Default)]
pub(crate) struct Taken {
    ids: HashSet<String>,
    last: HashMap<(String, u32), (u32, u32)>,
    pub(crate) repeated: usize,
    /// What came out of order, and chunks that came again as something else.
    faults: Vec<String>,
    /// The events of each chunk.
    contents: HashMap<String, Vec<String>>,
    /// Chunks by receiver.
    pub(crate) chunks: BTreeMap<SocketAddr, usize>,
    pub(crate) tags: HashSet<String>,
    pub(crate) modes: HashSet<Mode>,
}

impl Deliveries {
    pub(crate) fn new() -> Self {
        Self { taken: Arc::default(), receiver_mode: watch::Sender::new(ReceiverMode::Takes) }
    }

    pub(crate) fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, receiver_mode: ReceiverMode) {
        self.receiver_mode.send_replace(receiver_mode);
    }

    /// A receiver on a free port.
    pub(crate) fn receiver(&self, runtime: &Runtime, settings: ReceiverSettings) -> Receiver {
        self.receiver_at(runtime, free_address(), settings)
    }

    /// A receiver at an address that was free, or of a receiver that has ended.
    pub(crate) fn receiver_at(
        &self,
        runtime: &Runtime,
        address: SocketAddr,
        settings: ReceiverSettings,
    ) -> Receiver {
        eventually(WAIT_S_MAX, &format!("{address} is free"), || {
            let deliveries = self.clone();
            let handler = move |batch: Batch| {
                let deliveries = deliveries.clone();
                async move { deliveries.take(address, &batch).await }
            };
            runtime.block_on(Receiver::start(address, settings.clone(), handler)).ok()
        })
    }

    async fn take(&self, address: SocketAddr, batch: &Batch) -> anyhow::Result<()> {
        let receiver_mode = *self.receiver_mode.borrow();
        match receiver_mode {
            ReceiverMode::Takes => {}
            ReceiverMode::Slow(time) => tokio::time::sleep(time).await,
            ReceiverMode::Hangs => {
                // Whoever sent it is gone long before.
                self.receiver_mode
                    .subscribe()
                    .wait_for(|receiver_mode| *receiver_mode != ReceiverMode::Hangs)
                    .await?;
                bail!("it is too late");
            }
        }
        self.taken().take(address, batch);
        Ok(())
    }

    /// How many events there are, each counted once.
    pub(crate) fn distinct(&self) -> usize {
        self.taken().ids.len()
    }

    /// Waits until so many events are there, and sees that each came in its order.
    #[track_caller]
    pub(crate) fn wait_whole(&self, events: usize) {
        eventually(WAIT_S_MAX, &format!("{events} events have arrived"), || {
            (self.distinct() >= events).then_some(())
        });
        let taken = self.taken();
        assert_eq!(taken.ids.len(), events);
        assert!(taken.faults.is_empty(), "{:?}", taken.faults);
        println!("{events} events, {} repeated, chunks {:?}", taken.repeated, taken.chunks);
    }
}

impl Taken {
    fn take(&mut self, address: SocketAddr, batch: &Batch) {
        *self.chunks.entry(address).or_default() += 1;
        self.tags.insert(batch.tag.clone());
        self.modes.insert(batch.mode);
        let ids = batch.entries().map(|entry| match entry.record.get("_id") {
            Ok(Some(Value::Str(id))) => id.to_owned(),
            other => panic!("no id: {other:?}"),
        });
        let (ids, chunk) =
            (ids.collect::<Vec<_>>(), batch.chunk.clone().expect("a chunk has an id"));
        if self.contents.get(&chunk).is_some_and(|first| *first != ids) {
            self.faults.push(format!("chunk {chunk} came again as something else"));
        }
        for id in &ids {
            if !self.ids.insert(id.clone()) {
                self.repeated += 1;
                continue;
            }
            let [topic, ledger, part] = id.split('/').collect::<Vec<_>>()[..] else {
                panic!("`{id}` is topic, ledger and position");
            };
            let place: (u32, u32) = (ledger.parse().unwrap(), part.parse().unwrap());
            let partition = (topic.to_owned(), place.0 % PARTITIONS);
            if self.last.insert(partition, place).is_some_and(|before| before >= place) {
                self.faults.push(format!("{id} is out of order"));
            }
        }
        self.contents.insert(chunk, ids);
    }
}

/// An address that nobody listens on just now.
pub(crate) fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
