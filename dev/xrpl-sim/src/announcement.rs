//! The messages that tell of a closed ledger, each made once and only if someone wants it.

use std::cell::OnceCell;

use axum::extract::ws::Utf8Bytes;
use serde_json::{Value, json};
use xrpl_codec::json::{ApiVersion, write_transaction_json};
use xrpl_codec::{Definitions, Ledger, LedgerContext, LedgerTransaction};

use crate::engine_result::engine_result_message;
use crate::node::Node;
use crate::owner_funds::owner_funds;
use crate::time::iso;
use crate::view::View;

/// A ledger that has just closed.
pub(crate) struct Announcement<'a> {
    node: &'a Node,
    ledger: &'a Ledger,
    ledger_closed: OnceCell<Utf8Bytes>,
    transactions: [OnceCell<Vec<Utf8Bytes>>; 2],
}

impl<'a> Announcement<'a> {
    pub(crate) fn new(node: &'a Node, ledger: &'a Ledger) -> Self {
        Self {
            node,
            ledger,
            ledger_closed: OnceCell::new(),
            transactions: [OnceCell::new(), OnceCell::new()],
        }
    }

    /// The `ledgerClosed` message.
    pub(crate) fn ledger_closed(&self) -> Utf8Bytes {
        let message = self.ledger_closed.get_or_init(|| {
            let fees = self.node.chain().view(self.ledger.header.index).fees();
            let mut message = json!({
                "type": "ledgerClosed",
                "fee_base": fees.base,
                "ledger_hash": self.ledger.hash,
                "ledger_index": self.ledger.header.index,
                "ledger_time": self.ledger.header.close_time,
                "reserve_base": fees.reserve_base,
                "reserve_inc": fees.reserve_increment,
                "txn_count": self.ledger.transactions.len(),
                "validated_ledgers": self.node.complete_ledgers(),
            });
            if let Some(network_id) = self.node.network_id() {
                message["network_id"] = network_id.into();
            }
            message.to_string().into()
        });
        message.clone()
    }

    /// The `transaction` messages in execution order.
    pub(crate) fn transactions(&self, version: ApiVersion) -> &[Utf8Bytes] {
        let slot =
            if version == ApiVersion::V1 { &self.transactions[0] } else { &self.transactions[1] };
        slot.get_or_init(|| {
            let view = self.node.chain().view(self.ledger.header.index);
            let transactions = self.ledger.transactions.iter();
            transactions.map(|it| self.transaction(it, version, &view).to_string().into()).collect()
        })
    }

    fn transaction(
        &self,
        transaction: &LedgerTransaction,
        version: ApiVersion,
        view: &View<'_>,
    ) -> Value {
        let Ledger { hash, header, .. } = self.ledger;
        let context =
            LedgerContext { index: header.index, hash: *hash, close_time: header.close_time };
        let LedgerTransaction { tx_blob, meta_blob, .. } = transaction;
        let mut json = Vec::new();
        write_transaction_json(
            Definitions::builtin(),
            transaction.hash,
            tx_blob,
            meta_blob,
            &context,
            version,
            &mut json,
        )
        .expect("the chain's own transactions are well formed");
        let mut element: Value = serde_json::from_slice(&json).expect("the writer writes JSON");
        let (body_name, mut body, mut meta) = match version {
            ApiVersion::V1 => {
                let meta = element["metaData"].take();
                element.as_object_mut().expect("a transaction is an object").remove("metaData");
                ("transaction", element, meta)
            }
            ApiVersion::V2 => ("tx_json", element["tx_json"].take(), element["meta"].take()),
        };
        // Streams tell what an account that was deleted left, `ledger` does not.
        if body["TransactionType"] == "AccountDelete"
            && let Some(delivered) = meta.get("DeliveredAmount").cloned()
        {
            meta["delivered_amount"] = delivered;
        }
        body["date"] = header.close_time.into();
        if let Some(funds) = owner_funds(tx_blob, view) {
            body["owner_funds"] = funds.into();
        }
        let result = meta["TransactionResult"].as_str().unwrap_or_default();
        let mut message = json!({
            "type": "transaction",
            "validated": true,
            "status": "closed",
            "close_time_iso": iso(header.close_time),
            "engine_result": result,
            "engine_result_code": Definitions::builtin().transaction_result_code(result),
            "engine_result_message": engine_result_message(result),
            "ledger_hash": hash,
            "ledger_index": header.index,
        });
        message[body_name] = body;
        message["meta"] = meta;
        if version == ApiVersion::V2 {
            message["hash"] = transaction.hash.to_string().into();
        }
        message
    }
}
