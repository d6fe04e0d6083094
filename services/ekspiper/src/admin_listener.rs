//! The listener of `/metrics`, `/livez` and `/readyz`: at the configured address, the default port, or a free one.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

/// The default port of Prometheus.
const PORT: u16 = 9090;

/// Listens at `configured`, else at the default port, or at a free one if that is in use.
///
/// # Errors
/// When the configured address can't be bound.
pub(crate) async fn listen(
    configured: Option<SocketAddr>,
) -> anyhow::Result<(TcpListener, String)> {
    if let Some(address) = configured {
        let listener = flow::host::listen(address).await?;
        let what = format!("metrics at {}", url(&listener)?);
        return Ok((listener, what));
    }
    match flow::host::listen((Ipv4Addr::LOCALHOST, PORT).into()).await {
        Ok(listener) => {
            let what = format!("metrics at {}", url(&listener)?);
            Ok((listener, what))
        }
        Err(_) => {
            let listener = flow::host::listen((Ipv4Addr::LOCALHOST, 0).into()).await?;
            let what = format!("metrics at {} ({PORT} is in use)", url(&listener)?);
            Ok((listener, what))
        }
    }
}

/// The URL of the metrics.
///
/// # Errors
/// When the socket has no address.
pub(crate) fn url(listener: &TcpListener) -> anyhow::Result<String> {
    Ok(format!("http://{}/metrics", listener.local_addr()?))
}
