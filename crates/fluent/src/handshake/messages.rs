//! HELO, PING and PONG, encoded and decoded.

use crate::msgpack::{Array, DecodeError, Value, put};

/// The receiver's first message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Helo<'a> {
    /// A random value that goes into both ends' digests.
    pub nonce: &'a [u8],
    /// The salt of the password's digest; empty if no user is required.
    pub auth_salt: &'a [u8],
    /// Whether the receiver keeps the connection for further messages.
    pub keepalive: bool,
}

/// The sender's answer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ping<'a> {
    /// The sender's host name.
    pub hostname: &'a str,
    /// The salt of the key's digest.
    pub salt: &'a [u8],
    /// The digest of the shared key.
    pub digest: &'a str,
    /// The user, if one is required.
    pub user: &'a str,
    /// The digest of the user's password.
    pub password_digest: &'a str,
}

/// The receiver's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pong<'a> {
    /// Whether the receiver accepts the sender.
    pub accepted: bool,
    /// Why not.
    pub reason: &'a str,
    /// The receiver's host name.
    pub hostname: &'a str,
    /// The digest of the shared key.
    pub digest: &'a str,
}

impl<'a> Helo<'a> {
    /// Reads the message.
    ///
    /// # Errors
    /// When the bytes are not a HELO.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut items = items(bytes, "HELO")?;
        let options = match item(&mut items)? {
            Value::Map(options) => options,
            other => return Err(other.unexpected("map of options")),
        };
        let nonce = options
            .get("nonce")?
            .ok_or(DecodeError::Unexpected { expected: "nonce", found: "none" })?;
        Ok(Self {
            nonce: nonce.bytes()?,
            auth_salt: options.get("auth")?.map_or(Ok(&[][..]), Value::bytes)?,
            keepalive: options.get("keepalive")? != Some(Value::Bool(false)),
        })
    }

    /// The message as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put::array_header(&mut out, 2);
        put::str(&mut out, "HELO");
        put::map_header(&mut out, 3);
        put::str(&mut out, "nonce");
        put::bin(&mut out, self.nonce);
        put::str(&mut out, "auth");
        put::bin(&mut out, self.auth_salt);
        put::str(&mut out, "keepalive");
        put::bool(&mut out, self.keepalive);
        out
    }
}

impl<'a> Ping<'a> {
    /// Reads the message.
    ///
    /// # Errors
    /// When the bytes are not a PING.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut items = items(bytes, "PING")?;
        Ok(Self {
            hostname: item(&mut items)?.text()?,
            salt: item(&mut items)?.bytes()?,
            digest: item(&mut items)?.text()?,
            user: item(&mut items)?.text()?,
            password_digest: item(&mut items)?.text()?,
        })
    }

    /// The message as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put::array_header(&mut out, 6);
        put::str(&mut out, "PING");
        put::str(&mut out, self.hostname);
        put::str_bytes(&mut out, self.salt);
        for text in [self.digest, self.user, self.password_digest] {
            put::str(&mut out, text);
        }
        out
    }
}

impl<'a> Pong<'a> {
    /// Reads the message.
    ///
    /// # Errors
    /// When the bytes are not a PONG.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut items = items(bytes, "PONG")?;
        let accepted = item(&mut items)? == Value::Bool(true);
        let reason = item(&mut items)?.text()?;
        // A receiver that refuses may leave out the rest.
        let mut proof = || if accepted { item(&mut items)?.text() } else { Ok("") };
        Ok(Self { accepted, reason, hostname: proof()?, digest: proof()? })
    }

    /// The message as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put::array_header(&mut out, 5);
        put::str(&mut out, "PONG");
        put::bool(&mut out, self.accepted);
        for text in [self.reason, self.hostname, self.digest] {
            put::str(&mut out, text);
        }
        out
    }
}

/// The items after the message's name.
fn items<'a>(bytes: &'a [u8], name: &'static str) -> Result<Array<'a>, DecodeError> {
    let mut items = match Value::read(bytes)? {
        Value::Array(items) => items,
        other => return Err(other.unexpected(name)),
    };
    match item(&mut items)? {
        Value::Str(found) if found == name => Ok(items),
        other => Err(other.unexpected(name)),
    }
}

fn item<'a>(items: &mut Array<'a>) -> Result<Value<'a>, DecodeError> {
    items.next().unwrap_or(Err(DecodeError::Truncated))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn messages_are_read_as_they_were_written() {
        let helo = Helo { nonce: b"n", auth_salt: b"s", keepalive: false };
        assert_eq!(Helo::decode(&helo.encode()).unwrap(), helo);
        let ping = Ping { hostname: "h", salt: b"s", digest: "d", user: "u", password_digest: "p" };
        assert_eq!(Ping::decode(&ping.encode()).unwrap(), ping);
        let pong = Pong { accepted: true, reason: "", hostname: "h", digest: "d" };
        assert_eq!(Pong::decode(&pong.encode()).unwrap(), pong);
    }

    proptest! {
        #[test]
        fn malformed_messages_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), named in 0..3_usize) {
            let prefix = [&[0x95, 0xa4][..], ["HELO", "PING", "PONG"][named].as_bytes()].concat();
            for bytes in [bytes.clone(), [prefix, bytes].concat()] {
                let _ = (Helo::decode(&bytes).is_ok(), Ping::decode(&bytes).is_ok(), Pong::decode(&bytes).is_ok());
            }
        }
    }
}
