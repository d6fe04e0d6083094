//! The commands that do not need a WebSocket connection.

mod book_offers;
mod fee;
mod ledger;
mod ledger_data;
mod ledger_entry;
mod server_definitions;
mod server_status;
mod transaction;

use crate::node::Node;
use crate::object::Object;
use crate::request::Request;
use crate::rpc_error::RpcError;

/// Answers a command with the members of its `result`.
pub(crate) fn answer(
    node: &Node,
    command: &str,
    request: &Request<'_>,
) -> Result<Object, RpcError> {
    let chain = node.chain();
    match command {
        "ledger" => ledger::ledger(chain, request),
        "ledger_entry" => ledger_entry::ledger_entry(chain, request),
        "ledger_data" => ledger_data::ledger_data(chain, request),
        "book_offers" => book_offers::book_offers(chain, request),
        "ledger_closed" => Ok(ledger_closed(node)),
        "ledger_current" => Ok(ledger_current(node)),
        "server_info" => Ok(server_status::server_info(node)),
        "server_state" => Ok(server_status::server_state(node)),
        "server_definitions" => server_definitions::server_definitions(chain, request),
        "fee" => Ok(fee::fee(chain)),
        "tx" => transaction::tx(chain, request),
        "transaction_entry" => transaction::transaction_entry(chain, request),
        "ping" => Ok(Object::default()),
        "version" => Ok(version()),
        // They need a connection to send to.
        "subscribe" | "unsubscribe" => Err(RpcError::invalid_params()),
        _ => Err(RpcError::unknown_command()),
    }
}

fn ledger_closed(node: &Node) -> Object {
    let newest = *node.chain().range().end();
    let mut result = Object::default();
    result.set("ledger_hash", node.chain().hash_of(newest));
    result.set("ledger_index", newest);
    result
}

fn ledger_current(node: &Node) -> Object {
    let mut result = Object::default();
    result.set("ledger_current_index", node.chain().range().end() + 1);
    result
}

fn version() -> Object {
    let mut result = Object::default();
    result.set("version", serde_json::json!({"first": "1.0.0", "good": "1.0.0", "last": "1.0.0"}));
    result
}
