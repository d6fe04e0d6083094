//! Follows commits: how many records each topic has, and when the last one came in each partition.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::message::Message as _;

use crate::counts::follow;
use crate::{Kafka, Lane};

/// Follows every topic of a lane that carries ledgers, read committed.
#[derive(Debug)]
pub(crate) struct Watch {
    seen: Arc<Mutex<Seen>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Seen {
    records: BTreeMap<String, usize>,
    last: BTreeMap<(String, i32), Instant>,
}

impl Watch {
    pub(crate) fn follow(kafka: &Kafka, lane: &Lane) -> Self {
        let (consumer, names) = follow(kafka, lane);
        let (seen, stop) = (Arc::<Mutex<Seen>>::default(), Arc::<AtomicBool>::default());
        let thread = std::thread::spawn({
            let (seen, stop) = (Arc::clone(&seen), Arc::clone(&stop));
            move || {
                while !stop.load(Ordering::Relaxed) {
                    // Errors pass with the disturbance that caused them.
                    let Some(Ok(message)) = consumer.poll(Duration::from_millis(50)) else {
                        continue;
                    };
                    let name = names[message.topic()];
                    seen.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .take(name, message.partition());
                }
            }
        });
        Self { seen, stop, thread: Some(thread) }
    }

    /// How many records of a topic have been committed.
    pub(crate) fn records(&self, topic: &str) -> usize {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.records.get(topic).copied().unwrap_or_default()
    }

    /// When the last record of a partition came.
    pub(crate) fn last(&self, topic: &str, partition: i32) -> Option<Instant> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.last.get(&(topic.to_owned(), partition)).copied()
    }
}

impl Seen {
    fn take(&mut self, topic: &str, partition: i32) {
        let now = Instant::now();
        *self.records.entry(topic.to_owned()).or_default() += 1;
        self.last.insert((topic.to_owned(), partition), now);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed, and nothing was counted since.
            let _ = thread.join();
        }
    }
}
