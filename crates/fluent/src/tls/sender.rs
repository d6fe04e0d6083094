//! TLS of a sender: trusted authorities, its client certificate, and the expected server name.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::verifier::Verifier;
use super::{TlsError, pem, provider};
use crate::stream::Stream;

/// Trusted authorities, client certificate and server name. Cheap to clone.
#[derive(Clone)]
pub struct SenderTls {
    config: Arc<ClientConfig>,
    server_name: Option<ServerName<'static>>,
}

impl SenderTls {
    /// Trusts the certificates in `ca_file`, or those of the machine; presents the certificate of `identity`, the files of a
    /// certificate chain and its key; expects the receiver's certificate to be for `server_name`, or for the host of the
    /// address.
    ///
    /// # Errors
    /// When a file can't be read, certificate and key don't match, or the name is not valid.
    pub fn load(
        ca_file: Option<&Path>,
        identity: Option<(&Path, &Path)>,
        server_name: Option<&str>,
    ) -> Result<Self, TlsError> {
        let (roots, trusted) = match ca_file {
            Some(path) => (pem::roots(path)?, pem::certificates(path)?),
            None => (pem::native_roots()?, Vec::new()),
        };
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("ring has the usual cipher suites")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier::new(roots, trusted)));
        let config = match identity {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => config
                .with_client_auth_cert(pem::certificates(certificate)?, pem::private_key(key)?)
                .map_err(|source| TlsError::BadIdentity {
                    certificate: certificate.to_owned(),
                    key: key.to_owned(),
                    source,
                })?,
        };
        let server_name = server_name.map(name).transpose()?;
        Ok(Self { config: Arc::new(config), server_name })
    }

    /// Encrypts a connection to `address`, which is `host:port`.
    pub(crate) async fn connect(&self, stream: TcpStream, address: &str) -> io::Result<Stream> {
        let server_name = match &self.server_name {
            Some(server_name) => server_name.clone(),
            None => name(host(address)).map_err(io::Error::other)?,
        };
        let connector = TlsConnector::from(self.config.clone());
        Ok(Box::new(connector.connect(server_name, stream).await?))
    }
}

/// Without keys.
impl fmt::Debug for SenderTls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SenderTls")
            .field("server_name", &self.server_name)
            .finish_non_exhaustive()
    }
}

fn name(text: &str) -> Result<ServerName<'static>, TlsError> {
    let name = ServerName::try_from(text.to_owned());
    name.map_err(|_| TlsError::BadServerName(text.to_owned()))
}

/// The host of `host:port`, an IPv6 address without its brackets.
fn host(address: &str) -> &str {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_name_is_the_host_of_the_address() {
        for (address, of) in
            [("fluentd:24224", "fluentd"), ("10.0.0.1:24224", "10.0.0.1"), ("[::1]:24224", "::1")]
        {
            assert_eq!(host(address), of);
            name(host(address)).unwrap();
        }
        assert_eq!(
            name("no name").unwrap_err().to_string(),
            "`no name` is not a valid server name"
        );
    }
}
