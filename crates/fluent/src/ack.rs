//! The receiver's acknowledgement of one chunk.

use crate::msgpack::{DecodeError, Value, put};

/// What a receiver may send while a sender waits for an acknowledgement.
#[derive(Debug, PartialEq)]
pub(crate) enum Response<'a> {
    Ack(&'a str),
    /// The first step of a handshake: the receiver wants a key first.
    Helo,
}

impl<'a> Response<'a> {
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        match Value::read(bytes)? {
            Value::Map(map) => {
                let ack = map
                    .get("ack")?
                    .ok_or(DecodeError::Unexpected { expected: "ack", found: "another map" })?;
                Ok(Self::Ack(ack.text()?))
            }
            Value::Array(items) if matches!({ items }.next(), Some(Ok(Value::Str("HELO")))) => {
                Ok(Self::Helo)
            }
            other => Err(other.unexpected("map with an ack")),
        }
    }
}

/// The acknowledgement of the chunk `id`.
pub fn encode_ack(id: &str) -> Vec<u8> {
    let mut out = Vec::new();
    put::map_header(&mut out, 1);
    put::str(&mut out, "ack");
    put::str(&mut out, id);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ack_names_the_chunk() {
        assert_eq!(Response::decode(&encode_ack("c-1")), Ok(Response::Ack("c-1")));
    }

    #[test]
    fn anything_else_is_no_ack() {
        for bytes in [&[0x80][..], &[0x90], &[0xc0], &[0x81, 0xa3, b'a', b'c', b'k', 0x01]] {
            Response::decode(bytes).unwrap_err();
        }
    }
}
