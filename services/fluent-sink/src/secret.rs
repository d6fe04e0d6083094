//! A secret that a process is told: it is used, and never shown.

use std::convert::Infallible;
use std::fmt;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use anyhow::Context as _;

/// A secret. `Debug` shows that there is one.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret in a file, without the end of its line.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path);
        let text = text.with_context(|| format!("reading a secret from {}", path.display()))?;
        let Ok(secret) = text.parse();
        Ok(secret)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn reveal(self) -> String {
        self.0
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_no_end_of_line_and_is_not_shown() {
        let Ok(secret) = "hunter 2 \n".parse::<Secret>();
        assert_eq!(format!("{secret:?}"), "…");
        assert_eq!(secret.reveal(), "hunter 2 ");
    }
}
