//! The server's side of the handshake.

use fluent::HandshakeError;
use fluent::protocol::{
    Helo, MessageReader, Ping, Pong, digests_equal, key_digest, nonce, password_digest,
    read_message, write_flushed,
};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::ReceiverSecurity;

/// Authenticates a sender, and this receiver to it. A sender that is refused gets the reason.
pub(crate) async fn server_handshake<S: AsyncRead + AsyncWrite + Unpin>(
    reader: &mut MessageReader<S>,
    security: &ReceiverSecurity,
) -> Result<(), HandshakeError> {
    let auth_salt = if security.users.is_empty() { String::new() } else { nonce() };
    let nonce = nonce();
    let helo =
        Helo { nonce: nonce.as_bytes(), auth_salt: auth_salt.as_bytes(), keepalive: true }.encode();
    write_flushed(reader.stream(), &*helo).await.map_err(HandshakeError::Io)?;

    let bytes = read_message(reader).await?;
    let ping = Ping::decode(&bytes).map_err(HandshakeError::Malformed)?;
    let refusal = refusal(&ping, security, &nonce, &auth_salt);
    let pong = pong(&ping, security, &nonce, refusal);
    write_flushed(reader.stream(), &*pong).await.map_err(HandshakeError::Io)?;
    match refusal {
        Some(reason) => Err(HandshakeError::Refused { reason: reason.to_owned() }),
        None => Ok(()),
    }
}

fn refusal(
    ping: &Ping<'_>,
    security: &ReceiverSecurity,
    nonce: &str,
    auth_salt: &str,
) -> Option<&'static str> {
    let expected = key_digest(ping.salt, ping.hostname, nonce.as_bytes(), &security.shared_key);
    if !digests_equal(&expected, ping.digest) {
        return Some("shared key mismatch");
    }
    if security.users.is_empty() {
        return None;
    }
    let known = security.users.get(ping.user).is_some_and(|password| {
        let expected = password_digest(auth_salt.as_bytes(), ping.user, password);
        digests_equal(&expected, ping.password_digest)
    });
    (!known).then_some("username/password mismatch")
}

fn pong(
    ping: &Ping<'_>,
    security: &ReceiverSecurity,
    nonce: &str,
    refusal: Option<&str>,
) -> Vec<u8> {
    if let Some(reason) = refusal {
        return Pong { accepted: false, reason, hostname: "", digest: "" }.encode();
    }
    let digest = key_digest(ping.salt, &security.hostname, nonce.as_bytes(), &security.shared_key);
    Pong { accepted: true, reason: "", hostname: &security.hostname, digest: &digest }.encode()
}
