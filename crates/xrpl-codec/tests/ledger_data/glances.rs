//! What is read without decoding everything, against the server's JSON: summaries, affected nodes, books.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use xrpl_codec::{
    Action, AffectedNodes, Amount, Asset, Book, Definitions, Delivered, LedgerContext,
    affected_books, delivered_amount, delivered_mpt, encode, issued_mpt_id, summary,
};

use crate::recorded::{CHAINS, RecordedLedger, chain_ledgers, fixture_ledgers, ledger};

/// The transactions of a ledger beside the server's JSON of each.
fn with_json(
    recorded: &RecordedLedger,
) -> Vec<(xrpl_codec::LedgerTransaction, Value, LedgerContext)> {
    let ledger = ledger(&recorded.v2_binary);
    let context = ledger.context();
    let json = recorded.v1["ledger"]["transactions"].as_array().unwrap();
    let paired = ledger.transactions.into_iter().map(|transaction| {
        let json = json.iter().find(|json| json["hash"] == transaction.hash.to_string()).unwrap();
        (transaction, json.clone(), context)
    });
    paired.collect()
}

fn for_each_transaction(
    mut check: impl FnMut(&xrpl_codec::LedgerTransaction, &Value, &LedgerContext),
) {
    let mut ledgers = fixture_ledgers();
    ledgers.extend(CHAINS.iter().flat_map(|chain| chain_ledgers(chain)));
    let mut transactions = 0;
    for recorded in &ledgers {
        for (transaction, json, context) in with_json(recorded) {
            check(&transaction, &json, &context);
            transactions += 1;
        }
    }
    assert!(transactions >= 38);
}

#[test]
fn summary_is_what_the_server_says() {
    for_each_transaction(|transaction, json, _| {
        let summary =
            summary(Definitions::builtin(), &transaction.tx_blob, &transaction.meta_blob).unwrap();
        assert_eq!(summary.transaction_type, json["TransactionType"].as_str().unwrap());
        assert_eq!(summary.result, json["metaData"]["TransactionResult"].as_str().unwrap());
        assert_eq!(
            summary.account.map(|it| it.to_string()).unwrap_or_default(),
            json["Account"].as_str().unwrap()
        );
        assert_eq!(summary.fee.to_string(), json["Fee"].as_str().unwrap());
        assert_eq!(u64::from(summary.sequence), json["Sequence"].as_u64().unwrap());
    });
}

#[test]
fn derived_fields_are_what_the_server_says() {
    for_each_transaction(|transaction, json, context| {
        let (tx_blob, meta_blob) = (&transaction.tx_blob, &transaction.meta_blob);
        let mut text = Vec::new();
        match delivered_amount(tx_blob, meta_blob, context).unwrap() {
            Some(Delivered::Amount(amount)) => {
                xrpl_codec::json::write_amount_json(&amount, &mut text);
            }
            Some(Delivered::Unavailable) => text.extend(b"\"unavailable\""),
            None => text.extend(b"null"),
        }
        assert_eq!(
            serde_json::from_slice::<Value>(&text).unwrap(),
            json["metaData"]["delivered_amount"]
        );
        let id = issued_mpt_id(tx_blob, meta_blob).unwrap().map(|id| Value::from(id.to_string()));
        assert_eq!(id.unwrap_or_default(), json["metaData"]["mpt_issuance_id"]);
    });
}

/// The two partial payments of the second chain are those that the server is wrong about.
#[test]
fn delivered_tokens_are_what_the_destination_got() {
    let (mut delivered, mut partial) = (0, BTreeSet::new());
    for_each_transaction(|transaction, json, _| {
        let found = delivered_mpt(&transaction.tx_blob, &transaction.meta_blob).unwrap();
        let server = &json["metaData"]["delivered_amount"];
        let is_mpt =
            json["TransactionType"] == "Payment" && server.get("mpt_issuance_id").is_some();
        assert_eq!(found.is_some(), is_mpt, "{}", transaction.hash);
        let Some(Amount::Mpt { value, .. }) = found else { return };
        delivered += 1;
        if value.to_string() != server["value"].as_str().unwrap() {
            partial.insert((value, server["value"].as_str().unwrap().to_owned()));
        }
    });
    let all = "1000000000".to_owned();
    assert!(
        delivered == 0 || partial == BTreeSet::from([(1911, all.clone()), (1932, all)]),
        "{delivered} {partial:?}"
    );
}

#[test]
fn affected_nodes_are_what_the_server_says() {
    for_each_transaction(|transaction, json, _| {
        let server = json["metaData"]["AffectedNodes"].as_array().unwrap();
        let nodes: Vec<_> =
            AffectedNodes::new(&transaction.meta_blob).collect::<Result<_, _>>().unwrap();
        assert_eq!(nodes.len(), server.len());
        for (node, server) in nodes.iter().zip(server) {
            let name = match node.action {
                Action::Created => "CreatedNode",
                Action::Modified => "ModifiedNode",
                Action::Deleted => "DeletedNode",
            };
            let server = &server[name];
            let entry_type = Definitions::builtin().ledger_entry_type(node.entry_type).unwrap();
            assert_eq!(server["LedgerEntryType"], entry_type);
            assert_eq!(server["LedgerIndex"], node.index.to_string());
            for (name, fields) in [
                ("NewFields", node.new_fields),
                ("FinalFields", node.final_fields),
                ("PreviousFields", node.previous_fields),
            ] {
                let fields = fields.map(|fields| {
                    let mut out = Vec::new();
                    xrpl_codec::json::write_object_json(Definitions::builtin(), fields, &mut out)
                        .unwrap();
                    serde_json::from_slice::<Value>(&out).unwrap()
                });
                assert_eq!(fields.unwrap_or_default(), server[name]);
            }
        }
    });
}

/// The asset of an amount in JSON.
fn asset(amount: &Value) -> Asset {
    let text = |key: &str| amount[key].as_str().unwrap();
    match amount {
        Value::String(_) => Asset::Xrp,
        amount if amount.get("mpt_issuance_id").is_some() => {
            Asset::Mpt(text("mpt_issuance_id").parse().unwrap())
        }
        _ => Asset::Issued {
            currency: text("currency").parse().unwrap(),
            issuer: text("issuer").parse().unwrap(),
        },
    }
}

#[test]
fn books_are_those_of_all_affected_offers() {
    let mut seen = [false; 3];
    let mut books = BTreeSet::new();
    for_each_transaction(|transaction, json, _| {
        let mut expected = BTreeSet::new();
        for node in json["metaData"]["AffectedNodes"].as_array().unwrap() {
            let (action, node) = node.as_object().unwrap().iter().next().unwrap();
            if node["LedgerEntryType"] != "Offer" {
                continue;
            }
            let fields = ["NewFields", "FinalFields", "PreviousFields"]
                .iter()
                .find_map(|name| node.get(*name))
                .unwrap();
            expected.insert(Book::open(asset(&fields["TakerGets"]), asset(&fields["TakerPays"])));
            seen[usize::from(action == "ModifiedNode")
                + 2 * usize::from(action == "DeletedNode")] = true;
        }
        let found = affected_books(&transaction.meta_blob).unwrap();
        assert_eq!(found, expected);
        books.extend(found);
    });
    assert!(seen[0] && seen[2], "offers were created and deleted");
    assert!(books.iter().any(|book| books.contains(&book.reversed())));
}

/// The asset of one side of a book's directory.
fn directory_asset(fields: &Value, side: &str) -> Asset {
    let bytes = |name: &str| {
        let mut bytes = [0; 20];
        // New entries lack what is zero.
        if let Some(digits) = fields[format!("{side}{name}")].as_str() {
            faster_hex::hex_decode(digits.as_bytes(), &mut bytes).unwrap();
        }
        bytes
    };
    match bytes("Currency") {
        currency if currency == [0; 20] => Asset::Xrp,
        currency => Asset::Issued {
            currency: xrpl_codec::Currency(currency),
            issuer: xrpl_codec::AccountId(bytes("Issuer")),
        },
    }
}

/// So the offers in the metadata name every book that a transaction touches.
#[test]
fn no_directory_of_a_book_changes_without_an_offer_of_it() {
    let mut directories = 0;
    for_each_transaction(|transaction, json, _| {
        let books = affected_books(&transaction.meta_blob).unwrap();
        for node in json["metaData"]["AffectedNodes"].as_array().unwrap() {
            let node = node.as_object().unwrap().values().next().unwrap();
            let of = ["NewFields", "FinalFields"].map(|name| &node[name]);
            let Some(fields) = of.into_iter().find(|it| it["ExchangeRate"].is_string()) else {
                continue;
            };
            let sides = ["TakerGets", "TakerPays"].map(|side| directory_asset(fields, side));
            let book = Book::open(sides[0], sides[1]);
            assert!(books.contains(&book), "{} {book:?}", transaction.hash);
            directories += 1;
        }
    });
    assert!(directories > 0, "books had directories");
}

/// As rippled with the amendment PermissionedDEX writes them.
#[test]
fn an_offer_of_a_domain_is_in_its_book_and_a_hybrid_one_in_the_open_book_too() {
    let domain = "0A".repeat(32);
    let issuer = "rKy1NvPUdX1xWSucGJERU125aMvQnMTeW6";
    let fields = json!({
        "Account": issuer, "TakerGets": "1",
        "TakerPays": {"mpt_issuance_id": "00".repeat(24), "value": "2"},
        "BookDirectory": "01".repeat(32), "DomainID": domain,
    });
    let mut hybrid = fields.clone();
    hybrid["Flags"] = 0x0004_0000.into();
    hybrid["AdditionalBooks"] =
        json!([{"Book": {"BookDirectory": "02".repeat(32), "BookNode": "0"}}]);
    let open = Book::open(Asset::Xrp, Asset::Mpt("00".repeat(24).parse().unwrap()));
    let of_domain = Book { domain: Some(domain.parse().unwrap()), ..open };
    for (action, member) in [
        ("CreatedNode", "NewFields"),
        ("ModifiedNode", "FinalFields"),
        ("DeletedNode", "FinalFields"),
    ] {
        for (fields, expected) in [(&fields, &[of_domain][..]), (&hybrid, &[open, of_domain])] {
            let node =
                json!({"LedgerEntryType": "Offer", "LedgerIndex": "03".repeat(32), member: fields});
            let metadata = json!({
                "TransactionIndex": 0, "TransactionResult": "tesSUCCESS",
                "AffectedNodes": [{action: node}],
            });
            let meta_blob = encode(Definitions::builtin(), &metadata).unwrap();
            let found = affected_books(&meta_blob).unwrap();
            assert_eq!(found.into_iter().collect::<Vec<_>>(), expected, "{action}");
        }
    }
    assert_eq!(of_domain.reversed().domain, of_domain.domain);
}
