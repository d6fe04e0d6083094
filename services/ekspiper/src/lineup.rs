//! All flows, put together in one process.

use flow::{Flow, Lane, Settings};

use crate::flow_shape::FlowShape;

/// What flows of one process meet outside of Kafka.
#[derive(Clone, Debug)]
pub struct Outside {
    /// The XRP Ledger servers, which all flows share.
    pub urls: Vec<String>,
    /// The Fluent receiver, as `host:port`; without one there is no sink.
    pub fluent_address: Option<String>,
}

impl Outside {
    /// The flows, in the order of the stream: whoever writes a topic comes before whoever reads it.
    ///
    /// # Errors
    /// When a server's address is none.
    pub fn flows(&self, settings: &Settings) -> anyhow::Result<Vec<Flow>> {
        let mut flows = vec![
            ledger_transactions::flow(),
            book_offers_fetch::flow(),
            transaction_record::flow(),
            ledger_record::flow(),
        ];
        if let Some(fluent_address) = self.fluent_address.clone() {
            flows.push(fluent_sink::flow(&fluent_sink::Args { fluent_address }, settings));
        }
        Ok(flows)
    }
}

/// The shapes of all flows, in the order of the stream.
///
/// # Errors
/// None but what a flow's own making has.
pub fn shapes() -> anyhow::Result<Vec<FlowShape>> {
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
    };
    let outside = Outside { urls: Vec::new(), fluent_address: Some(nowhere) };
    Ok(outside.flows(&settings)?.iter().map(FlowShape::of).collect())
}
