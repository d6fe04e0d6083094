//! Where `ekspiper up` serves its metrics: where it was told to, or wherever a port is free.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

/// Prometheus's own port.
const PORT: u16 = 9090;

/// Listens at `asked`, or at the usual port, or at a free one if that is taken.
///
/// # Errors
/// When the address that was asked for can't be had.
pub(crate) async fn listen(asked: Option<SocketAddr>) -> anyhow::Result<(TcpListener, String)> {
    if let Some(address) = asked {
        let listener = flow::listen(address).await?;
        let what = format!("metrics are at {}", url(&listener)?);
        return Ok((listener, what));
    }
    match flow::listen((Ipv4Addr::LOCALHOST, PORT).into()).await {
        Ok(listener) => {
            let what = format!("metrics are at {}", url(&listener)?);
            Ok((listener, what))
        }
        Err(_) => {
            let listener = flow::listen((Ipv4Addr::LOCALHOST, 0).into()).await?;
            let what = format!("metrics are at {}, since {PORT} is taken", url(&listener)?);
            Ok((listener, what))
        }
    }
}

/// Where Prometheus finds what `listener` serves.
///
/// # Errors
/// When the socket has no address.
pub(crate) fn url(listener: &TcpListener) -> anyhow::Result<String> {
    Ok(format!("http://{}/metrics", listener.local_addr()?))
}
