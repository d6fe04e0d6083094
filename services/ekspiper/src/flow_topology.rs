//! The topics that a flow reads and writes.

use flow::ingest::Checkpoints;
use flow::{DEAD_LETTERS, Flow, SCHEMAS, Topic as _, TopicSchema, TopicSpec};

/// A flow's name and topics; outlives the flow, which is consumed when it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FlowTopology {
    /// Its name.
    pub(crate) name: &'static str,
    /// The topics that it reads.
    pub(crate) inputs: Vec<TopicSchema>,
    /// The topics that it writes, without the dead letters.
    pub(crate) outputs: Vec<TopicSchema>,
    /// Whether it needs all records of a ledger at once.
    pub(crate) needs_whole_ledgers: bool,
}

impl FlowTopology {
    /// The topology of `flow`.
    pub(crate) fn of(flow: &Flow) -> Self {
        Self {
            name: flow.name(),
            inputs: flow.inputs().to_vec(),
            outputs: flow.outputs().to_vec(),
            needs_whole_ledgers: flow.needs_whole_sequences(),
        }
    }

    /// Whether it reads no topic.
    pub(crate) fn is_source(&self) -> bool {
        self.inputs.is_empty()
    }

    /// Every topic that it reads from.
    pub(crate) fn reads(&self) -> Vec<TopicSpec> {
        let mut reads: Vec<TopicSpec> = self.inputs.iter().map(|input| input.spec).collect();
        if self.is_source() {
            // The pointer; its partition is the lock.
            reads.push(Checkpoints::SPEC);
        }
        reads
    }

    /// Every topic of its lane that it writes to.
    pub(crate) fn writes(&self) -> Vec<TopicSpec> {
        let mut writes: Vec<TopicSpec> = self.outputs.iter().map(|output| output.spec).collect();
        if !self.is_source() {
            writes.push(DEAD_LETTERS);
        }
        writes
    }
}

/// Every topic of a lane, including those that all lanes of a network share.
pub(crate) fn topics() -> Vec<TopicSpec> {
    schemas::all().iter().map(|described| described.spec).chain([SCHEMAS]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topology_names_the_topics_of_its_flow() {
        let topology = FlowTopology::of(&ledger_transactions::flow());
        let names = |specs: Vec<TopicSpec>| specs.iter().map(|spec| spec.name).collect::<Vec<_>>();
        assert_eq!(topology.name, "ledger-transactions");
        assert_eq!(names(topology.reads()), ["ledgers"]);
        assert_eq!(names(topology.writes()), ["transactions", "ledger-headers", "dead-letters"]);
    }

    #[test]
    fn a_lane_has_every_topic_once() {
        let mut names: Vec<_> = topics().iter().map(|spec| spec.name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(names.contains(&"schemas") && names.contains(&"checkpoints"));
    }
}
