//! The typed record of a ledger's header.

use schemas::{Item, LedgerHeader, LedgerRecord, Members, Shape, ledger_shape};
use xrpl_codec::json::{ApiVersion, write_header_json};
use xrpl_codec::{Hash256, HeaderError};

use crate::unix_ms;

/// The record of a ledger header: the result of rippled's `ledger` command without transactions.
///
/// # Errors
/// When the header does not have the 118 bytes of a ledger header.
pub fn ledger_record(header: &LedgerHeader<'_>) -> Result<LedgerRecord<'static>, HeaderError> {
    let parsed = xrpl_codec::LedgerHeader::parse(header.header)?;
    let time = |seconds: u32| {
        Item::Number(unix_ms(seconds.into()).expect("32 bits of seconds end in 2136"))
    };
    let hash = |hash: &[u8; 32]| Item::Bytes(hash.to_vec().into());
    let mut fields = vec![
        ("account_hash", hash(&parsed.account_hash.0)),
        ("close_flags", Item::Number(parsed.close_flags.into())),
        ("close_time", time(parsed.close_time)),
        ("close_time_resolution", Item::Number(parsed.close_time_resolution.into())),
        ("closed", Item::Bool(true)),
        ("ledger_hash", hash(&header.ledger_hash)),
        ("ledger_index", Item::Number(parsed.index.into())),
        ("parent_close_time", time(parsed.parent_close_time)),
        ("parent_hash", hash(&parsed.parent_hash.0)),
        ("total_coins", Item::Number(parsed.total_coins.cast_signed())),
        ("transaction_hash", hash(&parsed.transaction_hash.0)),
    ];
    fields.extend(derived(&parsed, Hash256(header.ledger_hash)));
    let shape = ledger_shape();
    let inner = shape.slot("ledger").and_then(|slot| slot.shape.as_ref());
    let inner = members(inner.expect("the table has it"), fields);
    let result = vec![
        ("ledger", Item::Object(inner)),
        ("ledger_hash", hash(&header.ledger_hash)),
        ("ledger_index", Item::Number(header.ledger_index.into())),
        ("transaction_count", Item::Number(header.transaction_count.into())),
        ("validated", Item::Bool(true)),
    ];
    Ok(LedgerRecord {
        ledger_index: header.ledger_index,
        ledger_hash: header.ledger_hash,
        close_time: header.close_time,
        parent_close_time: header.parent_close_time,
        transaction_count: header.transaction_count,
        result: members(shape, result),
        untyped: Vec::new(),
    })
}

/// The fields that the server derives from the close time; none for the genesis ledger, which has no close time.
fn derived(
    header: &xrpl_codec::LedgerHeader,
    hash: Hash256,
) -> impl Iterator<Item = (&'static str, Item<'static>)> + use<> {
    let mut json = vec![b'{'];
    write_header_json(header, hash, ApiVersion::V1, &mut json);
    json.push(b'}');
    let json: serde_json::Value = serde_json::from_slice(&json).expect("what we wrote is JSON");
    let human = json["close_time_human"].as_str().map(|text| Item::Text(text.to_owned().into()));
    let estimated = json["close_time_estimated"].as_bool().map(Item::Bool);
    let found = [("close_time_human", human), ("close_time_estimated", estimated)];
    found.into_iter().filter_map(|(name, item)| Some((name, item?)))
}

fn members(shape: &'static Shape, fields: Vec<(&'static str, Item<'static>)>) -> Members<'static> {
    let place = |name| shape.slots.iter().position(|slot| slot.name == name);
    let placed =
        fields.into_iter().map(|(name, item)| (place(name).expect("the table has it"), item));
    let mut items: Vec<_> = placed.collect();
    items.sort_by_key(|(at, _)| *at);
    Members { shape, items }
}
