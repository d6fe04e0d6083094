//! Who is right when an announced ledger is not on the chain of the committed one.

use std::collections::BTreeMap;

use super::ChainError;
use super::walk::Walk;
use crate::{EndpointId, LedgerId, Lie, ServerError, StatedHeader};
use xrpl_codec::Hash256;

/// What a server says of the committed ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// It has it.
    Confirms,
    /// It has another one in its place.
    Contradicts(Hash256),
    /// It has nothing there.
    Absent,
    /// It did not answer.
    Unheard,
}

impl Walk {
    /// Asks every server about the committed ledger until it is clear whether it, or the announcement, is alone.
    pub(super) async fn verdict(&self, pointer: LedgerId, announced: LedgerId) -> ChainError {
        let mut backoff = Self::backoff();
        loop {
            let words = self.words(pointer).await;
            match decide(pointer, announced, &words) {
                Ok(error) => {
                    self.accuse(pointer, &error);
                    return error;
                }
                Err(why) => self.wait(why, &mut backoff).await,
            }
        }
    }

    /// The fork, if every server contradicts the committed ledger; whatever else there is shows itself in the chain.
    pub(super) async fn fork_at(
        &self,
        pointer: LedgerId,
        announced: LedgerId,
    ) -> Option<ChainError> {
        let decided = decide(pointer, announced, &self.words(pointer).await);
        decided.ok().filter(|error| matches!(error, ChainError::Forked { .. }))
    }

    async fn words(&self, pointer: LedgerId) -> Vec<(EndpointId, Word)> {
        let here = self.pool.each_header(pointer.index).await;
        let above = self.pool.each_header(pointer.index.saturating_add(1)).await;
        let mut above: BTreeMap<_, _> = above.into_iter().collect();
        let both = here.into_iter().filter_map(|(id, here)| Some((id, here, above.remove(&id)?)));
        both.map(|(id, here, above)| (id, word(pointer, here, above))).collect()
    }

    /// Servers that alone contradict what we committed and most others confirm are not asked for a while.
    fn accuse(&self, pointer: LedgerId, error: &ChainError) {
        let ChainError::NotOurs { confirmed_by, contradicted_by, .. } = error else { return };
        if confirmed_by.len() <= contradicted_by.len() {
            return;
        }
        for (endpoint, named) in contradicted_by {
            let lie = Lie::FalseName { index: pointer.index, named: *named, proven: pointer.hash };
            self.pool.accuse(*endpoint, format!("validated ledger {}", pointer.index), lie);
        }
    }
}

/// A server's answer for its validated ledger at an index.
type Stated = Result<StatedHeader, ServerError>;

/// A server's word, from what it has in the place of the committed ledger and in the next.
fn word(pointer: LedgerId, here: Stated, above: Stated) -> Word {
    let compare =
        |hash: Hash256| if hash == pointer.hash { Word::Confirms } else { Word::Contradicts(hash) };
    match (here, above) {
        (Ok(stated), _) => compare(stated.hash),
        (Err(error), Ok(stated)) if error.is_absence() => compare(stated.header.parent_hash),
        (Err(here), Err(above)) if here.is_absence() && above.is_absence() => Word::Absent,
        _ => Word::Unheard,
    }
}

/// What the servers' words come to; `Err` says why nothing is clear yet.
fn decide(
    pointer: LedgerId,
    announced: LedgerId,
    words: &[(EndpointId, Word)],
) -> Result<ChainError, String> {
    let with = |wanted: fn(&Word) -> bool| words.iter().filter(move |(_, word)| wanted(word));
    let confirmed_by: Vec<_> = with(|word| *word == Word::Confirms).map(|it| it.0).collect();
    let contradicted_by: Vec<_> = words
        .iter()
        .filter_map(|(id, word)| match word {
            Word::Contradicts(hash) => Some((*id, *hash)),
            _ => None,
        })
        .collect();
    let unheard = with(|word| *word == Word::Unheard).count();
    if !confirmed_by.is_empty() {
        return Ok(ChainError::NotOurs { pointer, announced, confirmed_by, contradicted_by });
    }
    if unheard == 0 && !contradicted_by.is_empty() {
        return Ok(ChainError::Forked { pointer, found: contradicted_by });
    }
    Err(format!(
        "announced ledger {announced} contradicts the committed ledger {pointer}; of {} servers {} contradict it too, \
         {unheard} do not answer, none confirms it",
        words.len(),
        contradicted_by.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: LedgerId = LedgerId { index: 7, hash: Hash256([1; 32]) };
    const THEIRS: LedgerId = LedgerId { index: 9, hash: Hash256([2; 32]) };

    fn decided(words: &[Word]) -> Result<ChainError, String> {
        let words: Vec<_> =
            words.iter().enumerate().map(|(id, word)| (EndpointId(id), *word)).collect();
        decide(OURS, THEIRS, &words)
    }

    #[test]
    fn only_a_contradiction_of_all_who_can_speak_is_a_fork() {
        use Word::{Absent, Confirms, Contradicts, Unheard};
        let other = Contradicts(THEIRS.hash);
        assert!(
            matches!(decided(&[other, other, Absent]), Ok(ChainError::Forked { found, .. }) if found.len() == 2)
        );
        assert!(matches!(decided(&[other, Confirms, Confirms]), Ok(ChainError::NotOurs { .. })));
        assert!(matches!(decided(&[other, other, Confirms]), Ok(ChainError::NotOurs { .. })));
        assert!(decided(&[other, Unheard, Unheard]).is_err());
        assert!(decided(&[Absent, Absent]).is_err());
        assert!(decided(&[]).is_err());
    }
}
