//! Requests that are refused whatever they ask for.

use xrpl_codec::json::ApiVersion;

use super::{Fault, Faults};
use crate::chain::Chain;
use crate::lookup::Lookup;
use crate::request::Request;
use crate::rpc_error::RpcError;

/// Why a server with these faults refuses a command, if it does.
pub(crate) fn refusal(
    faults: &Faults,
    chain: &dyn Chain,
    command: &str,
    request: &Request<'_>,
) -> Option<RpcError> {
    if faults.happens(Fault::SlowDown) {
        return Some(RpcError::slow_down());
    }
    let not_synced =
        not_synced(command, request.version).filter(|_| faults.is_on(Fault::NotSynced));
    if not_synced.is_some() {
        faults.count(Fault::NotSynced);
        return not_synced;
    }
    if faults.is_on(Fault::LateLedger)
        && looks_up(command)
        && let Ok(Lookup::Closed { index, .. }) = Lookup::find(chain, request)
        && faults.late.contains(index)
    {
        faults.count(Fault::LateLedger);
        return Some(RpcError::ledger_not_found());
    }
    None
}

fn looks_up(command: &str) -> bool {
    matches!(command, "ledger" | "ledger_entry" | "ledger_data" | "book_offers")
}

/// What a server that is not synced says: API v2 has one word where v1 has three.
fn not_synced(command: &str, version: ApiVersion) -> Option<RpcError> {
    let words = match command {
        "ledger_closed" => RpcError::no_closed(),
        "ledger_current" | "fee" => RpcError::no_current(),
        command if looks_up(command) => RpcError::no_network().saying("InsufficientNetworkMode"),
        _ => return None,
    };
    Some(if version == ApiVersion::V1 { words } else { RpcError::not_synced() })
}
