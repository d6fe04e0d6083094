//! Fields that nobody knows yet are kept and counted, wherever they stand, and are never fatal.

use serde_json::Value;
use xrpl_codec::json::{ApiVersion, UNDECODED, write_transaction_json};
use xrpl_codec::{Definitions, Hash256, LedgerContext, Malformed, affected_books, summary};

use crate::recorded::{fixture_transactions, hex};

/// Number 1 of type 27, which the protocol does not have, and what may be its value.
const UNKNOWN: [u8; 5] = [0x01, 27, 0xDE, 0xAD, 0xBE];
/// Number 200 of the 32-bit numbers, which the protocol does not have.
const UNKNOWN_NUMBER: [u8; 6] = [0x20, 200, 0, 0, 0, 7];
/// How metadata ends: the last node, all nodes, and the result.
const END_BYTES: usize = 5;
const CONTEXT: LedgerContext =
    LedgerContext { index: 1, hash: Hash256::ZERO, close_time: 848_640_469 };

fn written(
    tx_blob: &[u8],
    meta_blob: &[u8],
    api: ApiVersion,
) -> (Value, xrpl_codec::json::Unknown) {
    let mut out = Vec::new();
    let definitions = Definitions::builtin();
    let unknown = write_transaction_json(
        definitions,
        Hash256::ZERO,
        tx_blob,
        meta_blob,
        &CONTEXT,
        api,
        &mut out,
    )
    .unwrap();
    (serde_json::from_slice(&out).unwrap(), unknown)
}

#[test]
fn unknown_types_at_the_end_and_inside_of_every_kind_of_transaction_are_kept() {
    for recorded in fixture_transactions() {
        let (mut tx_blob, mut meta_blob) = (hex(&recorded["tx_blob"]), hex(&recorded["meta_blob"]));
        tx_blob.extend(UNKNOWN);
        let inside = meta_blob.len() - END_BYTES;
        if meta_blob[inside..].starts_with(&[0xE1, 0xF1, 0x03, 0x10]) {
            meta_blob.splice(inside..inside, UNKNOWN);
        } else {
            meta_blob.extend(UNKNOWN);
        }
        for api in [ApiVersion::V1, ApiVersion::V2] {
            let (json, unknown) = written(&tx_blob, &meta_blob, api);
            assert_eq!(unknown.tails, 2);
            let (transaction, kept) = match api {
                ApiVersion::V1 => (&json, "011BDEADBE"),
                ApiVersion::V2 => (&json["tx_json"], "011BDEADBE"),
            };
            assert_eq!(transaction[UNDECODED], kept);
        }
        let glance = summary(Definitions::builtin(), &tx_blob, &meta_blob).unwrap();
        assert_eq!(glance.transaction_type, recorded["v1"]["TransactionType"].as_str().unwrap());
        assert_eq!(
            glance.result,
            recorded["v1"]["metaData"]["TransactionResult"].as_str().unwrap()
        );
    }
}

#[test]
fn unknown_fields_of_a_known_type_are_written_by_their_number() {
    let recorded = &fixture_transactions()[0];
    let (mut tx_blob, meta_blob) = (hex(&recorded["tx_blob"]), hex(&recorded["meta_blob"]));
    let after_type = 3;
    assert_eq!(tx_blob[0], 0x12);
    tx_blob.splice(after_type..after_type, UNKNOWN_NUMBER);
    let (json, unknown) = written(&tx_blob, &meta_blob, ApiVersion::V1);
    assert_eq!((json["Field_2_200"].as_u64(), unknown.fields, unknown.tails), (Some(7), 1, 0));
}

/// Books behind an unknown type cannot be known, so nobody is told that there are none.
#[test]
fn books_behind_an_unknown_type_are_an_error() {
    let meta_blob =
        [&[0x20, 0x1C, 0, 0, 0, 0, 0xF8, 0xE5][..], &UNKNOWN, &[0xE1, 0xF1, 0x03, 0x10, 0]]
            .concat();
    assert_eq!(affected_books(&meta_blob), Err(Malformed::UnknownType { at: 8 }));
}
