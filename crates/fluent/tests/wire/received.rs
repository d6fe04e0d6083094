//! What a receiver's handler took, in the order in which it took it.

use std::sync::{Arc, Mutex};

use fluent::msgpack::Value;
use fluent_receiver::{Batch, Receiver, ReceiverSettings};

/// The numbers of the events that arrived.
#[derive(Clone, Default)]
pub(crate) struct Received(Arc<Mutex<Vec<u64>>>);

impl Received {
    pub(crate) fn take(&self, batch: &Batch) {
        let numbers = batch.entries().map(|entry| match entry.record.get("number").unwrap() {
            Some(Value::Uint(number)) => number,
            Some(Value::Str(text)) => text.len() as u64,
            other => panic!("no number: {other:?}"),
        });
        self.0.lock().unwrap().extend(numbers);
    }

    pub(crate) fn numbers(&self) -> Vec<u64> {
        self.0.lock().unwrap().clone()
    }
}

/// A receiver that takes everything.
pub(crate) async fn willing_receiver(settings: ReceiverSettings) -> (Receiver, Received) {
    let received = Received::default();
    let taken = received.clone();
    let handler = move |batch: Batch| {
        taken.take(&batch);
        async { Ok(()) }
    };
    (Receiver::start("127.0.0.1:0", settings, handler).await.unwrap(), received)
}
