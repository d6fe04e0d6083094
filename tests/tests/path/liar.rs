//! A server that lies: it hands on what an honest one says, and changes a digit of every ledger.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{accept_async, connect_async};

/// A lying server. It ends with its runtime.
pub(crate) struct Liar {
    address: SocketAddr,
    told: Arc<AtomicUsize>,
}

impl Liar {
    /// Lies about what the server at `honest` says.
    pub(crate) async fn start(honest: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let told = Arc::<AtomicUsize>::default();
        let shared = Arc::clone(&told);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (honest, told) = (honest.clone(), Arc::clone(&shared));
                // A client may leave whenever it likes.
                tokio::spawn(async move { relay(stream, &honest, &told).await.ok() });
            }
        });
        Self { address, told }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// How many lies it has told.
    pub(crate) fn told(&self) -> usize {
        self.told.load(Ordering::SeqCst)
    }
}

async fn relay(stream: TcpStream, honest: &str, told: &AtomicUsize) -> Result<(), Error> {
    let (mut to_client, mut from_client) = accept_async(stream).await?.split();
    let (mut to_server, mut from_server) = connect_async(honest).await?.0.split();
    let questions = async {
        while let Some(message) = from_client.next().await {
            to_server.send(message?).await?;
        }
        Ok(())
    };
    let answers = async {
        while let Some(message) = from_server.next().await {
            let message = match message? {
                Message::Text(text) => match falsified(&text) {
                    Some(lie) => {
                        told.fetch_add(1, Ordering::SeqCst);
                        Message::text(lie)
                    }
                    None => Message::Text(text),
                },
                other => other,
            };
            to_client.send(message).await?;
        }
        Ok(())
    };
    tokio::select! {
        ended = questions => ended,
        ended = answers => ended,
    }
}

/// A ledger with another digit in a transaction's metadata, or in its header if it has none.
fn falsified(reply: &str) -> Option<String> {
    let header = reply.find(r#""ledger_data":""#)?;
    let metadata = [r#""meta":""#, r#""meta_blob":""#].iter().find_map(|key| reply.find(key));
    let member = metadata.unwrap_or(header);
    let digits = member + reply[member..].find(r#":""#)? + 2;
    let length = reply[digits..].find('"')?;
    let at = digits + length / 2;
    let other = if reply[at..].starts_with('0') { "1" } else { "0" };
    Some([&reply[..at], other, &reply[at + 1..]].concat())
}
