//! Connections to a server: TCP or TLS, the WebSocket upgrade, requests and their replies.

mod connection;
mod dialer;
mod endpoint_url;
mod frame;
mod pending_requests;
mod socket_task;

pub use connection::{Connection, ConnectionLimits};
pub use dialer::{ByteStream, Dialer, TcpDialer};
pub use endpoint_url::{EndpointUrl, EndpointUrlError};
