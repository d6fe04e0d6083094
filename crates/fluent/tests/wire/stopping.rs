//! The stop of a receiver.

use std::sync::Arc;
use std::time::Duration;

use fluent::SendError;
use fluent_receiver::{Batch, Receiver, ReceiverSettings};
use tokio::sync::Notify;

use crate::chunks::{chunk, sender};
use crate::received::willing_receiver;

/// A receiver whose handler signals its begin, and ends when it is notified.
async fn slow_receiver(settings: ReceiverSettings) -> (Receiver, Arc<Notify>, Arc<Notify>) {
    let (begun, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let handler = {
        let (begun, may_end) = (begun.clone(), may_end.clone());
        move |_: Batch| {
            let (begun, may_end) = (begun.clone(), may_end.clone());
            async move {
                begun.notify_one();
                may_end.notified().await;
                Ok(())
            }
        }
    };
    (Receiver::start("127.0.0.1:0", settings, handler).await.unwrap(), begun, may_end)
}

#[tokio::test]
async fn a_chunk_in_hand_is_finished_and_acknowledged() {
    let (receiver, begun, may_end) = slow_receiver(ReceiverSettings::default()).await;
    let mut sender = sender(receiver.address());
    let sending = tokio::spawn(async move { sender.send(&chunk(1)).await });
    begun.notified().await;
    let stopping = tokio::spawn(receiver.stop());
    may_end.notify_one();
    sending.await.unwrap().unwrap();
    assert_eq!(stopping.await.unwrap().acks, 1);
}

#[tokio::test]
async fn a_handler_that_does_not_end_is_dropped_after_the_grace() {
    let settings = ReceiverSettings { grace: Duration::from_millis(50), ..Default::default() };
    let (receiver, begun, _may_end) = slow_receiver(settings).await;
    let mut sender = sender(receiver.address());
    let sending = tokio::spawn(async move { sender.send(&chunk(1)).await });
    begun.notified().await;
    assert_eq!(receiver.stop().await.acks, 0);
    let error = sending.await.unwrap().unwrap_err();
    assert!(matches!(error, SendError::Closed | SendError::Read(_)), "{error:?}");
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_no_further_one_is_accepted() {
    let (receiver, received) = willing_receiver(ReceiverSettings::default()).await;
    let mut sender = sender(receiver.address());
    sender.send(&chunk(1)).await.unwrap();
    receiver.stop().await;
    let error = sender.send(&chunk(2)).await.unwrap_err();
    assert!(matches!(error, SendError::Connect { .. }), "{error:?}");
    assert_eq!(received.numbers(), [1]);
}

#[tokio::test]
async fn dropping_a_receiver_frees_its_port() {
    let (receiver, _) = willing_receiver(ReceiverSettings::default()).await;
    let address = receiver.address();
    sender(address).send(&chunk(1)).await.unwrap();
    drop(receiver);
    let again = async {
        loop {
            let handler = |_: Batch| async { Ok(()) };
            match Receiver::start(address, ReceiverSettings::default(), handler).await {
                Ok(receiver) => return receiver,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), again).await.unwrap();
}
