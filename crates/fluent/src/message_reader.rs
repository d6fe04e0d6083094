//! A reader of whole MessagePack values from a byte stream.

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::msgpack::{DecodeError, Scanner};

/// Reads values that arrive in parts, or several at once. Each is given whole, up to a limit.
#[derive(Debug)]
pub struct MessageReader<S> {
    stream: S,
    buffer: BytesMut,
    scanner: Scanner,
}

/// Why there is no further value.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The connection broke.
    #[error("reading failed")]
    Io(#[source] io::Error),
    /// Not MessagePack, too large, or cut off.
    #[error("not a message of the protocol")]
    Decode(#[source] DecodeError),
}

/// What has arrived without waiting.
#[derive(Debug)]
pub(crate) enum Early {
    Nothing,
    Bytes,
    End,
}

const READ_BYTES: usize = 64 * 1024;

impl<S: AsyncRead + Unpin> MessageReader<S> {
    /// Reads messages of at most `message_bytes_max` bytes from `stream`.
    pub fn new(stream: S, message_bytes_max: usize) -> Self {
        Self { stream, buffer: BytesMut::new(), scanner: Scanner::new(message_bytes_max) }
    }

    /// The next value, or `None` at the end. Cancel safe: nothing is lost if the future is dropped.
    ///
    /// # Errors
    /// When the connection breaks, or what arrives is not MessagePack or above the limit.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ReadError> {
        loop {
            if let Some(length) = self.scanner.scan(&self.buffer).map_err(ReadError::Decode)? {
                return Ok(Some(self.buffer.split_to(length).freeze()));
            }
            if self.fill().await.map_err(ReadError::Io)? == 0 {
                return match self.buffer.is_empty() {
                    true => Ok(None),
                    false => Err(ReadError::Decode(DecodeError::Truncated)),
                };
            }
        }
    }

    /// What has arrived, without waiting.
    pub(crate) fn early(&mut self) -> Early {
        if !self.buffer.is_empty() {
            return Early::Bytes;
        }
        match self.fill().now_or_never() {
            None => Early::Nothing,
            Some(Ok(1..)) => Early::Bytes,
            Some(Ok(0) | Err(_)) => Early::End,
        }
    }

    /// The stream itself, to write to.
    pub fn stream(&mut self) -> &mut S {
        &mut self.stream
    }

    async fn fill(&mut self) -> io::Result<usize> {
        self.buffer.reserve(READ_BYTES);
        match self.stream.read_buf(&mut self.buffer).await {
            // A peer that closes without TLS's close_notify has closed as well: an end is no success here.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            read => read,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test]
    async fn several_values_in_one_read_are_given_one_by_one() {
        let mut reader = MessageReader::new(&[0x01, 0x91, 0x02, 0xa1][..], 100);
        assert_eq!(reader.next().await.unwrap().unwrap()[..], [0x01]);
        assert!(matches!(reader.early(), Early::Bytes));
        assert_eq!(reader.next().await.unwrap().unwrap()[..], [0x91, 0x02]);
        assert!(matches!(reader.next().await, Err(ReadError::Decode(DecodeError::Truncated))));
    }

    #[tokio::test]
    async fn a_value_in_many_parts_is_given_whole() {
        let (mut ours, theirs) = tokio::io::duplex(7);
        let value = [&[0xc5, 0x03, 0xe8][..], &[9; 1000]].concat();
        let sent = value.clone();
        let writing = tokio::spawn(async move { ours.write_all(&sent).await.unwrap() });
        let mut reader = MessageReader::new(theirs, 2000);
        assert_eq!(reader.next().await.unwrap().unwrap(), value);
        writing.await.unwrap();
        assert!(reader.next().await.unwrap().is_none());
        assert!(matches!(reader.early(), Early::End));
    }

    #[tokio::test]
    async fn a_value_above_the_limit_is_an_error() {
        let mut reader = MessageReader::new(&[0xc5, 0x03, 0xe8][..], 100);
        let error = reader.next().await.unwrap_err();
        assert!(
            matches!(error, ReadError::Decode(DecodeError::TooLarge { bytes_max: 100 })),
            "{error}"
        );
    }

    #[tokio::test]
    async fn an_open_stream_without_bytes_has_nothing_early() {
        let (_ours, theirs) = tokio::io::duplex(7);
        assert!(matches!(MessageReader::new(theirs, 1).early(), Early::Nothing));
    }
}
