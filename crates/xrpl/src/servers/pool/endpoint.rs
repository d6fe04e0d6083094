//! One server of the pool.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::EndpointStatus;
use super::evidence::Record;
use super::health::{Health, Standing};
use super::lines::Lines;
use super::question::Question;
use crate::servers::{
    Announcement, Call, EndpointUrl, ErrorClass, Lie, RangeSet, ServerError, ServerInfo,
};

/// A server's place in its pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointId(pub usize);

impl fmt::Display for EndpointId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

/// A server: its connections, how much it is asked, and what is known of it.
pub(super) struct Endpoint {
    pub(super) id: EndpointId,
    url: EndpointUrl,
    lines: Lines,
    permits: Arc<Semaphore>,
    freed: Arc<Notify>,
    state: Mutex<State>,
}

struct State {
    health: Health,
    record: Record,
    info: ServerInfo,
    ranges: Option<RangeSet>,
    announced: Option<u32>,
    latency: Option<Duration>,
    requests: u64,
    errors: [(ErrorClass, u64); ErrorClass::ALL.len()],
    overloads: u64,
    reply_bytes: u64,
    in_flight: usize,
}

/// The right to have one request under way; giving it back wakes those who wait for one.
pub(super) struct Permit {
    permit: Option<OwnedSemaphorePermit>,
    freed: Arc<Notify>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.permit.take();
        self.freed.notify_waiters();
    }
}

/// How a server stands towards a question; lower is asked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    standing: Standing,
    /// It rests for so long that another is asked rather.
    rests_long: bool,
    /// By its own word it lacks the ledger.
    lacks: bool,
    /// Nothing is known about whether it has the ledger.
    unknown: bool,
}

impl Rank {
    /// How willingly the server is asked.
    pub(super) fn standing(self) -> Standing {
        self.standing
    }
}

/// Counts a request out again however it ends.
struct Flight<'a>(&'a Endpoint);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.lock().in_flight -= 1;
    }
}

impl Endpoint {
    /// A rest longer than this sends requests elsewhere.
    const REST_LONG: Duration = Duration::from_secs(1);
    /// How much the latest reply weighs in the smoothed latency.
    const LATENCY_WEIGHT: f64 = 0.2;
    /// What a server is taken for before its first reply, so that it gets its share of first questions.
    const LATENCY_UNKNOWN: Duration = Duration::from_millis(50);

    pub(super) fn new(
        id: EndpointId,
        url: EndpointUrl,
        lines: Lines,
        in_flight_max: usize,
        freed: Arc<Notify>,
    ) -> Self {
        let state = State {
            health: Health::new(),
            record: Record::default(),
            info: ServerInfo::default(),
            ranges: None,
            announced: None,
            latency: None,
            requests: 0,
            errors: ErrorClass::ALL.map(|class| (class, 0)),
            overloads: 0,
            reply_bytes: 0,
            in_flight: 0,
        };
        let permits = Arc::new(Semaphore::new(in_flight_max.max(1)));
        Self { id, url, lines, permits, freed, state: Mutex::new(state) }
    }

    /// The address without secrets.
    pub(super) fn url(&self) -> &EndpointUrl {
        &self.url
    }

    /// The right to ask now, unless as much as allowed is under way.
    pub(super) fn try_enter(&self) -> Option<Permit> {
        let permit = self.permits.clone().try_acquire_owned().ok()?;
        Some(Permit { permit: Some(permit), freed: self.freed.clone() })
    }

    /// Asks, judges the answer, and learns from both.
    pub(super) async fn ask<C: Call, T>(
        &self,
        call: &C,
        question: &Question,
        judge: impl Fn(C::Answer) -> Result<T, ServerError>,
    ) -> Result<T, ServerError> {
        let flight = self.depart();
        let asked = Instant::now();
        let outcome = match self.exchange(call, asked).await {
            Ok(answer) => judge(answer),
            Err(error) => Err(error),
        };
        drop(flight);
        match &outcome {
            Ok(_) => self.lock().health.succeeded(),
            Err(error) => self.failed(error, question),
        }
        outcome
    }

    async fn exchange<C: Call>(&self, call: &C, asked: Instant) -> Result<C::Answer, ServerError> {
        let lent = self.lines.lend().await?;
        let reply = lent.connection.request(call).await?;
        self.replied(asked, reply.frame_bytes(), reply.load_warning);
        call.read(&reply)
    }

    fn depart(&self) -> Flight<'_> {
        let mut state = self.lock();
        state.requests += 1;
        state.in_flight += 1;
        Flight(self)
    }

    fn replied(&self, asked: Instant, bytes: usize, load_warning: bool) {
        let now = Instant::now();
        let mut state = self.lock();
        state.reply_bytes += bytes as u64;
        let took = now - asked;
        state.latency = Some(match state.latency {
            Some(latency) => {
                latency.mul_f64(1.0 - Self::LATENCY_WEIGHT) + took.mul_f64(Self::LATENCY_WEIGHT)
            }
            None => took,
        });
        if load_warning {
            state.overloads += 1;
            state.health.overloaded(now);
        }
    }

    fn failed(&self, error: &ServerError, question: &Question) {
        let mut state = self.lock();
        if let Some(row) = state.errors.iter_mut().find(|row| row.0 == error.class()) {
            row.1 += 1;
        }
        state.overloads += u64::from(error.is_overload());
        if let ServerError::Lying(lie) = error {
            tracing::warn!(endpoint = %self.url, asked = %question.what, %lie, "endpoint set aside");
            state.record.keep(question.what.clone(), lie.clone());
        }
        state.health.failed(error, Instant::now());
    }

    /// A lie that came to light after the answer was taken.
    pub(super) fn accuse(&self, lie: Lie, question: &Question) {
        self.failed(&ServerError::Lying(lie), question);
    }

    /// What the server says it has, and is.
    pub(super) fn informed(&self, info: ServerInfo) {
        let mut state = self.lock();
        if info.complete_ledgers.is_some() {
            state.ranges.clone_from(&info.complete_ledgers);
        }
        state.info = info;
    }

    /// A ledger that the server announced.
    pub(super) fn announced(&self, announcement: &Announcement) {
        let mut state = self.lock();
        state.announced = state.announced.max(Some(announcement.index));
        if announcement.validated_ledgers.is_some() {
            state.ranges.clone_from(&announcement.validated_ledgers);
        }
    }

    /// The newest ledger that the server is known to have.
    pub(super) fn newest(&self) -> Option<u32> {
        let state = self.lock();
        state
            .announced
            .max(state.ranges.as_ref().and_then(RangeSet::last))
            .max(state.info.validated_index)
    }

    pub(super) fn rank(&self, index: Option<u32>, now: Instant) -> Rank {
        let state = self.lock();
        let rests_long =
            state.health.resting(now).is_some_and(|until| until - now > Self::REST_LONG);
        let has = match (&state.ranges, index) {
            (Some(ranges), Some(index)) if ranges.contains(index) => Some(true),
            // Above what it had when it said so: it may have got it since.
            (Some(ranges), Some(index)) if ranges.last().is_some_and(|last| index <= last) => {
                Some(false)
            }
            _ => None,
        };
        Rank {
            standing: state.health.standing(now),
            rests_long,
            lacks: has == Some(false),
            unknown: has.is_none(),
        }
    }

    /// How willingly the server is asked.
    pub(super) fn standing(&self, now: Instant) -> Standing {
        self.lock().health.standing(now)
    }

    /// Until when the server is left alone.
    pub(super) fn resting(&self, now: Instant) -> Option<Instant> {
        self.lock().health.resting(now)
    }

    /// How long a further request will about take; lower is asked first among equals.
    pub(super) fn cost(&self) -> Duration {
        let state = self.lock();
        let queue = u32::try_from(state.in_flight + 1).unwrap_or(u32::MAX);
        state.latency.unwrap_or(Self::LATENCY_UNKNOWN).saturating_mul(queue)
    }

    pub(super) fn status(&self) -> EndpointStatus {
        let now = Instant::now();
        let state = self.lock();
        let standing = state.health.standing(now);
        let latest = state.record.latest();
        let aside = latest.last().filter(|_| standing == Standing::Aside);
        EndpointStatus {
            id: self.id,
            url: self.url.to_string(),
            up: standing == Standing::Up,
            resting: state.health.resting(now).is_some(),
            set_aside: aside.map(|evidence| format!("{}: {}", evidence.asked, evidence.lie)),
            requests: state.requests,
            errors: state.errors,
            overloads: state.overloads,
            lies: state.record.lies(),
            evidence: latest,
            reply_bytes: state.reply_bytes,
            in_flight: state.in_flight,
            latency: state.latency,
            connections: self.lines.opened() as u64,
            complete_ledgers: state.ranges.clone(),
            announced: state.announced,
            network_id: state.info.network_id,
            version: state
                .info
                .clio_version
                .as_ref()
                .map(|it| format!("clio {it}"))
                .or(state.info.build_version.clone()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
