//! The pool: who is asked, and what a failure leads to.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::attempts::{Attempts, Verdict};
use super::endpoint::{Endpoint, Permit};
use super::health::Standing;
use super::lines::Lines;
use super::question::Question;
use super::{EndpointId, EndpointStatus, PoolError, keeper};
use crate::servers::backoff::Backoff;
use crate::servers::{Call, ConnectionLimits, Dial, EndpointUrl, ServerError};

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
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            in_flight_max: 16,
            connections_max: 4,
            connection: ConnectionLimits::default(),
            patience: Duration::from_secs(30),
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
    freed: Arc<Notify>,
    keepers: Vec<AbortHandle>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.keepers.iter().for_each(AbortHandle::abort);
    }
}

/// Whom to ask next.
enum Choice {
    Ask(Arc<Endpoint>, Permit),
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
            );
            Arc::new(Endpoint::new(EndpointId(id), url, lines, limits.in_flight_max, freed.clone()))
        };
        let endpoints: Vec<_> = urls.into_iter().enumerate().map(endpoint).collect();
        let keepers = endpoints
            .iter()
            .map(|it| tokio::spawn(keeper::keep(it.clone())).abort_handle())
            .collect();
        Self { shared: Arc::new(Shared { dial, endpoints, limits, freed, keepers }) }
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
        judge: impl Fn(EndpointId, C::Answer) -> Result<T, ServerError>,
    ) -> Result<T, PoolError> {
        let patience = self.shared.limits.patience;
        let mut attempts = Attempts::default();
        match timeout(patience, self.rounds(call, question, judge, &mut attempts)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let failures =
                    attempts.into_errors().map(|(id, error)| (self.url(id), error)).collect();
                Err(PoolError::Unavailable { patience, failures })
            }
        }
    }

    async fn rounds<C: Call, T>(
        &self,
        call: &C,
        question: &Question,
        judge: impl Fn(EndpointId, C::Answer) -> Result<T, ServerError>,
        attempts: &mut Attempts,
    ) -> Result<T, PoolError> {
        let mut pause = Backoff::new(Self::ROUND_FIRST, Self::ROUND_MAX);
        loop {
            let freed = self.shared.freed.notified();
            match self.choose(question, attempts) {
                Choice::Ask(endpoint, permit) => {
                    let outcome =
                        endpoint.ask(call, question, |answer| judge(endpoint.id, answer)).await;
                    drop(permit);
                    match outcome {
                        Ok(answer) => return Ok(answer),
                        Err(ServerError::Never(refusal)) => {
                            return Err(PoolError::Refused(refusal));
                        }
                        Err(error) => attempts.note(endpoint.id, error),
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

    fn choose(&self, question: &Question, attempts: &Attempts) -> Choice {
        let now = Instant::now();
        let ranked: Vec<_> = self
            .shared
            .endpoints
            .iter()
            .filter(|endpoint| !attempts.is_out(endpoint.id))
            .map(|endpoint| (endpoint.rank(question.index, now), endpoint))
            .filter(|(rank, _)| question.proves_itself || rank.standing() != Standing::Aside)
            .collect();
        let Some(best) = ranked.iter().map(|(rank, _)| *rank).min() else {
            return Choice::NoneLeft;
        };
        let mut group: Vec<_> =
            ranked.into_iter().filter(|(rank, _)| *rank == best).map(|it| it.1).collect();
        group.sort_by_cached_key(|endpoint| {
            (question.doubted == Some(endpoint.id), endpoint.cost())
        });
        let mut wake = None::<Instant>;
        for endpoint in group {
            match endpoint.resting(now) {
                Some(until) => wake = Some(wake.map_or(until, |wake| wake.min(until))),
                None => {
                    if let Some(permit) = endpoint.try_enter() {
                        return Choice::Ask(endpoint.clone(), permit);
                    }
                }
            }
        }
        Choice::Wait(wake)
    }

    fn verdict(&self, question: &Question, attempts: &mut Attempts) -> Option<PoolError> {
        let now = Instant::now();
        let newest = self.shared.endpoints.iter().filter_map(|endpoint| endpoint.newest()).max();
        let past = question
            .index
            .zip(newest)
            .is_some_and(|(index, newest)| index.saturating_add(Self::RECENT) < newest);
        let rounds_max = if past { 1 } else { Self::ROUNDS_RECENT };
        let is_heard = |id: EndpointId| self.shared.endpoints[id.0].standing(now) != Standing::Down;
        Some(match attempts.end_round(is_heard, rounds_max)? {
            Verdict::Absent { servers } => PoolError::NotFound { servers, past },
            Verdict::Unproven(lies) => {
                PoolError::Unproven(lies.into_iter().map(|(id, lie)| (self.url(id), lie)).collect())
            }
        })
    }

    fn url(&self, id: EndpointId) -> String {
        self.shared.endpoints[id.0].url().to_string()
    }
}
