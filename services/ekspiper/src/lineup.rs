//! All flows, put together in one process.

use flow::{Flow, Lane, RejectLimit, Settings};
use xrpl_client::{LimitArgs, Pool};

use crate::flow_shape::FlowShape;

/// The flows that ask XRP Ledger servers.
pub(crate) const ASKS_SERVERS: [&str; 3] =
    ["ledger-source", "ledger-details", "book-offers-record"];

/// What flows of one process meet outside of Kafka.
#[derive(Clone)]
pub(crate) struct Outside {
    /// The XRP Ledger servers, which all flows share.
    pub(crate) pool: Pool,
    /// How the sink writes to Fluent receivers; without one there is no sink.
    pub(crate) fluent: fluent_sink::Args,
}

impl Outside {
    /// The flows, in the order of the stream: whoever writes a topic comes before whoever reads it.
    ///
    /// # Errors
    /// When the settings do not say what the source is to ingest, or how the sink is to write.
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

/// The shapes of all flows, in the order of the stream. To be called inside of a runtime.
///
/// # Errors
/// None but what a flow's own making has.
pub(crate) fn shapes() -> anyhow::Result<Vec<FlowShape>> {
    // They are looked at and never started, so nobody is asked.
    let nowhere = "127.0.0.1:1".to_owned();
    let settings = Settings {
        network: "network".parse().expect("it is a name"),
        lane: Lane::default(),
        from_lane: None,
        kafka_brokers: nowhere.clone(),
        kafka_config: Vec::new(),
        start: None,
        until: None,
        rejects_max: RejectLimit::default(),
    };
    let pool = LimitArgs::default().pool(Vec::new(), &settings.network);
    let fluent = fluent_sink::Args { fluent_address: vec![nowhere], ..Default::default() };
    let outside = Outside { pool, fluent };
    Ok(outside.flows(&settings)?.iter().map(FlowShape::of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_writes_a_topic_comes_before_whoever_reads_it() {
        let shapes = shapes().unwrap();
        assert!(!shapes.is_empty());
        let mut written = Vec::new();
        for shape in &shapes {
            for input in &shape.inputs {
                assert!(
                    written.contains(&input.spec.name),
                    "{} reads {}",
                    shape.name,
                    input.spec.name
                );
            }
            written.extend(shape.outputs.iter().map(|output| output.spec.name));
        }
    }

    #[tokio::test]
    async fn every_topic_of_a_lane_has_a_writer() {
        let shapes = shapes().unwrap();
        let written = |topic: &flow::TopicSchema| {
            shapes.iter().flat_map(FlowShape::writes).any(|written| written == topic.spec)
        };
        for topic in schemas::all() {
            assert!(written(&topic), "{}", topic.spec.name);
        }
    }
}
