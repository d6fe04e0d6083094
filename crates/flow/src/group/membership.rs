//! A place in a consumer group: which partitions are ours.
//!
//! The member subscribes and holds partitions but reads nothing: each worker has a reader of its own. So a slow or retried
//! record never keeps the group from turning, and a rebalance never touches a partition that stays.

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

use crate::backoff::Backoff;
use crate::group::stability::Stability;
use crate::kafka::client;
use crate::observe::health::Health;
use crate::settings::Settings;
use crate::sleep::sleep;
use tokio_util::sync::CancellationToken;

/// How often the member looks whether it should stop.
const TURN: Duration = Duration::from_millis(100);
/// How long giving a partition back waits for its worker to finish what it has in hand. After that the fence does it.
const HAND_OVER: Duration = Duration::from_secs(5);
/// How long giving the place in the group up may take.
const LEAVE: Duration = Duration::from_secs(5);

/// Whoever has left the group for others to have their turn comes back after so long.
const STAND_BACK: Duration = Duration::from_secs(3);

/// Runs for a partition, index of the topic and number, from when it is assigned until the flag is raised. One that returns
/// before gives the place in the group up for others to have their turn.
pub(crate) type Work = Arc<dyn Fn(usize, i32, &CancellationToken) + Send + Sync>;

/// Holds a place in `group` until `stop` is raised. For each partition of `topics` that this member gets, `tenant` runs in a
/// thread of its own.
pub(crate) fn hold(
    settings: &Settings,
    group: &str,
    topics: &[String],
    tenant: &Work,
    health: &Health,
    stop: &CancellationToken,
) {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
    while !stop.is_cancelled() {
        match hold_once(settings, group, topics, tenant, health, stop) {
            Ok(()) => drop(sleep(stop, STAND_BACK)),
            Err(error) => {
                let wait = backoff.next_wait();
                tracing::warn!(group, error = format!("{error:#}"), "joining the group anew");
                sleep(stop, wait);
            }
        }
    }
}

fn hold_once(
    settings: &Settings,
    group: &str,
    topics: &[String],
    tenant: &Work,
    health: &Health,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let tenancy = Assignment {
        topics: topics.to_vec(),
        tenant: Arc::clone(tenant),
        health: health.clone(),
        stop: stop.clone(),
        tenants: Mutex::default(),
        settling: Mutex::default(),
        given_up: Arc::default(),
    };
    let member = client::member(settings, group, tenancy)?;
    let names: Vec<&str> = topics.iter().map(String::as_str).collect();
    member.subscribe(&names).context("subscribing")?;
    let mut outcome = Ok(());
    while !stop.is_cancelled() && !member.context().given_up.load(Ordering::Relaxed) {
        health.turn();
        match member.poll(TURN) {
            None | Some(Ok(_)) => {}
            Some(Err(error)) if member.client().fatal_error().is_some() => {
                outcome = Err(error).context("the member can't go on");
                break;
            }
            Some(Err(error)) => tracing::debug!(group, %error, "group member"),
        }
        if let Some(why) = member.context().settling().is_hopeless(Instant::now()) {
            health.count_rejoin();
            outcome = Err(anyhow::anyhow!("the member did not find its place: {why}"));
            break;
        }
    }
    member.context().evict_all();
    leave(group, member);
    outcome
}

/// Gives the place up. A member that does not get out of a broken state is left to itself after a while.
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

/// Who works on a partition, index of the topic and number, and how to stop it.
type Workers = BTreeMap<(usize, i32), (CancellationToken, JoinHandle<()>)>;

/// The partitions that the member holds, and who works on them.
struct Assignment {
    topics: Vec<String>,
    tenant: Work,
    health: Health,
    stop: CancellationToken,
    tenants: Mutex<Workers>,
    settling: Mutex<Stability>,
    /// Whether a tenant has returned unasked.
    given_up: Arc<AtomicBool>,
}

impl Assignment {
    fn admit(&self, partitions: &TopicPartitionList) {
        for element in partitions.elements() {
            let Some(topic) = self.topics.iter().position(|topic| topic == element.topic()) else {
                continue;
            };
            let (partition, stop, tenant) =
                (element.partition(), self.stop.child_token(), Arc::clone(&self.tenant));
            let thread =
                std::thread::Builder::new().name(format!("{}/{partition}", element.topic()));
            let thread = thread.spawn({
                let (stop, given_up) = (stop.clone(), Arc::clone(&self.given_up));
                move || {
                    tenant(topic, partition, &stop);
                    given_up.fetch_or(!stop.is_cancelled(), Ordering::Relaxed);
                }
            });
            match thread {
                Ok(thread) => drop(self.lock().insert((topic, partition), (stop, thread))),
                Err(error) => tracing::error!(%error, "a thread could not be started"),
            }
        }
        self.health.hold(self.lock().len());
    }

    fn evict(&self, partitions: &TopicPartitionList) {
        let mut leaving = Vec::new();
        for element in partitions.elements() {
            let Some(topic) = self.topics.iter().position(|topic| topic == element.topic()) else {
                continue;
            };
            leaving.extend(self.lock().remove(&(topic, element.partition())));
        }
        self.health.hold(self.lock().len());
        see_off(leaving);
    }

    fn evict_all(&self) {
        let leaving = std::mem::take(&mut *self.lock());
        see_off(leaving.into_values().collect());
    }

    fn lock(&self) -> MutexGuard<'_, Workers> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settling(&self) -> MutexGuard<'_, Stability> {
        self.settling.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn see_off(leaving: Vec<(CancellationToken, JoinHandle<()>)>) {
    for (stop, thread) in &leaving {
        stop.cancel();
        thread.thread().unpark();
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
        tracing::debug!(%error, reason, "kafka group member");
    }

    fn stats(&self, statistics: Statistics) {
        let Some(member) = statistics.cgrp else { return };
        let workers = self.lock().len();
        let mut settling = self.settling();
        settling.note(&member, workers, Instant::now());
        if workers == 0 {
            self.health.hold_none(settling.is_settled());
        }
    }
}

impl ConsumerContext for Assignment {
    fn pre_rebalance(&self, _member: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Revoke(partitions) = rebalance {
            self.evict(partitions);
        }
    }

    fn post_rebalance(&self, member: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(partitions) = rebalance {
            // It holds, it does not read.
            if let Err(error) = member.pause(partitions) {
                tracing::warn!(%error, "pausing failed, so the member reads what it throws away");
            }
            self.admit(partitions);
        }
    }
}
