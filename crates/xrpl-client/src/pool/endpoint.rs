//! One server of the pool.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::budget::Budget;
use super::connection_pool::ConnectionPool;
use super::endpoint_state::EndpointState;
use super::health::{EndpointHealth, Health};
use super::ledger_availability::{Availability, LedgerAvailability};
use super::preference::Preference;
use super::request_context::RequestContext;
use super::{EndpointStatus, PoolLimits};
use crate::call::{Call, ServerInfo, ValidatedLedger};
use crate::endpoint_id::EndpointId;
use crate::error::{Error, ErrorClass, HealthImpact, InvalidResponse};
use crate::range_set::RangeSet;
use crate::stream::StreamEvent;
use crate::transport::EndpointUrl;
use crate::trust::EvidenceLog;

/// A server of the pool: its connections, its budget and its state.
pub(super) struct Endpoint {
    pub(super) id: EndpointId,
    url: EndpointUrl,
    connections: ConnectionPool,
    in_flight_max: usize,
    freed: Arc<Notify>,
    state: Mutex<EndpointState>,
}

/// The right to have one request in flight, paid for. Dropping it wakes requests that wait for one.
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

/// Counts the time of a request that was given up before its reply as latency.
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
    /// The latency that is assumed before the first reply, so that each server gets its share of first requests.
    const LATENCY_UNKNOWN: Duration = Duration::from_millis(50);

    pub(super) fn new(
        id: EndpointId,
        url: EndpointUrl,
        connections: ConnectionPool,
        limits: &PoolLimits,
        freed: Arc<Notify>,
    ) -> Self {
        let state = EndpointState {
            health: Health::new(),
            budget: Budget::new(limits.requests_per_s, Instant::now()),
            evidence: EvidenceLog::default(),
            info: ServerInfo::default(),
            availability: LedgerAvailability::default(),
            wrong_network: None,
            validated_index: None,
            latency: None,
            requests: 0,
            hedges: 0,
            errors: ErrorClass::ALL.map(|class| (class, 0)),
            overloads: 0,
            reply_bytes: 0,
            stream_events: StreamEvent::NAMES.map(|name| (name, 0)),
            in_flight: 0,
            costly_in_flight: 0,
        };
        Self {
            id,
            url,
            connections,
            in_flight_max: limits.in_flight_max.max(1),
            freed,
            state: Mutex::new(state),
        }
    }

    /// The address without secrets.
    pub(super) fn url(&self) -> &EndpointUrl {
        &self.url
    }

    /// The right to ask now. If there is none: when to try again, `None` for when another request ends.
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

    /// Asks, judges the answer, and learns from both. The caller holds a permit.
    pub(super) async fn ask<C: Call, T>(
        &self,
        call: &C,
        context: &RequestContext,
        judge: impl Fn(C::Answer) -> Result<T, Error>,
    ) -> Result<T, Error> {
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
                if let Some(index) = context.index {
                    state.availability.answered(index, true, now);
                }
            }
            Err(error) => self.failed(error, context),
        }
        outcome
    }

    async fn exchange<C: Call>(&self, call: &C, asked: Instant) -> Result<C::Answer, Error> {
        let checked_out = self.connections.checkout().await?;
        let reply = checked_out.connection.request(call).await?;
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

    fn failed(&self, error: &Error, context: &RequestContext) {
        let now = Instant::now();
        let mut state = self.lock();
        if let Some(row) = state.errors.iter_mut().find(|row| row.0 == error.class()) {
            row.1 += 1;
        }
        match error {
            Error::InvalidResponse(why) => {
                let (endpoint, request) = (&self.url, &context.what);
                if state.health.health(now) == EndpointHealth::Quarantined {
                    tracing::warn!(%endpoint, request, %why, "invalid response from quarantined endpoint");
                } else {
                    tracing::error!(%endpoint, request, %why, "invalid response, endpoint quarantined");
                }
                state.evidence.keep(context.what.clone(), why.clone());
            }
            Error::WrongNetwork { .. } => self.note_wrong_network(&mut state, error),
            _ => {}
        }
        if let Some(index) = context.index.filter(|_| error.lacks_ledger()) {
            state.availability.answered(index, false, now);
        }
        match error.health_impact() {
            HealthImpact::Overload => state.overloaded(now),
            _ => state.health.failed(error, now),
        }
    }

    /// Logs it once, until the server is of the configured network.
    fn note_wrong_network(&self, state: &mut EndpointState, error: &Error) {
        if state.health.health(Instant::now()) != EndpointHealth::WrongNetwork {
            tracing::error!(endpoint = %self.url, why = %error, "endpoint of another network, not used");
        }
        state.wrong_network = Some(error.clone());
    }

    /// The server was asked beside another one that is slow.
    pub(super) fn hedged(&self) {
        self.lock().hedges += 1;
    }

    /// What the end of the live stream says about the server. Other errors are found by requests themselves.
    fn stream_disconnected(&self, error: &Error) {
        let now = Instant::now();
        let mut state = self.lock();
        match error.health_impact() {
            HealthImpact::Overload => state.overloaded(now),
            HealthImpact::WrongNetwork => {
                self.note_wrong_network(&mut state, error);
                state.health.failed(error, now);
            }
            _ => {}
        }
    }

    /// An invalid response that was found out after it was taken.
    pub(super) fn report(&self, response: InvalidResponse, context: &RequestContext) {
        self.failed(&Error::InvalidResponse(response), context);
    }

    /// Takes what the server says about itself.
    pub(super) fn informed(&self, info: ServerInfo) {
        let mut state = self.lock();
        if let Some(claimed) = &info.complete_ledgers {
            state.availability.claims(claimed);
        }
        state.info = info;
    }

    /// Takes an event of the ledger stream of the server.
    pub(super) fn streamed(&self, event: &StreamEvent) {
        let name = event.name();
        if let Some(row) = self.lock().stream_events.iter_mut().find(|row| row.0 == name) {
            row.1 += 1;
        }
        match event {
            StreamEvent::LedgerClosed(announcement) => self.announced(announcement),
            StreamEvent::Disconnected { error, .. } => self.stream_disconnected(error),
            StreamEvent::Connected
            | StreamEvent::Stale { .. }
            | StreamEvent::Contradicted { .. } => {}
        }
    }

    /// Takes an announcement of the server.
    fn announced(&self, announcement: &ValidatedLedger) {
        let mut state = self.lock();
        state.validated_index = Some(announcement.index);
        if let Some(claimed) = &announcement.validated_ledgers {
            state.availability.claims(claimed);
        }
    }

    /// The address and the error of a server of another network.
    pub(super) fn wrong_network(&self) -> Option<(String, Error)> {
        let state = self.lock();
        let error = state.wrong_network.clone()?;
        (state.health.health(Instant::now()) == EndpointHealth::WrongNetwork)
            .then(|| (self.url.to_string(), error))
    }

    /// The newest ledger that the server has, as far as known.
    pub(super) fn newest(&self) -> Option<u32> {
        let state = self.lock();
        state
            .validated_index
            .max(state.availability.claimed().and_then(RangeSet::last))
            .max(state.info.validated_index)
    }

    pub(super) fn preference(&self, cost: f64, index: Option<u32>, now: Instant) -> Preference {
        let state = self.lock();
        let cooldown = state.health.cooldown(now).map_or(Duration::ZERO, |until| until - now);
        let is_probed = state.health.is_recovering() && state.in_flight > 0;
        Preference {
            health: state.health.health(now),
            waits_long: is_probed || cooldown.max(state.budget.wait(cost, now)) > Self::WAIT_LONG,
            availability: index
                .map_or(Availability::Has, |index| state.availability.of(index, now)),
        }
    }

    /// Whether the server lacks the ledger, as far as it said.
    pub(super) fn lacks(&self, index: u32, now: Instant) -> bool {
        self.lock().availability.of(index, now) == Availability::Lacks
    }

    /// How willingly the server is asked.
    pub(super) fn health(&self, now: Instant) -> EndpointHealth {
        self.lock().health.health(now)
    }

    /// The end of the cooldown in which the server is not asked.
    pub(super) fn cooldown(&self, now: Instant) -> Option<Instant> {
        self.lock().health.cooldown(now)
    }

    /// The expected duration of a further request; the lowest is asked first among equals.
    pub(super) fn cost(&self) -> Duration {
        let state = self.lock();
        let queue = u32::try_from(state.in_flight + 1).unwrap_or(u32::MAX);
        state.latency.unwrap_or(Self::LATENCY_UNKNOWN).saturating_mul(queue)
    }

    pub(super) fn status(&self) -> EndpointStatus {
        let now = Instant::now();
        let state = self.lock();
        let health = state.health.health(now);
        let evidence = state.evidence.latest();
        let quarantined = evidence.last().filter(|_| health == EndpointHealth::Quarantined);
        let quarantined = quarantined.map(|it| format!("{}: {}", it.request, it.response));
        let wrong_network = state.wrong_network.as_ref();
        let wrong_network = wrong_network.filter(|_| health == EndpointHealth::WrongNetwork);
        EndpointStatus {
            id: self.id,
            url: self.url.to_string(),
            up: health == EndpointHealth::Up,
            cooling_down: state.health.cooldown(now).is_some(),
            not_used: wrong_network.map(ToString::to_string).or(quarantined),
            requests_per_s: state.budget.rate(),
            requests: state.requests,
            hedges: state.hedges,
            errors: state.errors,
            overloads: state.overloads,
            invalid_responses: state.evidence.total(),
            evidence,
            reply_bytes: state.reply_bytes,
            in_flight: state.in_flight,
            latency: state.latency,
            connections: self.connections.opened() as u64,
            stream_events: state.stream_events,
            complete_ledgers: state.availability.claimed().cloned(),
            validated_index: state.validated_index,
            network_id: state.info.network_id,
            version: state
                .info
                .clio_version
                .as_ref()
                .map(|it| format!("clio {it}"))
                .or(state.info.build_version.clone()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, EndpointState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
