//! Whether the bytes of a ledger are believed.

use xrpl_codec::{Expected, Ledger, Unverified};

use crate::call::UnverifiedLedger;
use crate::error::{Error, InvalidResponse};

/// Verifies a ledger. A broken rule is either a fact about the request, returned inside, or an invalid response.
pub(crate) fn judge_ledger(
    ledger: UnverifiedLedger,
    expected: &Expected,
) -> Result<Result<Ledger, Unverified>, Error> {
    match ledger.verify(expected) {
        Ok(ledger) => Ok(Ok(ledger)),
        Err(fact) if is_about_expectation(&fact) => Ok(Err(fact)),
        Err(broken) => Err(InvalidResponse::Ledger(broken).into()),
    }
}

/// Whether a broken rule is about the expectation, or the ledger itself, and not about the server: the header is already
/// proven by its hash, and the transactions by the header's root.
fn is_about_expectation(broken: &Unverified) -> bool {
    matches!(
        broken,
        Unverified::LedgerIndex { .. }
            | Unverified::ParentHash { .. }
            | Unverified::TransactionIndex { .. }
            | Unverified::Metadata { .. }
    )
}
