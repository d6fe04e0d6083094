//! Servers on the real network, on loopback.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;
use xrpl_client::{Connection, ConnectionLimits, EndpointUrl, Error, ServerInfoCall, TcpDialer};

use crate::replies::server_info;

async fn open(url: &str) -> Result<Connection, Error> {
    let url: EndpointUrl = url.parse().unwrap();
    let limits =
        ConnectionLimits { connect_timeout: Duration::from_secs(5), ..ConnectionLimits::default() };
    Connection::open(&TcpDialer::default(), &url, limits).await.map(|it| it.0)
}

/// The causes of an error, outermost first.
fn causes(error: &dyn std::error::Error) -> String {
    let source = error.source().map(causes).unwrap_or_default();
    format!("{error}: {source}")
}

#[tokio::test]
async fn a_server_is_reached_by_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let mut socket =
            tokio_tungstenite::accept_async(listener.accept().await.unwrap().0).await.unwrap();
        while let Some(Ok(Message::Text(request))) = socket.next().await {
            let request = serde_json::from_str(&request).unwrap();
            socket.send(Message::text(server_info(&request, "1-7"))).await.unwrap();
        }
    });
    let connection = open(&format!("ws://localhost:{port}")).await.unwrap();
    let info = connection.ask(&ServerInfoCall {}).await.unwrap();
    assert_eq!(info.complete_ledgers.unwrap().to_string(), "1-7");
    drop(connection);
    server.await.unwrap();
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_a_refused_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = open(&format!("ws://127.0.0.1:{port}")).await.unwrap_err();
    assert!(causes(&error).starts_with("cannot connect: Connection refused"), "{}", causes(&error));
}

/// Encryption is set up with its own roots and cryptography before the first byte, or says in words why not.
#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_an_error_and_no_panic() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let mut stream = listener.accept().await.unwrap().0;
        let _ =
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .await;
    });
    let error = open(&format!("wss://127.0.0.1:{port}")).await.unwrap_err();
    let found = causes(&error);
    assert!(
        found.contains("corrupt message") || found.contains("no root certificates on this machine"),
        "{found}"
    );
    server.abort();
}
