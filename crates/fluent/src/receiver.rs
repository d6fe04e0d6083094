//! The receiving end: it acknowledges each chunk after its handler took it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::{error, warn};

use crate::connection::Connection;
use crate::counts::{Counters, add};
use crate::stream::Stream;
use crate::{Batch, Counts, ReceiverSecurity, ReceiverTls};

/// What a [`Receiver`] is told.
#[derive(Clone, Debug)]
pub struct ReceiverSettings {
    /// The most bytes of one message.
    pub message_bytes_max: usize,
    /// The most bytes of one message's events when they are decompressed.
    pub decompressed_bytes_max: usize,
    /// The most connections at a time; further senders wait.
    pub connections_max: usize,
    /// How long a handler may go on after [`Receiver::stop`], and a sender may take for its handshakes, each.
    pub grace: Duration,
    /// How connections are encrypted, if they are.
    pub tls: Option<ReceiverTls>,
    /// What senders have to prove, if anything.
    pub security: Option<ReceiverSecurity>,
}

impl Default for ReceiverSettings {
    fn default() -> Self {
        Self {
            message_bytes_max: 64 << 20,
            decompressed_bytes_max: 256 << 20,
            connections_max: 256,
            grace: Duration::from_secs(5),
            tls: None,
            security: None,
        }
    }
}

/// Accepts connections and hands their events on, until it is stopped or dropped.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    counters: Arc<Counters>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Receiver {
    /// Listens on `address` (port 0 takes a free one) and gives the events of each message to `handler`.
    ///
    /// Messages of one connection are handled one after the other, those of several side by side. When `handler` returns
    /// `Ok`, the chunk is acknowledged. When it returns an error or panics, there is no acknowledgement and the
    /// connection is closed, as it is after anything that is not the protocol; both are logged.
    pub async fn start<H, F>(
        address: impl ToSocketAddrs,
        settings: ReceiverSettings,
        handler: H,
    ) -> io::Result<Self>
    where
        H: Fn(Batch) -> F + Send + Sync + 'static,
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let counters = Arc::new(Counters::default());
        let (stop, stopped) = watch::channel(false);
        let accepting = tokio::spawn(accept(
            listener,
            settings.into(),
            handler.into(),
            counters.clone(),
            stopped,
        ));
        Ok(Self { address, counters, stop, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has seen so far.
    pub fn counts(&self) -> Counts {
        self.counters.read()
    }

    /// Stops accepting, lets handlers that are at work finish and acknowledges what they took, then closes all
    /// connections. Takes the grace of the settings at most.
    pub async fn stop(mut self) -> Counts {
        self.stop.send_replace(true);
        let ended = (&mut self.accepting).await;
        debug_assert!(ended.is_ok(), "accepting never panics");
        self.counts()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept<H, F>(
    listener: TcpListener,
    settings: Arc<ReceiverSettings>,
    handler: Arc<H>,
    counters: Arc<Counters>,
    mut stopped: watch::Receiver<bool>,
) where
    H: Fn(Batch) -> F + Send + Sync + 'static,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    // When the system is short of descriptors, trying again at once would only burn time.
    const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(100);

    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stopped.wait_for(|&stopped| stopped) => break,
            Some(ended) = connections.join_next() => {
                if let Err(panic) = ended {
                    error!(%panic, "a handler panicked, its connection was closed");
                }
                continue;
            }
            accepted = listener.accept(), if connections.len() < settings.connections_max => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                add(&counters.connections, 1);
                let (settings, counters) = (settings.clone(), counters.clone());
                let (handler, stopped) = (handler.clone(), stopped.clone());
                connections.spawn(async move {
                    match opened(stream, &settings).await {
                        Ok(stream) => {
                            let connection =
                                Connection::new(stream, peer, settings, counters, stopped);
                            connection.serve(&*handler).await;
                        }
                        Err(error) => {
                            add(&counters.malformed, 1);
                            warn!(%peer, %error, "no TLS with a sender");
                        }
                    }
                });
            }
            Err(error) => {
                warn!(%error, "can't accept a connection");
                sleep(PAUSE_AFTER_ERROR).await;
            }
        }
    }
    drop(listener);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if timeout(settings.grace, all_ended).await.is_err() {
        warn!("handlers did not finish in time and were dropped");
    }
}

/// A connection that is ready for messages.
async fn opened(stream: TcpStream, settings: &ReceiverSettings) -> io::Result<Stream> {
    let Some(tls) = &settings.tls else { return Ok(Box::new(stream)) };
    let accepted = timeout(settings.grace, tls.accept(stream)).await;
    accepted.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
