//! Chunks on which a receiver closed the connection.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use fluent::Chunk;

/// From this number of consecutive closes on, the chunk itself is the likely cause.
const CLOSES_MIN: u32 = 2;
/// Consecutive closes by the id of the chunk.
#[derive(Debug, Default)]
pub(crate) struct ClosedChunks(Mutex<BTreeMap<String, u32>>);

impl ClosedChunks {
    /// Records a failure. Returns whether the receiver has closed on this chunk repeatedly.
    pub(crate) fn failed(&self, chunk: &str, is_close: bool) -> bool {
        let mut closes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_close {
            closes.remove(chunk);
            return false;
        }
        let closes = closes.entry(chunk.to_owned()).or_default();
        *closes += 1;
        *closes >= CLOSES_MIN
    }

    /// Records an acknowledgement.
    pub(crate) fn acknowledged(&self, chunk: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(chunk);
    }
}

/// What an operator can do about a chunk on which the receiver closes.
pub(crate) fn hint(chunk: &Chunk) -> String {
    let (records, bytes) = (chunk.entries.count(), chunk.entries.bytes());
    format!(
        " (the receiver closes on a chunk of {records} records, {bytes} bytes: raise its size limit, Fluentd `chunk_size_limit` \
         or Fluent Bit `buffer_max_size`; or set `--fluent-mode message` or `--fluent-record-bytes-max`)"
    )
}

#[cfg(test)]
mod tests {
    use flow::{Lane, SinkChunk};
    use fluent::EventTime;
    use fluent_receiver::{Receiver, ReceiverSettings};

    use crate::{Args, FluentSink};

    fn chunk(id: &str, bytes: usize) -> SinkChunk {
        let mut rendered = Vec::new();
        fluent::write_entry::<()>(&mut rendered, EventTime::default(), |record| {
            record.str("text", &"x".repeat(bytes));
            Ok(())
        })
        .unwrap();
        SinkChunk {
            topic: "transaction-records",
            id: id.to_owned(),
            sequence: 7,
            bytes: rendered,
            records: 1,
        }
    }

    #[tokio::test]
    async fn a_record_above_the_receivers_limit_is_named_with_what_helps() {
        let settings = ReceiverSettings { message_bytes_max: 2_000, ..Default::default() };
        let receiver =
            Receiver::start("127.0.0.1:0", settings, |_| async { Ok(()) }).await.unwrap();
        let address = receiver.address().to_string();
        let args = Args { fluent_address: vec![address.clone()], ..Args::default() };
        let lane = Lane::default();
        let scope = flow::Namespace::new("net".parse().unwrap(), lane.0);
        let sink = FluentSink::new(&args, scope).unwrap();
        let write = async |chunk: &SinkChunk| flow::Sink::write(&sink, chunk).await;

        let large = chunk("large", 5_000);
        let first = format!("{:#}", write(&large).await.unwrap_err());
        assert!(first.starts_with(&format!("writing to {address}: ")), "{first}");
        assert!(!first.contains("buffer_max_size"), "once may be a restart: {first}");
        let second = format!("{:#}", write(&large).await.unwrap_err());
        let size = format!(
            "writing to {address} (the receiver closes on a chunk of 1 records, {} bytes",
            large.bytes.len()
        );
        assert!(second.contains(&size) && second.contains("buffer_max_size"), "{second}");
        assert!(second.contains("--fluent-record-bytes-max"), "{second}");
        write(&chunk("small", 100)).await.unwrap();
    }
}
