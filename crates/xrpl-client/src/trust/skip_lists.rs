//! Which skip lists (`LedgerHashes`) are believed.

use xrpl_codec::{Hash256, LedgerHashes};

use crate::endpoint_id::EndpointId;
use crate::error::InvalidResponse;
use crate::ledger_id::LedgerId;

/// A skip-list anchor with its skip list, and the servers that both came from.
pub(crate) struct ListedAnchor {
    pub(crate) id: LedgerId,
    /// The server whose skip list holds the anchor itself; `None` for the head of the chain.
    pub(crate) listed_by: Option<EndpointId>,
    /// The skip list of the anchor; `None` while no server has it.
    pub(crate) skip_list: Option<(EndpointId, LedgerHashes)>,
}

impl ListedAnchor {
    /// The ledger at `index` by the anchor's skip list.
    pub(crate) fn lists(&self, index: u32) -> Option<LedgerId> {
        let (_, skip_list) = self.skip_list.as_ref()?;
        Some(LedgerId { index, hash: skip_list.recent(index)? })
    }
}

/// The first anchor without a skip list, or that the one above it lists under another hash. Without any, all are believed.
pub(crate) fn first_disputed(anchors: &[ListedAnchor]) -> Option<usize> {
    let differs = |at: usize| {
        let upper = anchors.get(at + 1)?;
        upper.skip_list.as_ref()?;
        Some(upper.lists(anchors[at].id.index) != Some(anchors[at].id))
    };
    (0..anchors.len()).find(|&at| anchors[at].skip_list.is_none() || differs(at) == Some(true))
}

/// The servers that list `lower` under another hash than the one that headers have proven.
pub(crate) fn false_listings(
    lower: &ListedAnchor,
    upper: &ListedAnchor,
    proven: Hash256,
) -> Vec<(EndpointId, InvalidResponse)> {
    let index = lower.id.index;
    let upper_server = upper.skip_list.as_ref().map(|(endpoint, _)| *endpoint);
    [(lower.listed_by, Some(lower.id)), (upper_server, upper.lists(index))]
        .into_iter()
        .filter_map(|(endpoint, listed)| Some((endpoint?, listed?.hash)))
        .filter(|(_, listed)| *listed != proven)
        .map(|(endpoint, listed)| (endpoint, InvalidResponse::SkipList { index, listed, proven }))
        .collect()
}
