//! Connections whose bytes may come late, without end, or not at all.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep};

use super::{Fault, Faults};

/// Time between two bytes that drip.
const DRIP: Duration = Duration::from_millis(5);
/// Content of each frame of a reply without end.
const FRAME_BYTES: usize = 65_536;
/// Frames of a reply without end before others have their turn.
const FRAMES_AT_ONCE: usize = 8;

/// The beginning of a message in fragments, and each further fragment.
static ENDLESS: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let begin = br#"{"result":{"ledger":{"ledger_data":""#;
    let first =
        [&[0x01, u8::try_from(begin.len()).expect("it is short")], begin.as_slice()].concat();
    let header = [&[0x00, 127], (FRAME_BYTES as u64).to_be_bytes().as_slice()].concat();
    (first, [header, vec![b'0'; FRAME_BYTES]].concat())
});

/// Accepts connections with the faults of a server.
pub(crate) struct FaultyListener {
    listener: TcpListener,
    faults: Arc<Faults>,
}

impl FaultyListener {
    pub(crate) fn new(listener: TcpListener, faults: Arc<Faults>) -> Self {
        Self { listener, faults }
    }
}

impl Listener for FaultyListener {
    type Io = FaultyStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (FaultyStream, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // An announcement is not to wait for the acknowledgement of the one before.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let faults = Arc::clone(&self.faults);
        let state = State { is_deaf: false, drip: None, endless_at: 0 };
        (FaultyStream { stream, faults, wire: Wire::default(), state }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// What a connection's handler can do to its bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wire {
    is_endless: Arc<AtomicBool>,
}

impl Wire {
    /// Whatever is written next over WebSocket is a message without end.
    pub(crate) fn never_end(&self) {
        self.is_endless.store(true, Ordering::Release);
    }
}

impl Connected<IncomingStream<'_, FaultyListener>> for Wire {
    fn connect_info(stream: IncomingStream<'_, FaultyListener>) -> Self {
        stream.io().wire.clone()
    }
}

/// One connection.
pub(crate) struct FaultyStream {
    stream: TcpStream,
    faults: Arc<Faults>,
    wire: Wire,
    state: State,
}

struct State {
    /// Nothing that is written arrives.
    is_deaf: bool,
    /// When the next byte may go.
    drip: Option<Pin<Box<Sleep>>>,
    /// Bytes of a message without end that went out.
    endless_at: usize,
}

impl FaultyStream {
    fn write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.state.is_deaf {
            return Poll::Ready(Ok(bytes.len()));
        }
        if self.faults.happens(Fault::HalfOpen) {
            self.state.is_deaf = true;
            return Poll::Ready(Ok(bytes.len()));
        }
        if self.faults.happens(Fault::Disconnect) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if self.wire.is_endless.load(Ordering::Acquire) {
            return self.write_endless(context);
        }
        if self.faults.is_on(Fault::SlowDrip) && !bytes.is_empty() {
            return self.drip(context, bytes);
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn drip(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let drip = self.state.drip.get_or_insert_with(|| Box::pin(sleep(DRIP)));
        ready!(drip.as_mut().poll(context));
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, &bytes[..1]));
        drip.as_mut().reset(Instant::now() + DRIP);
        self.faults.count(Fault::SlowDrip);
        Poll::Ready(written)
    }

    fn write_endless(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let (first, further) = &*ENDLESS;
        for _ in 0..FRAMES_AT_ONCE {
            let at = self.state.endless_at;
            let rest = match at.checked_sub(first.len()) {
                None => &first[at..],
                Some(beyond) => &further[beyond % further.len()..],
            };
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, rest))?;
            self.state.endless_at += written;
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl AsyncRead for FaultyStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for FaultyStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The other end of a half-open connection hears of nothing.
        if self.state.is_deaf {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
