//! The events that a receiver has to get: the records of three topics, by `_id`.

use std::collections::BTreeMap;

use records::{Amounts, amount_json, ledger_json, record_json};
use schemas::{Asset, BookOffersAnswer};
use serde_json::{Value, json};

use super::Chain;

impl Chain {
    /// All events by `_id`, with the books as they were answered.
    pub fn events(&self, answers: &[BookOffersAnswer<'_>]) -> BTreeMap<String, Value> {
        let mut events = BTreeMap::new();
        let mut expect = |id: String, mut event: Value, more: Value| {
            let object = event.as_object_mut().unwrap();
            object.extend(more.as_object().unwrap().clone());
            object.insert("_id".to_owned(), id.clone().into());
            events.insert(id, event);
        };
        for record in self.transaction_records() {
            let id = format!("transaction-records/{}/{}", record.ledger_index, record.position);
            let mut event = record_json(&record, Amounts::Records).unwrap();
            let delivered = record.delivered_by_balances.as_ref().map(amount_json);
            event.extend(delivered.map(|amount| ("delivered_by_balances".to_owned(), amount)));
            expect(id, Value::Object(event), json!({}));
        }
        for record in self.ledger_records() {
            let id = format!("ledger-records/{}/0", record.ledger_index);
            let more = json!({"transaction_count": record.transaction_count});
            expect(id, Value::Object(ledger_json(&record).unwrap()), more);
        }
        for answer in answers {
            let id = format!("book-offers/{}/{}", answer.ledger_index, answer.position);
            let mut event = json!({
                "ledger_index": answer.ledger_index,
                "taker_gets": side(&answer.taker_gets),
                "taker_pays": side(&answer.taker_pays),
                "status": answer.status,
                "offers": parsed(answer.offers),
                "domain": answer.domain,
                "limit": answer.limit,
                "complete": answer.complete,
                "skipped_for": answer.skipped_for,
            });
            event.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            expect(id, event, json!({}));
        }
        events
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn side(asset: &Asset) -> Value {
    let mut side = serde_json::to_value(asset).unwrap();
    side.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    side
}
