//! Asks every server about the committed ledger when an announced one is not on its chain.

use std::collections::BTreeMap;

use super::ChainError;
use super::walk::Walk;
use crate::endpoint_id::EndpointId;
use crate::error::InvalidResponse;
use crate::ledger_id::LedgerId;
use crate::trust::{ForkVerdict, Vote, decide_fork, vote};

impl Walk {
    /// Asks every server about the committed ledger until it is clear whether it, or the announcement, is alone.
    pub(super) async fn resolve_fork(&self, pointer: LedgerId, announced: LedgerId) -> ChainError {
        let mut waits = Self::retry_waits();
        loop {
            let votes = self.votes(pointer).await;
            match decide_fork(&votes) {
                ForkVerdict::Forked { contradicted_by } => {
                    return ChainError::Forked { pointer, found: contradicted_by };
                }
                ForkVerdict::NotOurs { confirmed_by, contradicted_by } => {
                    if confirmed_by.len() > contradicted_by.len() {
                        self.report_outvoted(pointer, &contradicted_by);
                    }
                    return ChainError::NotOurs {
                        pointer,
                        announced,
                        confirmed_by,
                        contradicted_by,
                    };
                }
                ForkVerdict::Unclear { contradicting, unanswered } => {
                    let why = format!(
                        "announced ledger {announced} contradicts the committed ledger {pointer}; of {} servers \
                         {contradicting} contradict it too, {unanswered} do not answer, none confirms it",
                        votes.len(),
                    );
                    self.wait(why, &mut waits).await;
                }
            }
        }
    }

    /// The fork, if every server contradicts the committed ledger; anything else shows itself in the chain.
    pub(super) async fn find_fork(&self, pointer: LedgerId) -> Option<ChainError> {
        match decide_fork(&self.votes(pointer).await) {
            ForkVerdict::Forked { contradicted_by } => {
                Some(ChainError::Forked { pointer, found: contradicted_by })
            }
            ForkVerdict::NotOurs { .. } | ForkVerdict::Unclear { .. } => None,
        }
    }

    async fn votes(&self, pointer: LedgerId) -> Vec<(EndpointId, Vote)> {
        let here = self.pool.each_header(pointer.index).await;
        let above = self.pool.each_header(pointer.index.saturating_add(1)).await;
        let mut above: BTreeMap<_, _> = above.into_iter().collect();
        let both = here.into_iter().filter_map(|(id, here)| Some((id, here, above.remove(&id)?)));
        both.map(|(id, here, above)| (id, vote(pointer, here, above))).collect()
    }

    fn report_outvoted(
        &self,
        pointer: LedgerId,
        contradicted_by: &[(EndpointId, xrpl_codec::Hash256)],
    ) {
        let LedgerId { index, hash: agreed } = pointer;
        for (endpoint, announced) in contradicted_by {
            let response = InvalidResponse::Outvoted { index, announced: *announced, agreed };
            self.pool.report(*endpoint, format!("validated ledger {index}"), response);
        }
    }
}
