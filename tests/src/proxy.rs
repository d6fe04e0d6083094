//! A TCP proxy between two processes that can cut and delay connections.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};

/// So much is carried at once.
const PIECE_BYTES: usize = 64 << 10;

/// Carries bytes both ways between whoever connects and a target.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    inner: Arc<Inner>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Inner {
    target: Mutex<Option<SocketAddr>>,
    is_stalled: watch::Sender<bool>,
    open: Mutex<Vec<AbortHandle>>,
    cut: AtomicUsize,
}

impl Proxy {
    /// Listens on a free port. Until it has a target, every connection is closed at once.
    pub fn start(runtime: &Runtime, target: Option<SocketAddr>) -> Self {
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            target: Mutex::new(target),
            is_stalled: watch::Sender::new(false),
            open: Mutex::default(),
            cut: AtomicUsize::new(0),
        });
        let accepting = runtime.spawn(accept(listener, Arc::clone(&inner)));
        Self { address, inner, accepting }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on connects to `target`.
    pub fn aim(&self, target: SocketAddr) {
        *self.inner.target.lock().unwrap_or_else(PoisonError::into_inner) = Some(target);
    }

    /// Cuts one of every `one_of` connections that are open now; returns how many.
    pub fn cut(&self, one_of: usize) -> usize {
        let mut open = self.inner.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|connection| !connection.is_finished());
        let victims: Vec<_> = open.iter().step_by(one_of.max(1)).cloned().collect();
        drop(open);
        victims.iter().for_each(AbortHandle::abort);
        self.inner.cut.fetch_add(victims.len(), Ordering::Relaxed);
        victims.len()
    }

    /// How many connections have been cut so far.
    pub fn cut_so_far(&self) -> usize {
        self.inner.cut.load(Ordering::Relaxed)
    }

    /// From now on holds everything up, or lets it go.
    pub fn stall(&self, is_stalled: bool) {
        self.inner.is_stalled.send_replace(is_stalled);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut(1);
    }
}

async fn accept(listener: TcpListener, inner: Arc<Inner>) {
    loop {
        // Out of descriptors for a moment: whoever connected sees it.
        let Ok((client, _)) = listener.accept().await else { continue };
        let target = *inner.target.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(target) = target else { continue };
        let carried = tokio::spawn(carry(client, target, inner.is_stalled.subscribe()));
        let mut open = inner.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|connection| !connection.is_finished());
        open.push(carried.abort_handle());
    }
}

/// Ends with either end, or when it is aborted: both connections are closed then.
async fn carry(client: TcpStream, target: SocketAddr, is_stalled: watch::Receiver<bool>) {
    let Ok(server) = TcpStream::connect(target).await else { return };
    for stream in [&client, &server] {
        // It only delays, and a connection that is gone already shows later.
        let _ = stream.set_nodelay(true);
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pump(from_client, to_server, is_stalled.clone()) => {}
        () = pump(from_server, to_client, is_stalled) => {}
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut is_stalled: watch::Receiver<bool>,
) {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let Ok(length @ 1..) = from.read(&mut piece).await else { return };
        let flows = is_stalled.wait_for(|is_stalled| !is_stalled).await.is_ok();
        if !flows || to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}
