//! What bytes travel over: TCP, with or without TLS.

use std::fmt::Debug;
use std::io;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

/// Bytes both ways.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Debug + Send + Sync + Unpin {}

impl<S: AsyncRead + AsyncWrite + Debug + Send + Sync + Unpin> Duplex for S {}

/// A connection, plain or encrypted.
pub(crate) type Stream = Box<dyn Duplex>;

/// Writes all of `bytes`, and sees that none of them stays here: TLS keeps what it could not write at once.
pub(crate) async fn write_out<S: AsyncWrite + Unpin>(
    stream: &mut S,
    mut bytes: impl bytes::Buf,
) -> io::Result<()> {
    stream.write_all_buf(&mut bytes).await?;
    stream.flush().await
}
