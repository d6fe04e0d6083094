//! Which server is asked, and what follows from an error.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::Pool;
use super::endpoint::{Endpoint, Permit};
use super::health::EndpointHealth;
use super::preference::Preference;
use super::request_context::RequestContext;
use crate::call::Call;
use crate::endpoint_id::EndpointId;
use crate::error::Error;
use crate::retry_waits::{next_wait, retry_waits};
use crate::trust::{Attempts, Outcome};

/// A server with the right to ask it.
pub(super) type Admitted = (Arc<Endpoint>, Permit);

/// The server to ask next.
enum Choice {
    Ask(Admitted),
    /// All servers that are worth asking are busy, or have a cooldown until then at the earliest.
    Wait(Option<Instant>),
    NoneLeft,
}

impl Pool {
    /// The first wait between two rounds in which every server is asked.
    const ROUND_FIRST: Duration = Duration::from_millis(100);
    const ROUND_MAX: Duration = Duration::from_secs(2);
    /// A ledger this close to the newest one may be on its way to servers that do not have it yet.
    const RECENT: u32 = 256;
    /// The number of rounds in which every server lacks a recent ledger until that is believed: about three seconds.
    const ROUNDS_RECENT: u32 = 6;

    /// Asks servers until one gives an answer that `judge` takes.
    pub(super) async fn ask<C: Call, T>(
        &self,
        call: &C,
        context: &RequestContext,
        judge: impl Fn(EndpointId, C::Answer) -> Result<T, Error> + Sync,
    ) -> Result<T, Error> {
        let deadline = self.shared.limits.deadline;
        let mut attempts = Attempts::default();
        match timeout(deadline, self.rounds(call, context, judge, &mut attempts)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let wrong_network =
                    self.shared.endpoints.iter().filter_map(|it| it.wrong_network());
                let failed = attempts.into_errors().map(|(id, error)| (self.url(id), error));
                let failures: BTreeMap<_, _> = wrong_network.chain(failed).collect();
                Err(Error::Unavailable { deadline, failures: failures.into_iter().collect() })
            }
        }
    }

    async fn rounds<C: Call, T>(
        &self,
        call: &C,
        context: &RequestContext,
        judge: impl Fn(EndpointId, C::Answer) -> Result<T, Error> + Sync,
        attempts: &mut Attempts,
    ) -> Result<T, Error> {
        let mut waits = retry_waits(Self::ROUND_FIRST, Self::ROUND_MAX);
        loop {
            let freed = self.shared.freed.notified();
            match self.choose(C::COST, context, attempts) {
                Choice::Ask(admitted) => {
                    match self.ask_hedged(call, context, &judge, admitted, attempts).await {
                        Some(Ok(answer)) => return Ok(answer),
                        Some(Err(error)) => return Err(error),
                        None => {}
                    }
                }
                Choice::Wait(Some(until)) => tokio::select! {
                    () = freed => {}
                    () = sleep_until(until) => {}
                },
                Choice::Wait(None) => freed.await,
                Choice::NoneLeft => {
                    if let Some(error) = self.outcome(context, attempts) {
                        return Err(error);
                    }
                    sleep(next_wait(&mut waits)).await;
                }
            }
        }
    }

    fn choose(&self, cost: f64, context: &RequestContext, attempts: &Attempts) -> Choice {
        let now = Instant::now();
        let preferred = self.preferred(cost, context, now, |id, preference| {
            !attempts.is_out(id, preference.is_good())
        });
        let Some(best) = preferred.iter().map(|(preference, _)| *preference).min() else {
            return Choice::NoneLeft;
        };
        let mut wake = None::<Instant>;
        for (_, endpoint) in preferred.into_iter().filter(|(preference, _)| *preference == best) {
            match endpoint.try_enter(cost, now) {
                Ok(permit) => return Choice::Ask((endpoint.clone(), permit)),
                Err(until) => wake = wake.into_iter().chain(until).min(),
            }
        }
        Choice::Wait(wake)
    }

    /// The servers that may be asked, the fastest first among those of one preference.
    pub(super) fn preferred(
        &self,
        cost: f64,
        context: &RequestContext,
        now: Instant,
        is_wanted: impl Fn(EndpointId, Preference) -> bool,
    ) -> Vec<(Preference, &Arc<Endpoint>)> {
        let may_ask = |preference: Preference| match preference.health {
            EndpointHealth::Up | EndpointHealth::Down => true,
            EndpointHealth::Quarantined => context.proves_itself,
            EndpointHealth::WrongNetwork => false,
        };
        let endpoints = self.shared.endpoints.iter();
        let mut preferred: Vec<_> = endpoints
            .map(|endpoint| (endpoint.preference(cost, context.index, now), endpoint))
            .filter(|(preference, endpoint)| {
                may_ask(*preference) && is_wanted(endpoint.id, *preference)
            })
            .collect();
        preferred.sort_by_cached_key(|(_, endpoint)| {
            (context.doubted == Some(endpoint.id), endpoint.cost())
        });
        preferred
    }

    fn outcome(&self, context: &RequestContext, attempts: &mut Attempts) -> Option<Error> {
        let now = Instant::now();
        let newest = self.shared.endpoints.iter().filter_map(|endpoint| endpoint.newest()).max();
        let past = context
            .index
            .zip(newest)
            .is_some_and(|(index, newest)| index.saturating_add(Self::RECENT) < newest);
        let rounds_max = if past { 1 } else { Self::ROUNDS_RECENT };
        let is_awaited = |id: EndpointId| {
            !matches!(
                self.shared.endpoints[id.0].health(now),
                EndpointHealth::Down | EndpointHealth::WrongNetwork
            )
        };
        Some(match attempts.end_round(is_awaited, rounds_max)? {
            Outcome::Absent { .. } if context.is_final && !self.all_lack(context, attempts) => {
                return None;
            }
            Outcome::Absent { servers } => Error::NotFound { servers, past },
            Outcome::Unproven(invalid) => {
                let by_url = invalid.into_iter().map(|(id, response)| (self.url(id), response));
                Error::Unproven(by_url.collect())
            }
        })
    }

    /// Whether every server of the network lacks it, by its answer or by its own claim.
    fn all_lack(&self, context: &RequestContext, attempts: &Attempts) -> bool {
        let now = Instant::now();
        self.shared.endpoints.iter().all(|endpoint| {
            attempts.is_absent_at(endpoint.id)
                || endpoint.health(now) == EndpointHealth::WrongNetwork
                || context.index.is_some_and(|index| endpoint.lacks(index, now))
        })
    }

    fn url(&self, id: EndpointId) -> String {
        self.shared.endpoints[id.0].url().to_string()
    }
}
