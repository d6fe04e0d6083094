//! The handshake: HELO, PING and PONG, by which both ends prove that they know the shared key.

pub(crate) mod client;
pub(crate) mod digest;
pub(crate) mod messages;
pub(crate) mod security;

use bytes::Bytes;
use rand::RngExt;
use tokio::io::AsyncRead;

use crate::HandshakeError;
use crate::message_reader::{MessageReader, ReadError};

/// 128 random bits, in hexadecimal digits.
pub fn nonce() -> String {
    faster_hex::hex_string(&rand::rng().random::<[u8; 16]>())
}

/// Reads the next message of the handshake.
///
/// # Errors
/// When the connection ends or breaks, or what arrives is not MessagePack.
pub async fn read_message<S: AsyncRead + Unpin>(
    reader: &mut MessageReader<S>,
) -> Result<Bytes, HandshakeError> {
    match reader.next().await {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(HandshakeError::Incomplete),
        Err(ReadError::Io(error)) => Err(HandshakeError::Io(error)),
        Err(ReadError::Decode(error)) => Err(HandshakeError::Malformed(error)),
    }
}
