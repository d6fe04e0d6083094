//! Delivery to the demo receiver.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::bail;
use fluent::{Mode, SendError, Sender, SenderSettings};
use fluent_receiver::{Batch, Receiver, ReceiverSettings};
use proptest::prelude::*;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::chunks::{MODES, chunk, chunk_of, large_chunk, sender};
use crate::received::{Received, willing_receiver};

fn sender_in(mode: Mode, receiver: &Receiver) -> Sender {
    Sender::new(SenderSettings { mode, ..SenderSettings::to(receiver.address().to_string()) })
}

/// A receiver that does with its `n`th batch, from 0 on, what the function says.
async fn receiver_that<F>(does: impl Fn(usize) -> F + Send + Sync + 'static) -> (Receiver, Received)
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let received = Received::default();
    let (taken, batches) = (received.clone(), AtomicUsize::new(0));
    let handler = move |batch: Batch| {
        taken.take(&batch);
        does(batches.fetch_add(1, Ordering::Relaxed))
    };
    (Receiver::start("127.0.0.1:0", ReceiverSettings::default(), handler).await.unwrap(), received)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn chunks_arrive_whole_in_order_and_once_in_every_mode(
        chunks in prop::collection::vec(prop::collection::vec(any::<u64>(), 1..200), 1..10),
        mode in prop::sample::select(&MODES[1..]),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let (receiver, received) = willing_receiver(ReceiverSettings::default()).await;
            let mut sender = sender_in(mode, &receiver);
            for (number, numbers) in chunks.iter().enumerate() {
                sender.send(&chunk_of(&number.to_string(), numbers)).await.unwrap();
            }
            let numbers = chunks.concat();
            let counts = receiver.stop().await;
            prop_assert_eq!((counts.connections, counts.entries), (1, numbers.len() as u64));
            prop_assert_eq!((counts.batches, counts.acks), (chunks.len() as u64, chunks.len() as u64));
            prop_assert_eq!(received.numbers(), numbers);
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn single_events_arrive_in_message_mode() {
    let (receiver, received) = willing_receiver(ReceiverSettings::default()).await;
    let mut sender = sender_in(Mode::Message, &receiver);
    for number in 0..10 {
        sender.send(&chunk(number)).await.unwrap();
    }
    assert_eq!(received.numbers(), (0..10).collect::<Vec<_>>());
    let error = sender.send(&chunk_of("two", &[1, 2])).await.unwrap_err();
    assert!(matches!(error, SendError::Encode(_)), "{error:?}");
}

#[tokio::test]
async fn a_large_chunk_arrives_in_parts() {
    let (receiver, received) = willing_receiver(ReceiverSettings::default()).await;
    for mode in MODES {
        sender_in(mode, &receiver).send(&large_chunk("large", 20_000_000)).await.unwrap();
    }
    assert_eq!(received.numbers(), [20_000_000; 4]);
}

#[tokio::test]
async fn what_the_handler_refuses_is_not_acknowledged_and_comes_again() {
    let (receiver, received) = receiver_that(|batch| async move {
        match batch {
            1 => bail!("not now"),
            _ => Ok(()),
        }
    })
    .await;
    let mut sender = sender(receiver.address());
    sender.send(&chunk(0)).await.unwrap();
    let error = sender.send(&chunk(1)).await.unwrap_err();
    assert!(matches!(error, SendError::Closed | SendError::Read(_)), "{error:?}");
    sender.send(&chunk(1)).await.unwrap();
    let counts = receiver.stop().await;
    assert_eq!((counts.connections, counts.refused, counts.acks, counts.entries), (2, 1, 2, 2));
    assert_eq!(received.numbers(), [0, 1, 1]);
}

#[tokio::test]
async fn a_handler_that_panics_costs_its_own_connection_only() {
    let (receiver, received) = receiver_that(|batch| async move {
        assert_ne!(batch, 1, "the handler dies");
        Ok(())
    })
    .await;
    let (mut dying, mut living) = (sender(receiver.address()), sender(receiver.address()));
    living.send(&chunk(0)).await.unwrap();
    let error = dying.send(&chunk(1)).await.unwrap_err();
    assert!(matches!(error, SendError::Closed | SendError::Read(_)), "{error:?}");
    living.send(&chunk(2)).await.unwrap();
    dying.send(&chunk(1)).await.unwrap();
    assert_eq!(received.numbers(), [0, 1, 2, 1]);
    assert_eq!(receiver.stop().await.connections, 3);
}

#[tokio::test]
async fn senders_beyond_the_limit_wait_until_another_goes() {
    let (receiver, _) =
        willing_receiver(ReceiverSettings { connections_max: 1, ..Default::default() }).await;
    let mut first = sender(receiver.address());
    first.send(&chunk(0)).await.unwrap();
    let waiting = tokio::spawn({
        let mut second = sender(receiver.address());
        async move { second.send(&chunk(1)).await }
    });
    first.send(&chunk(2)).await.unwrap();
    assert_eq!(receiver.counts().connections, 1);
    drop(first);
    waiting.await.unwrap().unwrap();
    assert_eq!(receiver.counts().connections, 2);
}

#[tokio::test]
async fn what_is_not_the_protocol_closes_the_connection() {
    let settings = ReceiverSettings { message_bytes_max: 1000, ..Default::default() };
    let (receiver, _) = willing_receiver(settings).await;
    let too_long = [&[0x92, 0xa1, b't', 0xc6][..], &5000_u32.to_be_bytes()].concat();
    let bad: [&[u8]; 5] = [
        b"GET / HTTP/1.1\r\n",
        &[0xc1],
        &[0x93, 0xa1, b't', 0x91, 0x01, 0x80],
        &[0x91, 0xa1],
        &too_long,
    ];
    for (number, bytes) in bad.into_iter().enumerate() {
        let mut stream = TcpStream::connect(receiver.address()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer).await;
        assert!(answer.is_empty(), "{bytes:x?} was answered");
        while receiver.counts().malformed <= number as u64 {
            tokio::task::yield_now().await;
        }
    }
    let counts = receiver.stop().await;
    assert_eq!((counts.malformed, counts.batches), (5, 0));
}

#[tokio::test]
async fn heartbeats_and_messages_without_a_chunk_id_are_not_answered() {
    let (receiver, received) = willing_receiver(ReceiverSettings::default()).await;
    let mut stream = TcpStream::connect(receiver.address()).await.unwrap();
    let message =
        [&[0xc0, 0x93, 0xa1, b't', 0x01, 0x81, 0xa6][..], b"number", &[0x05, 0xc0]].concat();
    stream.write_all(&message).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer).await.unwrap();
    assert!(answer.is_empty());
    assert_eq!(received.numbers(), [5]);
    let counts = receiver.stop().await;
    assert_eq!((counts.batches, counts.acks), (1, 0));
}
