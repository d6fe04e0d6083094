//! TLS of a receiver: its certificate, and the client certificates that it requires.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use fluent::TlsError;
use fluent::protocol::{Stream, certificates, private_key, provider, roots};
use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// The certificate of a receiver and the authorities of its clients. Cheap to clone.
#[derive(Clone)]
pub struct ReceiverTls {
    config: Arc<ServerConfig>,
}

impl ReceiverTls {
    /// Presents the certificate chain of these files. With `client_ca_file`, senders have to present a certificate of one
    /// of its authorities.
    ///
    /// # Errors
    /// When a file can't be read, or certificate and key don't match.
    pub fn load(
        certificate: &Path,
        key: &Path,
        client_ca_file: Option<&Path>,
    ) -> Result<Self, TlsError> {
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("ring has the usual cipher suites");
        let config = match client_ca_file {
            None => config.with_no_client_auth(),
            Some(path) => {
                let trusted = Arc::new(roots(path)?);
                let verifier = WebPkiClientVerifier::builder_with_provider(trusted, provider());
                config.with_client_cert_verifier(
                    verifier.build().expect("there are authorities and no revocation lists"),
                )
            }
        };
        let config = config
            .with_single_cert(certificates(certificate)?, private_key(key)?)
            .map_err(|source| TlsError::BadIdentity {
                certificate: certificate.to_owned(),
                key: key.to_owned(),
                source,
            })?;
        Ok(Self { config: Arc::new(config) })
    }

    /// Encrypts a connection that was accepted. A sender that is refused gets an alert.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<Stream> {
        let accepting = TlsAcceptor::from(self.config.clone()).accept(stream).into_fallible();
        match accepting.await {
            Ok(stream) => Ok(Box::new(stream)),
            Err((error, mut stream)) => {
                // Closing with unread bytes resets the connection, and the alert would be lost on its way.
                let _ = stream.shutdown().await;
                let mut unread = [0; 1024];
                while matches!(stream.read(&mut unread).await, Ok(1..)) {}
                Err(error)
            }
        }
    }
}

/// Without keys.
impl fmt::Debug for ReceiverTls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ReceiverTls").finish_non_exhaustive()
    }
}
