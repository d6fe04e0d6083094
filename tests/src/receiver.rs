//! A receiver outside of Kafka that acknowledges what it has taken.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A chunk as it came, acknowledged or not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Received {
    pub id: String,
    pub text: String,
}

/// Listens on loopback for chunks.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    received: Mutex<Vec<Received>>,
    is_mute: AtomicBool,
}

impl Receiver {
    /// Listens on a free port.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner::default());
        let shared = Arc::clone(&inner);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let inner = Arc::clone(&shared);
                // A sender that was killed leaves half a chunk.
                std::thread::spawn(move || inner.take(stream).ok());
            }
        });
        Self { address, inner }
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// From now on takes chunks and acknowledges none, or acknowledges again.
    pub fn mute(&self, is_mute: bool) {
        self.inner.is_mute.store(is_mute, Ordering::SeqCst);
    }

    /// All chunks so far, in the order in which they came.
    pub fn received(&self) -> Vec<Received> {
        self.inner.received.lock().unwrap().clone()
    }
}

impl Inner {
    fn take(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let id = String::from_utf8_lossy(&part(&mut stream)?).into_owned();
        let text = String::from_utf8_lossy(&part(&mut stream)?).into_owned();
        self.received.lock().unwrap().push(Received { id, text });
        if self.is_mute.load(Ordering::SeqCst) {
            // Whoever waits for an answer sees the end of the line.
            std::thread::sleep(Duration::from_millis(50));
            return Ok(());
        }
        stream.write_all(b"k")
    }
}

fn part(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut bytes = vec![0; usize::try_from(u32::from_be_bytes(length)).expect("it fits")];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}
