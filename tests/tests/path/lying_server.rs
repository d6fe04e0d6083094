//! A server with invalid responses: a relay that changes a digit of every ledger.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ekspiper_tests::relay;

/// A lying server. It ends with its runtime.
pub(crate) struct LyingServer {
    url: String,
    told: Arc<AtomicUsize>,
}

impl LyingServer {
    /// Lies about what the server at `honest` says.
    pub(crate) async fn start(honest: String) -> Self {
        let told = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&told);
        let url = relay(honest, move |reply| {
            let lie = falsified(&reply);
            count.fetch_add(usize::from(lie.is_some()), Ordering::SeqCst);
            std::future::ready(lie.unwrap_or(reply))
        });
        Self { url: url.await, told }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// How many lies it has told.
    pub(crate) fn told(&self) -> usize {
        self.told.load(Ordering::SeqCst)
    }
}

/// A ledger with another digit in a transaction's metadata, or in its header if it has none.
fn falsified(reply: &str) -> Option<String> {
    let header = reply.find(r#""ledger_data":""#)?;
    let metadata = [r#""meta":""#, r#""meta_blob":""#].iter().find_map(|key| reply.find(key));
    let member = metadata.unwrap_or(header);
    let digits = member + reply[member..].find(r#":""#)? + 2;
    let length = reply[digits..].find('"')?;
    let at = digits + length / 2;
    let other = if reply[at..].starts_with('0') { "1" } else { "0" };
    Some([&reply[..at], other, &reply[at + 1..]].concat())
}
