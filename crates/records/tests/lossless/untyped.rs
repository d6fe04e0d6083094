//! Fields that the table of paths lacks become untyped fields, in elements of arrays too.

use records::{Amounts, record_json, transaction_json};
use schemas::{LedgerPosition, Transaction};
use serde_json::{Value, json};
use xrpl_codec::json::{ApiVersion, write_transaction_json};
use xrpl_codec::{Definitions, Hash256, LedgerContext, encode};

use crate::wire::Wire;

fn payment() -> Value {
    json!({
        "TransactionType": "Payment", "Account": "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B", "Fee": "10",
        "Sequence": 1, "SigningPubKey": "", "Amount": "5",
        "Destination": "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B",
        "Field_2_200": 7,
        "Memos": [{"Memo": {"MemoData": "00", "Field_7_201": "AA"}}, {"Signer": {"Field_2_201": 1}}],
        "AuthorizeCredentials": [{"Credential": {"CredentialType": "0B"}}],
        "AdditionalBooks": [],
    })
}

fn meta() -> Value {
    json!({
        "TransactionIndex": 0, "TransactionResult": "tesSUCCESS",
        "AffectedNodes": [
            {"ModifiedNode": {
                "LedgerEntryType": "Escrow", "LedgerIndex": "0A".repeat(32),
                "FinalFields": {
                    "Amount": {"currency": "USD", "issuer": "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B", "value": "1"},
                    "Asset": {"currency": "XRP"}, "AssetScale": 2,
                },
                "PreviousFields": {},
            }},
        ],
    })
}

fn transaction<'a>(tx_blob: &'a [u8], meta_blob: &'a [u8]) -> Transaction<'a> {
    Transaction::of(
        LedgerPosition {
            ledger_index: 90_000_000,
            ledger_hash: [1; 32],
            close_time: 848_700_060,
            position: 0,
            count: 1,
        },
        [2; 32],
        tx_blob,
        meta_blob,
    )
}

fn bytes(json: &Value) -> Vec<u8> {
    encode(Definitions::builtin(), json).unwrap()
}

#[track_caller]
fn assert_comes_back(tx_blob: &[u8], meta_blob: &[u8]) -> (Vec<String>, Value) {
    let mut wire = Wire::new();
    let transaction = transaction(tx_blob, meta_blob);
    let message = wire.written(&transaction);
    let record = wire.read(&message);
    let context = LedgerContext {
        index: transaction.ledger_index,
        hash: Hash256(transaction.ledger_hash),
        close_time: transaction.close_time,
    };
    for api in [ApiVersion::V1, ApiVersion::V2] {
        let (hash, mut out) = (Hash256(transaction.hash), Vec::new());
        let definitions = Definitions::builtin();
        write_transaction_json(definitions, hash, tx_blob, meta_blob, &context, api, &mut out)
            .unwrap();
        let server: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(transaction_json(&record, api).unwrap(), server);
    }
    assert_eq!(flow::encode::<schemas::TransactionRecords>(&record).unwrap(), message);
    let untyped = record.untyped.iter().map(|it| format!("{} {} {}", it.path, it.kind, it.json));
    let rendered = Value::Object(record_json(&record, Amounts::Records).unwrap());
    (untyped.collect(), rendered)
}

#[test]
fn unknown_fields_and_types_become_untyped_fields() {
    let (untyped, rendered) = assert_comes_back(&bytes(&payment()), &bytes(&meta()));
    let fields = "metaData.AffectedNodes[0].ModifiedNode.FinalFields";
    let usd = r#"{"currency":"USD","issuer":"rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B","value":"1"}"#;
    let expected = [
        "AdditionalBooks array []".to_owned(),
        "AuthorizeCredentials[0].Credential.CredentialType string \"0B\"".to_owned(),
        "Field_2_200 int 7".to_owned(),
        "Memos[0].Memo.Field_7_201 string \"AA\"".to_owned(),
        "Memos[1].Signer.Field_2_201 int 1".to_owned(),
        format!("{fields}.Amount amount {usd}"),
        format!("{fields}.Asset object {{\"currency\":\"XRP\"}}"),
        format!("{fields}.AssetScale int 2"),
    ];
    assert_eq!(untyped, expected);
    let fields = &rendered["metaData"]["AffectedNodes"][0]["ModifiedNode"]["FinalFields"];
    assert_eq!(fields["Amount"]["kind"], "issued", "an untyped amount shows its unit too");
    assert_eq!(rendered["Fee"], json!({"kind": "xrp", "value": "10"}));
}

#[test]
fn undecodable_bytes_become_an_untyped_field() {
    let mut tx_blob = bytes(&payment());
    tx_blob.extend([0, 30, 30, 1, 2, 3]);
    let (untyped, _) = assert_comes_back(&tx_blob, &bytes(&meta()));
    assert!(untyped.contains(&"Undecoded string \"001E1E010203\"".to_owned()), "{untyped:?}");
}
