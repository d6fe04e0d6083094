//! What a server answers instead of a result.

use std::fmt;

/// An error reply: the token tells what it means, the message is for people and differs between servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RpcError {
    /// The token, such as `lgrNotFound`; cut at [`RpcError::TEXT_BYTES_MAX`].
    pub token: String,
    /// The number beside the token, where the server sent one.
    pub code: Option<i64>,
    /// What the server says to people; cut at [`RpcError::TEXT_BYTES_MAX`].
    pub message: Option<String>,
}

impl RpcError {
    /// No text of a server's error is kept beyond this.
    pub const TEXT_BYTES_MAX: usize = 256;

    /// Keeps an error reply.
    pub fn new(token: &str, code: Option<i64>, message: Option<&str>) -> Self {
        let cut = |text: &str| text[..text.floor_char_boundary(Self::TEXT_BYTES_MAX)].to_owned();
        Self { token: cut(token), code, message: message.map(cut) }
    }

    /// Whether the server does not have the ledger.
    pub fn lacks_ledger(&self) -> bool {
        matches!(self.token.as_str(), "lgrNotFound" | "lgrIdxMalformed")
    }

    /// Whether the server does not have what was asked for: the ledger, its validation or an entry in it.
    pub fn is_absence(&self) -> bool {
        matches!(
            self.token.as_str(),
            "lgrNotFound" | "lgrNotValidated" | "lgrIdxMalformed" | "entryNotFound"
        )
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "server answers {}", self.token)?;
        match &self.message {
            Some(message) => write!(formatter, " ({message})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for RpcError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut() {
        let refusal = RpcError::new(&"é".repeat(10_000), None, Some(&"x".repeat(10_000)));
        assert!(refusal.token.len() <= RpcError::TEXT_BYTES_MAX);
        assert_eq!(refusal.message.unwrap().len(), RpcError::TEXT_BYTES_MAX);
    }
}
