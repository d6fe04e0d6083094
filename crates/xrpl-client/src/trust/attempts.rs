//! What is believed after all servers were asked: that none has it, or that none can prove it.

use std::collections::BTreeMap;

use crate::endpoint_id::EndpointId;
use crate::error::{Error, InvalidResponse, RetryTarget};

/// The errors of the servers that were asked for one thing, round by round.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    /// The latest error of each server.
    errors: BTreeMap<EndpointId, Error>,
    /// The servers that were asked in this round.
    asked: Vec<EndpointId>,
    rounds_absent: u32,
}

/// What is clear after every server was asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All servers lack it.
    Absent {
        /// The number of servers.
        servers: usize,
    },
    /// These servers gave an invalid response, and the others lack it.
    Unproven(Vec<(EndpointId, InvalidResponse)>),
}

impl Attempts {
    /// Keeps the error of a server, which is not asked again in this round.
    pub(crate) fn note(&mut self, endpoint: EndpointId, error: Error) {
        self.errors.insert(endpoint, error);
        self.asked.push(endpoint);
    }

    /// Whether a server is not asked: it was asked in this round, or gave an invalid response. One that `is_good` and whose
    /// error targets the same server is asked again in the same round.
    pub(crate) fn is_out(&self, endpoint: EndpointId, is_good: bool) -> bool {
        match self.errors.get(&endpoint) {
            None => false,
            Some(Error::InvalidResponse(_)) => true,
            Some(error) if is_good && error.retry_target() == RetryTarget::SameServer => false,
            Some(_) => self.asked.contains(&endpoint),
        }
    }

    /// Whether a server said that it does not have it.
    pub(crate) fn is_absent_at(&self, endpoint: EndpointId) -> bool {
        self.errors.get(&endpoint).is_some_and(Error::is_absence)
    }

    /// Ends a round in which every server was asked.
    ///
    /// Nothing is clear while a server failed to answer for which `is_awaited` holds. An absence is believed after
    /// `rounds_max` rounds in a row.
    pub(crate) fn end_round(
        &mut self,
        is_awaited: impl Fn(EndpointId) -> bool,
        rounds_max: u32,
    ) -> Option<Outcome> {
        self.asked.clear();
        let (mut absent, mut unanswered, mut invalid) = (0, 0, Vec::new());
        for (id, error) in &self.errors {
            match error {
                Error::InvalidResponse(it) => invalid.push((*id, it.clone())),
                error if error.is_absence() => absent += 1,
                _ => unanswered += usize::from(is_awaited(*id)),
            }
        }
        if unanswered > 0 || absent + invalid.len() == 0 {
            self.rounds_absent = 0;
            return None;
        }
        self.rounds_absent += 1;
        if absent > 0 && self.rounds_absent < rounds_max {
            return None;
        }
        Some(if invalid.is_empty() {
            Outcome::Absent { servers: absent }
        } else {
            Outcome::Unproven(invalid)
        })
    }

    /// The latest error of each server, to say why nothing came.
    pub(crate) fn into_errors(self) -> impl Iterator<Item = (EndpointId, Error)> {
        self.errors.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ConnectionError, RpcError};
    use xrpl_codec::Hash256;

    const A: EndpointId = EndpointId(0);
    const B: EndpointId = EndpointId(1);

    fn absent() -> Error {
        RpcError::new("lgrNotFound", None, None).into()
    }

    fn invalid() -> InvalidResponse {
        InvalidResponse::OtherObject { asked: Hash256::ZERO, answered: Hash256([1; 32]) }
    }

    fn noted(errors: [(EndpointId, Error); 2]) -> Attempts {
        let mut attempts = Attempts::default();
        errors.into_iter().for_each(|(id, error)| attempts.note(id, error));
        attempts
    }

    #[test]
    fn absence_is_believed_after_its_rounds() {
        let mut attempts = noted([(A, absent()), (B, absent())]);
        assert_eq!(attempts.end_round(|_| true, 2), None);
        assert!(!attempts.is_out(A, true));
        assert_eq!(attempts.end_round(|_| true, 2), Some(Outcome::Absent { servers: 2 }));
    }

    #[test]
    fn a_server_that_did_not_answer_may_have_it_unless_it_is_long_down() {
        let mut attempts = noted([(A, absent()), (B, ConnectionError::abnormal_closure().into())]);
        assert_eq!(attempts.end_round(|_| true, 1), None);
        assert_eq!(attempts.end_round(|id| id != B, 1), Some(Outcome::Absent { servers: 1 }));
    }

    #[test]
    fn a_server_with_an_invalid_response_is_not_asked_again_and_leaves_it_unproven() {
        let mut attempts = noted([(A, Error::InvalidResponse(invalid())), (B, absent())]);
        assert_eq!(attempts.end_round(|_| true, 2), None);
        assert!(attempts.is_out(A, true) && !attempts.is_out(B, true));
        assert_eq!(attempts.end_round(|_| true, 2), Some(Outcome::Unproven(vec![(A, invalid())])));
        let mut both =
            noted([(A, Error::InvalidResponse(invalid())), (B, Error::InvalidResponse(invalid()))]);
        assert!(both.end_round(|_| true, 9).is_some());
    }

    #[test]
    fn a_good_server_whose_error_says_so_is_asked_again_in_the_same_round() {
        let attempts = noted([(A, RpcError::new("slowDown", None, None).into()), (B, absent())]);
        assert!(!attempts.is_out(A, true) && attempts.is_out(A, false) && attempts.is_out(B, true));
    }

    #[test]
    fn nothing_is_clear_when_no_server_could_be_asked() {
        assert_eq!(Attempts::default().end_round(|_| true, 1), None);
        assert_eq!(
            noted([
                (A, ConnectionError::abnormal_closure().into()),
                (B, ConnectionError::abnormal_closure().into())
            ])
            .end_round(|_| false, 1),
            None
        );
    }
}
