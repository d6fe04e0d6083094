//! The receiver: accepts connections and acknowledges each chunk after its handler accepted it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::{error, warn};

use fluent::protocol::Stream;

use crate::connection::Connection;
use crate::counts::{Counters, add};
use crate::{Batch, Counts, ReceiverSecurity, ReceiverTls};

/// Settings of a [`Receiver`].
#[derive(Clone, Debug)]
pub struct ReceiverSettings {
    /// The most bytes of one message.
    pub message_bytes_max: usize,
    /// The most bytes of one message's events when they are decompressed.
    pub decompressed_bytes_max: usize,
    /// The most connections at a time; further senders wait.
    pub connections_max: usize,
    /// How long a handler may run after [`Receiver::stop`], and how long each handshake may take.
    pub grace: Duration,
    /// TLS, if connections are encrypted.
    pub tls: Option<ReceiverTls>,
    /// Credentials that senders need, if any.
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

/// Accepts connections and passes their events to a handler, until it is stopped or dropped.
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

    /// The address that it listens at.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its counts so far.
    pub fn counts(&self) -> Counts {
        self.counters.read()
    }

    /// Stops accepting, waits for running handlers and acknowledges what they accepted, then closes all connections.
    /// Waits no longer than `grace`.
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
                    error!(%panic, "handler panicked, connection closed");
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
                            warn!(%peer, %error, "TLS handshake failed");
                        }
                    }
                });
            }
            Err(error) => {
                warn!(%error, "accepting a connection failed");
                sleep(PAUSE_AFTER_ERROR).await;
            }
        }
    }
    drop(listener);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if timeout(settings.grace, all_ended).await.is_err() {
        warn!("handlers did not finish in time, connections aborted");
    }
}

/// A connection that is ready for messages.
async fn opened(stream: TcpStream, settings: &ReceiverSettings) -> io::Result<Stream> {
    let Some(tls) = &settings.tls else { return Ok(Box::new(stream)) };
    let accepted = timeout(settings.grace, tls.accept(stream)).await;
    accepted.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
