//! The receivers in order of preference: one is written to, those before it are looked at until one is back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use flow::{MetricsHandle, ReceiverCounts};
use fluent::{SendError, Sender, SenderSettings};

use crate::preference::Preference;

/// How often receivers that are preferred to the one that is written to are looked at.
const LOOK_S: u64 = 5;
/// What is counted beside [`SendError::reason`].
const ACKNOWLEDGED: &str = "acknowledged";

/// Connections to receivers. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Receivers {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    receivers: Vec<Receiver>,
    preference: Preference,
    is_looking: bool,
}

#[derive(Debug)]
struct Receiver {
    settings: SenderSettings,
    /// Connections that nobody is using. A partition has one chunk under way, so any of them keeps its order.
    idle: Vec<Sender>,
    chunks: BTreeMap<&'static str, u64>,
    /// Why it was given up.
    failure: Option<String>,
}

/// A connection to one of the receivers, in the hands of a partition.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) sender: Sender,
    pub(crate) address: String,
    receiver: usize,
}

impl Receivers {
    /// The preferred one first. Nobody is connected to yet.
    pub(crate) fn new(settings: Vec<SenderSettings>) -> Self {
        let preference = Preference::new(settings.len());
        let receivers = settings.into_iter().map(Receiver::new).collect();
        let inner = Inner { receivers, preference, is_looking: false };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        lock(&self.inner)
    }

    /// A connection to the receiver that is to be written to.
    pub(crate) fn take(&self) -> Connection {
        let mut inner = self.lock();
        let receiver = inner.preference.used();
        let Receiver { settings, idle, .. } = &mut inner.receivers[receiver];
        let address = settings.address.clone();
        let sender = idle.pop().unwrap_or_else(|| Sender::new(settings.clone()));
        Connection { sender, address, receiver }
    }

    /// Takes back a connection over which a chunk was acknowledged.
    pub(crate) fn acknowledged(&self, connection: Connection) {
        let mut inner = self.lock();
        let number = connection.receiver;
        inner.preference.acknowledged(number, Instant::now());
        let is_used = inner.preference.used() == number;
        let receiver = &mut inner.receivers[number];
        receiver.count(ACKNOWLEDGED);
        if is_used {
            receiver.idle.push(connection.sender);
        }
    }

    /// Takes back a connection over which a chunk failed. To be called inside of a runtime.
    pub(crate) fn failed(&self, connection: &Connection, error: &SendError) {
        let mut inner = self.lock();
        let number = connection.receiver;
        inner.receivers[number].count(error.reason());
        if !inner.preference.failed(number, error.is_timeout()) {
            return;
        }
        let why = in_a_line(error);
        let next = &inner.receivers[inner.preference.used()].settings.address;
        tracing::warn!(receiver = connection.address, why, next, "gave a receiver up");
        let receiver = &mut inner.receivers[number];
        receiver.failure = Some(why);
        receiver.idle.clear();
        if inner.preference.used() > 0 && !inner.is_looking {
            inner.is_looking = true;
            tokio::spawn(look_until_back(Arc::downgrade(&self.inner)));
        }
    }

    /// Says which one is written to, why, and how all of them fare.
    pub(crate) fn report(&self, meter: &MetricsHandle) {
        let inner = self.lock();
        let chunks: Vec<Vec<_>> = inner
            .receivers
            .iter()
            .map(|it| it.chunks.iter().map(|(outcome, n)| (*outcome, *n)).collect())
            .collect();
        let counts: Vec<_> = inner
            .receivers
            .iter()
            .zip(&chunks)
            .map(|(it, chunks)| ReceiverCounts { name: &it.settings.address, chunks })
            .collect();
        let used = inner.preference.used();
        let failures: Vec<_> = inner.receivers[..used]
            .iter()
            .filter_map(|it| Some(format!("{}: {}", it.settings.address, it.failure.as_ref()?)))
            .collect();
        let why = (used > 0).then(|| format!("in place of {}", failures.join("; ")));
        meter.receivers(&counts, used, why.as_deref());
    }
}

impl Receiver {
    fn new(settings: SenderSettings) -> Self {
        Self { settings, idle: Vec::new(), chunks: BTreeMap::new(), failure: None }
    }

    fn count(&mut self, outcome: &'static str) {
        *self.chunks.entry(outcome).or_default() += 1;
    }
}

/// Looks at preferred receivers for as long as another one is written to, and the sink is there.
async fn look_until_back(inner: Weak<Mutex<Inner>>) {
    loop {
        tokio::time::sleep(Duration::from_secs(LOOK_S)).await;
        let Some(preferred) = inner.upgrade().map(|inner| {
            let inner = lock(&inner);
            let preferred = inner.receivers[..inner.preference.used()].iter();
            preferred.map(|receiver| receiver.settings.clone()).collect::<Vec<_>>()
        }) else {
            return;
        };
        for (number, settings) in preferred.into_iter().enumerate() {
            let address = settings.address.clone();
            let mut sender = Sender::new(settings);
            let reached = sender.reach().await;
            let Some(inner) = inner.upgrade() else { return };
            let mut inner = lock(&inner);
            let why = reached.as_ref().err().map(|error| in_a_line(error));
            let is_back = inner.preference.looked(number, reached.is_ok(), Instant::now());
            let receiver = &mut inner.receivers[number];
            receiver.failure = why.or(receiver.failure.take());
            if is_back {
                tracing::info!(receiver = address, "writing to a preferred receiver again");
                receiver.idle.push(sender);
                for other in &mut inner.receivers[number + 1..] {
                    other.idle.clear();
                }
                break;
            }
        }
        let Some(inner) = inner.upgrade() else { return };
        let mut inner = lock(&inner);
        inner.is_looking = inner.preference.used() > 0;
        if !inner.is_looking {
            return;
        }
    }
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error with its causes.
fn in_a_line(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}
