//! Why no server of the pool gave what was asked for.

use std::fmt::{self, Display};
use std::time::Duration;

use crate::{Lie, Refusal, ServerError};
use xrpl_codec::Unverified;

/// Why no server gave what was asked for. Only [`PoolError::Refused`] and [`PoolError::Contradiction`] are facts that
/// no waiting changes; of the others the caller decides when to give up.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PoolError {
    /// No server will ever answer this request.
    #[error("request is refused")]
    Refused(#[source] Refusal),
    /// The ledger is what its hash says and not what else was expected of it.
    #[error("what is expected contradicts itself")]
    Contradiction(#[source] Unverified),
    /// Every server that could be asked does not have it.
    #[error("none of {servers} servers has it")]
    NotFound {
        /// How many servers were asked.
        servers: usize,
        /// Whether the ledger is so far behind the newest one that it is not on its way to them: what nobody holds any
        /// more, nobody will.
        past: bool,
    },
    /// Every server that has it told something false about it.
    #[error("no server can prove it: {}", Listed(.0))]
    Unproven(Vec<(String, Lie)>),
    /// No server answered in time.
    #[error("no server answered within {patience:?}: {}", Listed(.failures))]
    Unavailable {
        /// How long was tried.
        patience: Duration,
        /// The latest error of each server that was asked.
        failures: Vec<(String, ServerError)>,
    },
}

impl PoolError {
    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::Contradiction(_))
    }
}

/// Servers and what each has to say.
struct Listed<'a, T>(&'a Vec<(String, T)>);

impl Display for Listed<'_, Lie> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(formatter, self.0.iter().map(|(url, lie)| format!("{url}: {lie}")))
    }
}

impl Display for Listed<'_, ServerError> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(formatter, self.0.iter().map(|(url, error)| format!("{url}: {}", chain(error))))
    }
}

fn list(
    formatter: &mut fmt::Formatter<'_>,
    items: impl ExactSizeIterator<Item = String>,
) -> fmt::Result {
    if items.len() == 0 {
        return formatter.write_str("none could be asked");
    }
    for (position, item) in items.enumerate() {
        write!(formatter, "{}{item}", if position == 0 { "" } else { "; " })?;
    }
    Ok(())
}

/// An error with its causes: there is one source field and there may be several servers.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
