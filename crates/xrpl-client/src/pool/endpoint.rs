//! One server of the pool.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::budget::Budget;
use super::evidence::Record;
use super::health::{Health, Standing};
use super::holdings::{Holding, Holdings};
use super::known::Known;
use super::lines::Lines;
use super::question::Question;
use super::rank::Rank;
use super::{EndpointStatus, PoolLimits};
use crate::{
    Announcement, Blame, Call, EndpointUrl, ErrorClass, Lie, RangeSet, ServerError, ServerInfo,
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
    in_flight_max: usize,
    freed: Arc<Notify>,
    state: Mutex<Known>,
}

/// The right to have one request under way, paid for; giving it back wakes those who wait for one.
pub(super) struct Permit {
    endpoint: Arc<Endpoint>,
    is_costly: bool,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.endpoint.lock();
        state.in_flight -= 1;
        state.costly_in_flight -= usize::from(self.is_costly);
        drop(state);
        self.endpoint.freed.notify_waiters();
    }
}

/// Takes note of how long a request went unanswered that nobody waits for any more.
struct Unanswered<'a> {
    endpoint: &'a Endpoint,
    asked: Instant,
    ended: bool,
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        let took = self.asked.elapsed();
        let mut state = self.endpoint.lock();
        if !self.ended && state.latency.is_none_or(|latency| latency < took) {
            state.took(took);
        }
    }
}

impl Endpoint {
    /// A wait longer than this sends requests elsewhere.
    const WAIT_LONG: Duration = Duration::from_secs(1);
    /// What a server is taken for before its first reply, so that it gets its share of first questions.
    const LATENCY_UNKNOWN: Duration = Duration::from_millis(50);

    pub(super) fn new(
        id: EndpointId,
        url: EndpointUrl,
        lines: Lines,
        limits: &PoolLimits,
        freed: Arc<Notify>,
    ) -> Self {
        let state = Known {
            health: Health::new(),
            budget: Budget::new(limits.requests_per_s, Instant::now()),
            record: Record::default(),
            info: ServerInfo::default(),
            holdings: Holdings::default(),
            foreign: None,
            announced: None,
            latency: None,
            requests: 0,
            hedges: 0,
            errors: ErrorClass::ALL.map(|class| (class, 0)),
            overloads: 0,
            reply_bytes: 0,
            in_flight: 0,
            costly_in_flight: 0,
        };
        Self {
            id,
            url,
            lines,
            in_flight_max: limits.in_flight_max.max(1),
            freed,
            state: Mutex::new(state),
        }
    }

    /// The address without secrets.
    pub(super) fn url(&self) -> &EndpointUrl {
        &self.url
    }

    /// The right to ask now; if there is none, when to come again, or after another request ended.
    pub(super) fn try_enter(
        self: &Arc<Self>,
        cost: f64,
        now: Instant,
    ) -> Result<Permit, Option<Instant>> {
        let mut state = self.lock();
        state.may_ask(self.in_flight_max, cost, now)?;
        state.requests += 1;
        state.in_flight += 1;
        let is_costly = Budget::is_costly(cost);
        state.costly_in_flight += usize::from(is_costly);
        Ok(Permit { endpoint: self.clone(), is_costly })
    }

    /// The right to ask, waited for.
    pub(super) async fn enter(self: &Arc<Self>, cost: f64) -> Permit {
        loop {
            let freed = self.freed.notified();
            match self.try_enter(cost, Instant::now()) {
                Ok(permit) => return permit,
                Err(None) => freed.await,
                Err(Some(until)) => tokio::select! {
                    () = freed => {}
                    () = sleep_until(until) => {}
                },
            }
        }
    }

    /// Asks, judges the answer, and learns from both. Whoever calls this holds a permit.
    pub(super) async fn ask<C: Call, T>(
        &self,
        call: &C,
        question: &Question,
        judge: impl Fn(C::Answer) -> Result<T, ServerError>,
    ) -> Result<T, ServerError> {
        let asked = Instant::now();
        let mut unanswered = Unanswered { endpoint: self, asked, ended: false };
        let outcome = self.exchange(call, asked).await;
        unanswered.ended = true;
        let outcome = outcome.and_then(judge);
        match &outcome {
            Ok(_) => {
                let now = Instant::now();
                let mut state = self.lock();
                state.health.succeeded(now);
                if let Some(index) = question.index {
                    state.holdings.answered(index, true, now);
                }
            }
            Err(error) => self.failed(error, question),
        }
        outcome
    }

    async fn exchange<C: Call>(&self, call: &C, asked: Instant) -> Result<C::Answer, ServerError> {
        let lent = self.lines.lend().await?;
        let reply = lent.connection.request(call).await?;
        let now = Instant::now();
        let mut state = self.lock();
        state.reply_bytes += reply.frame_bytes() as u64;
        state.took(now - asked);
        if reply.load_warning {
            state.warned(now);
        }
        drop(state);
        call.read(&reply)
    }

    fn failed(&self, error: &ServerError, question: &Question) {
        let now = Instant::now();
        let mut state = self.lock();
        if let Some(row) = state.errors.iter_mut().find(|row| row.0 == error.class()) {
            row.1 += 1;
        }
        match error {
            ServerError::Lying(lie) => {
                let (endpoint, asked) = (&self.url, &question.what);
                if state.health.standing(now) == Standing::Aside {
                    tracing::warn!(%endpoint, asked, %lie, "endpoint lied again");
                } else {
                    tracing::error!(%endpoint, asked, %lie, "endpoint set aside");
                }
                state.record.keep(question.what.clone(), lie.clone());
            }
            ServerError::Foreign { .. } => self.is_foreign(&mut state, error),
            _ => {}
        }
        if let Some(index) = question.index.filter(|_| error.lacks_ledger()) {
            state.holdings.answered(index, false, now);
        }
        match error.remedy().blame {
            Blame::Overload => state.overloaded(now),
            _ => state.health.failed(error, now),
        }
    }

    /// Says so once, until the server is of our network.
    fn is_foreign(&self, state: &mut Known, error: &ServerError) {
        if state.health.standing(Instant::now()) != Standing::Foreign {
            tracing::error!(endpoint = %self.url, why = %error, "endpoint is not used");
        }
        state.foreign = Some(error.clone());
    }

    /// The server was asked beside another one that is slow.
    pub(super) fn hedged(&self) {
        self.lock().hedges += 1;
    }

    /// What the end of the live stream says about the server; whatever else it was, requests find out for themselves.
    pub(super) fn stream_lost(&self, error: &ServerError) {
        let now = Instant::now();
        let mut state = self.lock();
        match error.remedy().blame {
            Blame::Overload => state.overloaded(now),
            Blame::Foreign => {
                self.is_foreign(&mut state, error);
                state.health.failed(error, now);
            }
            _ => {}
        }
    }

    /// A lie that came to light after the answer was taken.
    pub(super) fn accuse(&self, lie: Lie, question: &Question) {
        self.failed(&ServerError::Lying(lie), question);
    }

    /// What the server says it has, and is.
    pub(super) fn informed(&self, info: ServerInfo) {
        let mut state = self.lock();
        if let Some(claimed) = &info.complete_ledgers {
            state.holdings.claims(claimed);
        }
        state.info = info;
    }

    /// A ledger that the server announced.
    pub(super) fn announced(&self, announcement: &Announcement) {
        let mut state = self.lock();
        state.announced = state.announced.max(Some(announcement.index));
        if let Some(claimed) = &announcement.validated_ledgers {
            state.holdings.claims(claimed);
        }
    }

    /// The address and the error of a server of another network.
    pub(super) fn foreign(&self) -> Option<(String, ServerError)> {
        let state = self.lock();
        let error = state.foreign.clone()?;
        (state.health.standing(Instant::now()) == Standing::Foreign)
            .then(|| (self.url.to_string(), error))
    }

    /// The newest ledger that the server is known to have.
    pub(super) fn newest(&self) -> Option<u32> {
        let state = self.lock();
        state
            .announced
            .max(state.holdings.claimed().and_then(RangeSet::last))
            .max(state.info.validated_index)
    }

    pub(super) fn rank(&self, cost: f64, index: Option<u32>, now: Instant) -> Rank {
        let state = self.lock();
        let rest = state.health.resting(now).map_or(Duration::ZERO, |until| until - now);
        let is_probed = state.health.is_recovering() && state.in_flight > 0;
        Rank {
            standing: state.health.standing(now),
            waits_long: is_probed || rest.max(state.budget.wait(cost, now)) > Self::WAIT_LONG,
            holding: index.map_or(Holding::Has, |index| state.holdings.holding(index, now)),
        }
    }

    /// Whether the server has not the ledger, as far as it said.
    pub(super) fn lacks(&self, index: u32, now: Instant) -> bool {
        self.lock().holdings.holding(index, now) == Holding::Lacks
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
        let aside = aside.map(|evidence| format!("{}: {}", evidence.asked, evidence.lie));
        let foreign = state.foreign.as_ref().filter(|_| standing == Standing::Foreign);
        EndpointStatus {
            id: self.id,
            url: self.url.to_string(),
            up: standing == Standing::Up,
            resting: state.health.resting(now).is_some(),
            set_aside: foreign.map(ToString::to_string).or(aside),
            requests_per_s: state.budget.rate(),
            requests: state.requests,
            hedges: state.hedges,
            errors: state.errors,
            overloads: state.overloads,
            lies: state.record.lies(),
            evidence: latest,
            reply_bytes: state.reply_bytes,
            in_flight: state.in_flight,
            latency: state.latency,
            connections: self.lines.opened() as u64,
            complete_ledgers: state.holdings.claimed().cloned(),
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

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
