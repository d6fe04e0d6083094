//! Resolves the hashes of ledgers by the skip lists of anchors, once these agree with each other.

use std::collections::HashMap;

use futures_util::{StreamExt, stream};
use xrpl_codec::LedgerHashes;

use super::ChainError;
use super::skip_list_anchors::SkipListAnchor;
use super::walk::Walk;
use crate::endpoint_id::EndpointId;
use crate::ledger_id::LedgerId;
use crate::trust::{ListedAnchor, false_listings, first_disputed};

/// The number of skip lists that are requested at the same time.
const ANCHORS_PARALLEL: usize = 8;

/// Reads the skip lists of anchors, and reports the servers that are wrong where they differ.
pub(super) struct HashResolver {
    pub(super) walk: Walk,
    head: LedgerId,
    /// The hashes of flag ledgers by their 65,536, and the server that they came from.
    flags: HashMap<u32, (EndpointId, LedgerHashes)>,
    /// The server that listed flag ledgers which no server knows; another is asked next.
    doubted: Option<EndpointId>,
}

impl HashResolver {
    /// Resolves hashes below `head`.
    pub(super) fn new(walk: Walk, head: LedgerId) -> Self {
        Self { walk, head, flags: HashMap::new(), doubted: None }
    }

    /// The skip lists of neighbouring anchors, once all have one and each anchor has the hash that the one above it lists.
    pub(super) async fn agreeing(
        &mut self,
        anchors: &[SkipListAnchor],
    ) -> Result<Vec<ListedAnchor>, ChainError> {
        let mut waits = Walk::retry_waits();
        loop {
            let listed = self.fetch(anchors).await?;
            let Some(at) = first_disputed(&listed) else {
                self.walk.clear_waiting();
                return Ok(listed);
            };
            let lower = &listed[at];
            if let Some(upper) = listed[at + 1..].iter().find(|it| it.skip_list.is_some()) {
                self.settle_by_headers(lower, upper).await?;
            }
            self.doubted = lower.listed_by;
            self.flags.clear();
            let why =
                format!("servers do not agree on ledger {} or do not have it", lower.id.index);
            self.walk.wait(why, &mut waits).await;
        }
    }

    /// The wanted ledgers that an anchor lists; from headers where its list is too short, as in the first ledgers.
    pub(super) async fn ledgers(
        &self,
        anchor: &SkipListAnchor,
        listed: &ListedAnchor,
    ) -> Result<Vec<LedgerId>, ChainError> {
        let wanted = anchor.lists.clone();
        if let Some(ledgers) = wanted.clone().map(|index| listed.lists(index)).collect() {
            return Ok(ledgers);
        }
        let headers = self.walk.headers(listed.id, *wanted.start()).await?;
        let ids =
            headers.iter().map(|header| LedgerId { index: header.index, hash: header.hash() });
        Ok(ids.filter(|ledger| wanted.contains(&ledger.index)).collect())
    }

    async fn fetch(&mut self, anchors: &[SkipListAnchor]) -> Result<Vec<ListedAnchor>, ChainError> {
        let mut ids = Vec::new();
        for anchor in anchors {
            ids.push(match anchor.index == self.head.index {
                true => (None, self.head),
                false => self.flag(anchor.index).await?,
            });
        }
        let pool = &self.walk.pool;
        let listed = stream::iter(ids).map(|(listed_by, id)| async move {
            ListedAnchor { id, listed_by, skip_list: pool.ledger_hashes_before(id).await.ok() }
        });
        Ok(listed.buffered(ANCHORS_PARALLEL).collect().await)
    }

    /// The hash of a flag ledger, as the state of the head lists it.
    async fn flag(&mut self, index: u32) -> Result<(Option<EndpointId>, LedgerId), ChainError> {
        let mut waits = Walk::retry_waits();
        let part = index >> 16;
        loop {
            if !self.flags.contains_key(&part) {
                // Ranges ascend: what was before is not needed again.
                self.flags.clear();
                let flags = self.walk.flags(self.head, index, self.doubted).await?;
                self.flags.insert(part, flags);
            }
            if let Some((endpoint, flags)) = self.flags.get(&part)
                && let Some(hash) = flags.flag(index)
            {
                return Ok((Some(*endpoint), LedgerId { index, hash }));
            }
            self.doubted = self.flags.remove(&part).map(|(endpoint, _)| endpoint);
            self.walk.wait(format!("no server lists flag ledger {index}"), &mut waits).await;
        }
    }

    /// Walks the headers from the upper anchor to the disputed one, which prove its hash, and reports the servers that list
    /// another.
    async fn settle_by_headers(
        &self,
        lower: &ListedAnchor,
        upper: &ListedAnchor,
    ) -> Result<(), ChainError> {
        let headers = self.walk.headers(upper.id, lower.id.index + 1).await?;
        let Some(proven) = headers.first().map(|header| header.parent_hash) else { return Ok(()) };
        for (endpoint, response) in false_listings(lower, upper, proven) {
            let request = format!("hashes before ledger {}", upper.id);
            self.walk.pool.report(endpoint, request, response);
        }
        Ok(())
    }
}
