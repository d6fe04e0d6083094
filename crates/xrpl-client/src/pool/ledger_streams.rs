//! The live streams of all servers of a pool, as one.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, SelectAll};

use super::Pool;
use super::endpoint::Endpoint;
use crate::endpoint_id::EndpointId;
use crate::stream::{LedgerStream, StreamEvent};

/// What happened on the stream of one server.
#[derive(Debug)]
pub struct EndpointEvent {
    /// The server.
    pub endpoint: EndpointId,
    /// Its address without secrets.
    pub url: String,
    /// What happened.
    pub event: StreamEvent,
}

/// The announcements of every server of the pool, each server's in order. Dropping it ends the streams.
pub struct LedgerStreams {
    streams: SelectAll<BoxStream<'static, (Arc<Endpoint>, StreamEvent)>>,
}

impl Pool {
    /// Subscribes to the `ledger` stream of every server, on a connection of its own each.
    pub fn ledger_streams(&self) -> LedgerStreams {
        let follow = |endpoint: &Arc<Endpoint>| {
            let endpoint = endpoint.clone();
            let dial = self.shared.dialer.clone();
            let stream = LedgerStream::open(
                dial,
                endpoint.url().clone(),
                self.shared.limits.connection.clone(),
                self.shared.limits.network_id,
            );
            stream.map(move |event| (endpoint.clone(), event)).boxed()
        };
        LedgerStreams { streams: self.shared.endpoints.iter().map(follow).collect() }
    }
}

impl LedgerStreams {
    /// The next event of any server. Safe to cancel. `None` only from a pool without servers.
    pub async fn next(&mut self) -> Option<EndpointEvent> {
        let (endpoint, event) = self.streams.next().await?;
        endpoint.streamed(&event);
        Some(EndpointEvent { endpoint: endpoint.id, url: endpoint.url().to_string(), event })
    }
}
