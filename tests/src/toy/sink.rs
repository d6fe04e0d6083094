//! Writes answers to a receiver that acknowledges each chunk.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;

use super::Answers;
use anyhow::ensure;
use flow::{Flow, Reject, RenderError, Sink, SinkChunk, SinkRecord};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[derive(clap::Args, Clone, Debug)]
struct ToySink {
    /// Where the receiver listens
    #[arg(long)]
    receiver: SocketAddr,
}

impl Sink for ToySink {
    const NAME: &'static str = "toy-sink";
    const CHUNK_PARTS_MAX: u32 = 2;
    type Input = Answers;

    fn render(&self, record: &SinkRecord<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
        let answer = record.decoder.decode::<Answers>(record.value)?;
        if answer.index % 70 == 11 {
            return Err(Reject::new("not-to-be-told").into());
        }
        let mut line = String::new();
        writeln!(line, "{} {}", record.order, answer.text).expect("a string takes all");
        out.extend_from_slice(line.as_bytes());
        Ok(())
    }

    async fn write(&self, chunk: &SinkChunk) -> anyhow::Result<()> {
        let mut stream = TcpStream::connect(self.receiver).await?;
        for bytes in [chunk.id.as_bytes(), &chunk.bytes] {
            stream.write_u32(u32::try_from(bytes.len())?).await?;
            stream.write_all(bytes).await?;
        }
        ensure!(stream.read_u8().await? == b'k', "the receiver did not acknowledge");
        Ok(())
    }
}

/// Runs the flow as a process.
pub fn run() -> ExitCode {
    flow::main("toy-sink", "Writes answers to a receiver", |sink: ToySink, _| Ok(Flow::sink(sink)))
}
