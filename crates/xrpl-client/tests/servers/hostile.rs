//! Servers that drip, or never end: time and memory are bounded whatever they send.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep};
use xrpl_client::{
    Connection, ConnectionError, ConnectionLimits, Error, ErrorClass, ServerInfoCall,
};

use crate::memory::{Memory, url};

async fn connect(memory: &Memory) -> Result<Connection, Error> {
    let limits = ConnectionLimits { reply_bytes_max: 1 << 20, ..ConnectionLimits::default() };
    Connection::open(memory, &url("a"), limits).await.map(|it| it.0)
}

/// Drips keep a connection busy; the reply is late all the same, and the connection is given up.
#[tokio::test(start_paused = true)]
async fn a_reply_that_drips_ends_in_the_time_of_a_request() {
    let memory = Memory::default();
    memory.serve_bytes("a", |_, stream| async move {
        let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        let _ = futures_util::StreamExt::next(&mut socket).await;
        let stream = socket.get_mut();
        // One frame of 65,000 bytes, a byte a second.
        let _ = stream.write_all(&[0x81, 126, 0xFD, 0xE8]).await;
        while stream.write_all(b"{").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    });
    let connection = connect(&memory).await.unwrap();
    let start = Instant::now();
    let error = connection.ask(&ServerInfoCall {}).await.unwrap_err();
    assert!(matches!(error, Error::Connection(ConnectionError::TimedOut(_))), "{error}");
    assert_eq!(start.elapsed(), ConnectionLimits::default().request_timeout);
    assert!(matches!(connection.loss(), Some(ConnectionError::Silent(_))));
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_that_drips_ends_in_the_time_of_a_connection() {
    let memory = Memory::default();
    memory.serve_bytes("a", |_, mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nX: ").await;
        while stream.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    });
    let start = Instant::now();
    let error = connect(&memory).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Connection(ConnectionError::TimedOut(_) | ConnectionError::Broken(_))
        ),
        "{error}"
    );
    assert!(start.elapsed() <= ConnectionLimits::default().connect_timeout);
}

/// Header after header, or a body without a length: neither is taken into memory.
#[tokio::test]
async fn an_upgrade_without_an_end_is_given_up_early() {
    for head in ["HTTP/1.1 101 Switching Protocols\r\n", "HTTP/1.1 200 OK\r\n\r\n"] {
        let memory = Memory::default();
        let (sender, mut sent) = tokio::sync::mpsc::unbounded_channel();
        memory.serve_bytes("a", move |_, mut stream| {
            let sender = sender.clone();
            async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(head.as_bytes()).await;
                let mut bytes = 0_usize;
                let header = format!("X: {}\r\n", "x".repeat(1000));
                while stream.write_all(header.as_bytes()).await.is_ok() {
                    bytes += header.len();
                }
                let _ = sender.send(bytes);
            }
        });
        let error = connect(&memory).await.unwrap_err();
        assert!(matches!(error.class(), ErrorClass::Connection | ErrorClass::Malformed), "{error}");
        let bytes = sent.recv().await.unwrap();
        assert!(bytes < 2 << 20, "{bytes} bytes were taken of {head:?}");
    }
}
