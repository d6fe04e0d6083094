//! What a server answers instead of a result, and what to do then.

use std::fmt;

use Disposition::{Never, RetryElsewhere, RetryHere};

/// An error reply: the token tells what it means, the message is for people and differs between servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The token, such as `lgrNotFound`; cut at [`Refusal::TEXT_BYTES_MAX`].
    pub token: String,
    /// The number beside the token, where the server sent one.
    pub code: Option<i64>,
    /// What the server says to people; cut at [`Refusal::TEXT_BYTES_MAX`].
    pub message: Option<String>,
}

impl Refusal {
    /// No text of a server's error is kept beyond this.
    pub const TEXT_BYTES_MAX: usize = 256;

    /// Keeps an error reply.
    pub fn new(token: &str, code: Option<i64>, message: Option<&str>) -> Self {
        let cut = |text: &str| text[..text.floor_char_boundary(Self::TEXT_BYTES_MAX)].to_owned();
        Self { token: cut(token), code, message: message.map(cut) }
    }

    /// What to do after this reply. A token nobody has heard of may be this server's own: another is asked.
    pub fn disposition(&self) -> Disposition {
        let known = TOKENS.iter().find(|row| row.0 == self.token);
        known.map(|row| row.2).unwrap_or(if self.token.starts_with("malformed") {
            Never
        } else {
            RetryElsewhere
        })
    }

    /// Whether the server says that it is asked too much.
    pub fn is_overload(&self) -> bool {
        matches!(self.token.as_str(), "tooBusy" | "slowDown")
    }

    /// Whether the server says that it is not well as a whole, whatever it is asked.
    pub fn is_unwell(&self) -> bool {
        const UNWELL: [&str; 9] = [
            "notReady",
            "amendmentBlocked",
            "unlBlocked",
            "dbDeserialization",
            "internal",
            "noNetwork",
            "noCurrent",
            "noClosed",
            "notSynced",
        ];
        UNWELL.contains(&self.token.as_str())
    }

    /// Whether the server does not have what was asked for: the ledger, its validation or an entry in it.
    pub fn is_absence(&self) -> bool {
        matches!(
            self.token.as_str(),
            "lgrNotFound" | "lgrNotValidated" | "lgrIdxMalformed" | "entryNotFound"
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "server answers {}", self.token)?;
        match &self.message {
            Some(message) => write!(formatter, " ({message})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

/// What an error reply means for the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// The same server may answer soon.
    RetryHere,
    /// Another server may answer.
    RetryElsewhere,
    /// No server will answer this request.
    Never,
}

/// Every token of rippled's table and those outside it, with rippled's number.
///
/// `noPermission`, `forbidden` and `invalid_API_version` are a server's settings and not a fact about the request, so
/// another server is asked. `lgrIdxMalformed` is what API v2 says of a range beyond the server's own.
const TOKENS: &[(&str, Option<i64>, Disposition)] = &[
    ("forbidden", Some(3), RetryElsewhere),
    ("noPermission", Some(6), RetryElsewhere),
    ("noEvents", Some(7), RetryElsewhere),
    ("tooBusy", Some(9), RetryHere),
    ("slowDown", Some(10), RetryHere),
    ("notEnabled", Some(12), RetryElsewhere),
    ("notReady", Some(13), RetryElsewhere),
    ("amendmentBlocked", Some(14), RetryElsewhere),
    ("noClosed", Some(15), RetryHere),
    ("noCurrent", Some(16), RetryHere),
    ("noNetwork", Some(17), RetryHere),
    ("notSynced", Some(18), RetryHere),
    ("actNotFound", Some(19), Never),
    ("lgrNotFound", Some(21), RetryElsewhere),
    ("lgrNotValidated", Some(22), RetryElsewhere),
    ("txnNotFound", Some(29), RetryElsewhere),
    ("invalidParams", Some(31), Never),
    ("unknownCmd", Some(32), Never),
    ("actMalformed", Some(35), Never),
    ("badIssuer", Some(41), Never),
    ("badMarket", Some(42), Never),
    ("dstAmtMalformed", Some(51), Never),
    ("lgrIdxsInvalid", Some(57), Never),
    ("lgrIdxMalformed", Some(58), RetryElsewhere),
    ("srcCurMalformed", Some(69), Never),
    ("malformedStream", Some(71), Never),
    ("internal", Some(73), RetryHere),
    ("dbDeserialization", Some(77), RetryElsewhere),
    ("excessiveLgrRange", Some(78), Never),
    ("invalidLgrRange", Some(79), Never),
    ("unlBlocked", Some(80), RetryElsewhere),
    ("entryNotFound", None, RetryElsewhere),
    ("failedToForward", None, RetryHere),
    ("invalid_API_version", None, RetryElsewhere),
    ("jsonInvalid", None, Never),
    ("missingCommand", None, Never),
    ("wsTextRequired", None, Never),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn disposition(token: &str) -> Disposition {
        Refusal::new(token, None, None).disposition()
    }

    #[test]
    fn every_token_of_the_protocol_has_one_row() {
        let numbered = [
            3, 6, 7, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 29, 31, 32, 35, 41, 42, 51, 57,
            58, 69, 71, 73, 77, 78, 79, 80,
        ];
        let found: Vec<i64> = TOKENS.iter().filter_map(|row| row.1).collect();
        assert_eq!(found, numbered);
        let mut tokens: Vec<&str> = TOKENS.iter().map(|row| row.0).collect();
        tokens.sort_unstable();
        tokens.dedup();
        assert_eq!(tokens.len(), TOKENS.len());
    }

    #[test]
    fn a_busy_or_unsynced_server_is_asked_again() {
        for token in [
            "tooBusy",
            "slowDown",
            "noNetwork",
            "noCurrent",
            "noClosed",
            "notSynced",
            "failedToForward",
            "internal",
        ] {
            assert_eq!(disposition(token), RetryHere, "{token}");
        }
    }

    #[test]
    fn what_this_server_lacks_is_asked_elsewhere() {
        for token in [
            "lgrNotFound",
            "lgrIdxMalformed",
            "amendmentBlocked",
            "notReady",
            "forbidden",
            "somethingQuiteNew",
            "",
        ] {
            assert_eq!(disposition(token), RetryElsewhere, "{token}");
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
            "jsonInvalid",
        ] {
            assert_eq!(disposition(token), Never, "{token}");
        }
    }

    #[test]
    fn long_texts_are_cut() {
        let refusal = Refusal::new(&"é".repeat(10_000), None, Some(&"x".repeat(10_000)));
        assert!(refusal.token.len() <= Refusal::TEXT_BYTES_MAX);
        assert_eq!(refusal.message.unwrap().len(), Refusal::TEXT_BYTES_MAX);
    }
}
