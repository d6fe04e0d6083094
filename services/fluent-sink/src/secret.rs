//! Secrets from arguments and files.

use std::convert::Infallible;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use secrecy::SecretString;

/// A secret without the end of its line.
pub(crate) fn parse(text: &str) -> Result<SecretString, Infallible> {
    Ok(text.trim_end_matches(['\r', '\n']).into())
}

/// The secret in a file, without the end of its line.
///
/// # Errors
/// When the file can't be read.
pub(crate) fn read(path: &Path) -> anyhow::Result<SecretString> {
    let text = fs::read_to_string(path);
    let text = text.with_context(|| format!("reading a secret from {}", path.display()))?;
    let Ok(secret) = parse(&text);
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_secret_has_no_end_of_line_and_is_not_printed() {
        let Ok(secret) = parse("hunter 2 \n");
        assert!(!format!("{secret:?}").contains("hunter"));
        assert_eq!(secret.expose_secret(), "hunter 2 ");
    }
}
