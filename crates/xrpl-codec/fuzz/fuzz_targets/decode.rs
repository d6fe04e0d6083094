//! Any bytes: nothing panics, and what decodes is JSON that encodes to bytes with the same JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use xrpl_codec::json::{ApiVersion, write_object_json, write_transaction_json};
use xrpl_codec::{Definitions, Hash256, LedgerContext, LedgerHashes, affected_books, delivered_amount, encode, issued_mpt_id, summary, transaction_tree_root};

fuzz_target!(|bytes: &[u8]| {
    let definitions = Definitions::builtin();
    let (tx_blob, meta_blob) = bytes.split_at(bytes.len() / 3);
    let ledger = LedgerContext { index: 1, hash: Hash256::ZERO, close_time: 1 };
    let _ = summary(definitions, tx_blob, meta_blob);
    let _ = delivered_amount(tx_blob, meta_blob, &ledger);
    let _ = issued_mpt_id(tx_blob, meta_blob);
    let _ = affected_books(bytes);
    let _ = LedgerHashes::parse(bytes);
    let _ = transaction_tree_root([(tx_blob, meta_blob), (meta_blob, tx_blob)]);
    let mut out = Vec::new();
    let _ = write_transaction_json(definitions, Hash256::ZERO, tx_blob, meta_blob, &ledger, ApiVersion::V2, &mut out);

    out.clear();
    if write_object_json(definitions, bytes, &mut out).is_err() {
        return;
    }
    let json: Value = serde_json::from_slice(&out).expect("what is written is JSON");
    // What no server writes (fields out of order, amounts beyond all XRP) may be refused or sorted, but not changed.
    let Ok(again) = encode(definitions, &json) else { return };
    let mut back = Vec::new();
    write_object_json(definitions, &again, &mut back).expect("what is encoded decodes");
    let back: Value = serde_json::from_slice(&back).expect("what is written is JSON");
    assert_eq!(back, json);
});
