//! Servers in memory, so that tests turn the clock themselves.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::DuplexStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use xrpl_client::{ByteStream, Dialer, EndpointUrl};

pub(crate) type Socket = WebSocketStream<DuplexStream>;
/// What a server answers to a request.
pub(crate) type Answer = Box<dyn Fn(&Value) -> String + Send + Sync>;
type Script = Arc<dyn Fn(usize, DuplexStream) -> BoxFuture<'static, ()> + Send + Sync>;

/// A network of scripted servers, reached by host name.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    servers: Arc<Mutex<HashMap<String, (Script, usize)>>>,
}

/// What a scripted server does after a request.
#[derive(Clone)]
pub(crate) enum Act {
    /// Sends a text frame.
    Send(String),
    /// Waits.
    Wait(Duration),
    /// Pings, and goes on once the pong is there.
    Ping,
    /// Closes with a code and a reason.
    Close(u16, &'static str),
    /// Goes away without a word.
    Vanish,
}

impl Memory {
    /// Puts a server on the network, or another script in its place: called with the number of the connection, from 0.
    pub(crate) fn serve_bytes<F>(
        &self,
        host: &str,
        script: impl Fn(usize, DuplexStream) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let script: Script = Arc::new(move |number, stream| script(number, stream).boxed());
        let mut servers = self.servers.lock().unwrap();
        let dials = servers.get(host).map_or(0, |server| server.1);
        servers.insert(host.to_owned(), (script, dials));
    }

    /// A WebSocket server that does `acts(number of the connection, request)` for each request.
    pub(crate) fn serve(
        &self,
        host: &str,
        acts: impl Fn(usize, &Value) -> Vec<Act> + Send + Sync + 'static,
    ) {
        let acts = Arc::new(acts);
        self.serve_bytes(host, move |number, stream| {
            let acts = acts.clone();
            async move {
                let Ok(socket) = tokio_tungstenite::accept_async(stream).await else { return };
                converse(socket, |request| acts(number, request)).await;
            }
        });
    }

    /// A server that answers each request with one frame.
    pub(crate) fn answer(
        &self,
        host: &str,
        answer: impl Fn(&Value) -> String + Send + Sync + 'static,
    ) {
        self.serve(host, move |_, request| vec![Act::Send(answer(request))]);
    }

    /// Takes a server off the network; connections that stand are left.
    pub(crate) fn remove(&self, host: &str) {
        self.servers.lock().unwrap().remove(host);
    }

    /// How often a server was dialled.
    pub(crate) fn dials(&self, host: &str) -> usize {
        self.servers.lock().unwrap().get(host).map_or(0, |server| server.1)
    }
}

/// Reads requests and acts on each until either side is gone.
async fn converse(mut socket: Socket, acts: impl Fn(&Value) -> Vec<Act>) {
    while let Some(Ok(message)) = socket.next().await {
        let Ok(text) = message.to_text() else { continue };
        let Ok(request) = serde_json::from_str(text) else { continue };
        for act in acts(&request) {
            let done = match act {
                Act::Send(text) => socket.send(Message::text(text)).await,
                Act::Wait(time) => {
                    tokio::time::sleep(time).await;
                    Ok(())
                }
                Act::Ping => match socket.send(Message::Ping("?".into())).await {
                    Ok(()) => until_pong(&mut socket).await,
                    error => error,
                },
                Act::Close(code, reason) => {
                    let _ = socket
                        .close(Some(CloseFrame { code: code.into(), reason: reason.into() }))
                        .await;
                    while let Some(Ok(_)) = socket.next().await {}
                    return;
                }
                Act::Vanish => return,
            };
            if done.is_err() {
                return;
            }
        }
    }
}

async fn until_pong(socket: &mut Socket) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Pong(_))) => return Ok(()),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(error),
            None => return Err(tokio_tungstenite::tungstenite::Error::ConnectionClosed),
        }
    }
}

impl Dialer for Memory {
    fn dial<'a>(&'a self, url: &'a EndpointUrl) -> BoxFuture<'a, io::Result<Box<dyn ByteStream>>> {
        async move {
            let mut servers = self.servers.lock().unwrap();
            let (script, dials) =
                servers.get_mut(url.host()).ok_or(io::ErrorKind::ConnectionRefused)?;
            let (client, server) = tokio::io::duplex(64 << 10);
            tokio::spawn(script(*dials, server));
            *dials += 1;
            Ok(Box::new(client) as Box<dyn ByteStream>)
        }
        .boxed()
    }

    fn tls(&self) -> io::Result<Arc<rustls::ClientConfig>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

pub(crate) fn url(host: &str) -> EndpointUrl {
    format!("ws://{host}").parse().unwrap()
}
