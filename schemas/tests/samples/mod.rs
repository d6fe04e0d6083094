//! One of each message, with every field at a value that shows its width.

use std::borrow::Cow;

use schemas::{
    Amount, Asset, BookOfferRequest, BookOffersAnswer, Item, Ledger, LedgerEvent, LedgerHeader,
    LedgerRecord, LedgerTransaction, Members, SchemaDiscovery, Shape, Transaction,
    TransactionRecord, UntypedField, ledger_shape, transaction_shape,
};

const INDEX: u32 = 90_000_001;
const HASH: [u8; 32] = [0x11; 32];
const TRANSACTION: [u8; 32] = [0x22; 32];
const HEADER: [u8; 118] = [0x33; 118];
const COINS: u64 = 99_999_999_999_999_990;

fn usd() -> Asset {
    Asset {
        currency: Some("USD".into()),
        issuer: Some("rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B".into()),
        mpt_issuance_id: None,
    }
}

pub(crate) fn event() -> LedgerEvent {
    LedgerEvent { ledger_index: INDEX, ledger_hash: HASH, parent_hash: [0x44; 32] }
}

pub(crate) fn ledger() -> Ledger<'static> {
    Ledger {
        chunk: 1,
        chunk_count: 2,
        first_position: 300,
        transactions: vec![LedgerTransaction {
            hash: TRANSACTION,
            tx_blob: &[0x12, 0, 0],
            meta_blob: &[0x20, 0x1C],
            unverified: Some(r#"{"_ExecutionID":"7"}"#),
        }],
        ..Ledger::of(&header())
    }
}

pub(crate) fn header() -> LedgerHeader<'static> {
    LedgerHeader {
        ledger_index: INDEX,
        ledger_hash: HASH,
        header: &HEADER,
        parent_hash: [0x44; 32],
        transaction_hash: [0x55; 32],
        account_hash: [0x66; 32],
        total_coins: COINS,
        parent_close_time: u32::MAX - 1,
        close_time: u32::MAX,
        close_time_resolution: 10,
        close_flags: 1,
        transaction_count: 301,
        unverified: Some(r#"{"ledger":{"accepted":true}}"#),
    }
}

pub(crate) fn transaction() -> Transaction<'static> {
    Transaction {
        ledger_index: INDEX,
        ledger_hash: HASH,
        close_time: u32::MAX,
        position: 300,
        count: 301,
        hash: TRANSACTION,
        transaction_type: "Payment",
        result: "tesSUCCESS",
        account: "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B",
        tx_blob: &[0x12, 0, 0],
        meta_blob: &[0x20, 0x1C],
        unverified: None,
    }
}

pub(crate) fn transaction_record() -> TransactionRecord<'static> {
    let shape = transaction_shape();
    let inner = |path: &[&str]| {
        path.iter().fold(shape, |shape, name| shape.slot(name).unwrap().shape.as_ref().unwrap())
    };
    let fields = members(
        inner(&["metaData", "AffectedNodes", "ModifiedNode", "FinalFields"]),
        vec![("Flags", Item::Number(0)), ("TakerGetsIssuer", bytes(&[0x77; 20]))],
    );
    let node = members(
        inner(&["metaData", "AffectedNodes", "ModifiedNode"]),
        vec![("LedgerIndex", bytes(&[0x66; 32])), ("FinalFields", Item::Object(fields))],
    );
    let element =
        members(inner(&["metaData", "AffectedNodes"]), vec![("ModifiedNode", Item::Object(node))]);
    let meta = members(
        inner(&["metaData"]),
        vec![("AffectedNodes", Item::List(vec![Item::Object(element)]))],
    );
    TransactionRecord {
        ledger_index: INDEX,
        ledger_hash: HASH,
        close_time: u32::MAX,
        position: 300,
        count: 301,
        transaction: members(
            shape,
            vec![
                ("TransactionType", Item::Text("Payment".into())),
                ("Expiration", Item::Number(5_241_652_095_000)),
                ("EmailHash", bytes(&[0x55; 16])),
                ("Amount", Item::Amount(usd_amount())),
                ("Domain", bytes(b"example.org")),
                ("NFTokenOffers", Item::List(vec![bytes(&[0x44; 32])])),
                ("hash", bytes(&TRANSACTION)),
                ("metaData", Item::Object(meta)),
            ],
        ),
        delivered_by_balances: Some(Amount {
            kind: schemas::MPT,
            value: "1900",
            currency: None,
            issuer: None,
            mpt_issuance_id: Some("00000001A407AF5856CCF3C42619DAA925813FC955C72983"),
        }),
        untyped: vec![UntypedField {
            path: "metaData.AffectedNodes[0].ModifiedNode.FinalFields.AssetScale".into(),
            kind: "int".into(),
            json: "2".into(),
        }],
    }
}

fn members(shape: &'static Shape, named: Vec<(&str, Item<'static>)>) -> Members<'static> {
    let place = |name| shape.slots.iter().position(|slot| slot.name == name).unwrap();
    let mut items: Vec<_> = named.into_iter().map(|(name, item)| (place(name), item)).collect();
    items.sort_by_key(|(at, _)| *at);
    Members { shape, items }
}

const fn bytes(bytes: &'static [u8]) -> Item<'static> {
    Item::Bytes(Cow::Borrowed(bytes))
}

const fn usd_amount() -> Amount<'static> {
    Amount {
        kind: schemas::ISSUED,
        value: "1.5",
        currency: Some("USD"),
        issuer: Some("rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B"),
        mpt_issuance_id: None,
    }
}

pub(crate) fn ledger_record() -> LedgerRecord<'static> {
    let shape = ledger_shape();
    let header = members(
        shape.slot("ledger").unwrap().shape.as_ref().unwrap(),
        vec![
            ("closed", Item::Bool(true)),
            ("close_time", Item::Number(5_241_652_095_000)),
            ("total_coins", Item::Number(COINS.cast_signed())),
        ],
    );
    LedgerRecord {
        ledger_index: INDEX,
        ledger_hash: HASH,
        close_time: u32::MAX,
        parent_close_time: u32::MAX - 1,
        transaction_count: 301,
        result: members(shape, vec![("ledger", Item::Object(header))]),
        untyped: Vec::new(),
    }
}

pub(crate) fn schema_discovery() -> SchemaDiscovery<'static> {
    SchemaDiscovery {
        path: "metaData.AffectedNodes.ModifiedNode.FinalFields.AssetScale",
        types: vec!["int", "string"],
        first_ledger_index: INDEX,
        ledger_index: INDEX + 8,
    }
}

pub(crate) fn book_offer_request() -> BookOfferRequest {
    BookOfferRequest {
        ledger_index: INDEX,
        ledger_hash: HASH,
        close_time: u32::MAX,
        taker_gets: Asset::xrp(),
        taker_pays: usd(),
        position: 1,
        count: 4,
        domain: Some("0A".repeat(32)),
    }
}

pub(crate) fn book_offers() -> BookOffersAnswer<'static> {
    BookOffersAnswer {
        ledger_index: INDEX,
        ledger_hash: HASH,
        close_time: u32::MAX,
        taker_gets: usd(),
        taker_pays: Asset { currency: None, issuer: None, mpt_issuance_id: Some("00".repeat(24)) },
        position: 1,
        count: 4,
        status: "ok",
        offers: "[]",
        offer_count: 0,
        domain: None,
        limit: Some(100),
        complete: Some(true),
        skipped_for: None,
    }
}

pub(crate) fn dead_letter() -> flow::tooling::DeadLetter<'static> {
    let header = |key, value| flow::tooling::Header { key, value };
    flow::tooling::DeadLetter {
        flow: "ledger-record",
        version: "0.1.0",
        reason: "malformed-header",
        causes: vec!["malformed-header".into(), "it is too short".into()],
        topic: "mainnet.ledger-headers",
        partition: 1,
        offset: 77,
        sequence: 90_000_001,
        part: 0,
        key: b"90000001",
        headers: vec![header("position", b"90000001/0/1"), header("attempt", b"2")],
        payload: b"bytes",
        payload_bytes: 6,
        attempt: 2,
        cut: true,
    }
}

pub(crate) fn resolution() -> flow_admin::Resolution {
    flow_admin::Resolution {
        offset: 1_207,
        lane: Some("redrive-ledger-record-90000001-90000001".into()),
        by: "ann".into(),
        why: "mended in 0.2.0".into(),
        at_ms: 1_700_000_000_000,
    }
}
