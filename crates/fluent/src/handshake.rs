//! HELO, PING and PONG: how both ends prove that they know the key, before any event is sent.

use bytes::Bytes;
use rand::RngExt;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::message_reader::{MessageReader, ReadError};
use crate::msgpack::{Array, DecodeError, Value, put};
use crate::security::{equal, key_digest, password_digest};
use crate::stream::write_out;
use crate::{HandshakeError, ReceiverSecurity, SenderSecurity};

/// The sender's part. Tells whether the receiver keeps the connection for further messages.
pub(crate) async fn prove<S: AsyncRead + AsyncWrite + Unpin>(
    reader: &mut MessageReader<S>,
    security: &SenderSecurity,
) -> Result<bool, HandshakeError> {
    let bytes = step(reader).await?;
    let helo = Helo::decode(&bytes).map_err(HandshakeError::Malformed)?;
    let salt = salt();
    write(reader, &ping(security, &salt, &helo)).await?;

    let bytes = step(reader).await?;
    let pong = Pong::decode(&bytes).map_err(HandshakeError::Malformed)?;
    if !pong.accepted {
        return Err(HandshakeError::Refused { reason: pong.reason.to_owned() });
    }
    let expected = key_digest(salt.as_bytes(), pong.hostname, helo.nonce, &security.shared_key);
    match equal(&expected, pong.digest) {
        true => Ok(helo.keepalive),
        false => Err(HandshakeError::WrongDigest),
    }
}

/// The receiver's part. A sender that fails it is told why.
pub(crate) async fn demand<S: AsyncRead + AsyncWrite + Unpin>(
    reader: &mut MessageReader<S>,
    security: &ReceiverSecurity,
) -> Result<(), HandshakeError> {
    let (nonce, auth_salt) =
        (salt(), if security.users.is_empty() { String::new() } else { salt() });
    write(reader, &helo(&nonce, &auth_salt)).await?;

    let bytes = step(reader).await?;
    let ping = Ping::decode(&bytes).map_err(HandshakeError::Malformed)?;
    let refusal = ping.refusal(security, &nonce, &auth_salt);
    write(reader, &pong(security, &ping, &nonce, refusal)).await?;
    match refusal {
        Some(reason) => Err(HandshakeError::Refused { reason: reason.to_owned() }),
        None => Ok(()),
    }
}

struct Helo<'a> {
    nonce: &'a [u8],
    /// Empty if no user is asked for.
    auth_salt: &'a [u8],
    keepalive: bool,
}

impl<'a> Helo<'a> {
    fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
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
}

struct Ping<'a> {
    hostname: &'a str,
    salt: &'a [u8],
    digest: &'a str,
    user: &'a str,
    password_digest: &'a str,
}

impl<'a> Ping<'a> {
    fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut items = items(bytes, "PING")?;
        Ok(Self {
            hostname: item(&mut items)?.text()?,
            salt: item(&mut items)?.bytes()?,
            digest: item(&mut items)?.text()?,
            user: item(&mut items)?.text()?,
            password_digest: item(&mut items)?.text()?,
        })
    }

    fn refusal(
        &self,
        security: &ReceiverSecurity,
        nonce: &str,
        auth_salt: &str,
    ) -> Option<&'static str> {
        let expected = key_digest(self.salt, self.hostname, nonce.as_bytes(), &security.shared_key);
        if !equal(&expected, self.digest) {
            return Some("shared key mismatch");
        }
        if security.users.is_empty() {
            return None;
        }
        let known = security.users.get(self.user).is_some_and(|password| {
            equal(&password_digest(auth_salt.as_bytes(), self.user, password), self.password_digest)
        });
        (!known).then_some("username/password mismatch")
    }
}

struct Pong<'a> {
    accepted: bool,
    reason: &'a str,
    hostname: &'a str,
    digest: &'a str,
}

impl<'a> Pong<'a> {
    fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut items = items(bytes, "PONG")?;
        let accepted = item(&mut items)? == Value::Bool(true);
        let reason = item(&mut items)?.text()?;
        // Whoever refuses need not say more.
        let mut proof = || if accepted { item(&mut items)?.text() } else { Ok("") };
        Ok(Self { accepted, reason, hostname: proof()?, digest: proof()? })
    }
}

fn helo(nonce: &str, auth_salt: &str) -> Vec<u8> {
    let mut out = Vec::new();
    put::array_header(&mut out, 2);
    put::str(&mut out, "HELO");
    put::map_header(&mut out, 3);
    put::str(&mut out, "nonce");
    put::bin(&mut out, nonce.as_bytes());
    put::str(&mut out, "auth");
    put::bin(&mut out, auth_salt.as_bytes());
    put::str(&mut out, "keepalive");
    put::bool(&mut out, true);
    out
}

fn ping(security: &SenderSecurity, salt: &str, helo: &Helo<'_>) -> Vec<u8> {
    let digest = key_digest(salt.as_bytes(), &security.hostname, helo.nonce, &security.shared_key);
    let (user, password) = match &security.user {
        Some((user, password)) if !helo.auth_salt.is_empty() => {
            (user.as_str(), password_digest(helo.auth_salt, user, password))
        }
        _ => ("", String::new()),
    };
    strings(&["PING", &security.hostname, salt, &digest, user, &password])
}

fn pong(
    security: &ReceiverSecurity,
    ping: &Ping<'_>,
    nonce: &str,
    refusal: Option<&str>,
) -> Vec<u8> {
    let mut out = Vec::new();
    put::array_header(&mut out, 5);
    put::str(&mut out, "PONG");
    put::bool(&mut out, refusal.is_none());
    put::str(&mut out, refusal.unwrap_or_default());
    let (hostname, digest) = match refusal {
        Some(_) => ("", String::new()),
        None => {
            let digest =
                key_digest(ping.salt, &security.hostname, nonce.as_bytes(), &security.shared_key);
            (security.hostname.as_str(), digest)
        }
    };
    put::str(&mut out, hostname);
    put::str(&mut out, &digest);
    out
}

fn strings(items: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    put::array_header(&mut out, u32::try_from(items.len()).expect("a step has a few items"));
    items.iter().for_each(|item| put::str(&mut out, item));
    out
}

/// 128 bits of randomness.
fn salt() -> String {
    faster_hex::hex_string(&rand::rng().random::<[u8; 16]>())
}

/// The items after the name of a step.
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

async fn step<S: AsyncRead + Unpin>(
    reader: &mut MessageReader<S>,
) -> Result<Bytes, HandshakeError> {
    match reader.next().await {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(HandshakeError::Incomplete),
        Err(ReadError::Io(error)) => Err(HandshakeError::Io(error)),
        Err(ReadError::Decode(error)) => Err(HandshakeError::Malformed(error)),
    }
}

async fn write<S: AsyncRead + AsyncWrite + Unpin>(
    reader: &mut MessageReader<S>,
    bytes: &[u8],
) -> Result<(), HandshakeError> {
    write_out(reader.stream(), bytes).await.map_err(HandshakeError::Io)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn sender(shared_key: &str, user: Option<(&str, &str)>) -> SenderSecurity {
        let user = user.map(|(name, password)| (name.to_owned(), password.to_owned()));
        SenderSecurity { shared_key: shared_key.to_owned(), hostname: "here".to_owned(), user }
    }

    async fn both(
        sender: SenderSecurity,
        users: &[(&str, &str)],
    ) -> (Result<bool, HandshakeError>, Result<(), HandshakeError>) {
        let users: HashMap<_, _> =
            users.iter().map(|&(name, word)| (name.to_owned(), word.to_owned())).collect();
        let receiver =
            ReceiverSecurity { shared_key: "key".to_owned(), hostname: "there".to_owned(), users };
        let (ours, theirs) = tokio::io::duplex(1000);
        let (mut ours, mut theirs) =
            (MessageReader::new(ours, 1000), MessageReader::new(theirs, 1000));
        tokio::join!(prove(&mut ours, &sender), demand(&mut theirs, &receiver))
    }

    fn refused<T: std::fmt::Debug>(result: Result<T, HandshakeError>) -> String {
        match result {
            Err(HandshakeError::Refused { reason }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn both_ends_accept_the_same_key() {
        let (sender, receiver) = both(sender("key", None), &[]).await;
        assert!(sender.unwrap());
        receiver.unwrap();
    }

    #[tokio::test]
    async fn another_key_is_refused() {
        let (sender, receiver) = both(sender("other", None), &[]).await;
        assert_eq!(refused(sender), "shared key mismatch");
        assert_eq!(refused(receiver), "shared key mismatch");
    }

    #[tokio::test]
    async fn a_user_needs_the_right_password() {
        let users = [("ann", "word"), ("bob", "other")];
        both(sender("key", Some(("ann", "word"))), &users).await.0.unwrap();
        for user in [None, Some(("ann", "other")), Some(("eve", "word"))] {
            assert_eq!(
                refused(both(sender("key", user), &users).await.0),
                "username/password mismatch"
            );
        }
    }

    #[tokio::test]
    async fn a_receiver_that_does_not_know_the_key_is_not_trusted() {
        let (ours, theirs) = tokio::io::duplex(1000);
        let (mut ours, mut theirs) =
            (MessageReader::new(ours, 1000), MessageReader::new(theirs, 1000));
        let false_receiver = async {
            write(&mut theirs, &helo("nonce", "")).await.unwrap();
            step(&mut theirs).await.unwrap();
            let pong =
                [&[0x95, 0xa4][..], b"PONG", &[0xc3, 0xa0, 0xa1], b"x", &[0xa1], b"y"].concat();
            write(&mut theirs, &pong).await.unwrap();
        };
        let security = sender("key", None);
        let (proved, ()) = tokio::join!(prove(&mut ours, &security), false_receiver);
        assert!(matches!(proved, Err(HandshakeError::WrongDigest)), "{proved:?}");
    }

    proptest! {
        #[test]
        fn malformed_steps_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), named in 0..3_usize) {
            let prefix = [&[0x95, 0xa4][..], ["HELO", "PING", "PONG"][named].as_bytes()].concat();
            for bytes in [bytes.clone(), [prefix, bytes].concat()] {
                let _ = (Helo::decode(&bytes).is_ok(), Ping::decode(&bytes).is_ok(), Pong::decode(&bytes).is_ok());
            }
        }
    }
}
