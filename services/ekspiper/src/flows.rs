//! All flows, composed in one process.

use flow::settings::RejectLimit;
use flow::{Flow, Lane, Settings};
use xrpl_client::{LimitArgs, Pool};

use crate::flow_topology::FlowTopology;

/// The flows that send requests to XRP Ledger servers.
pub(crate) const USE_SERVERS: [&str; 3] = ["ledger-source", "ledger-details", "book-offers-record"];

/// What flows need beside Kafka.
#[derive(Clone)]
pub(crate) struct Dependencies {
    /// The XRP Ledger servers, which all flows share.
    pub(crate) pool: Pool,
    /// The sink's settings; without a receiver there is no sink.
    pub(crate) fluent: fluent_sink::Args,
}

impl Dependencies {
    /// The flows in topological order: the writer of a topic comes before its readers.
    ///
    /// # Errors
    /// When the settings of the source or the sink are incomplete.
    pub(crate) fn flows(&self, settings: &Settings) -> anyhow::Result<Vec<Flow>> {
        let mut flows = vec![
            ledger_source::flow(self.pool.clone(), None, settings)?,
            ledger_details::flow(self.pool.clone(), ledger_details::LEDGER_BYTES_MAX),
            ledger_transactions::flow(),
            book_offers_fetch::flow(),
            book_offers_record::flow(self.pool.clone(), book_offers_record::Asking::default()),
            transaction_record::flow(),
            ledger_record::flow(),
        ];
        if !self.fluent.fluent_address.is_empty() {
            flows.push(fluent_sink::flow(&self.fluent, settings)?);
        }
        Ok(flows)
    }
}

/// The topologies of all flows, in topological order. To be called inside of a runtime.
///
/// # Errors
/// When a flow can't be created.
pub(crate) fn topologies() -> anyhow::Result<Vec<FlowTopology>> {
    // The flows are never started, so no address is connected to.
    let unused = "127.0.0.1:1".to_owned();
    let settings = Settings {
        network: "network".parse().expect("it is a name"),
        lane: Lane::default(),
        from_lane: None,
        kafka_brokers: unused.clone(),
        kafka_config: Vec::new(),
        start: None,
        until: None,
        rejects_max: RejectLimit::default(),
    };
    let pool = LimitArgs::default().pool(Vec::new(), &settings.network);
    let fluent = fluent_sink::Args { fluent_address: vec![unused], ..Default::default() };
    let dependencies = Dependencies { pool, fluent };
    Ok(dependencies.flows(&settings)?.iter().map(FlowTopology::of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_writer_of_a_topic_comes_before_its_readers() {
        let topologies = topologies().unwrap();
        assert!(!topologies.is_empty());
        let mut written = Vec::new();
        for topology in &topologies {
            for input in &topology.inputs {
                assert!(
                    written.contains(&input.spec.name),
                    "{} reads {}",
                    topology.name,
                    input.spec.name
                );
            }
            written.extend(topology.outputs.iter().map(|output| output.spec.name));
        }
    }

    #[tokio::test]
    async fn every_topic_of_a_lane_has_a_writer() {
        let topologies = topologies().unwrap();
        let written = |topic: &flow::TopicSchema| {
            topologies.iter().flat_map(FlowTopology::writes).any(|written| written == topic.spec)
        };
        for topic in schemas::all() {
            assert!(written(&topic), "{}", topic.spec.name);
        }
    }
}
