//! A chain of empty ledgers that hash and link, and a server that has it.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use xrpl_client::LedgerId;
use xrpl_codec::{Hash256, LedgerHeader, flag_ledgers_key, recent_ledgers_key};

use crate::replies::{error, server_info, success};

/// Headers of the ledgers 1 to n. Two chains of one seed are the same; of two seeds they differ from the start.
#[derive(Clone, Default)]
pub(crate) struct Ledgers {
    headers: Arc<Vec<(Hash256, LedgerHeader)>>,
    indexes: Arc<HashMap<Hash256, u32>>,
}

impl Ledgers {
    pub(crate) fn new(seed: u8, count: u32) -> Self {
        Self::default().grown(seed, count)
    }

    /// The same chain up to `index`, then another one.
    pub(crate) fn forked(&self, index: u32, seed: u8, count: u32) -> Self {
        let common = self.headers[..index as usize].to_vec();
        Self { headers: Arc::new(common), ..Self::default() }.grown(seed, count)
    }

    fn grown(&self, seed: u8, count: u32) -> Self {
        let mut headers = self.headers.to_vec();
        for index in headers.len() as u32 + 1..=count {
            let header = LedgerHeader {
                index,
                total_coins: 100_000_000_000_000_000,
                parent_hash: headers.last().map_or(Hash256::ZERO, |parent| parent.0),
                transaction_hash: Hash256::ZERO,
                account_hash: Hash256([seed; 32]),
                parent_close_time: index * 4,
                close_time: index * 4 + 4,
                close_time_resolution: 10,
                close_flags: 0,
            };
            headers.push((header.hash(), header));
        }
        let indexes = headers.iter().map(|it| (it.0, it.1.index)).collect();
        Self { headers: Arc::new(headers), indexes: Arc::new(indexes) }
    }

    pub(crate) fn id(&self, index: u32) -> LedgerId {
        LedgerId { index, hash: self.hash(index) }
    }

    pub(crate) fn hash(&self, index: u32) -> Hash256 {
        self.headers[index as usize - 1].0
    }

    pub(crate) fn header(&self, index: u32) -> LedgerHeader {
        self.headers[index as usize - 1].1
    }

    pub(crate) fn last(&self) -> u32 {
        self.headers.len() as u32
    }

    /// What an honest server with the whole chain answers.
    pub(crate) fn answer(&self, request: &Value) -> String {
        self.answer_from(1, request)
    }

    /// What an honest server answers that has the ledgers from `first` on.
    pub(crate) fn answer_from(&self, first: u32, request: &Value) -> String {
        match request["command"].as_str() {
            Some("server_info") => server_info(request, &format!("{first}-{}", self.last())),
            Some("subscribe") => self.subscribed(request),
            Some(command) => match self.asked(request).filter(|index| *index >= first) {
                Some(index) if command == "ledger" => self.ledger(request, index),
                Some(index) if command == "ledger_entry" => self.entry(request, index),
                Some(index) => self.book(request, index),
                None => error(request, "lgrNotFound"),
            },
            None => error(request, "missingCommand"),
        }
    }

    /// The ledger that a request is about.
    pub(crate) fn asked(&self, request: &Value) -> Option<u32> {
        if let Some(hash) = request["ledger_hash"].as_str() {
            let hash: Hash256 = hash.parse().ok()?;
            return self.indexes.get(&hash).copied();
        }
        match &request["ledger_index"] {
            Value::Number(index) => {
                index.as_u64().map(|it| it as u32).filter(|it| (1..=self.last()).contains(it))
            }
            _ => Some(self.last()),
        }
    }

    fn ledger(&self, request: &Value, index: u32) -> String {
        let mut ledger =
            json!({"closed": true, "ledger_data": hex(&self.header(index).to_bytes())});
        if request["transactions"] == true {
            ledger["transactions"] = json!([]);
        }
        success(
            request,
            &json!({"ledger": ledger, "ledger_hash": self.hash(index), "ledger_index": index, "validated": true}),
        )
    }

    fn entry(&self, request: &Value, index: u32) -> String {
        let key: Hash256 = request["index"].as_str().unwrap().parse().unwrap();
        let (hashes, last) = match key == recent_ledgers_key() {
            true => (self.hashes(index.saturating_sub(256).max(1)..index, 1), index - 1),
            false => match (0..=index >> 16).find(|it| flag_ledgers_key(it << 16) == key) {
                Some(part) => {
                    let range = (part << 16).max(256)..((part + 1) << 16).min(index);
                    let last = (range.end - 1) / 256 * 256;
                    (self.hashes(range, 256), last)
                }
                None => return error(request, "entryNotFound"),
            },
        };
        if hashes.is_empty() {
            return error(request, "entryNotFound");
        }
        success(
            request,
            &json!({"index": key, "ledger_hash": self.hash(index), "ledger_index": index,
                "node_binary": hex(&ledger_hashes(last, &hashes)), "validated": true}),
        )
    }

    fn hashes(&self, range: std::ops::Range<u32>, step: u32) -> Vec<Hash256> {
        range.filter(|index| index % step == 0).map(|index| self.hash(index)).collect()
    }

    fn book(&self, request: &Value, index: u32) -> String {
        success(
            request,
            &json!({"ledger_hash": self.hash(index), "ledger_index": index, "offers": [], "validated": true}),
        )
    }

    fn subscribed(&self, request: &Value) -> String {
        let last = self.last();
        success(
            request,
            &json!({"ledger_hash": self.hash(last), "ledger_index": last, "validated_ledgers": format!("1-{last}")}),
        )
    }
}

/// A `LedgerHashes` entry in binary: type, flags, `LastLedgerSequence`, `Hashes`.
pub(crate) fn ledger_hashes(last: u32, hashes: &[Hash256]) -> Vec<u8> {
    let mut bytes = vec![0x11, 0, 0x68, 0x22, 0, 0, 0, 0, 0x20, 0x1B];
    bytes.extend(last.to_be_bytes());
    bytes.extend([0x02, 0x13]);
    let length = hashes.len() * 32;
    if length <= 192 {
        bytes.push(length as u8);
    } else {
        let rest = length - 193;
        bytes.extend([(rest / 256 + 193) as u8, (rest % 256) as u8]);
    }
    hashes.iter().for_each(|hash| bytes.extend(hash.as_bytes()));
    bytes
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    faster_hex::hex_string_upper(bytes)
}
