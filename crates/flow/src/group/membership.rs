//! Membership in a consumer group: which partitions are assigned to this instance, and a worker for each.
//!
//! The member subscribes and holds partitions but reads nothing: each worker has a reader of its own. So a slow or retried
//! record never keeps the group from rebalancing, and a rebalance never touches a partition that stays.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::KafkaError;
use rdkafka::statistics::Statistics;
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::group::lag::LagMonitor;
use crate::group::stability::Stability;
use crate::kafka::client;
use crate::observe::health::Health;
use crate::settings::Settings;
use crate::sleep::sleep;

/// How often the member looks whether it should stop.
const POLL: Duration = Duration::from_millis(100);
/// How long revoking a partition waits for its worker to finish. After that the fence does it.
const HAND_OVER: Duration = Duration::from_secs(5);
/// How long leaving the group may take.
const LEAVE: Duration = Duration::from_secs(5);
/// A member that has left the group so that another instance tries joins again after this.
const YIELD: Duration = Duration::from_secs(3);
/// The first and the longest wait before joining again after an error.
const RETRY_FIRST: Duration = Duration::from_millis(200);
const RETRY_LONGEST: Duration = Duration::from_secs(10);

/// Runs for a partition, index of the topic and number, from its assignment until the token is cancelled. If it returns before,
/// the member leaves the group so that another instance tries.
pub(crate) type Work = Arc<dyn Fn(usize, i32, &CancellationToken) + Send + Sync>;

/// A member of a consumer group.
pub(crate) struct Membership {
    pub(crate) settings: Arc<Settings>,
    pub(crate) group: String,
    pub(crate) topics: Vec<String>,
    pub(crate) work: Work,
    pub(crate) health: Health,
    pub(crate) stop: CancellationToken,
}

impl Membership {
    /// Stays in the group until `stop` is cancelled. For each partition that is assigned, `work` runs in a thread of its own.
    pub(crate) fn run(&self, mut lag: LagMonitor) {
        let mut backoff = Backoff::new(RETRY_FIRST, RETRY_LONGEST);
        while !self.stop.is_cancelled() {
            match self.join(&mut lag) {
                Ok(()) => drop(sleep(&self.stop, YIELD)),
                Err(error) => {
                    let (group, error) = (&self.group, format!("{error:#}"));
                    tracing::warn!(group, error, "rejoining the group");
                    self.health.group_failed(error);
                    sleep(&self.stop, backoff.next_wait());
                }
            }
        }
    }

    fn join(&self, lag: &mut LagMonitor) -> anyhow::Result<()> {
        let assignment = Assignment {
            group: self.group.clone(),
            topics: self.topics.clone(),
            work: Arc::clone(&self.work),
            health: self.health.clone(),
            stop: self.stop.clone(),
            workers: Mutex::default(),
            stability: Mutex::default(),
            yielded: Arc::default(),
        };
        let member = client::member(&self.settings, &self.group, assignment)?;
        let names: Vec<&str> = self.topics.iter().map(String::as_str).collect();
        member.subscribe(&names).context("subscribing")?;
        let outcome = self.poll(&member, lag);
        member.context().revoke_all();
        leave(&self.group, member);
        outcome
    }

    fn poll(&self, member: &BaseConsumer<Assignment>, lag: &mut LagMonitor) -> anyhow::Result<()> {
        let assignment = member.context();
        while !self.stop.is_cancelled() && !assignment.yielded.load(Ordering::Relaxed) {
            self.health.polled();
            match member.poll(POLL) {
                None | Some(Ok(_)) => {}
                Some(Err(error)) if member.client().fatal_error().is_some() => {
                    return Err(error).context("the group member has failed for good");
                }
                Some(Err(error)) => assignment.failed(&error.to_string()),
            }
            if let Some(why) = assignment.stability().lost_place(Instant::now()) {
                self.health.count_rejoin();
                anyhow::bail!("the member has no stable place in its group: {why}");
            }
            lag.measure(member);
        }
        Ok(())
    }
}

/// Leaves the group. A member that does not get out of a broken state is abandoned after a while.
fn leave(group: &str, member: BaseConsumer<Assignment>) {
    let thread = std::thread::Builder::new().name(format!("{group}/leaving"));
    let leaving = thread.spawn(move || {
        member.unsubscribe();
        drop(member);
    });
    match leaving {
        Ok(leaving) => wait_for(&leaving, Instant::now() + LEAVE),
        Err(error) => tracing::error!(%error, "a thread could not be started"),
    }
}

/// The worker of a partition, by index of the topic and number, and how to stop it.
type Workers = BTreeMap<(usize, i32), (CancellationToken, JoinHandle<()>)>;

/// The partitions that are assigned to the member, with their workers.
struct Assignment {
    group: String,
    topics: Vec<String>,
    work: Work,
    health: Health,
    stop: CancellationToken,
    workers: Mutex<Workers>,
    stability: Mutex<Stability>,
    /// Whether a worker has returned without being asked to.
    yielded: Arc<AtomicBool>,
}

impl Assignment {
    fn on_assign(&self, partitions: &TopicPartitionList) {
        // Before the workers start: they divide memory among all that are assigned.
        self.health.assign(self.workers().len() + partitions.count());
        for element in partitions.elements() {
            let Some(topic) = self.topics.iter().position(|topic| topic == element.topic()) else {
                continue;
            };
            let (partition, stop, work) =
                (element.partition(), self.stop.child_token(), Arc::clone(&self.work));
            let thread =
                std::thread::Builder::new().name(format!("{}/{partition}", element.topic()));
            let thread = thread.spawn({
                let (stop, yielded) = (stop.clone(), Arc::clone(&self.yielded));
                move || {
                    work(topic, partition, &stop);
                    yielded.fetch_or(!stop.is_cancelled(), Ordering::Relaxed);
                }
            });
            match thread {
                Ok(thread) => drop(self.workers().insert((topic, partition), (stop, thread))),
                Err(error) => tracing::error!(%error, "a thread could not be started"),
            }
        }
        self.health.assign(self.workers().len());
    }

    fn on_revoke(&self, partitions: &TopicPartitionList) {
        let mut leaving = Vec::new();
        for element in partitions.elements() {
            let Some(topic) = self.topics.iter().position(|topic| topic == element.topic()) else {
                continue;
            };
            leaving.extend(self.workers().remove(&(topic, element.partition())));
        }
        self.health.assign(self.workers().len());
        stop_workers(leaving);
    }

    fn revoke_all(&self) {
        let leaving = std::mem::take(&mut *self.workers());
        stop_workers(leaving.into_values().collect());
    }

    /// What Kafka or librdkafka reports reaches `/readyz` while the member has no place, and the log once.
    fn failed(&self, error: &str) {
        if self.health.group_failed(error.to_owned()) {
            tracing::warn!(group = self.group, error, "group member");
        }
    }

    fn workers(&self) -> MutexGuard<'_, Workers> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stability(&self) -> MutexGuard<'_, Stability> {
        self.stability.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stop_workers(leaving: Vec<(CancellationToken, JoinHandle<()>)>) {
    for (stop, _) in &leaving {
        stop.cancel();
    }
    let deadline = Instant::now() + HAND_OVER;
    leaving.iter().for_each(|(_, thread)| wait_for(thread, deadline));
}

fn wait_for(thread: &JoinHandle<()>, deadline: Instant) {
    while !thread.is_finished() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(2));
    }
}

impl ClientContext for Assignment {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, message: &str) {
        client::log(level, fac, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.failed(&format!("{error}: {reason}"));
    }

    fn stats(&self, statistics: Statistics) {
        let Some(member) = statistics.cgrp else { return };
        let workers = self.workers().len();
        let mut stability = self.stability();
        stability.update(&member, workers, Instant::now());
        if workers == 0 {
            self.health.assign_none(stability.is_stable());
        }
    }
}

impl ConsumerContext for Assignment {
    fn pre_rebalance(&self, _member: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Revoke(partitions) = rebalance {
            self.on_revoke(partitions);
        }
    }

    fn post_rebalance(&self, member: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(partitions) = rebalance {
            // It holds, it does not read.
            if let Err(error) = member.pause(partitions) {
                tracing::warn!(%error, "pausing failed, so the member reads and discards records");
            }
            self.on_assign(partitions);
        }
    }
}
