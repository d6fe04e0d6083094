//! A readiness check: the smallest request of Kafka's protocol.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Metadata (3), version 1, correlation id 1, no client id, no topics; its length goes before.
const REQUEST: [u8; 18] = [0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0];
const RESPONSE_SECONDS_MAX: u64 = 2;

/// Whether the broker on `port` lists itself, which it does once it serves clients.
pub(crate) async fn is_ready(port: u16) -> bool {
    timeout(Duration::from_secs(RESPONSE_SECONDS_MAX), brokers(port))
        .await
        .is_ok_and(|it| it.is_ok_and(|it| it > 0))
}

/// The number of brokers that the one on `port` lists.
async fn brokers(port: u16) -> io::Result<i32> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.write_all(&REQUEST).await?;
    let [_length, correlation, brokers] =
        [stream.read_i32().await?, stream.read_i32().await?, stream.read_i32().await?];
    Ok(if correlation == 1 { brokers } else { 0 })
}
