//! Who may talk to whom: the shared key, users, and the digests that prove them.

use std::collections::HashMap;
use std::fmt;

use sha2::{Digest, Sha512};

/// What a sender proves itself with.
#[derive(Clone)]
pub struct SenderSecurity {
    /// The key that both ends know.
    pub shared_key: String,
    /// The name that this end gives itself. Has to differ from the receiver's.
    pub hostname: String,
    /// User name and password, for receivers that ask for them.
    pub user: Option<(String, String)>,
}

/// What a receiver asks for.
#[derive(Clone)]
pub struct ReceiverSecurity {
    /// The key that both ends know.
    pub shared_key: String,
    /// The name that this end gives itself.
    pub hostname: String,
    /// Passwords by user name; if there is none, senders need the key only.
    pub users: HashMap<String, String>,
}

/// Without the key.
impl fmt::Debug for SenderSecurity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.user.as_ref().map(|(name, _)| name);
        formatter
            .debug_struct("SenderSecurity")
            .field("hostname", &self.hostname)
            .field("user", &user)
            .finish()
    }
}

/// Without the key.
impl fmt::Debug for ReceiverSecurity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let users: Vec<_> = self.users.keys().collect();
        formatter
            .debug_struct("ReceiverSecurity")
            .field("hostname", &self.hostname)
            .field("users", &users)
            .finish()
    }
}

/// The digest by which either end, under its own name, proves that it knows the key.
pub(crate) fn key_digest(salt: &[u8], hostname: &str, nonce: &[u8], shared_key: &str) -> String {
    digest(&[salt, hostname.as_bytes(), nonce, shared_key.as_bytes()])
}

/// The digest by which a sender proves that it knows a user's password.
pub(crate) fn password_digest(salt: &[u8], user: &str, password: &str) -> String {
    digest(&[salt, user.as_bytes(), password.as_bytes()])
}

/// Compares in the same time wherever the first difference is.
pub(crate) fn equal(ours: &str, theirs: &str) -> bool {
    ours.len() == theirs.len()
        && ours.bytes().zip(theirs.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

fn digest(parts: &[&[u8]]) -> String {
    let mut hash = Sha512::new();
    for part in parts {
        hash.update(part);
    }
    faster_hex::hex_string(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From `printf %s saltclientnoncesecret | sha512sum`.
    const DIGEST: &str = "1be50de88fcdae1f5a9ec876b6dec05a03596b2d7d5659d9dbbdc6bc667ccbac885295aee591cc7189d951779e7667fc849666b14de832ed73f8434db768409c";

    #[test]
    fn a_digest_is_the_sha_512_of_its_parts_in_order() {
        assert_eq!(key_digest(b"salt", "client", b"nonce", "secret"), DIGEST);
        assert_eq!(password_digest(b"saltclient", "nonce", "secret"), DIGEST);
    }

    #[test]
    fn only_equal_digests_are_equal() {
        assert!(equal("ab", "ab"));
        assert!(!equal("ab", "aa"));
        assert!(!equal("ab", "a"));
    }

    #[test]
    fn secrets_are_not_printed() {
        let user = Some(("ann".to_owned(), "hidden".to_owned()));
        let sender =
            SenderSecurity { shared_key: "hidden".to_owned(), hostname: "here".to_owned(), user };
        let users = HashMap::from([("ann".to_owned(), "hidden".to_owned())]);
        let receiver = ReceiverSecurity {
            shared_key: "hidden".to_owned(),
            hostname: "there".to_owned(),
            users,
        };
        let printed = format!("{sender:?} {receiver:?}");
        assert!(printed.contains("ann") && !printed.contains("hidden"), "{printed}");
    }
}
