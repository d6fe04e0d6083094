//! The plan of a redrive, made before anything is changed.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::{Context as _, ensure};
use flow::Lane;

use super::entry::{Entry, counts};
use super::filter::Filter;
use crate::flow_topology::FlowTopology;
use crate::ledger_range::LedgerRange;

/// The maximum number of bytes of one redrive, which is one transaction.
const INPUTS_BYTES_MAX: i64 = 64 << 20;
/// The maximum number of its inputs.
const INPUTS_MAX: usize = 100_000;

/// The dead letters to redrive and their lane. A lane is filled once, with dead letters of one flow.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan<'a> {
    pub(crate) topology: &'a FlowTopology,
    pub(crate) lane: Lane,
    /// Whether their inputs are in the lane already: an earlier command was interrupted, or completed.
    pub(crate) is_filled: bool,
    /// The dead letters whose inputs are redriven.
    pub(crate) entries: Vec<&'a Entry>,
    /// Matching open dead letters that can't be redriven, with the reason.
    skipped: Vec<(&'a Entry, &'static str)>,
    /// The number of matching open dead letters that are not redriven because the lane is already filled.
    remaining: usize,
}

impl<'a> Plan<'a> {
    /// Plans the redrive of the dead letters that match `filter`, into `lane` if it is given.
    ///
    /// # Errors
    /// When none can be redriven, or they are of several flows.
    pub(crate) fn new(
        topologies: &'a [FlowTopology],
        entries: &'a [Entry],
        filter: &Filter,
        lane: Option<&Lane>,
    ) -> anyhow::Result<Self> {
        let matching: Vec<&Entry> = entries.iter().filter(|entry| filter.matches(entry)).collect();
        let (mut open, mut skipped) = (Vec::new(), Vec::new());
        for entry in matching.iter().copied().filter(|entry| entry.is_open()) {
            match obstacle(topologies, entry) {
                None => open.push(entry),
                Some(why) => skipped.push((entry, why)),
            }
        }
        let last =
            matching.iter().filter_map(|it| Some((it.resolution.as_ref()?.at_ms, into(it)?))).max();
        let lane = match (lane, open.first(), last) {
            (Some(lane), ..) => lane.clone(),
            (None, Some(_), _) => Lane(Some(name(&open).parse().context("naming the lane")?)),
            (None, None, Some((_, last))) => last.parse()?,
            (None, None, None) => return Err(nothing_to_redrive(&skipped)),
        };
        let in_lane = lane.to_string();
        let filled: Vec<&Entry> = entries.iter().filter(|it| into(it) == Some(&in_lane)).collect();
        let is_filled = !filled.is_empty();
        let (redriven, remaining) = if is_filled { (filled, open.len()) } else { (open, 0) };
        let Some(first) = redriven.first() else { return Err(nothing_to_redrive(&skipped)) };
        ensure!(
            redriven.iter().all(|entry| entry.flow == first.flow),
            "dead letters of several flows match, and each flow needs a lane of its own: choose one with `--flow`\n{}",
            counts(redriven)
        );
        let bytes: i64 = redriven.iter().map(|entry| entry.bytes).sum();
        ensure!(
            redriven.len() <= INPUTS_MAX && bytes <= INPUTS_BYTES_MAX,
            "{} dead letters of {bytes} bytes are too many for one transaction: choose fewer with `--ledger` or `--until`",
            redriven.len()
        );
        let topology = topologies.iter().find(|it| it.name == first.flow);
        let topology =
            topology.with_context(|| format!("this version has no flow {}", first.flow))?;
        Ok(Self { topology, lane, is_filled, entries: redriven, skipped, remaining })
    }

    /// The range of their ledgers; `None` if no input has one.
    pub(crate) fn ledgers(&self) -> Option<LedgerRange> {
        ledgers(&self.entries)
    }

    /// The number of inputs: two dead letters may have the same one.
    pub(crate) fn inputs(&self) -> usize {
        let input = |entry: &&'a Entry| {
            let without_id = entry.sequence_id.is_none().then_some(entry.input);
            (entry.topic.as_str(), entry.sequence_id, without_id)
        };
        let inputs: BTreeSet<_> = self.entries.iter().map(input).collect();
        inputs.len()
    }

    /// The plan as text.
    pub(crate) fn to_text(&self, lane: &str) -> String {
        let state = if self.is_filled { "already redriven" } else { "to redrive" };
        let mut output = format!(
            "{}{} inputs {state} into {lane}",
            counts(self.entries.iter().copied()),
            self.inputs()
        );
        if let Some(LedgerRange { first, last }) = self.ledgers() {
            let _ = write!(output, ", ledgers {first} to {last}");
        }
        output.push('\n');
        if self.remaining > 0 {
            let _ = writeln!(
                output,
                "{} more open dead letters match: a lane is filled once, use another `--lane`",
                self.remaining
            );
        }
        if !self.skipped.is_empty() {
            let _ = write!(output, "skipped:\n{}", lines(&self.skipped));
        }
        output
    }
}

/// Why a dead letter can't be redriven.
fn obstacle(topologies: &[FlowTopology], entry: &Entry) -> Option<&'static str> {
    let topology = topologies.iter().find(|it| it.name == entry.flow);
    if entry.is_cut {
        return Some("is truncated: `ekspiper replay` its ledger");
    }
    if topology.is_some_and(|it| it.needs_whole_ledgers) && entry.is_chunk {
        return Some(
            "is one chunk of a ledger, and the flow needs all chunks: `ekspiper replay` its ledger",
        );
    }
    let reads = |it: &FlowTopology| it.inputs.iter().any(|it| it.spec.name == entry.topic);
    if !topology.is_some_and(reads) {
        return Some("is of a flow or topic unknown to this version");
    }
    None
}

fn nothing_to_redrive(skipped: &[(&Entry, &str)]) -> anyhow::Error {
    if skipped.is_empty() {
        return anyhow::anyhow!("no matching open dead letters");
    }
    anyhow::anyhow!("none of them can be redriven:\n{}", lines(skipped))
}

fn lines(skipped: &[(&Entry, &str)]) -> String {
    skipped.iter().map(|(entry, why)| format!("  {} {} {why}\n", entry.id, entry.flow)).collect()
}

/// The lane that a dead letter was redriven into.
fn into(entry: &Entry) -> Option<&String> {
    entry.resolution.as_ref()?.lane.as_ref()
}

/// The default name of the lane: the same for the same dead letters, so that the same command resumes.
fn name(entries: &[&Entry]) -> String {
    let first = entries[0];
    match ledgers(entries) {
        Some(range) => format!("redrive-{}-{range}", first.flow),
        None => format!("redrive-{}-at-{}-{}", first.flow, first.id.partition, first.id.offset),
    }
}

fn ledgers(entries: &[&Entry]) -> Option<LedgerRange> {
    let sequences = || entries.iter().filter_map(|it| u32::try_from(it.sequence_id?.sequence).ok());
    Some(LedgerRange { first: sequences().min()?, last: sequences().max()? })
}

#[cfg(test)]
mod tests {
    use super::super::entry::tests::{entry, resolved};
    use super::*;
    use crate::flows;

    fn plan<T>(
        entries: &[Entry],
        lane: Option<&str>,
        look: impl Fn(anyhow::Result<Plan<'_>>) -> T,
    ) -> T {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let _inside = runtime.enter();
        let topologies = flows::topologies().unwrap();
        let lane = lane.map(|lane| lane.parse().unwrap());
        look(Plan::new(&topologies, entries, &Filter::default(), lane.as_ref()))
    }

    fn refusal(entries: &[Entry], lane: Option<&str>) -> String {
        plan(entries, lane, |plan| plan.unwrap_err().to_string())
    }

    #[test]
    fn the_lane_is_named_after_the_ledgers_of_open_dead_letters() {
        let entries = [entry("0/1", 110), resolved("0/2", 90, None), entry("1/1", 105)];
        plan(&entries, None, |plan| {
            let plan = plan.unwrap();
            assert_eq!(plan.lane.to_string(), "redrive-ledger-record-105-110");
            assert_eq!((plan.entries.len(), plan.is_filled), (2, false));
            let text = plan.to_text("net.x");
            assert!(text.contains("2 inputs to redrive into net.x, ledgers 105 to 110"), "{text}");
        });
        let without_id = [Entry { sequence_id: None, ..entry("3/12", 0) }];
        plan(&without_id, None, |plan| {
            assert_eq!(plan.unwrap().lane.to_string(), "redrive-ledger-record-at-3-12");
        });
    }

    #[test]
    fn a_command_that_is_repeated_resumes_in_the_lane_that_it_has_filled() {
        let lane = "redrive-ledger-record-105-110";
        let entries = [resolved("0/1", 110, Some(lane)), resolved("1/1", 105, Some(lane))];
        for named in [None, Some(lane)] {
            plan(&entries, named, |plan| {
                let plan = plan.unwrap();
                assert_eq!((plan.lane.to_string().as_str(), plan.is_filled), (lane, true));
                assert_eq!(plan.entries.len(), 2);
            });
        }
    }

    #[test]
    fn a_lane_is_filled_once() {
        let entries = [resolved("0/1", 110, Some("again")), entry("1/1", 105)];
        plan(&entries, Some("again"), |plan| {
            let plan = plan.unwrap();
            assert!(plan.is_filled && plan.entries.len() == 1);
            assert!(plan.to_text("net.again").contains("1 more open dead letters match"));
        });
    }

    #[test]
    fn dead_letters_of_several_flows_are_refused_with_the_flows() {
        let other = Entry {
            flow: "fluent-sink".into(),
            topic: "ledger-records".into(),
            ..entry("1/1", 105)
        };
        let error = refusal(&[entry("0/1", 110), other], None);
        assert!(error.contains("choose one with `--flow`"), "{error}");
        assert!(error.contains("fluent-sink") && error.contains("ledger-record "), "{error}");
    }

    #[test]
    fn what_can_not_be_redriven_is_named_with_what_helps() {
        let cut = Entry { is_cut: true, ..entry("0/1", 110) };
        let chunk = Entry {
            flow: "book-offers-fetch".into(),
            topic: "ledgers".into(),
            is_chunk: true,
            ..entry("0/2", 110)
        };
        let stranger = Entry { flow: "toy".into(), ..entry("0/3", 110) };
        let error = refusal(&[cut.clone(), chunk, stranger], None);
        assert!(error.contains("0/1 ledger-record is truncated"), "{error}");
        assert!(error.contains("0/2 book-offers-fetch is one chunk"), "{error}");
        assert!(error.contains("0/3 toy is of a flow"), "{error}");
        plan(&[cut, entry("0/4", 111)], None, |plan| {
            let plan = plan.unwrap();
            assert_eq!(plan.entries.len(), 1);
            assert!(
                plan.to_text("x").contains("`ekspiper replay` its ledger"),
                "{}",
                plan.to_text("x")
            );
        });
        assert_eq!(refusal(&[], None), "no matching open dead letters");
        assert_eq!(
            refusal(&[resolved("0/1", 110, None)], Some("x")),
            "no matching open dead letters"
        );
    }

    #[test]
    fn more_than_fits_into_a_transaction_is_refused() {
        let large = Entry { bytes: INPUTS_BYTES_MAX / 2 + 1, ..entry("0/1", 110) };
        let error = refusal(&[large.clone(), large], None);
        assert!(error.contains("choose fewer"), "{error}");
    }
}
