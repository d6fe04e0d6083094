//! What has to arrive at a receiver: the records of three topics, by `_id`.

use std::collections::BTreeMap;

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
            expect(id, parsed(record.json), json!({"_LedgerIndex": record.ledger_index}));
        }
        for record in self.ledger_records() {
            let id = format!("ledger-records/{}/0", record.ledger_index);
            let more = json!({"transaction_count": record.transaction_count});
            expect(id, parsed(record.json), more);
        }
        for answer in answers {
            let id = format!("book-offers/{}/{}", answer.ledger_index, answer.position);
            let event = json!({
                "ledger_index": answer.ledger_index,
                "taker_gets": side(&answer.taker_gets),
                "taker_pays": side(&answer.taker_pays),
                "status": answer.status,
                "offers": parsed(answer.offers),
            });
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
