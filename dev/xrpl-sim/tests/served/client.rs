//! Clients for JSON-RPC and WebSocket.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Longer than any reply takes.
const DEADLINE: Duration = Duration::from_secs(20);

/// One connection for JSON-RPC, kept open.
pub(crate) struct HttpClient(BufReader<TcpStream>);

impl HttpClient {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self(BufReader::new(TcpStream::connect(address).await.unwrap()))
    }

    /// Sends bytes as they are.
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// Reads whatever comes next; 0 at the end.
    pub(crate) async fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(bytes).await
    }

    /// Status and body of a reply.
    pub(crate) async fn post(&mut self, body: &str) -> (u16, String) {
        timeout(DEADLINE, self.post_without_deadline(body)).await.expect("a reply came in time")
    }

    async fn post_without_deadline(&mut self, body: &str) -> (u16, String) {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: sim\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.write_all(request.as_bytes()).await.unwrap();
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut length = 0;
        while line != "\r\n" {
            line.clear();
            self.0.read_line(&mut line).await.unwrap();
            if let Some(number) = line.to_lowercase().strip_prefix("content-length:") {
                length = number.trim().parse().unwrap();
            }
        }
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes).await.unwrap();
        (status, String::from_utf8(bytes).unwrap())
    }

    /// The `result` of a command.
    pub(crate) async fn result(&mut self, method: &str, params: Value) -> Value {
        let (_, body) = self.post(&json!({"method": method, "params": [params]}).to_string()).await;
        serde_json::from_str::<Value>(&body).unwrap()["result"].take()
    }
}

/// One WebSocket connection.
pub(crate) struct WsClient(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl WsClient {
    pub(crate) async fn connect(url: &str) -> Self {
        Self(connect_async(url).await.unwrap().0)
    }

    pub(crate) async fn send(&mut self, frame: &str) {
        self.0.send(Message::text(frame)).await.unwrap();
    }

    /// The next message as it came, or why there is none; `None` for a connection that just ended.
    pub(crate) async fn raw(&mut self) -> Option<Result<Message, Error>> {
        self.0.next().await
    }

    /// The next message, or the close frame.
    pub(crate) async fn next(&mut self) -> Result<Value, Option<CloseFrame>> {
        loop {
            match timeout(DEADLINE, self.0.next()).await.expect("a message came in time") {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Err(frame),
                Some(Ok(_)) => {}
                Some(Err(error)) => panic!("the connection broke: {error}"),
                None => return Err(None),
            }
        }
    }

    /// The reply to a request, or the message before it.
    pub(crate) async fn ask(&mut self, request: &Value) -> Value {
        self.send(&request.to_string()).await;
        self.next().await.unwrap()
    }
}
