//! Sends one event and waits for its acknowledgement: `cargo run -p fluent --example send -- 127.0.0.1:24224 hello`.

use std::convert::Infallible;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use fluent::{Chunk, Entries, EventTime, Sender, SenderSettings};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().context("usage: send ADDRESS TEXT")?;
    let text = arguments.next().unwrap_or_default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let time =
        EventTime { seconds: u32::try_from(now.as_secs())?, nanoseconds: now.subsec_nanos() };
    let mut entries = Entries::default();
    let Ok(()) = entries.push::<Infallible>(time, |event| {
        event.str("text", &text);
        Ok(())
    });
    let chunk = Chunk { tag: "example".to_owned(), id: format!("{:x}", now.as_nanos()), entries };
    // Returns once the receiver has named the chunk's id.
    Sender::new(SenderSettings::to(address)).send(&chunk).await?;
    println!("acknowledged: {}", chunk.id);
    Ok(())
}
