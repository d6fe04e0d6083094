//! A second request elsewhere when a server is slow.

use std::sync::{MutexGuard, PoisonError};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use super::Pool;
use super::hedging_delay::HedgingDelay;
use super::preference::Preference;
use super::request_context::RequestContext;
use super::routing::Admitted;
use crate::call::Call;
use crate::endpoint_id::EndpointId;
use crate::error::Error;
use crate::trust::Attempts;

impl Pool {
    /// Asks a server, and another one as well if the first takes longer than nearly all replies of late. The first good
    /// answer is taken. `None` after errors, which are noted.
    pub(super) async fn ask_hedged<C: Call, T>(
        &self,
        call: &C,
        context: &RequestContext,
        judge: &(impl Fn(EndpointId, C::Answer) -> Result<T, Error> + Sync),
        first: Admitted,
        attempts: &mut Attempts,
    ) -> Option<Result<T, Error>> {
        let ask = |(endpoint, permit): Admitted| async move {
            let asked = Instant::now();
            let outcome = endpoint.ask(call, context, |answer| judge(endpoint.id, answer)).await;
            drop(permit);
            (endpoint.id, asked.elapsed(), outcome)
        };
        let slow_at = Instant::now() + self.hedging_delay().wait(C::KIND);
        let (mut may_hedge, first_id) = (true, first.0.id);
        let mut under_way = FuturesUnordered::new();
        under_way.push(ask(first));
        loop {
            tokio::select! {
                Some((id, took, outcome)) = under_way.next() => match outcome {
                    Ok(answer) => {
                        self.hedging_delay().took(C::KIND, took);
                        return Some(Ok(answer));
                    }
                    Err(error) if !error.is_transient() => return Some(Err(error)),
                    Err(error) => {
                        attempts.note(id, error);
                        if under_way.is_empty() {
                            return None;
                        }
                    }
                },
                () = sleep_until(slow_at), if may_hedge => {
                    may_hedge = false;
                    if let Some(second) = self.second(C::COST, context, first_id, attempts) {
                        second.0.hedged();
                        under_way.push(ask(second));
                    }
                }
            }
        }
    }

    /// A good server that may be asked at once beside the first one.
    fn second(
        &self,
        cost: f64,
        context: &RequestContext,
        first: EndpointId,
        attempts: &Attempts,
    ) -> Option<Admitted> {
        let now = Instant::now();
        let is_wanted = |id, preference: Preference| {
            id != first && preference.is_good() && !attempts.is_out(id, true)
        };
        let mut others = self.preferred(cost, context, now, is_wanted);
        others.sort_by_key(|(preference, _)| *preference);
        if others.is_empty() || !self.hedging_delay().try_hedge() {
            return None;
        }
        others
            .into_iter()
            .find_map(|(_, endpoint)| Some((endpoint.clone(), endpoint.try_enter(cost, now).ok()?)))
    }

    fn hedging_delay(&self) -> MutexGuard<'_, HedgingDelay> {
        self.shared.hedging_delay.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
