//! `subscribe` and `unsubscribe`.

use serde_json::Value;
use xrpl_codec::sha512_half;

use crate::fault::Fault;
use crate::node::Node;
use crate::object::Object;
use crate::request::Request;
use crate::rpc_error::RpcError;
use crate::subscriptions::{ConnectionId, Subscribers, Subscription};

/// Load of a server that has nothing to do.
const LOAD_BASE: u32 = 256;

/// Streams of rippled. Those that are not simulated stay silent, as they may on a quiet server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Ledger,
    Transactions,
    Server,
    Silent,
}

/// Adds to what a connection wants. Even a request that is refused sets the shape of later messages.
pub(crate) fn subscribe(
    node: &Node,
    subscribers: &mut Subscribers<'_>,
    id: ConnectionId,
    request: &Request<'_>,
) -> Result<Object, RpcError> {
    if request.get("url").is_some() {
        return Err(RpcError::no_permission());
    }
    let mut result = Object::default();
    let Some(subscription) = subscribers.subscription(id) else { return Ok(result) };
    subscription.version = request.version;
    for stream in streams(request)? {
        match stream? {
            Stream::Ledger => {
                subscription.ledger = true;
                ledger_stream(node, &mut result);
            }
            Stream::Transactions => subscription.transactions = true,
            Stream::Server => server_stream(node, &mut result),
            Stream::Silent => {}
        }
    }
    Ok(result)
}

/// Takes away from what a connection wants.
pub(crate) fn unsubscribe(
    subscribers: &mut Subscribers<'_>,
    id: ConnectionId,
    request: &Request<'_>,
) -> Result<Object, RpcError> {
    let Some(Subscription { ledger, transactions, .. }) = subscribers.subscription(id) else {
        return Ok(Object::default());
    };
    for stream in streams(request)? {
        match stream? {
            Stream::Ledger => *ledger = false,
            Stream::Transactions => *transactions = false,
            Stream::Server | Stream::Silent => {}
        }
    }
    Ok(Object::default())
}

/// The streams that a request names, one after the other: those before a wrong one count.
fn streams(
    request: &Request<'_>,
) -> Result<impl Iterator<Item = Result<Stream, RpcError>>, RpcError> {
    if ["accounts", "accounts_proposed", "rt_accounts", "books"]
        .iter()
        .any(|name| request.get(name).is_some())
    {
        return Err(RpcError::not_implemented());
    }
    let names = match request.get("streams") {
        None => [].as_slice(),
        Some(Value::Array(names)) => names.as_slice(),
        Some(_) => return Err(RpcError::invalid_params()),
    };
    Ok(names.iter().map(|name| match name.as_str() {
        Some("ledger") => Ok(Stream::Ledger),
        Some("transactions") => Ok(Stream::Transactions),
        Some("server") => Ok(Stream::Server),
        Some(
            "book_changes"
            | "manifests"
            | "transactions_proposed"
            | "rt_transactions"
            | "validations"
            | "consensus",
        ) => Ok(Stream::Silent),
        Some("peer_status") => Err(RpcError::no_permission()),
        _ => Err(RpcError::stream_malformed()),
    }))
}

fn ledger_stream(node: &Node, result: &mut Object) {
    if node.faults.happens(Fault::NotSynced) {
        return;
    }
    let (index, hash) = node.newest();
    let fees = node.chain().view(index).fees();
    result.set("fee_base", fees.base);
    result.set("ledger_hash", hash);
    result.set("ledger_index", index);
    result.set("ledger_time", node.chain().header(index).map(|header| header.close_time));
    result.set("reserve_base", fees.reserve_base);
    result.set("reserve_inc", fees.reserve_increment);
    result.set("validated_ledgers", node.complete_ledgers());
    if let Some(network_id) = node.network_id() {
        result.set("network_id", network_id);
    }
}

fn server_stream(node: &Node, result: &mut Object) {
    let moment = node.uptime().as_nanos().to_be_bytes();
    result.set("hostid", node.host_id());
    result.set("load_base", LOAD_BASE);
    result.set("load_factor", LOAD_BASE);
    result.set("pubkey_node", node.public_key());
    result.set("random", sha512_half(&[b"xrpl-sim random", &moment]));
    result.set("server_status", "full");
    result.set("stand_alone", true);
}
