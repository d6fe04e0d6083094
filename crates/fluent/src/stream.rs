//! A byte stream: TCP, with or without TLS.

use std::fmt::Debug;
use std::io;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

/// A stream in both directions.
pub trait Duplex: AsyncRead + AsyncWrite + Debug + Send + Sync + Unpin {}

impl<S: AsyncRead + AsyncWrite + Debug + Send + Sync + Unpin> Duplex for S {}

/// A connection, plain or encrypted.
pub type Stream = Box<dyn Duplex>;

/// Writes all of `bytes` and flushes: TLS buffers what it could not write at once.
///
/// # Errors
/// When the connection breaks.
pub async fn write_flushed<S: AsyncWrite + Unpin>(
    stream: &mut S,
    mut bytes: impl bytes::Buf,
) -> io::Result<()> {
    stream.write_all_buf(&mut bytes).await?;
    stream.flush().await
}
