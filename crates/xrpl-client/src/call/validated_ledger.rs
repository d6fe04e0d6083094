//! A validated ledger, as a server announces it.

use std::time::{Instant, SystemTime};

use serde::Deserialize;

use crate::range_set::RangeSet;
use xrpl_codec::Hash256;

/// A validated ledger, as a `ledgerClosed` message or the reply to `subscribe` names it. Its parent is not published yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatedLedger {
    /// The ledger's index.
    pub index: u32,
    /// The ledger's hash.
    pub hash: Hash256,
    /// The number of its transactions; the reply to `subscribe` does not have it.
    pub transaction_count: Option<u32>,
    /// Which ledgers the server has, where it says so in a way that can be read.
    pub validated_ledgers: Option<RangeSet>,
    /// Its close time, in seconds since 2000-01-01T00:00:00Z.
    pub ledger_time: Option<u32>,
    /// Which network the server says it is in; older ones do not say.
    pub network_id: Option<u32>,
    /// When it was received, by the clock that never jumps.
    pub received: Instant,
    /// When it was received, for those in other processes.
    pub received_at: SystemTime,
}

/// The fields of both shapes that matter here.
#[derive(Deserialize)]
struct Fields {
    ledger_index: Option<u32>,
    ledger_hash: Option<Hash256>,
    txn_count: Option<u32>,
    validated_ledgers: Option<String>,
    ledger_time: Option<u32>,
    network_id: Option<u32>,
}

impl ValidatedLedger {
    /// Reads a `ledgerClosed` message or the `result` of `subscribe`; `None` if it names no ledger, as that of a server
    /// does that is not synced yet.
    pub fn read(text: &str) -> Option<Self> {
        let fields: Fields = serde_json::from_str(text).ok()?;
        Some(Self {
            index: fields.ledger_index?,
            hash: fields.ledger_hash?,
            transaction_count: fields.txn_count,
            validated_ledgers: fields.validated_ledgers.and_then(|text| text.parse().ok()),
            ledger_time: fields.ledger_time,
            network_id: fields.network_id,
            received: tokio::time::Instant::now().into_std(),
            received_at: SystemTime::now(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_and_a_subscribe_reply_both_announce() {
        let message = ValidatedLedger::read(
            r#"{"type":"ledgerClosed","fee_base":10,"ledger_hash":"99B442492E130AC32A8406D0B0C2933C493E053C3E833FEE26DD2F3C63494826","ledger_index":3,"ledger_time":848631550,"reserve_base":10000000,"reserve_inc":2000000,"txn_count":8,"validated_ledgers":"2-3"}"#,
        )
        .unwrap();
        assert_eq!((message.index, message.transaction_count), (3, Some(8)));
        assert_eq!(message.validated_ledgers.unwrap().to_string(), "2-3");
        let reply = ValidatedLedger::read(
            r#"{"fee_base":10,"ledger_hash":"1650E47E24EEC402D7D4957468849DAA504DFC304764A1BE7714A11786EB37C9","ledger_index":2,"ledger_time":848631510,"validated_ledgers":"what?"}"#,
        )
        .unwrap();
        assert_eq!(
            (reply.index, reply.transaction_count, reply.validated_ledgers),
            (2, None, None)
        );
    }

    #[test]
    fn a_server_that_is_not_synced_announces_nothing() {
        for text in
            ["{}", r#"{"ledger_index":3}"#, r#"{"ledger_index":"3","ledger_hash":"00"}"#, "7", "{"]
        {
            assert_eq!(ValidatedLedger::read(text), None, "{text}");
        }
    }
}
