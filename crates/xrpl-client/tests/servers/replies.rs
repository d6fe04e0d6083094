//! Replies as rippled frames them.

use serde_json::{Value, json};

/// A success: `result` in the envelope that rippled gives it.
pub(crate) fn success(request: &Value, result: &Value) -> String {
    json!({"id": request["id"], "result": result, "status": "success", "type": "response"})
        .to_string()
}

/// A success whose `result` is already text.
pub(crate) fn success_raw(request: &Value, result: &str) -> String {
    format!(r#"{{"id":{},"result":{result},"status":"success","type":"response"}}"#, request["id"])
}

/// An error, which rippled does not wrap.
pub(crate) fn error(request: &Value, token: &str) -> String {
    json!({"id": request["id"], "error": token, "error_message": token, "request": request, "status": "error",
        "type": "response"})
    .to_string()
}

/// What `server_info` says of a full server with these ledgers.
pub(crate) fn server_info(request: &Value, complete_ledgers: &str) -> String {
    let info = json!({"build_version": "2.3.0", "complete_ledgers": complete_ledgers, "server_state": "full"});
    success(request, &json!({"info": info}))
}

/// A `ledgerClosed` message.
pub(crate) fn ledger_closed(index: u32, hash: xrpl_codec::Hash256) -> String {
    json!({"type": "ledgerClosed", "fee_base": 10, "ledger_hash": hash, "ledger_index": index, "ledger_time": 0,
        "reserve_base": 10_000_000, "reserve_inc": 2_000_000, "txn_count": 0, "validated_ledgers": format!("1-{index}")})
    .to_string()
}
