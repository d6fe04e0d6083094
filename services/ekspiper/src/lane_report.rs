//! How all flows of a lane stand, worked out from what Kafka says of each.

use std::collections::BTreeMap;

use flow::{Checkpoint, Namespace};
use flow_admin::{Inspector, PartitionStatus};

use crate::flow_shape::FlowShape;

/// How a lane stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LaneReport {
    /// The pointer that the source has committed.
    pub(crate) pointer: Option<Checkpoint>,
    /// The flows that read topics, in the order of the stream.
    pub(crate) flows: Vec<FlowReport>,
    /// Dead letters by the flow that wrote them; empty when they were not asked for.
    pub(crate) dead_letters: BTreeMap<String, u64>,
}

/// How a flow stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FlowReport {
    /// Its name.
    pub(crate) flow: &'static str,
    /// Its consumer group.
    pub(crate) group: String,
    /// Every ledger up to this one has been committed; `None` before the first.
    pub(crate) complete_through: Option<u64>,
    /// Ledgers between that one and the pointer.
    pub(crate) behind_ledgers: Option<u64>,
    /// Offsets that lie before it: records that wait and the markers of their transactions.
    pub(crate) behind_records: u64,
    /// Partition by partition.
    pub(crate) shares: Vec<PartitionStatus>,
}

impl LaneReport {
    /// Asks how the flows of `shapes` stand, which are in the order of the stream.
    ///
    /// # Errors
    /// When no broker answers, or the lane has no topics, in words that say what to do.
    pub(crate) fn ask(
        inspector: &mut Inspector,
        shapes: &[FlowShape],
        scope: &Namespace,
    ) -> anyhow::Result<Self> {
        let mut report = Self { pointer: None, flows: Vec::new(), dead_letters: BTreeMap::new() };
        let mut complete = Completeness::default();
        for shape in shapes {
            if shape.is_source() {
                report.pointer = inspector.pointer(shape.name)?;
                let pointer = report.pointer.as_ref().map(|it| it.pointer().sequence);
                complete.add(shape, scope, pointer);
                continue;
            }
            // After its inputs' writers: what they had written then is there now.
            let shares = inspector.shares(shape.name, &shape.inputs)?;
            let complete_through = complete.of(&shares);
            complete.add(shape, scope, complete_through);
            report.flows.push(FlowReport {
                flow: shape.name,
                group: scope.group(shape.name),
                complete_through,
                behind_ledgers: None,
                behind_records: shares.iter().map(|share| share.behind).sum(),
                shares,
            });
        }
        report.measure();
        Ok(report)
    }

    /// Whether the source and every flow have committed every ledger up to `last`.
    pub(crate) fn is_complete_through(&self, last: u64) -> bool {
        let reached = |at: Option<u64>| at.is_some_and(|at| at >= last);
        reached(self.pointer_index())
            && self.flows.iter().all(|flow| reached(flow.complete_through))
    }

    /// The ledger that the pointer names.
    pub(crate) fn pointer_index(&self) -> Option<u64> {
        self.pointer.as_ref().map(|pointer| pointer.pointer().sequence)
    }

    /// The ledger up to which `shape` has committed everything.
    pub(crate) fn complete_through(&self, shape: &FlowShape) -> Option<u64> {
        if shape.is_source() {
            return self.pointer_index();
        }
        self.flows.iter().find(|flow| flow.flow == shape.name)?.complete_through
    }

    fn measure(&mut self) {
        let pointer = self.pointer_index();
        for flow in &mut self.flows {
            flow.behind_ledgers = pointer
                .zip(flow.complete_through)
                .map(|(pointer, complete)| pointer.saturating_sub(complete));
        }
    }
}

/// Up to which ledger the topics of a lane are complete.
#[derive(Default)]
struct Completeness(BTreeMap<String, Option<u64>>);

impl Completeness {
    fn add(&mut self, writer: &FlowShape, scope: &Namespace, complete: Option<u64>) {
        for output in &writer.outputs {
            self.0.insert(scope.topic(&output.spec), complete);
        }
    }

    /// Up to which ledger a flow is complete that stands like this.
    fn of(&self, shares: &[PartitionStatus]) -> Option<u64> {
        let begun = shares.iter().any(|share| share.committed.is_some());
        let waits = shares.iter().any(|share| !share.is_drained());
        if waits && !begun {
            return None;
        }
        let each = shares.iter().map(|share| {
            // What nobody in the lane writes, such as the input of a replay, is as complete as it will be.
            let input = self.0.get(&share.topic).copied().unwrap_or(Some(u64::MAX));
            input.and_then(|input| share.complete_through(input))
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

    fn share(partition: i32, committed: bool, next: Option<u64>) -> PartitionStatus {
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
        let shape = FlowShape {
            name: "ledger-details",
            inputs: Vec::new(),
            outputs: vec![flow::TopicSchema::of::<schemas::Ledgers>()],
            needs_whole_ledgers: false,
        };
        let mut complete = Completeness::default();
        complete.add(&shape, &scope(), ledgers);
        complete
    }

    #[test]
    fn a_flow_is_as_complete_as_its_slowest_partition() {
        let shares = [share(0, true, Some(40)), share(1, true, None), share(2, true, Some(34))];
        assert_eq!(complete(Some(50)).of(&shares), Some(33));
    }

    #[test]
    fn a_flow_is_never_more_complete_than_its_input() {
        let shares = [share(0, true, None), share(1, false, None)];
        assert_eq!(complete(Some(50)).of(&shares), Some(50));
        assert_eq!(complete(None).of(&shares), None);
    }

    #[test]
    fn a_flow_that_has_not_begun_is_complete_nowhere() {
        assert_eq!(complete(Some(50)).of(&[share(0, false, Some(40))]), None);
        assert_eq!(
            complete(Some(50)).of(&[share(0, false, Some(40)), share(1, true, None)]),
            Some(39)
        );
    }

    #[test]
    fn a_lane_is_complete_when_its_source_and_all_flows_are() {
        let flow = |complete_through| FlowReport {
            flow: "x",
            group: "net.x".into(),
            complete_through,
            behind_ledgers: None,
            behind_records: 0,
            shares: Vec::new(),
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
        report.measure();
        assert_eq!(report.flows[1].behind_ledgers, Some(10));
        assert!(report.is_complete_through(80) && !report.is_complete_through(81));
        report.pointer = None;
        assert!(!report.is_complete_through(80));
    }
}
