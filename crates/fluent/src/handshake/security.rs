//! Credentials of a sender.

use secrecy::SecretString;

/// What a sender authenticates with. Secrets are not printed.
#[derive(Clone, Debug)]
pub struct SenderSecurity {
    /// The key that both ends know.
    pub shared_key: SecretString,
    /// The host name of this end. Has to differ from the receiver's.
    pub hostname: String,
    /// User name and password, for receivers that require them.
    pub user: Option<(String, SecretString)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let user = Some(("ann".to_owned(), "hidden".into()));
        let sender =
            SenderSecurity { shared_key: "hidden".into(), hostname: "here".to_owned(), user };
        let printed = format!("{sender:?}");
        assert!(printed.contains("ann") && !printed.contains("hidden"), "{printed}");
    }
}
