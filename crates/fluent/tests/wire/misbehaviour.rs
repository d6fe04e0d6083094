//! Receivers that misbehave: each kind is its own error, nothing counts as delivered, and the next chunk gets through.

use std::time::Duration;

use fluent::msgpack::DecodeError;
use fluent::{Chunk, SendError, Sender, SenderSettings};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::chunks::{chunk, impatient_sender, large_chunk, sender};
use crate::raw_receiver::{RawReceiver, ack, read_chunk};

/// What a receiver says to its first connection's first chunk; the second gets a proper acknowledgement.
async fn error_after(answer: &'static [u8]) -> SendError {
    let receiver = RawReceiver::start(move |mut stream, number| async move {
        read_chunk(&mut stream).await;
        if number == 0 {
            stream.write_all(answer).await.unwrap();
        } else {
            stream.write_all(&ack("7")).await.unwrap();
            hold(stream);
        }
    })
    .await;
    fails_then_delivers(&mut sender(receiver.address), &chunk(7)).await
}

async fn fails_then_delivers(sender: &mut Sender, chunk: &Chunk) -> SendError {
    let error = sender.send(chunk).await.unwrap_err();
    sender.send(chunk).await.unwrap();
    error
}

/// Keeps a connection open until the test ends.
fn hold(stream: TcpStream) {
    std::mem::forget(stream);
}

#[tokio::test]
async fn closing_without_an_answer_is_no_acknowledgement() {
    assert!(matches!(error_after(b"").await, SendError::Closed));
}

#[tokio::test]
async fn an_acknowledgement_of_another_chunk_is_none() {
    let SendError::WrongAck { expected, found } = error_after(b"\x81\xa3ack\xa18").await else {
        panic!("another error");
    };
    assert_eq!((&*expected, &*found), ("7", "8"));
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_no_acknowledgement() {
    let error = error_after(b"\x81\xa3ack\xa2").await;
    assert!(matches!(error, SendError::BadResponse(DecodeError::Truncated)), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_is_not_msgpack_is_no_acknowledgement() {
    let error = error_after(b"\xc1").await;
    assert!(matches!(error, SendError::BadResponse(DecodeError::Reserved)), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_is_no_map_with_an_ack_is_none() {
    for answer in [
        &b"\x80"[..],
        b"\x81\xa3nak\xa17",
        b"\xc3",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x81\xa3ack\x07",
    ] {
        let error = error_after(answer).await;
        assert!(
            matches!(error, SendError::BadResponse(DecodeError::Unexpected { .. })),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_announces_too_much_is_refused_at_once() {
    let error = error_after(b"\x81\xa3ack\xdb\xff\xff\xff\xff").await;
    assert!(
        matches!(error, SendError::BadResponse(DecodeError::TooLarge { bytes_max: 65_536 })),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_receiver_that_asks_for_a_key_is_named_as_such() {
    let error = error_after(b"\x92\xa4HELO\x80").await;
    assert!(matches!(error, SendError::KeyRequired), "{error:?}");
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_given_up() {
    let receiver = RawReceiver::start(|mut stream, number| async move {
        read_chunk(&mut stream).await;
        if number > 0 {
            stream.write_all(&ack("7")).await.unwrap();
        }
        hold(stream);
    })
    .await;
    let error = fails_then_delivers(&mut impatient_sender(receiver.address), &chunk(7)).await;
    assert!(matches!(error, SendError::AckTimeout { .. }), "{error:?}");
}

#[tokio::test]
async fn a_receiver_that_never_reads_is_given_up() {
    let receiver = RawReceiver::start(|stream, _| async move { hold(stream) }).await;
    let mut sender = impatient_sender(receiver.address);
    let error = sender.send(&large_chunk("7", 64 << 20)).await.unwrap_err();
    assert!(matches!(error, SendError::WriteTimeout { .. }), "{error:?}");
}

#[tokio::test]
async fn a_receiver_that_dies_while_it_is_written_to_is_an_error_of_its_own() {
    let receiver = RawReceiver::start(|stream, _| async move {
        stream.readable().await.unwrap();
    })
    .await;
    let error = sender(receiver.address).send(&large_chunk("7", 64 << 20)).await.unwrap_err();
    assert!(matches!(error, SendError::Write(_)), "{error:?}");
}

#[tokio::test]
async fn nobody_listening_is_an_error_of_its_own() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = sender(address).send(&chunk(7)).await.unwrap_err();
    assert!(matches!(error, SendError::Connect { .. }), "{error:?}");
    assert_eq!(error.to_string(), format!("can't connect to the receiver {address}"));
    let error = sender("no port here").send(&chunk(7)).await.unwrap_err();
    assert!(matches!(error, SendError::Connect { .. }), "{error:?}");
}

#[tokio::test]
async fn an_acknowledgement_may_arrive_byte_by_byte() {
    let receiver = RawReceiver::start(|mut stream, _| async move {
        stream.set_nodelay(true).unwrap();
        read_chunk(&mut stream).await;
        for byte in ack("7") {
            stream.write_all(&[byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        hold(stream);
    })
    .await;
    sender(receiver.address).send(&chunk(7)).await.unwrap();
}

#[tokio::test]
async fn a_second_acknowledgement_in_one_read_confirms_nothing() {
    let receiver = RawReceiver::start(|mut stream, number| async move {
        read_chunk(&mut stream).await;
        let answer = if number == 0 { [ack("7"), ack("8")].concat() } else { ack("8") };
        stream.write_all(&answer).await.unwrap();
        hold(stream);
    })
    .await;
    let mut sender = sender(receiver.address);
    sender.send(&chunk(7)).await.unwrap();
    let error = fails_then_delivers(&mut sender, &chunk(8)).await;
    assert!(matches!(error, SendError::Unsolicited), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_is_replaced_unnoticed() {
    let (closed, mut wait_for_closed) = tokio::sync::mpsc::channel(1);
    let receiver = RawReceiver::start(move |mut stream, _| {
        let closed = closed.clone();
        async move {
            read_chunk(&mut stream).await;
            stream.write_all(&ack("7")).await.unwrap();
            stream.shutdown().await.unwrap();
            drop(stream);
            closed.send(()).await.unwrap();
        }
    })
    .await;
    let mut sender = sender(receiver.address);
    for _ in 0..3 {
        sender.send(&chunk(7)).await.unwrap();
        wait_for_closed.recv().await.unwrap();
    }
}

#[tokio::test]
async fn a_send_that_is_dropped_leaves_no_half_used_connection() {
    let (reached, mut wait_for_reached) = tokio::sync::mpsc::channel(1);
    let receiver = RawReceiver::start(move |mut stream, number| {
        let reached = reached.clone();
        async move {
            read_chunk(&mut stream).await;
            match number {
                0 => reached.send(()).await.unwrap(),
                _ => stream.write_all(&ack("8")).await.unwrap(),
            }
            hold(stream);
        }
    })
    .await;
    let mut sender = sender(receiver.address);
    let first = chunk(7);
    tokio::select! {
        _ = sender.send(&first) => panic!("nothing was acknowledged"),
        _ = wait_for_reached.recv() => {}
    }
    sender.send(&chunk(8)).await.unwrap();
}

#[tokio::test]
async fn a_receiver_without_the_handshake_is_not_trusted_with_events() {
    let receiver = RawReceiver::start(|stream, _| async move { hold(stream) }).await;
    let security = fluent::SenderSecurity {
        shared_key: "key".into(),
        hostname: "here".to_owned(),
        user: None,
    };
    let mut sender = Sender::new(SenderSettings {
        connect_timeout: Duration::from_millis(100),
        security: Some(security),
        ..SenderSettings::to(receiver.address.to_string())
    });
    let error = sender.send(&chunk(7)).await.unwrap_err();
    assert!(
        matches!(error, SendError::Handshake { source: fluent::HandshakeError::Incomplete, .. }),
        "{error:?}"
    );
}
