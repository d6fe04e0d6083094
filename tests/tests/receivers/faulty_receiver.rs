//! A faulty receiver: a proxy of a real one that delays, drops and reorders acknowledgements.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// What a connection does to its second chunk. The first one it serves well, so that each connection brings one further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quirk {
    /// Takes it, and closes without a word.
    AcceptsAndDies,
    /// Takes it, and is silent.
    NeverAnswers,
    /// Names another chunk.
    AcksWrongly,
    /// Says twice that it has it.
    AcksTwice,
    /// Says in one piece that it has it, and others as well.
    AcksSeveral,
    /// Says that it has it in pieces of a byte.
    AcksByBytes,
    /// Closes in the middle of it.
    ClosesInTheMiddle,
    /// Reads a little at a time.
    ReadsSlowly,
}

const QUIRKS: [Quirk; 8] = [
    Quirk::AcceptsAndDies,
    Quirk::NeverAnswers,
    Quirk::AcksWrongly,
    Quirk::AcksTwice,
    Quirk::AcksSeveral,
    Quirk::AcksByBytes,
    Quirk::ClosesInTheMiddle,
    Quirk::ReadsSlowly,
];

/// Listens until it is dropped.
pub(crate) struct FaultyReceiver {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    connections: AtomicUsize,
    applied: Mutex<BTreeMap<Quirk, usize>>,
}

impl FaultyReceiver {
    pub(crate) fn start(runtime: &Runtime, real: SocketAddr) -> Self {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let of_all = Arc::clone(&shared);
        let accepting = runtime.spawn(async move {
            while let Ok((sink, _)) = listener.accept().await {
                let shared = Arc::clone(&of_all);
                let number = shared.connections.fetch_add(1, Ordering::Relaxed);
                let quirk = QUIRKS[number % QUIRKS.len()];
                // It ends with either end.
                tokio::spawn(async move { shared.serve(sink, real, quirk).await.ok() });
            }
        });
        Self { address, shared, accepting }
    }

    /// How often each quirk was shown, once each was shown so often.
    pub(crate) fn applied(&self, times: usize) -> Option<BTreeMap<Quirk, usize>> {
        let applied = self.shared.applied().clone();
        let is_done = QUIRKS.iter().all(|quirk| applied.get(quirk).is_some_and(|n| *n >= times));
        is_done.then_some(applied)
    }
}

impl Drop for FaultyReceiver {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    fn applied(&self) -> MutexGuard<'_, BTreeMap<Quirk, usize>> {
        self.applied.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(&self, mut sink: TcpStream, real: SocketAddr, quirk: Quirk) -> io::Result<()> {
        let mut real = TcpStream::connect(real).await?;
        sink.set_nodelay(true)?;
        let mut acks = 0;
        let (mut chunk, mut answer) = (vec![0; 16 << 10], vec![0; 4 << 10]);
        loop {
            tokio::select! {
                read = sink.read(&mut chunk) => {
                    let length = read?;
                    if length == 0 {
                        return Ok(());
                    }
                    if acks == 1 && quirk == Quirk::ClosesInTheMiddle {
                        self.count(quirk);
                        return real.write_all(&chunk[..length / 2]).await;
                    }
                    if acks == 1 && quirk == Quirk::ReadsSlowly {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    real.write_all(&chunk[..length]).await?;
                }
                // An answer is short: it comes as one.
                read = real.read(&mut answer) => {
                    let length = read?;
                    acks += 1;
                    if acks != 2 || quirk == Quirk::ClosesInTheMiddle {
                        sink.write_all(&answer[..length]).await?;
                        continue;
                    }
                    self.count(quirk);
                    if !answered(&mut sink, &answer[..length], quirk).await? {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn count(&self, quirk: Quirk) {
        *self.applied().entry(quirk).or_default() += 1;
    }
}

/// Gives an acknowledgement in the way of a quirk. Tells whether the connection goes on.
async fn answered(sink: &mut TcpStream, ack: &[u8], quirk: Quirk) -> io::Result<bool> {
    let wrong = || [&ack[..ack.len() - 1], b"?"].concat();
    match quirk {
        Quirk::AcceptsAndDies | Quirk::ClosesInTheMiddle => return Ok(false),
        Quirk::NeverAnswers => {
            let mut rest = Vec::new();
            sink.read_to_end(&mut rest).await?;
            return Ok(false);
        }
        Quirk::AcksWrongly => sink.write_all(&wrong()).await?,
        Quirk::AcksTwice => sink.write_all(&[ack, ack].concat()).await?,
        Quirk::AcksSeveral => sink.write_all(&[ack, &wrong(), ack].concat()).await?,
        Quirk::AcksByBytes => {
            for byte in ack {
                sink.write_all(&[*byte]).await?;
                tokio::task::yield_now().await;
            }
        }
        Quirk::ReadsSlowly => sink.write_all(ack).await?,
    }
    Ok(true)
}
