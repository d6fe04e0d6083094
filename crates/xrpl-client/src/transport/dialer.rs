//! How a byte stream to a server is opened.

use std::io;
use std::sync::{Arc, OnceLock};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::EndpointUrl;

/// Bytes to and from a server.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

/// Opens byte streams to servers: [`TcpDialer`] in earnest, memory in tests that turn the clock themselves.
pub trait Dialer: Send + Sync + 'static {
    /// Opens one stream to where `url` points.
    fn dial<'a>(&'a self, url: &'a EndpointUrl) -> BoxFuture<'a, io::Result<Box<dyn ByteStream>>>;

    /// What `wss://` is encrypted with.
    fn tls(&self) -> io::Result<Arc<ClientConfig>>;
}

/// TCP, and TLS that trusts what the machine trusts.
#[derive(Debug, Default)]
pub struct TcpDialer {
    tls: OnceLock<Arc<ClientConfig>>,
}

impl Dialer for TcpDialer {
    fn dial<'a>(&'a self, url: &'a EndpointUrl) -> BoxFuture<'a, io::Result<Box<dyn ByteStream>>> {
        async move {
            let stream = TcpStream::connect((url.host(), url.port())).await?;
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Box<dyn ByteStream>)
        }
        .boxed()
    }

    fn tls(&self) -> io::Result<Arc<ClientConfig>> {
        if let Some(config) = self.tls.get() {
            return Ok(config.clone());
        }
        let config = client_config()?;
        Ok(self.tls.get_or_init(|| config).clone())
    }
}

/// Names its cryptography, since a process with two of them in its build has no default one.
fn client_config() -> io::Result<Arc<ClientConfig>> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let why = found
            .errors
            .first()
            .map_or("the package ca-certificates is missing".to_owned(), ToString::to_string);
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!("no root certificates on this machine: {why}"),
        ));
    }
    let builder =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}
