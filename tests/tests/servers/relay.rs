//! A server that hands on what another one says, changed.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{accept_async, connect_async};

/// Starts a relay of the server at `url` that sends what `change` makes of each of its messages. It ends with the runtime.
pub(crate) async fn relay(url: String, change: fn(&str) -> String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let url = url.clone();
            // A client may leave whenever it likes.
            tokio::spawn(async move { hand_on(stream, &url, change).await.ok() });
        }
    });
    format!("ws://{address}")
}

async fn hand_on(stream: TcpStream, url: &str, change: fn(&str) -> String) -> Result<(), Error> {
    let (mut to_client, mut from_client) = accept_async(stream).await?.split();
    let (mut to_server, mut from_server) = connect_async(url).await?.0.split();
    let questions = async {
        while let Some(message) = from_client.next().await {
            to_server.send(message?).await?;
        }
        Ok(())
    };
    let answers = async {
        while let Some(message) = from_server.next().await {
            let message = match message? {
                Message::Text(text) => Message::text(change(&text)),
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
