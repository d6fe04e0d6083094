//! The clock of a chain: servers that close the same ledger at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use xrpl_sim::Simulator;

/// Closes ledgers on all servers until it is stopped.
#[derive(Debug)]
pub(crate) struct Advance {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Advance {
    /// Closes a ledger every `interval` on average.
    pub(crate) fn start(servers: &Arc<Vec<Simulator>>, interval: Duration) -> Self {
        let (servers, stop) = (Arc::clone(servers), Arc::<AtomicBool>::default());
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut due = Instant::now();
            while !stopped.load(Ordering::Relaxed) {
                due += interval;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                for server in servers.iter() {
                    server.advance(1).expect("a chain in memory goes on");
                }
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Advance {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed; the chain has ended then.
            let _ = thread.join();
        }
    }
}
