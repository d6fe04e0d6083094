//! Digests by which an end proves that it knows the shared key or a password.

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq as _;

/// The digest that proves, under the prover's host name, that it knows the shared key.
pub fn key_digest(salt: &[u8], hostname: &str, nonce: &[u8], shared_key: &SecretString) -> String {
    digest(&[salt, hostname.as_bytes(), nonce, shared_key.expose_secret().as_bytes()])
}

/// The digest that proves that a sender knows a user's password.
pub fn password_digest(salt: &[u8], user: &str, password: &SecretString) -> String {
    digest(&[salt, user.as_bytes(), password.expose_secret().as_bytes()])
}

/// Compares two digests in constant time.
pub fn digests_equal(ours: &str, theirs: &str) -> bool {
    ours.as_bytes().ct_eq(theirs.as_bytes()).into()
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
        assert_eq!(key_digest(b"salt", "client", b"nonce", &"secret".into()), DIGEST);
        assert_eq!(password_digest(b"saltclient", "nonce", &"secret".into()), DIGEST);
    }

    #[test]
    fn only_equal_digests_are_equal() {
        assert!(digests_equal("ab", "ab"));
        assert!(!digests_equal("ab", "aa"));
        assert!(!digests_equal("ab", "a"));
    }
}
