//! What follows from each error of a server: who is asked next, and what it says about the server. All of it stands here.

use Blame::{Failure, Foreign, Innocent, Lie, Overload};
use Disposition::{Never, RetryElsewhere, RetryHere};

use super::{Loss, Refusal, ServerError};

/// Who is asked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// The same server, as soon as its rest is over; another one if that is free earlier.
    RetryHere,
    /// Another server; the same one when all were asked.
    RetryElsewhere,
    /// Nobody: no server will answer this request.
    Never,
}

/// What an error says about the server itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// Nothing: it answered.
    Innocent,
    /// It is not well: it rests for a moment, and several in a row make it count as down.
    Failure,
    /// It is asked too much: it rests, and gets fewer requests from then on.
    Overload,
    /// It told an untruth: it is set aside, with the evidence.
    Lie,
    /// It is not of our network: it is not asked at all.
    Foreign,
}

/// What follows from an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remedy {
    /// Who is asked next.
    pub next: Disposition,
    /// What it says about the server.
    pub blame: Blame,
}

/// Every token of rippled's table and those outside it, with rippled's number.
///
/// `noPermission`, `forbidden` and `invalid_API_version` are a server's settings and not a fact about the request, so
/// another server is asked. `lgrIdxMalformed` is what API v2 says of a range beyond the server's own.
const TOKENS: &[(&str, Option<i64>, Disposition, Blame)] = &[
    ("forbidden", Some(3), RetryElsewhere, Innocent),
    ("noPermission", Some(6), RetryElsewhere, Innocent),
    ("noEvents", Some(7), RetryElsewhere, Innocent),
    ("tooBusy", Some(9), RetryHere, Overload),
    ("slowDown", Some(10), RetryHere, Overload),
    ("notEnabled", Some(12), RetryElsewhere, Innocent),
    ("notReady", Some(13), RetryElsewhere, Failure),
    ("amendmentBlocked", Some(14), RetryElsewhere, Failure),
    ("noClosed", Some(15), RetryHere, Failure),
    ("noCurrent", Some(16), RetryHere, Failure),
    ("noNetwork", Some(17), RetryHere, Failure),
    ("notSynced", Some(18), RetryHere, Failure),
    ("actNotFound", Some(19), Never, Innocent),
    ("lgrNotFound", Some(21), RetryElsewhere, Innocent),
    ("lgrNotValidated", Some(22), RetryElsewhere, Innocent),
    ("txnNotFound", Some(29), RetryElsewhere, Innocent),
    ("invalidParams", Some(31), Never, Innocent),
    ("unknownCmd", Some(32), Never, Innocent),
    ("actMalformed", Some(35), Never, Innocent),
    ("badIssuer", Some(41), Never, Innocent),
    ("badMarket", Some(42), Never, Innocent),
    ("dstAmtMalformed", Some(51), Never, Innocent),
    ("dstIsrMalformed", Some(53), Never, Innocent),
    ("lgrIdxsInvalid", Some(57), Never, Innocent),
    ("lgrIdxMalformed", Some(58), RetryElsewhere, Innocent),
    ("srcCurMalformed", Some(69), Never, Innocent),
    ("srcIsrMalformed", Some(70), Never, Innocent),
    ("malformedStream", Some(71), Never, Innocent),
    ("internal", Some(73), RetryHere, Failure),
    ("dbDeserialization", Some(77), RetryElsewhere, Failure),
    ("excessiveLgrRange", Some(78), Never, Innocent),
    ("invalidLgrRange", Some(79), Never, Innocent),
    ("unlBlocked", Some(80), RetryElsewhere, Failure),
    ("domainMalformed", Some(97), Never, Innocent),
    ("entryNotFound", None, RetryElsewhere, Innocent),
    ("failedToForward", None, RetryHere, Innocent),
    ("invalid_API_version", None, RetryElsewhere, Innocent),
    ("jsonInvalid", None, Never, Innocent),
    ("missingCommand", None, Never, Innocent),
    ("wsTextRequired", None, Never, Innocent),
];

impl Refusal {
    /// What follows from the reply. A token nobody has heard of may be this server's own: another is asked.
    pub fn remedy(&self) -> Remedy {
        let known = TOKENS.iter().find(|row| row.0 == self.token);
        let unheard_of = if self.token.starts_with("malformed") { Never } else { RetryElsewhere };
        let (next, blame) = known.map_or((unheard_of, Innocent), |row| (row.2, row.3));
        Remedy { next, blame }
    }
}

impl Loss {
    /// What follows from the loss. What only this connection may have is tried on another one to the same server.
    pub fn remedy(&self) -> Remedy {
        let (next, blame) = match self {
            Self::Connect(_) => (RetryElsewhere, Failure),
            Self::Http { status: 429 | 503, .. } => (RetryElsewhere, Overload),
            Self::Http { .. } => (RetryElsewhere, Failure),
            Self::Closed { code: Self::POLICY, .. } => (RetryElsewhere, Overload),
            Self::Closed { code: Self::GOING_AWAY, .. } => (RetryElsewhere, Failure),
            Self::Closed { .. } | Self::Broken(_) => (RetryHere, Failure),
            Self::TimedOut(_) | Self::Silent(_) => (RetryElsewhere, Failure),
            Self::TooLarge { .. } | Self::NotProtocol { .. } => (RetryElsewhere, Failure),
            Self::Refused(refusal) => return refusal.remedy(),
            Self::Shut => (RetryHere, Innocent),
        };
        Remedy { next, blame }
    }
}

impl ServerError {
    /// What follows from the error.
    pub fn remedy(&self) -> Remedy {
        let (next, blame) = match self {
            Self::RetryHere(refusal) | Self::RetryElsewhere(refusal) | Self::Never(refusal) => {
                return refusal.remedy();
            }
            Self::Lost(loss) => return loss.remedy(),
            Self::Malformed { .. } => (RetryElsewhere, Failure),
            Self::Lying(_) => (RetryElsewhere, Lie),
            Self::Foreign { .. } => (RetryElsewhere, Foreign),
        };
        Remedy { next, blame }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;
    use std::time::Duration;

    use tokio_tungstenite::tungstenite;

    use super::*;
    use crate::Lie as Untruth;
    use xrpl_codec::Hash256;

    fn refused(token: &str) -> ServerError {
        Refusal::new(token, None, None).into()
    }

    fn closed(code: u16) -> ServerError {
        Loss::Closed { code, reason: String::new() }.into()
    }

    fn http(status: u16) -> ServerError {
        Loss::Http { status, body: String::new() }.into()
    }

    fn found(error: &ServerError) -> (Disposition, Blame) {
        let Remedy { next, blame } = error.remedy();
        (next, blame)
    }

    #[test]
    fn every_token_of_the_protocol_has_one_row() {
        let numbered = [
            3, 6, 7, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 29, 31, 32, 35, 41, 42, 51, 53,
            57, 58, 69, 70, 71, 73, 77, 78, 79, 80, 97,
        ];
        let found: Vec<i64> = TOKENS.iter().filter_map(|row| row.1).collect();
        assert_eq!(found, numbered);
        let mut tokens: Vec<&str> = TOKENS.iter().map(|row| row.0).collect();
        tokens.sort_unstable();
        tokens.dedup();
        assert_eq!(tokens.len(), TOKENS.len());
    }

    #[test]
    fn a_token_leads_where_its_row_says_and_the_variant_says_the_same() {
        for (token, _, next, blame) in TOKENS {
            let error = refused(token);
            assert_eq!(found(&error), (*next, *blame), "{token}");
            let variant = match error {
                ServerError::RetryHere(_) => RetryHere,
                ServerError::RetryElsewhere(_) => RetryElsewhere,
                _ => Never,
            };
            assert_eq!(variant, *next, "{token}");
        }
    }

    #[test]
    fn a_busy_or_unsynced_server_is_asked_again_and_only_the_busy_one_is_spared() {
        for token in ["tooBusy", "slowDown"] {
            assert_eq!(found(&refused(token)), (RetryHere, Overload), "{token}");
        }
        for token in ["noNetwork", "noCurrent", "noClosed", "notSynced", "internal"] {
            assert_eq!(found(&refused(token)), (RetryHere, Failure), "{token}");
        }
        assert_eq!(found(&refused("failedToForward")), (RetryHere, Innocent));
    }

    #[test]
    fn what_this_server_lacks_is_asked_elsewhere() {
        for token in ["lgrNotFound", "lgrIdxMalformed", "forbidden", "somethingQuiteNew", ""] {
            assert_eq!(found(&refused(token)), (RetryElsewhere, Innocent), "{token}");
        }
        for token in ["amendmentBlocked", "notReady", "unlBlocked"] {
            assert_eq!(found(&refused(token)), (RetryElsewhere, Failure), "{token}");
        }
    }

    #[test]
    fn what_no_server_will_answer_is_not_asked_again() {
        for token in [
            "invalidParams",
            "malformedRequest",
            "malformedOwner",
            "unknownCmd",
            "badMarket",
            "srcIsrMalformed",
            "domainMalformed",
        ] {
            assert_eq!(found(&refused(token)), (Never, Innocent), "{token}");
        }
    }

    #[test]
    fn each_kind_of_loss_has_its_remedy() {
        let broken = tungstenite::Error::Io(io::ErrorKind::ConnectionReset.into());
        let second = Duration::from_secs(1);
        let rows: [(ServerError, Disposition, Blame); 17] = [
            (Loss::Connect(Arc::new(io::Error::other("no"))).into(), RetryElsewhere, Failure),
            (http(503), RetryElsewhere, Overload),
            (http(429), RetryElsewhere, Overload),
            (http(502), RetryElsewhere, Failure),
            (http(403), RetryElsewhere, Failure),
            (closed(1008), RetryElsewhere, Overload),
            (closed(1001), RetryElsewhere, Failure),
            (closed(1005), RetryHere, Failure),
            (closed(1006), RetryHere, Failure),
            (Loss::Broken(Arc::new(broken)).into(), RetryHere, Failure),
            (Loss::TimedOut(second).into(), RetryElsewhere, Failure),
            (Loss::Silent(second).into(), RetryElsewhere, Failure),
            (Loss::TooLarge { bytes_max: 7 }.into(), RetryElsewhere, Failure),
            (Loss::not_protocol("a binary frame", "").into(), RetryElsewhere, Failure),
            (Loss::Shut.into(), RetryHere, Innocent),
            (Loss::Refused(Refusal::new("slowDown", None, None)).into(), RetryHere, Overload),
            (ServerError::malformed("rubbish", ""), RetryElsewhere, Failure),
        ];
        for (error, next, blame) in rows {
            assert_eq!(found(&error), (next, blame), "{error}");
        }
    }

    #[test]
    fn a_liar_and_a_stranger_are_asked_elsewhere() {
        let lie = Untruth::Other { asked: Hash256::ZERO, answered: Hash256([1; 32]) };
        assert_eq!(found(&ServerError::Lying(lie)), (RetryElsewhere, Lie));
        let foreign = ServerError::Foreign { expected: 0, found: 1 };
        assert_eq!(found(&foreign), (RetryElsewhere, Foreign));
    }
}
