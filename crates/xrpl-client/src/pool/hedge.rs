//! A second request elsewhere when a server is slow.

use std::sync::{MutexGuard, PoisonError};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use super::attempts::Attempts;
use super::pace::Pace;
use super::question::Question;
use super::rank::Rank;
use super::route::Admitted;
use super::{EndpointId, Pool};
use crate::{Call, Refusal, ServerError};

impl Pool {
    /// Asks a server, and another one as well if the first takes longer than nearly all replies of late. The first good
    /// answer is taken. `None` after errors, which are noted.
    pub(super) async fn ask_hedged<C: Call, T>(
        &self,
        call: &C,
        question: &Question,
        judge: &(impl Fn(EndpointId, C::Answer) -> Result<T, ServerError> + Sync),
        first: Admitted,
        attempts: &mut Attempts,
    ) -> Option<Result<T, Refusal>> {
        let ask = |(endpoint, permit): Admitted| async move {
            let asked = Instant::now();
            let outcome = endpoint.ask(call, question, |answer| judge(endpoint.id, answer)).await;
            drop(permit);
            (endpoint.id, asked.elapsed(), outcome)
        };
        let slow_at = Instant::now() + self.pace().wait(C::KIND);
        let (mut may_hedge, first_id) = (true, first.0.id);
        let mut under_way = FuturesUnordered::new();
        under_way.push(ask(first));
        loop {
            tokio::select! {
                Some((id, took, outcome)) = under_way.next() => match outcome {
                    Ok(answer) => {
                        self.pace().took(C::KIND, took);
                        return Some(Ok(answer));
                    }
                    Err(ServerError::Never(refusal)) => return Some(Err(refusal)),
                    Err(error) => {
                        attempts.note(id, error);
                        if under_way.is_empty() {
                            return None;
                        }
                    }
                },
                () = sleep_until(slow_at), if may_hedge => {
                    may_hedge = false;
                    if let Some(second) = self.second(C::COST, question, first_id, attempts) {
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
        question: &Question,
        first: EndpointId,
        attempts: &Attempts,
    ) -> Option<Admitted> {
        let now = Instant::now();
        let is_wanted =
            |id, rank: Rank| id != first && rank.is_good() && !attempts.is_out(id, true);
        let mut others = self.ranked(cost, question, now, is_wanted);
        others.sort_by_key(|(rank, _)| *rank);
        if others.is_empty() || !self.pace().try_hedge() {
            return None;
        }
        others
            .into_iter()
            .find_map(|(_, endpoint)| Some((endpoint.clone(), endpoint.try_enter(cost, now).ok()?)))
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.shared.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
