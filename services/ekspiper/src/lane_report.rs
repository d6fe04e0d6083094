//! The progress of all flows of a lane, read from Kafka.

use std::collections::BTreeMap;

use flow::Namespace;
use flow::ingest::Checkpoint;
use flow_admin::{Inspector, PartitionStatus};

use crate::flow_topology::FlowTopology;

/// The progress of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LaneReport {
    /// The committed pointer of the source.
    pub(crate) pointer: Option<Checkpoint>,
    /// The flows that read topics, in topological order.
    pub(crate) flows: Vec<FlowReport>,
    /// Open dead letters by flow; empty unless they were read.
    pub(crate) dead_letters: BTreeMap<String, u64>,
}

/// The progress of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FlowReport {
    /// Its name.
    pub(crate) flow: &'static str,
    /// Its consumer group.
    pub(crate) group: String,
    /// The ledger up to which every one is committed; `None` before the first.
    pub(crate) complete_through: Option<u64>,
    /// Ledgers between that one and the pointer.
    pub(crate) ledger_lag: Option<u64>,
    /// Offsets between the committed ones and the ends: records and transaction markers.
    pub(crate) record_lag: u64,
    /// The partitions of its inputs.
    pub(crate) partitions: Vec<PartitionStatus>,
}

impl LaneReport {
    /// Reads the progress of flows, given in topological order.
    ///
    /// # Errors
    /// When no broker responds, or the lane has no topics.
    pub(crate) fn read(
        inspector: &mut Inspector,
        topologies: &[FlowTopology],
        scope: &Namespace,
    ) -> anyhow::Result<Self> {
        let mut report = Self { pointer: None, flows: Vec::new(), dead_letters: BTreeMap::new() };
        let mut complete = Completeness::default();
        for topology in topologies {
            if topology.is_source() {
                report.pointer = inspector.pointer(topology.name)?;
                let pointer = report.pointer.as_ref().map(|it| it.pointer().sequence);
                complete.add(topology, scope, pointer);
                continue;
            }
            // After the writers of its inputs, whose outputs up to their progress are there now.
            let partitions = inspector.partition_status(topology.name, &topology.inputs)?;
            let complete_through = complete.of(&partitions);
            complete.add(topology, scope, complete_through);
            report.flows.push(FlowReport {
                flow: topology.name,
                group: scope.group(topology.name),
                complete_through,
                ledger_lag: None,
                record_lag: partitions.iter().map(|it| it.behind).sum(),
                partitions,
            });
        }
        report.set_ledger_lags();
        Ok(report)
    }

    /// Whether the source and every flow have committed every ledger up to `last`.
    pub(crate) fn is_complete_through(&self, last: u64) -> bool {
        let reached = |at: Option<u64>| at.is_some_and(|at| at >= last);
        reached(self.pointer_index())
            && self.flows.iter().all(|flow| reached(flow.complete_through))
    }

    /// The ledger of the pointer.
    pub(crate) fn pointer_index(&self) -> Option<u64> {
        self.pointer.as_ref().map(|pointer| pointer.pointer().sequence)
    }

    /// The ledger up to which a flow has committed everything.
    pub(crate) fn complete_through(&self, topology: &FlowTopology) -> Option<u64> {
        if topology.is_source() {
            return self.pointer_index();
        }
        self.flows.iter().find(|flow| flow.flow == topology.name)?.complete_through
    }

    fn set_ledger_lags(&mut self) {
        let pointer = self.pointer_index();
        for flow in &mut self.flows {
            flow.ledger_lag = pointer
                .zip(flow.complete_through)
                .map(|(pointer, complete)| pointer.saturating_sub(complete));
        }
    }
}

/// The ledger up to which each topic of a lane is complete.
#[derive(Default)]
struct Completeness(BTreeMap<String, Option<u64>>);

impl Completeness {
    fn add(&mut self, writer: &FlowTopology, scope: &Namespace, complete: Option<u64>) {
        for output in &writer.outputs {
            self.0.insert(scope.topic(&output.spec), complete);
        }
    }

    /// The ledger up to which a flow with these partitions is complete.
    fn of(&self, partitions: &[PartitionStatus]) -> Option<u64> {
        let has_committed = partitions.iter().any(|it| it.committed.is_some());
        let has_lag = partitions.iter().any(|it| !it.is_drained());
        if has_lag && !has_committed {
            return None;
        }
        let each = partitions.iter().map(|partition| {
            // A topic that no flow of the lane writes, such as the input of a replay, is complete.
            let input = self.0.get(&partition.topic).copied().unwrap_or(Some(u64::MAX));
            input.and_then(|input| partition.complete_through(input))
        });
        each.min().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flow::SequenceId;

    fn scope() -> Namespace {
        Namespace::new("net".parse().unwrap(), None)
    }

    fn status(partition: i32, committed: bool, next: Option<u64>) -> PartitionStatus {
        PartitionStatus {
            topic: "net.ledgers".into(),
            partition,
            begin: 0,
            end: 10,
            committed: committed.then_some(5),
            read: None,
            behind: next.map_or(0, |_| 3),
            next: next.map(|sequence| SequenceId { sequence, part: 0 }),
        }
    }

    fn complete(ledgers: Option<u64>) -> Completeness {
        let topology = FlowTopology {
            name: "ledger-details",
            inputs: Vec::new(),
            outputs: vec![flow::TopicSchema::of::<schemas::Ledgers>()],
            needs_whole_ledgers: false,
        };
        let mut complete = Completeness::default();
        complete.add(&topology, &scope(), ledgers);
        complete
    }

    #[test]
    fn a_flow_is_as_complete_as_its_slowest_partition() {
        let partitions =
            [status(0, true, Some(40)), status(1, true, None), status(2, true, Some(34))];
        assert_eq!(complete(Some(50)).of(&partitions), Some(33));
    }

    #[test]
    fn a_flow_is_never_more_complete_than_its_input() {
        let partitions = [status(0, true, None), status(1, false, None)];
        assert_eq!(complete(Some(50)).of(&partitions), Some(50));
        assert_eq!(complete(None).of(&partitions), None);
    }

    #[test]
    fn a_flow_without_a_commit_is_complete_nowhere() {
        assert_eq!(complete(Some(50)).of(&[status(0, false, Some(40))]), None);
        assert_eq!(
            complete(Some(50)).of(&[status(0, false, Some(40)), status(1, true, None)]),
            Some(39)
        );
    }

    #[test]
    fn a_lane_is_complete_when_its_source_and_all_flows_are() {
        let flow = |complete_through| FlowReport {
            flow: "x",
            group: "net.x".into(),
            complete_through,
            ledger_lag: None,
            record_lag: 0,
            partitions: Vec::new(),
        };
        let checkpoint = |sequence| Checkpoint {
            parent_sequence: sequence - 1,
            parent_hash: vec![1; 32],
            sequence,
            hash: vec![2; 32],
            version: 1,
            written: vec![sequence],
            overridden: None,
        };
        let mut report = LaneReport {
            pointer: Some(checkpoint(90)),
            flows: vec![flow(Some(90)), flow(Some(80))],
            dead_letters: BTreeMap::new(),
        };
        report.set_ledger_lags();
        assert_eq!(report.flows[1].ledger_lag, Some(10));
        assert!(report.is_complete_through(80) && !report.is_complete_through(81));
        report.pointer = None;
        assert!(!report.is_complete_through(80));
    }
}
