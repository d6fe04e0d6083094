//! The client's side of the handshake.

use tokio::io::{AsyncRead, AsyncWrite};

use super::digest::{digests_equal, key_digest, password_digest};
use super::messages::{Helo, Ping, Pong};
use super::{nonce, read_message};
use crate::message_reader::MessageReader;
use crate::stream::write_flushed;
use crate::{HandshakeError, SenderSecurity};

/// Authenticates to the receiver, and the receiver to this sender. Returns whether the receiver keeps the connection for
/// further messages.
pub(crate) async fn client_handshake<S: AsyncRead + AsyncWrite + Unpin>(
    reader: &mut MessageReader<S>,
    security: &SenderSecurity,
) -> Result<bool, HandshakeError> {
    let bytes = read_message(reader).await?;
    let helo = Helo::decode(&bytes).map_err(HandshakeError::Malformed)?;
    let salt = nonce();
    let ping = ping(security, &salt, &helo);
    write_flushed(reader.stream(), &*ping).await.map_err(HandshakeError::Io)?;

    let bytes = read_message(reader).await?;
    let pong = Pong::decode(&bytes).map_err(HandshakeError::Malformed)?;
    if !pong.accepted {
        return Err(HandshakeError::Refused { reason: pong.reason.to_owned() });
    }
    let expected = key_digest(salt.as_bytes(), pong.hostname, helo.nonce, &security.shared_key);
    match digests_equal(&expected, pong.digest) {
        true => Ok(helo.keepalive),
        false => Err(HandshakeError::WrongDigest),
    }
}

fn ping(security: &SenderSecurity, salt: &str, helo: &Helo<'_>) -> Vec<u8> {
    let digest = key_digest(salt.as_bytes(), &security.hostname, helo.nonce, &security.shared_key);
    let (user, password) = match &security.user {
        Some((user, password)) if !helo.auth_salt.is_empty() => {
            (user.as_str(), password_digest(helo.auth_salt, user, password))
        }
        _ => ("", String::new()),
    };
    let ping = Ping {
        hostname: &security.hostname,
        salt: salt.as_bytes(),
        digest: &digest,
        user,
        password_digest: &password,
    };
    ping.encode()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_receiver_that_does_not_know_the_key_is_not_trusted() {
        let (ours, theirs) = tokio::io::duplex(1000);
        let (mut ours, mut theirs) =
            (MessageReader::new(ours, 1000), MessageReader::new(theirs, 1000));
        let false_receiver = async {
            let helo = Helo { nonce: b"nonce", auth_salt: b"", keepalive: true }.encode();
            write_flushed(theirs.stream(), &*helo).await.unwrap();
            read_message(&mut theirs).await.unwrap();
            let pong = Pong { accepted: true, reason: "", hostname: "x", digest: "y" }.encode();
            write_flushed(theirs.stream(), &*pong).await.unwrap();
        };
        let security =
            SenderSecurity { shared_key: "key".into(), hostname: "here".to_owned(), user: None };
        let (client, ()) = tokio::join!(client_handshake(&mut ours, &security), false_receiver);
        assert!(matches!(client, Err(HandshakeError::WrongDigest)), "{client:?}");
    }
}
