//! A relay of a server's messages that changes or delays them.

use std::future::Future;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{accept_async, connect_async};

/// Starts a relay of the server at `url` that sends what `change` makes of each of its messages, when it is done. It ends
/// with the runtime. Returns its address.
pub async fn relay<C, M>(url: String, change: C) -> String
where
    C: Fn(String) -> M + Clone + Send + Sync + 'static,
    M: Future<Output = String> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (url, change) = (url.clone(), change.clone());
            // A client may leave whenever it likes.
            tokio::spawn(async move { hand_on(stream, &url, &change).await.ok() });
        }
    });
    format!("ws://{address}")
}

async fn hand_on<C, M>(stream: TcpStream, url: &str, change: &C) -> Result<(), Error>
where
    C: Fn(String) -> M,
    M: Future<Output = String>,
{
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
                Message::Text(text) => Message::text(change(text.to_string()).await),
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
