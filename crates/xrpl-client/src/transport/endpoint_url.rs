//! The address of a server, which never shows its secrets.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use tokio_tungstenite::tungstenite::http::Uri;

/// Where a server listens: `ws://` or `wss://`, a host, perhaps a port and a path.
///
/// Users put secrets into all of user information, path and query, so that `Display` and `Debug` show scheme, host
/// and port alone, with `/…` for the rest.
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointUrl {
    /// Without user information, which travels in a header.
    uri: Uri,
    authorization: Option<String>,
    host: String,
    port: u16,
    secure: bool,
}

/// Why an address cannot be used. The address itself is not repeated, since it may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointUrlError {
    /// Another protocol, such as JSON-RPC over HTTP.
    #[error("an XRP Ledger server is reached by ws:// or wss://, not by {scheme}://")]
    Scheme {
        /// The part before `://`.
        scheme: String,
    },
    /// Not an address at all.
    #[error("not an address such as wss://host:port")]
    Malformed,
}

impl EndpointUrl {
    /// The host name or address, IPv6 without its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port; 80 for `ws://` and 443 for `wss://` when none is given.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the connection is encrypted.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// What to ask the server for in the upgrade, without user information.
    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The `Authorization` header made of the user information.
    pub(super) fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }
}

impl FromStr for EndpointUrl {
    type Err = EndpointUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(EndpointUrlError::Malformed)?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "ws" => false,
            "wss" => true,
            _ => return Err(EndpointUrlError::Scheme { scheme: scheme.to_owned() }),
        };
        let authority_length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(authority_length);
        let (user, address) = match authority.rsplit_once('@') {
            Some((user, address)) => (Some(user), address),
            None => (None, authority),
        };
        let slash = if path.starts_with('/') { "" } else { "/" };
        let scheme = if secure { "wss" } else { "ws" };
        let uri: Uri = format!("{scheme}://{address}{slash}{path}")
            .parse()
            .map_err(|_| EndpointUrlError::Malformed)?;
        let (host, port) = host_and_port(address).ok_or(EndpointUrlError::Malformed)?;
        let port = port.unwrap_or(if secure { 443 } else { 80 });
        let encode =
            |user| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(user));
        Ok(Self { uri, authorization: user.map(encode), host, port, secure })
    }
}

/// Splits `host`, `host:port`, `[::1]` and `[::1]:port`.
fn host_and_port(address: &str) -> Option<(String, Option<u16>)> {
    let (host, rest) = match address.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?,
        None => address.split_at(address.find(':').unwrap_or(address.len())),
    };
    let port = match rest.strip_prefix(':') {
        Some(port) => Some(port.parse().ok().filter(|port| *port > 0)?),
        None if rest.is_empty() => None,
        None => return None,
    };
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "wss" } else { "ws" };
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        let has_more = self.uri.path() != "/" || self.uri.query().is_some();
        write!(formatter, "{scheme}://{authority}{}", if has_more { "/…" } else { "" })
    }
}

impl fmt::Debug for EndpointUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<EndpointUrl, EndpointUrlError> {
        text.parse()
    }

    #[test]
    fn ports_follow_from_the_scheme() {
        assert_eq!(parse("ws://localhost").unwrap().port(), 80);
        assert_eq!(parse("wss://s1.ripple.com").unwrap().port(), 443);
        assert_eq!(parse("WSS://[::1]:51233/").unwrap().port(), 51233);
        assert_eq!(parse("ws://[::1]:6006").unwrap().host(), "::1");
    }

    #[test]
    fn other_schemes_are_refused_by_name() {
        let error = parse("https://s1.ripple.com:51234").unwrap_err().to_string();
        assert_eq!(error, "an XRP Ledger server is reached by ws:// or wss://, not by https://");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "s1.ripple.com",
            "wss://",
            "ws://:6006",
            "ws://a b",
            "ws://host:99999",
            "ws://h:x",
            "ws://h:0",
        ] {
            assert_eq!(parse(text), Err(EndpointUrlError::Malformed), "{text}");
        }
    }

    #[test]
    fn secrets_are_never_shown() {
        let url = parse("wss://user:hunter2@host.example:51233/token-42/?key=s3cret").unwrap();
        assert_eq!(url.to_string(), "wss://host.example:51233/…");
        assert_eq!(format!("{url:?}"), "wss://host.example:51233/…");
        assert_eq!(url.uri().path_and_query().unwrap().as_str(), "/token-42/?key=s3cret");
        assert_eq!(url.authorization(), Some("Basic dXNlcjpodW50ZXIy"));
        assert_eq!(parse("ws://host?key=1").unwrap().to_string(), "ws://host/…");
        assert!(!format!("{:?}", parse("ftp://user:hunter2@host")).contains("hunter2"));
    }
}
