//! How a byte stream to a server is opened.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::sleep;

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
            let addresses = lookup_host((url.host(), url.port())).await?.collect();
            let stream = connect_first(addresses, TcpStream::connect).await?;
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

/// The head start of each address of a host over the next one (RFC 8305 recommends 250 ms).
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects to the first address that answers. An address that is silent delays the next one by the head start only, one that
/// fails does not delay it.
async fn connect_first<S, F>(
    addresses: VecDeque<SocketAddr>,
    connect: impl Fn(SocketAddr) -> F,
) -> io::Result<S>
where
    F: Future<Output = io::Result<S>>,
{
    let mut untried = alternating(addresses);
    let mut attempts = FuturesUnordered::new();
    let mut error = io::Error::new(io::ErrorKind::NotFound, "host has no address");
    loop {
        match untried.pop_front() {
            Some(address) => attempts.push(connect(address)),
            None if attempts.is_empty() => return Err(error),
            None => {}
        }
        let is_last = untried.is_empty();
        tokio::select! {
            Some(outcome) = attempts.next() => match outcome {
                Ok(stream) => return Ok(stream),
                Err(failed) => error = failed,
            },
            () = sleep(HEAD_START), if !is_last => {}
        }
    }
}

/// The addresses with both families in turn, in the order of the resolver, so that a family without a route costs one head
/// start.
fn alternating(addresses: VecDeque<SocketAddr>) -> VecDeque<SocketAddr> {
    let is_first = addresses.front().map(SocketAddr::is_ipv6);
    let (mut first, mut second): (VecDeque<_>, VecDeque<_>) =
        addresses.into_iter().partition(|it| Some(it.is_ipv6()) == is_first);
    let mut ordered = VecDeque::new();
    while let Some(address) = first.pop_front().or_else(|| second.pop_front()) {
        ordered.push_back(address);
        ordered.extend(second.pop_front());
    }
    ordered
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

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    fn addresses(texts: &[&str]) -> VecDeque<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_whose_first_addresses_are_silent_is_reached_at_the_next_one() {
        let started = Instant::now();
        let all = addresses(&["10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1"]);
        let connect = |address: SocketAddr| async move {
            match address.to_string().as_str() {
                "10.0.0.3:1" => Ok(address),
                _ => std::future::pending().await,
            }
        };
        let reached = connect_first(all, connect).await.unwrap();
        assert_eq!(
            (reached.to_string().as_str(), started.elapsed()),
            ("10.0.0.3:1", 2 * HEAD_START)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_refuses_does_not_delay_the_next_and_the_last_error_is_returned() {
        let started = Instant::now();
        let all = || addresses(&["10.0.0.1:1", "10.0.0.2:1"]);
        let refuse = |_| async { io::Result::<()>::Err(io::ErrorKind::ConnectionRefused.into()) };
        let error = connect_first(all(), refuse).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(
            connect_first(VecDeque::new(), refuse).await.unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        assert_eq!(started.elapsed(), Duration::ZERO);
    }

    #[test]
    fn both_families_take_turns() {
        let all = addresses(&["[::1]:1", "[::2]:1", "[::3]:1", "10.0.0.1:1"]);
        assert_eq!(alternating(all), addresses(&["[::1]:1", "10.0.0.1:1", "[::2]:1", "[::3]:1"]));
        assert!(alternating(VecDeque::new()).is_empty());
    }
}
