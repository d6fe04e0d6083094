//! One of each message, with every field at a value that shows its width.

use schemas::{
    Asset, BookOfferRequest, BookOffersAnswer, Ledger, LedgerEvent, LedgerHeader, LedgerRecord,
    LedgerTransaction, Transaction, TransactionRecord,
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
    let LedgerHeader {
        header,
        parent_hash,
        transaction_hash,
        account_hash,
        total_coins,
        parent_close_time,
        ..
    } = self::header();
    Ledger {
        ledger_index: INDEX,
        ledger_hash: HASH,
        header,
        parent_hash,
        transaction_hash,
        account_hash,
        total_coins,
        parent_close_time,
        close_time: u32::MAX,
        close_time_resolution: 10,
        close_flags: 1,
        chunk: 1,
        chunk_count: 2,
        first_position: 300,
        transaction_count: 301,
        transactions: vec![LedgerTransaction {
            hash: TRANSACTION,
            tx_blob: &[0x12, 0, 0],
            meta_blob: &[0x20, 0x1C],
        }],
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
    }
}

pub(crate) fn transaction_record() -> TransactionRecord<'static> {
    TransactionRecord {
        ledger_index: INDEX,
        ledger_hash: HASH,
        close_time: u32::MAX,
        position: 300,
        count: 301,
        hash: TRANSACTION,
        transaction_type: "Payment",
        result: "tesSUCCESS",
        account: "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B",
        json: "{}",
    }
}

pub(crate) fn ledger_record() -> LedgerRecord<'static> {
    LedgerRecord {
        ledger_index: INDEX,
        ledger_hash: HASH,
        close_time: u32::MAX,
        parent_close_time: u32::MAX - 1,
        transaction_count: 301,
        json: "{}",
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
    }
}
