//! `fee`, of a server that is never busy.

use serde_json::json;

use crate::chain::Chain;
use crate::object::Object;

pub(super) fn fee(chain: &dyn Chain) -> Object {
    let newest = *chain.range().end();
    let base = chain.view(newest).fees().base.to_string();
    let mut result = Object::default();
    result.set("current_ledger_size", "0");
    result.set("current_queue_size", "0");
    result.set(
        "drops",
        json!({"base_fee": base, "median_fee": "5000", "minimum_fee": base, "open_ledger_fee": base}),
    );
    result.set("expected_ledger_size", "1000");
    result.set("ledger_current_index", newest + 1);
    result.set(
        "levels",
        json!({"median_level": "128000", "minimum_level": "256", "open_ledger_level": "256", "reference_level": "256"}),
    );
    result.set("max_queue_size", "20000");
    result
}
