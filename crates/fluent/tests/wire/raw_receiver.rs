//! A receiver that serves each connection by a test's function.

use std::net::SocketAddr;

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Listens until it is dropped.
pub(crate) struct RawReceiver {
    pub(crate) address: SocketAddr,
    serving: JoinHandle<()>,
}

impl RawReceiver {
    /// Gives each connection, with its number from 0 on, to `serve`; one after the other.
    pub(crate) async fn start<F>(serve: impl Fn(TcpStream, usize) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            for number in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                serve(stream, number).await;
            }
        });
        Self { address, serving }
    }
}

impl Drop for RawReceiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Reads until `end` was read, which chunks of these tests end with: their size, a 1.
pub(crate) async fn read_chunk(stream: &mut TcpStream) {
    const END: &[u8] = b"\xa4size\x01";
    let mut bytes = Vec::new();
    while !bytes.ends_with(END) {
        assert_ne!(
            stream.read_buf(&mut bytes).await.unwrap(),
            0,
            "the sender closed within a chunk"
        );
    }
}

/// The acknowledgement of a chunk with an id of less than 32 bytes.
pub(crate) fn ack(id: &str) -> Vec<u8> {
    let length = 0xa0 | u8::try_from(id.len()).unwrap();
    [&[0x81, 0xa3][..], b"ack", &[length], id.as_bytes()].concat()
}
