//! The retry policy: who is asked after an error, and what the error says about the server. All of it is in this table.

use HealthImpact::{Failure, Misbehaviour, Neutral, Overload, WrongNetwork};
use RetryTarget::{Nowhere, OtherServer, SameServer};

use super::{ConnectionError, Error, RpcError};

/// The servers that may be asked after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryTarget {
    /// The same server, after its cooldown; another one if that is free earlier.
    SameServer,
    /// Another server; the same one when all were asked.
    OtherServer,
    /// None: no server will answer this request.
    Nowhere,
}

/// What an error says about the health of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthImpact {
    /// Nothing: the server answered.
    Neutral,
    /// A failure: the server has a cooldown, and is down after several in a row.
    Failure,
    /// The server is asked too much: it has a cooldown, and a smaller budget from then on.
    Overload,
    /// The server gave an invalid response: it is quarantined, with the evidence.
    Misbehaviour,
    /// The server is of another network: it is not asked at all.
    WrongNetwork,
}

/// Every token of rippled's table and those outside it, with rippled's number.
///
/// `noPermission`, `forbidden` and `invalid_API_version` are a server's settings and not a fact about the request, so
/// another server is asked. `lgrIdxMalformed` is what API v2 says of a range beyond the server's own.
const TOKENS: &[(&str, Option<i64>, RetryTarget, HealthImpact)] = &[
    ("forbidden", Some(3), OtherServer, Neutral),
    ("noPermission", Some(6), OtherServer, Neutral),
    ("noEvents", Some(7), OtherServer, Neutral),
    ("tooBusy", Some(9), SameServer, Overload),
    ("slowDown", Some(10), SameServer, Overload),
    ("notEnabled", Some(12), OtherServer, Neutral),
    ("notReady", Some(13), OtherServer, Failure),
    ("amendmentBlocked", Some(14), OtherServer, Failure),
    ("noClosed", Some(15), SameServer, Failure),
    ("noCurrent", Some(16), SameServer, Failure),
    ("noNetwork", Some(17), SameServer, Failure),
    ("notSynced", Some(18), SameServer, Failure),
    ("actNotFound", Some(19), Nowhere, Neutral),
    ("lgrNotFound", Some(21), OtherServer, Neutral),
    ("lgrNotValidated", Some(22), OtherServer, Neutral),
    ("txnNotFound", Some(29), OtherServer, Neutral),
    ("invalidParams", Some(31), Nowhere, Neutral),
    ("unknownCmd", Some(32), Nowhere, Neutral),
    ("actMalformed", Some(35), Nowhere, Neutral),
    ("badIssuer", Some(41), Nowhere, Neutral),
    ("badMarket", Some(42), Nowhere, Neutral),
    ("dstAmtMalformed", Some(51), Nowhere, Neutral),
    ("dstIsrMalformed", Some(53), Nowhere, Neutral),
    ("lgrIdxsInvalid", Some(57), Nowhere, Neutral),
    ("lgrIdxMalformed", Some(58), OtherServer, Neutral),
    ("srcCurMalformed", Some(69), Nowhere, Neutral),
    ("srcIsrMalformed", Some(70), Nowhere, Neutral),
    ("malformedStream", Some(71), Nowhere, Neutral),
    ("internal", Some(73), SameServer, Failure),
    ("dbDeserialization", Some(77), OtherServer, Failure),
    ("excessiveLgrRange", Some(78), Nowhere, Neutral),
    ("invalidLgrRange", Some(79), Nowhere, Neutral),
    ("unlBlocked", Some(80), OtherServer, Failure),
    ("domainMalformed", Some(97), Nowhere, Neutral),
    ("entryNotFound", None, OtherServer, Neutral),
    ("failedToForward", None, SameServer, Neutral),
    ("invalid_API_version", None, OtherServer, Neutral),
    ("jsonInvalid", None, Nowhere, Neutral),
    ("missingCommand", None, Nowhere, Neutral),
    ("wsTextRequired", None, Nowhere, Neutral),
];

impl RpcError {
    /// A token that is in no row may be this server's own, so another server is asked.
    fn policy(&self) -> (RetryTarget, HealthImpact) {
        let row = TOKENS.iter().find(|row| row.0 == self.token);
        let unknown = if self.token.starts_with("malformed") { Nowhere } else { OtherServer };
        row.map_or((unknown, Neutral), |row| (row.2, row.3))
    }
}

impl ConnectionError {
    /// What only this connection may have is tried on another one to the same server.
    fn policy(&self) -> (RetryTarget, HealthImpact) {
        match self {
            Self::Connect(_) => (OtherServer, Failure),
            Self::Http { status: 429 | 503, .. } => (OtherServer, Overload),
            Self::Http { .. } => (OtherServer, Failure),
            Self::Closed { code: Self::POLICY, .. } => (OtherServer, Overload),
            Self::Closed { code: Self::GOING_AWAY, .. } => (OtherServer, Failure),
            Self::Closed { .. } | Self::Broken(_) => (SameServer, Failure),
            Self::TimedOut(_) | Self::Silent(_) => (OtherServer, Failure),
            Self::TooLarge { .. } | Self::ProtocolViolation { .. } => (OtherServer, Failure),
            Self::Rpc(error) => error.policy(),
            Self::Shutdown => (SameServer, Neutral),
        }
    }
}

impl Error {
    /// The servers that may be asked next.
    pub fn retry_target(&self) -> RetryTarget {
        self.policy().0
    }

    /// What the error says about the server that it came from; nothing where it is an error of the whole pool.
    pub fn health_impact(&self) -> HealthImpact {
        self.policy().1
    }

    fn policy(&self) -> (RetryTarget, HealthImpact) {
        match self {
            Self::Rpc(error) => error.policy(),
            Self::Connection(error) => error.policy(),
            Self::Malformed { .. } => (OtherServer, Failure),
            Self::InvalidResponse(_) => (OtherServer, Misbehaviour),
            Self::WrongNetwork { .. } => (OtherServer, WrongNetwork),
            Self::Contradiction(_) => (Nowhere, Neutral),
            Self::NotFound { .. } | Self::Unproven(_) | Self::Unavailable { .. } => {
                (OtherServer, Neutral)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;
    use std::time::Duration;

    use tokio_tungstenite::tungstenite;

    use xrpl_codec::Hash256;

    use super::*;
    use crate::error::InvalidResponse;

    fn refused(token: &str) -> Error {
        RpcError::new(token, None, None).into()
    }

    fn closed(code: u16) -> Error {
        ConnectionError::Closed { code, reason: String::new() }.into()
    }

    fn http(status: u16) -> Error {
        ConnectionError::Http { status, body: String::new() }.into()
    }

    fn policy(error: &Error) -> (RetryTarget, HealthImpact) {
        (error.retry_target(), error.health_impact())
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
    fn the_policy_of_a_token_is_its_row_whether_it_answers_a_request_or_ends_the_connection() {
        for (token, _, target, impact) in TOKENS {
            assert_eq!(policy(&refused(token)), (*target, *impact), "{token}");
            let ended = ConnectionError::Rpc(RpcError::new(token, None, None));
            assert_eq!(policy(&ended.into()), (*target, *impact), "{token}");
        }
    }

    #[test]
    fn a_busy_or_unsynced_server_is_asked_again_and_only_the_busy_one_is_spared() {
        for token in ["tooBusy", "slowDown"] {
            assert_eq!(policy(&refused(token)), (SameServer, Overload), "{token}");
        }
        for token in ["noNetwork", "noCurrent", "noClosed", "notSynced", "internal"] {
            assert_eq!(policy(&refused(token)), (SameServer, Failure), "{token}");
        }
        assert_eq!(policy(&refused("failedToForward")), (SameServer, Neutral));
    }

    #[test]
    fn what_this_server_lacks_is_asked_elsewhere() {
        for token in ["lgrNotFound", "lgrIdxMalformed", "forbidden", "somethingQuiteNew", ""] {
            assert_eq!(policy(&refused(token)), (OtherServer, Neutral), "{token}");
        }
        for token in ["amendmentBlocked", "notReady", "unlBlocked"] {
            assert_eq!(policy(&refused(token)), (OtherServer, Failure), "{token}");
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
            assert_eq!(policy(&refused(token)), (Nowhere, Neutral), "{token}");
        }
    }

    #[test]
    fn each_connection_error_has_its_policy() {
        let broken = tungstenite::Error::Io(io::ErrorKind::ConnectionReset.into());
        let second = Duration::from_secs(1);
        let rows: [(Error, RetryTarget, HealthImpact); 17] = [
            (
                ConnectionError::Connect(Arc::new(io::Error::other("no"))).into(),
                OtherServer,
                Failure,
            ),
            (http(503), OtherServer, Overload),
            (http(429), OtherServer, Overload),
            (http(502), OtherServer, Failure),
            (http(403), OtherServer, Failure),
            (closed(1008), OtherServer, Overload),
            (closed(1001), OtherServer, Failure),
            (closed(1005), SameServer, Failure),
            (closed(1006), SameServer, Failure),
            (ConnectionError::Broken(Arc::new(broken)).into(), SameServer, Failure),
            (ConnectionError::TimedOut(second).into(), OtherServer, Failure),
            (ConnectionError::Silent(second).into(), OtherServer, Failure),
            (ConnectionError::TooLarge { bytes_max: 7 }.into(), OtherServer, Failure),
            (
                ConnectionError::protocol_violation("a binary frame", "").into(),
                OtherServer,
                Failure,
            ),
            (ConnectionError::Shutdown.into(), SameServer, Neutral),
            (
                ConnectionError::Rpc(RpcError::new("slowDown", None, None)).into(),
                SameServer,
                Overload,
            ),
            (Error::malformed("rubbish", ""), OtherServer, Failure),
        ];
        for (error, target, impact) in rows {
            assert_eq!(policy(&error), (target, impact), "{error}");
        }
    }

    #[test]
    fn after_an_invalid_response_or_of_another_network_another_server_is_asked() {
        let response =
            InvalidResponse::OtherObject { asked: Hash256::ZERO, answered: Hash256([1; 32]) };
        assert_eq!(policy(&Error::InvalidResponse(response)), (OtherServer, Misbehaviour));
        let other = Error::WrongNetwork { expected: 0, found: 1 };
        assert_eq!(policy(&other), (OtherServer, WrongNetwork));
    }
}
