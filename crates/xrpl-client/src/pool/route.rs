//! The pool: who is asked, and what a failure leads to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::attempts::{Attempts, Verdict};
use super::endpoint::{Endpoint, Permit};
use super::health::Standing;
use super::lines::Lines;
use super::pace::Pace;
use super::question::Question;
use super::rank::Rank;
use super::{EndpointId, EndpointStatus, PoolError, keeper};
use crate::backoff::Backoff;
use crate::{Call, ConnectionLimits, Dial, EndpointUrl, ServerError};

/// Limits of a pool, the same for each of its servers.
#[derive(Debug, Clone)]
pub struct PoolLimits {
    /// Requests under way at one server.
    pub in_flight_max: usize,
    /// Connections to one server, beside the one of the live stream.
    pub connections_max: usize,
    /// Of each connection.
    pub connection: ConnectionLimits,
    /// How long one question is tried before its caller hears that nobody answers.
    pub patience: Duration,
    /// What each server may be asked at most, in requests a second; only the server's own words limit it if `None`.
    pub requests_per_s: Option<f64>,
    /// The network that a server has to be of, if it says which it is in; any if `None`.
    pub network_id: Option<u32>,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            in_flight_max: 16,
            connections_max: 4,
            connection: ConnectionLimits::default(),
            patience: Duration::from_secs(30),
            requests_per_s: None,
            network_id: None,
        }
    }
}

/// Several servers asked as one; clones share everything.
#[derive(Clone)]
pub struct Pool {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) dial: Arc<dyn Dial>,
    pub(super) endpoints: Vec<Arc<Endpoint>>,
    pub(super) limits: PoolLimits,
    pub(super) pace: Mutex<Pace>,
    freed: Arc<Notify>,
    keepers: Vec<AbortHandle>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.keepers.iter().for_each(AbortHandle::abort);
    }
}

/// A server with the right to ask it.
pub(super) type Admitted = (Arc<Endpoint>, Permit);

/// Whom to ask next.
enum Choice {
    Ask(Admitted),
    /// All that are worth asking are busy, or rest until then at the earliest.
    Wait(Option<Instant>),
    NoneLeft,
}

impl Pool {
    /// The first wait between two rounds of asking everyone.
    const ROUND_FIRST: Duration = Duration::from_millis(100);
    const ROUND_MAX: Duration = Duration::from_secs(2);
    /// A ledger this close to the newest one may be on its way to servers that do not have it yet.
    const RECENT: u32 = 256;
    /// After this many rounds of everyone lacking a recent ledger, it is believed: about three seconds.
    const ROUNDS_RECENT: u32 = 6;

    /// A pool of the servers at `urls`. Nothing fails here: a server that cannot be reached is asked again.
    pub fn new(dial: Arc<dyn Dial>, urls: Vec<EndpointUrl>, limits: PoolLimits) -> Self {
        let freed = Arc::new(Notify::new());
        let endpoint = |(id, url): (usize, EndpointUrl)| {
            let lines = Lines::new(
                dial.clone(),
                url.clone(),
                limits.connection.clone(),
                limits.connections_max,
                limits.network_id,
            );
            Arc::new(Endpoint::new(EndpointId(id), url, lines, &limits, freed.clone()))
        };
        let endpoints: Vec<_> = urls.into_iter().enumerate().map(endpoint).collect();
        let keepers = endpoints
            .iter()
            .map(|it| tokio::spawn(keeper::keep(it.clone())).abort_handle())
            .collect();
        let pace = Mutex::default();
        Self { shared: Arc::new(Shared { dial, endpoints, limits, pace, freed, keepers }) }
    }

    /// What is known of each server, as plain values.
    pub fn snapshot(&self) -> Vec<EndpointStatus> {
        self.shared.endpoints.iter().map(|endpoint| endpoint.status()).collect()
    }

    /// Asks servers until one gives an answer that `judge` takes.
    pub(super) async fn ask<C: Call, T>(
        &self,
        call: &C,
        question: &Question,
        judge: impl Fn(EndpointId, C::Answer) -> Result<T, ServerError> + Sync,
    ) -> Result<T, PoolError> {
        let patience = self.shared.limits.patience;
        let mut attempts = Attempts::default();
        match timeout(patience, self.rounds(call, question, judge, &mut attempts)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let strangers = self.shared.endpoints.iter().filter_map(|it| it.foreign());
                let failed = attempts.into_errors().map(|(id, error)| (self.url(id), error));
                let failures: BTreeMap<_, _> = strangers.chain(failed).collect();
                Err(PoolError::Unavailable { patience, failures: failures.into_iter().collect() })
            }
        }
    }

    async fn rounds<C: Call, T>(
        &self,
        call: &C,
        question: &Question,
        judge: impl Fn(EndpointId, C::Answer) -> Result<T, ServerError> + Sync,
        attempts: &mut Attempts,
    ) -> Result<T, PoolError> {
        let mut pause = Backoff::new(Self::ROUND_FIRST, Self::ROUND_MAX);
        loop {
            let freed = self.shared.freed.notified();
            match self.choose(C::COST, question, attempts) {
                Choice::Ask(admitted) => {
                    match self.ask_hedged(call, question, &judge, admitted, attempts).await {
                        Some(Ok(answer)) => return Ok(answer),
                        Some(Err(refusal)) => return Err(PoolError::Refused(refusal)),
                        None => {}
                    }
                }
                Choice::Wait(Some(until)) => tokio::select! {
                    () = freed => {}
                    () = sleep_until(until) => {}
                },
                Choice::Wait(None) => freed.await,
                Choice::NoneLeft => {
                    if let Some(error) = self.verdict(question, attempts) {
                        return Err(error);
                    }
                    sleep(pause.next()).await;
                }
            }
        }
    }

    fn choose(&self, cost: f64, question: &Question, attempts: &Attempts) -> Choice {
        let now = Instant::now();
        let ranked =
            self.ranked(cost, question, now, |id, rank| !attempts.is_out(id, rank.is_good()));
        let Some(best) = ranked.iter().map(|(rank, _)| *rank).min() else {
            return Choice::NoneLeft;
        };
        let mut wake = None::<Instant>;
        for (_, endpoint) in ranked.into_iter().filter(|(rank, _)| *rank == best) {
            match endpoint.try_enter(cost, now) {
                Ok(permit) => return Choice::Ask((endpoint.clone(), permit)),
                Err(until) => wake = wake.into_iter().chain(until).min(),
            }
        }
        Choice::Wait(wake)
    }

    /// The servers that may be asked, the best first among those of one rank.
    pub(super) fn ranked(
        &self,
        cost: f64,
        question: &Question,
        now: Instant,
        is_wanted: impl Fn(EndpointId, Rank) -> bool,
    ) -> Vec<(Rank, &Arc<Endpoint>)> {
        let may_ask = |rank: Rank| match rank.standing() {
            Standing::Up | Standing::Down => true,
            Standing::Aside => question.proves_itself,
            Standing::Foreign => false,
        };
        let endpoints = self.shared.endpoints.iter();
        let mut ranked: Vec<_> = endpoints
            .map(|endpoint| (endpoint.rank(cost, question.index, now), endpoint))
            .filter(|(rank, endpoint)| may_ask(*rank) && is_wanted(endpoint.id, *rank))
            .collect();
        ranked.sort_by_cached_key(|(_, endpoint)| {
            (question.doubted == Some(endpoint.id), endpoint.cost())
        });
        ranked
    }

    fn verdict(&self, question: &Question, attempts: &mut Attempts) -> Option<PoolError> {
        let now = Instant::now();
        let newest = self.shared.endpoints.iter().filter_map(|endpoint| endpoint.newest()).max();
        let past = question
            .index
            .zip(newest)
            .is_some_and(|(index, newest)| index.saturating_add(Self::RECENT) < newest);
        let rounds_max = if past { 1 } else { Self::ROUNDS_RECENT };
        let is_heard = |id: EndpointId| {
            !matches!(self.shared.endpoints[id.0].standing(now), Standing::Down | Standing::Foreign)
        };
        Some(match attempts.end_round(is_heard, rounds_max)? {
            Verdict::Absent { .. } if question.is_final && !self.all_lack(question, attempts) => {
                return None;
            }
            Verdict::Absent { servers } => PoolError::NotFound { servers, past },
            Verdict::Unproven(lies) => {
                PoolError::Unproven(lies.into_iter().map(|(id, lie)| (self.url(id), lie)).collect())
            }
        })
    }

    /// Whether every server of our network lacks it, by its answer or by its own last word.
    fn all_lack(&self, question: &Question, attempts: &Attempts) -> bool {
        let now = Instant::now();
        self.shared.endpoints.iter().all(|endpoint| {
            attempts.is_absent_at(endpoint.id)
                || endpoint.standing(now) == Standing::Foreign
                || question.index.is_some_and(|index| endpoint.lacks(index, now))
        })
    }

    fn url(&self, id: EndpointId) -> String {
        self.shared.endpoints[id.0].url().to_string()
    }
}
