//! Which side is right when an announced ledger is not on the chain of the committed one.

use xrpl_codec::Hash256;

use crate::call::StatedHeader;
use crate::endpoint_id::EndpointId;
use crate::error::Error;
use crate::ledger_id::LedgerId;

/// What a server says about the committed ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vote {
    /// It has the ledger.
    Confirms,
    /// It has another one in its place.
    Contradicts(Hash256),
    /// It has nothing there.
    Absent,
    /// It did not answer.
    NoAnswer,
}

/// What the votes of all servers come to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ForkVerdict {
    /// Every server that has a ledger there contradicts the committed one.
    Forked { contradicted_by: Vec<(EndpointId, Hash256)> },
    /// Some servers confirm the committed ledger: the announced one is on another chain.
    NotOurs { confirmed_by: Vec<EndpointId>, contradicted_by: Vec<(EndpointId, Hash256)> },
    /// Nothing is clear yet.
    Unclear { contradicting: usize, unanswered: usize },
}

/// The reply of a server to a request for its validated ledger at an index.
type Stated = Result<StatedHeader, Error>;

/// The vote of a server, from what it has in the place of the committed ledger and in the next.
pub(crate) fn vote(pointer: LedgerId, here: Stated, above: Stated) -> Vote {
    let compare =
        |hash: Hash256| if hash == pointer.hash { Vote::Confirms } else { Vote::Contradicts(hash) };
    match (here, above) {
        (Ok(stated), _) => compare(stated.hash),
        (Err(error), Ok(stated)) if error.is_absence() => compare(stated.header.parent_hash),
        (Err(here), Err(above)) if here.is_absence() && above.is_absence() => Vote::Absent,
        _ => Vote::NoAnswer,
    }
}

/// Decides by the votes of all servers. One that confirms the committed ledger is enough against a fork, and one that does
/// not answer may be the one.
pub(crate) fn decide_fork(votes: &[(EndpointId, Vote)]) -> ForkVerdict {
    let of = |wanted: Vote| votes.iter().filter(move |(_, vote)| *vote == wanted);
    let confirmed_by: Vec<_> = of(Vote::Confirms).map(|it| it.0).collect();
    let contradicted_by: Vec<_> = votes
        .iter()
        .filter_map(|(id, vote)| match vote {
            Vote::Contradicts(hash) => Some((*id, *hash)),
            _ => None,
        })
        .collect();
    let unanswered = of(Vote::NoAnswer).count();
    if !confirmed_by.is_empty() {
        return ForkVerdict::NotOurs { confirmed_by, contradicted_by };
    }
    if unanswered == 0 && !contradicted_by.is_empty() {
        return ForkVerdict::Forked { contradicted_by };
    }
    ForkVerdict::Unclear { contradicting: contradicted_by.len(), unanswered }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(votes: &[Vote]) -> ForkVerdict {
        let votes: Vec<_> =
            votes.iter().enumerate().map(|(id, vote)| (EndpointId(id), *vote)).collect();
        decide_fork(&votes)
    }

    #[test]
    fn only_a_contradiction_of_all_servers_that_can_answer_is_a_fork() {
        use Vote::{Absent, Confirms, Contradicts, NoAnswer};
        let other = Contradicts(Hash256([2; 32]));
        let forked = decided(&[other, other, Absent]);
        assert!(
            matches!(forked, ForkVerdict::Forked { contradicted_by } if contradicted_by.len() == 2)
        );
        for votes in [[other, Confirms, Confirms], [other, other, Confirms]] {
            assert!(matches!(decided(&votes), ForkVerdict::NotOurs { .. }));
        }
        let unclear = ForkVerdict::Unclear { contradicting: 1, unanswered: 2 };
        assert_eq!(decided(&[other, NoAnswer, NoAnswer]), unclear);
        assert!(matches!(decided(&[Absent, Absent]), ForkVerdict::Unclear { .. }));
        assert!(matches!(decided(&[]), ForkVerdict::Unclear { .. }));
    }
}
