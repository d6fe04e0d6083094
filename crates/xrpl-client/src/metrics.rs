//! The metrics of a pool's servers: all names that this crate registers.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use crate::pool::{EndpointStatus, Pool};
use crate::range_set::RangeSet;

/// The metrics of the servers of a pool, read from the pool whenever they are scraped. Flows of one process share a pool, so
/// each server has one series and the label `endpoint`, whichever flow asks it.
pub struct PoolMetrics {
    pool: Pool,
}

impl PoolMetrics {
    /// Registers the metrics of a pool; does nothing if that was done before.
    pub fn register(pool: &Pool, registry: &mut Registry) {
        if pool.take_registration() {
            registry.register_collector(Box::new(Self { pool: pool.clone() }));
        }
    }
}

impl fmt::Debug for PoolMetrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PoolMetrics").finish_non_exhaustive()
    }
}

impl Collector for PoolMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let servers = self.pool.snapshot();
        let mut gauge = |name: &str, help: &str, value: &dyn Fn(&EndpointStatus) -> Option<f64>| {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for server in &servers {
                let Some(value) = value(server) else { continue };
                let labels = [("endpoint", server.url.as_str())];
                ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
            }
            fmt::Result::Ok(())
        };
        gauge("endpoint_up", "1 while requests go to the server", &|it| {
            Some(f64::from(u8::from(it.up && it.not_used.is_none())))
        })?;
        gauge(
            "endpoint_quarantined",
            "1 while the server is not asked, after an invalid response or since it is of another network",
            &|it| Some(f64::from(u8::from(it.not_used.is_some()))),
        )?;
        gauge(
            "endpoint_requests_per_second_max",
            "Rate budget of the server, as granted and as learnt",
            &|it| Some(it.requests_per_s),
        )?;
        gauge(
            "endpoint_validated_ledger_index",
            "Index of the validated ledger that the server announced last",
            &|it| it.validated_index.map(f64::from),
        )?;
        gauge("endpoint_ledgers", "Number of ledgers that the server says it has", &|it| {
            it.complete_ledgers.as_ref().map(RangeSet::count).map(|count| count as f64)
        })?;
        let name = "endpoint_reply_bytes";
        let mut family =
            encoder.encode_descriptor(name, "Bytes of replies", None, MetricType::Counter)?;
        for server in &servers {
            let labels = [("endpoint", server.url.as_str())];
            ConstCounter::new(server.reply_bytes).encode(family.encode_family(&labels)?)?;
        }
        let name = "endpoint_requests";
        let mut family =
            encoder.encode_descriptor(name, "Requests by outcome", None, MetricType::Counter)?;
        for server in &servers {
            for (outcome, count) in outcomes(server) {
                let labels = [("endpoint", server.url.as_str()), ("outcome", outcome)];
                ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
            }
        }
        let name = "endpoint_stream_events";
        let help = "Events of the ledger stream of the server";
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for server in &servers {
            for (event, count) in server.stream_events {
                let labels = [("endpoint", server.url.as_str()), ("event", event)];
                ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

/// Requests by outcome: answered, overloaded, hedged, and each class of errors.
fn outcomes(server: &EndpointStatus) -> Vec<(&'static str, u64)> {
    let failed: u64 = server.errors.iter().map(|(_, count)| count).sum();
    let errors = server.errors.iter().map(|(class, count)| (class.label(), *count));
    let answered = server.requests.saturating_sub(failed);
    let others = [("ok", answered), ("overload", server.overloads), ("hedged", server.hedges)];
    others.into_iter().chain(errors).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use prometheus_client::encoding::text::encode;

    use super::*;
    use crate::pool::PoolLimits;
    use crate::transport::TcpDialer;

    #[tokio::test]
    async fn a_pool_that_flows_share_is_counted_once_by_server() {
        let urls =
            vec!["ws://127.0.0.1:1".parse().unwrap(), "ws://127.0.0.1:2/key".parse().unwrap()];
        let pool = Pool::new(Arc::new(TcpDialer::default()), urls, PoolLimits::default());
        let mut registry = Registry::with_prefix("ekspiper");
        for _flow in 0..3 {
            PoolMetrics::register(&pool.clone(), &mut registry);
        }
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            "ekspiper_endpoint_up{endpoint=\"ws://127.0.0.1:1\"} 1.0\n",
            "ekspiper_endpoint_quarantined{endpoint=\"ws://127.0.0.1:2/…\"} 0.0\n",
            "ekspiper_endpoint_requests_per_second_max{endpoint=\"ws://127.0.0.1:1\"} 64.0\n",
            "ekspiper_endpoint_requests_total{endpoint=\"ws://127.0.0.1:1\",outcome=\"rejected\"} 0\n",
            "ekspiper_endpoint_stream_events_total{endpoint=\"ws://127.0.0.1:1\",event=\"stale\"} 0\n",
        ] {
            assert_eq!(text.matches(line).count(), 1, "{line} in {text}");
        }
    }
}
