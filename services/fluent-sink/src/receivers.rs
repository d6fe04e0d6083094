//! The receivers in order of preference: the active one is written to, those before it are probed until one is back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use flow::MetricsHandle;
use fluent::{SendError, Sender, SenderSettings};

use crate::failover::Failover;
use crate::metrics::{ReceiverCounts, ReceiverMetrics, show_status};

/// How often receivers that are preferred to the active one are probed.
const PROBE_INTERVAL_S: u64 = 5;
/// The outcome that is counted beside [`SendError::reason`].
const ACKNOWLEDGED: &str = "acknowledged";

/// Connections to receivers. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Receivers {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    receivers: Vec<Receiver>,
    failover: Failover,
    is_probing: bool,
}

#[derive(Debug)]
struct Receiver {
    settings: SenderSettings,
    /// Connections that no partition is using. A partition has one chunk in flight, so any of them keeps its order.
    idle: Vec<Sender>,
    chunks: BTreeMap<&'static str, u64>,
    /// The error after which the next receiver became the active one.
    failure: Option<String>,
}

/// A connection to one of the receivers, checked out by a partition.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) sender: Sender,
    pub(crate) address: String,
    receiver: usize,
}

impl Receivers {
    /// Receivers, the preferred one first. Does not connect yet.
    pub(crate) fn new(settings: Vec<SenderSettings>) -> Self {
        let failover = Failover::new(settings.len());
        let receivers = settings.into_iter().map(Receiver::new).collect();
        let inner = Inner { receivers, failover, is_probing: false };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        lock(&self.inner)
    }

    /// Checks out a connection to the active receiver.
    pub(crate) fn check_out(&self) -> Connection {
        let mut inner = self.lock();
        let receiver = inner.failover.active();
        let Receiver { settings, idle, .. } = &mut inner.receivers[receiver];
        let address = settings.address.clone();
        let sender = idle.pop().unwrap_or_else(|| Sender::new(settings.clone()));
        Connection { sender, address, receiver }
    }

    /// Returns a connection over which a chunk was acknowledged.
    pub(crate) fn acknowledged(&self, connection: Connection) {
        let mut inner = self.lock();
        let number = connection.receiver;
        inner.failover.acknowledged(number, Instant::now());
        let is_active = inner.failover.active() == number;
        let receiver = &mut inner.receivers[number];
        receiver.count(ACKNOWLEDGED);
        if is_active {
            receiver.idle.push(connection.sender);
        }
    }

    /// Records that a chunk failed over a connection. To be called inside of a runtime.
    pub(crate) fn failed(&self, connection: &Connection, error: &SendError) {
        let mut inner = self.lock();
        let number = connection.receiver;
        inner.receivers[number].count(error.reason());
        if !inner.failover.failed(number, error.is_timeout()) {
            return;
        }
        let why = in_a_line(error);
        let next = &inner.receivers[inner.failover.active()].settings.address;
        tracing::warn!(receiver = connection.address, error = why, next, "receiver failover");
        let receiver = &mut inner.receivers[number];
        receiver.failure = Some(why);
        receiver.idle.clear();
        if inner.failover.active() > 0 && !inner.is_probing {
            inner.is_probing = true;
            tokio::spawn(probe_until_back(Arc::downgrade(&self.inner)));
        }
    }

    /// Reports the active receiver, why it is not a preferred one, and the counts of all.
    pub(crate) fn report(&self, metrics: &ReceiverMetrics, handle: &MetricsHandle) {
        let inner = self.lock();
        let counts = inner.receivers.iter().map(|it| ReceiverCounts {
            address: it.settings.address.clone(),
            chunks: it.chunks.iter().map(|(outcome, n)| (*outcome, *n)).collect(),
        });
        let active = inner.failover.active();
        metrics.set(&counts.collect::<Vec<_>>(), active);
        show_status(handle, &inner.receivers[active].settings.address, inner.why().as_deref());
    }
}

impl Inner {
    /// Why the active receiver is not the first one.
    fn why(&self) -> Option<String> {
        let active = self.failover.active();
        let failures: Vec<_> = self.receivers[..active]
            .iter()
            .filter_map(|it| Some(format!("{}: {}", it.settings.address, it.failure.as_ref()?)))
            .collect();
        (active > 0).then(|| format!("failover from {}", failures.join("; ")))
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

/// Probes preferred receivers while another one is active, until the sink is dropped.
async fn probe_until_back(inner: Weak<Mutex<Inner>>) {
    loop {
        tokio::time::sleep(Duration::from_secs(PROBE_INTERVAL_S)).await;
        let Some(preferred) = inner.upgrade().map(|inner| {
            let inner = lock(&inner);
            let preferred = inner.receivers[..inner.failover.active()].iter();
            preferred.map(|receiver| receiver.settings.clone()).collect::<Vec<_>>()
        }) else {
            return;
        };
        for (number, settings) in preferred.into_iter().enumerate() {
            let address = settings.address.clone();
            let mut sender = Sender::new(settings);
            let connected = sender.connect().await;
            let Some(inner) = inner.upgrade() else { return };
            let mut inner = lock(&inner);
            let why = connected.as_ref().err().map(|error| in_a_line(error));
            let is_back = inner.failover.probed(number, connected.is_ok(), Instant::now());
            let receiver = &mut inner.receivers[number];
            receiver.failure = why.or(receiver.failure.take());
            if is_back {
                tracing::info!(receiver = address, "receiver failback");
                receiver.idle.push(sender);
                for other in &mut inner.receivers[number + 1..] {
                    other.idle.clear();
                }
                break;
            }
        }
        let Some(inner) = inner.upgrade() else { return };
        let mut inner = lock(&inner);
        inner.is_probing = inner.failover.active() > 0;
        if !inner.is_probing {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_reason_of_a_failover_is_shown() {
        let receivers = Receivers::new(vec![SenderSettings::to("a:1"), SenderSettings::to("b:2")]);
        assert_eq!(receivers.lock().why(), None);
        for _ in 0..3 {
            receivers.failed(&receivers.check_out(), &SendError::Closed);
        }
        assert_eq!(receivers.check_out().address, "b:2");
        let why = receivers.lock().why().unwrap();
        assert!(why.starts_with("failover from a:1: the receiver closed"), "{why}");
    }
}
