//! What came of asking one server after the other.

use std::collections::BTreeMap;

use super::EndpointId;
use crate::{Disposition, Lie, ServerError};

/// The outcomes of one question, server by server, round by round.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    /// The latest error of each server.
    errors: BTreeMap<EndpointId, ServerError>,
    /// Who was asked in this round.
    asked: Vec<EndpointId>,
    rounds_absent: u32,
}

/// What is clear after asking everyone.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// So many servers lack it, and none has it.
    Absent {
        /// How many.
        servers: usize,
    },
    /// These servers told something false about it, and the others lack it.
    Unproven(Vec<(EndpointId, Lie)>),
}

impl Attempts {
    /// Keeps the error of a server, which is not asked again in this round.
    pub(super) fn note(&mut self, endpoint: EndpointId, error: ServerError) {
        self.errors.insert(endpoint, error);
        self.asked.push(endpoint);
    }

    /// Whether a server is out of the question: asked in this round, or lied about this. One that `is_good` and whose error
    /// says so is asked again in the same round.
    pub(super) fn is_out(&self, endpoint: EndpointId, is_good: bool) -> bool {
        match self.errors.get(&endpoint) {
            None => false,
            Some(ServerError::Lying(_)) => true,
            Some(error) if is_good && error.remedy().next == Disposition::RetryHere => false,
            Some(_) => self.asked.contains(&endpoint),
        }
    }

    /// Whether a server said that it does not have it.
    pub(super) fn is_absent_at(&self, endpoint: EndpointId) -> bool {
        self.errors.get(&endpoint).is_some_and(ServerError::is_absence)
    }

    /// Ends a round in which everyone was asked.
    ///
    /// Nothing is clear while a server failed to answer for which `is_heard` holds. An absence is believed after
    /// `rounds_max` rounds in a row.
    pub(super) fn end_round(
        &mut self,
        is_heard: impl Fn(EndpointId) -> bool,
        rounds_max: u32,
    ) -> Option<Verdict> {
        self.asked.clear();
        let (mut absent, mut unheard, mut lies) = (0, 0, Vec::new());
        for (id, error) in &self.errors {
            match error {
                ServerError::Lying(lie) => lies.push((*id, lie.clone())),
                error if error.is_absence() => absent += 1,
                _ => unheard += usize::from(is_heard(*id)),
            }
        }
        if unheard > 0 || absent + lies.len() == 0 {
            self.rounds_absent = 0;
            return None;
        }
        self.rounds_absent += 1;
        if absent > 0 && self.rounds_absent < rounds_max {
            return None;
        }
        Some(if lies.is_empty() {
            Verdict::Absent { servers: absent }
        } else {
            Verdict::Unproven(lies)
        })
    }

    /// The latest error of each server, for an account of why nothing came.
    pub(super) fn into_errors(self) -> impl Iterator<Item = (EndpointId, ServerError)> {
        self.errors.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Loss, Refusal};
    use xrpl_codec::Hash256;

    const A: EndpointId = EndpointId(0);
    const B: EndpointId = EndpointId(1);

    fn absent() -> ServerError {
        Refusal::new("lgrNotFound", None, None).into()
    }

    fn lie() -> Lie {
        Lie::Other { asked: Hash256::ZERO, answered: Hash256([1; 32]) }
    }

    fn noted(errors: [(EndpointId, ServerError); 2]) -> Attempts {
        let mut attempts = Attempts::default();
        errors.into_iter().for_each(|(id, error)| attempts.note(id, error));
        attempts
    }

    #[test]
    fn absence_is_believed_after_its_rounds() {
        let mut attempts = noted([(A, absent()), (B, absent())]);
        assert_eq!(attempts.end_round(|_| true, 2), None);
        assert!(!attempts.is_out(A, true));
        assert_eq!(attempts.end_round(|_| true, 2), Some(Verdict::Absent { servers: 2 }));
    }

    #[test]
    fn a_server_that_did_not_answer_may_have_it_unless_it_is_long_down() {
        let mut attempts = noted([(A, absent()), (B, Loss::gone().into())]);
        assert_eq!(attempts.end_round(|_| true, 1), None);
        assert_eq!(attempts.end_round(|id| id != B, 1), Some(Verdict::Absent { servers: 1 }));
    }

    #[test]
    fn a_liar_is_out_for_good_and_leaves_it_unproven() {
        let mut attempts = noted([(A, ServerError::Lying(lie())), (B, absent())]);
        assert_eq!(attempts.end_round(|_| true, 2), None);
        assert!(attempts.is_out(A, true) && !attempts.is_out(B, true));
        assert_eq!(attempts.end_round(|_| true, 2), Some(Verdict::Unproven(vec![(A, lie())])));
        let mut both = noted([(A, ServerError::Lying(lie())), (B, ServerError::Lying(lie()))]);
        assert!(both.end_round(|_| true, 9).is_some());
    }

    #[test]
    fn a_good_server_whose_error_says_so_is_asked_again_in_the_same_round() {
        let attempts = noted([(A, Refusal::new("slowDown", None, None).into()), (B, absent())]);
        assert!(!attempts.is_out(A, true) && attempts.is_out(A, false) && attempts.is_out(B, true));
    }

    #[test]
    fn nothing_is_clear_when_nobody_could_be_asked() {
        assert_eq!(Attempts::default().end_round(|_| true, 1), None);
        assert_eq!(
            noted([(A, Loss::gone().into()), (B, Loss::gone().into())]).end_round(|_| false, 1),
            None
        );
    }
}
