//! `server_info` and `server_state`, of a server that is up and in order.

use serde_json::{Map, Value, json};

use crate::fault::Fault;
use crate::node::Node;
use crate::object::Object;
use crate::time::now;

const BUILD_VERSION: &str = "2.3.0";
const DROPS_PER_XRP: u64 = 1_000_000;

pub(super) fn server_info(node: &Node) -> Object {
    let (index, hash) = node.newest();
    let fees = node.chain().view(index).fees();
    let mut info = shared(node);
    info.insert("hostid".to_owned(), node.host_id().into());
    info.insert("last_close".to_owned(), json!({"converge_time_s": 2, "proposers": 0}));
    info.insert("load_factor".to_owned(), 1.into());
    info.insert(
        "validated_ledger".to_owned(),
        json!({
            "age": node.newest_age_s(),
            "base_fee_xrp": xrp(fees.base),
            "hash": hash,
            "reserve_base_xrp": xrp(fees.reserve_base),
            "reserve_inc_xrp": xrp(fees.reserve_increment),
            "seq": index,
        }),
    );
    let mut result = Object::default();
    result.set("info", info);
    result
}

pub(super) fn server_state(node: &Node) -> Object {
    let (index, hash) = node.newest();
    let fees = node.chain().view(index).fees();
    let close_time = node.chain().header(index).map(|header| header.close_time);
    let mut state = shared(node);
    state.insert("last_close".to_owned(), json!({"converge_time": 2_000, "proposers": 0}));
    for name in [
        "load_base",
        "load_factor",
        "load_factor_fee_escalation",
        "load_factor_fee_queue",
        "load_factor_fee_reference",
        "load_factor_server",
    ] {
        state.insert(name.to_owned(), 256.into());
    }
    state.insert(
        "validated_ledger".to_owned(),
        json!({
            "base_fee": fees.base,
            "close_time": close_time,
            "hash": hash,
            "reserve_base": fees.reserve_base,
            "reserve_inc": fees.reserve_increment,
            "seq": index,
        }),
    );
    let mut result = Object::default();
    result.set("state", state);
    result
}

/// Whole XRP as a whole number, anything else as a fraction.
fn xrp(drops: u64) -> Value {
    if drops.is_multiple_of(DROPS_PER_XRP) {
        (drops / DROPS_PER_XRP).into()
    } else {
        // Fees are far below 2^53 drops.
        (drops as f64 / DROPS_PER_XRP as f64).into()
    }
}

/// What both commands say.
fn shared(node: &Node) -> Map<String, Value> {
    let (uptime, started) = (node.uptime(), json!({"duration_us": "0", "transitions": "0"}));
    let since = uptime.as_micros().to_string();
    let is_synced = !node.faults.is_on(Fault::NotSynced);
    let Value::Object(mut members) = json!({
        "build_version": BUILD_VERSION,
        "complete_ledgers": node.complete_ledgers(),
        "initial_sync_duration_us": "0",
        "io_latency_ms": 1,
        "jq_trans_overflow": "0",
        "peer_disconnects": "0",
        "peer_disconnects_resources": "0",
        "peers": 0,
        "ports": [{"port": node.port().to_string(), "protocol": ["http", "ws"]}],
        "pubkey_node": node.public_key(),
        "server_state": if is_synced { "full" } else { "connected" },
        "server_state_duration_us": since,
        "state_accounting": {
            "connected": started,
            "disconnected": {"duration_us": "0", "transitions": "1"},
            "full": {"duration_us": since, "transitions": "1"},
            "syncing": started,
            "tracking": started,
        },
        "time": now(),
        "uptime": uptime.as_secs(),
        "validation_quorum": 0,
    }) else {
        unreachable!("the literal above is an object")
    };
    if let Some(network_id) = node.network_id() {
        members.insert("network_id".to_owned(), network_id.into());
    }
    members
}
