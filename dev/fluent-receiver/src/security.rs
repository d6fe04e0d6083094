//! Credentials that a receiver requires.

use std::collections::HashMap;

use secrecy::SecretString;

/// What a receiver requires of senders. Secrets are not printed.
#[derive(Clone, Debug)]
pub struct ReceiverSecurity {
    /// The key that both ends know.
    pub shared_key: SecretString,
    /// The host name of this end.
    pub hostname: String,
    /// Passwords by user name; if there is none, senders need the key only.
    pub users: HashMap<String, SecretString>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let users = HashMap::from([("ann".to_owned(), "hidden".into())]);
        let receiver =
            ReceiverSecurity { shared_key: "hidden".into(), hostname: "there".to_owned(), users };
        let printed = format!("{receiver:?}");
        assert!(printed.contains("ann") && !printed.contains("hidden"), "{printed}");
    }
}
