//! What a re-drive would do, worked out before anything is done.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::{Context as _, ensure};
use flow::Lane;

use super::choice::Choice;
use super::entry::{Entry, sums};
use crate::flow_shape::FlowShape;
use crate::ledger_range::LedgerRange;

/// The inputs of one re-drive hold at most so many bytes: they are one transaction.
const INPUTS_BYTES_MAX: i64 = 64 << 20;
/// And there are at most so many.
const INPUTS_MAX: usize = 100_000;

/// Which letters go into which lane. A lane is filled once, with letters of one flow.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan<'a> {
    pub(crate) shape: &'a FlowShape,
    pub(crate) lane: Lane,
    /// Whether the letters are in the lane already: an earlier command was ended in the middle, or has done it all.
    pub(crate) is_filled: bool,
    /// The letters whose inputs go, or went, into the lane.
    pub(crate) letters: Vec<&'a Entry>,
    /// Open letters that are meant and can't be driven, with why.
    left_out: Vec<(&'a Entry, &'static str)>,
    /// How many open letters are meant that could be driven and are not, since the lane is filled.
    waiting: usize,
}

impl<'a> Plan<'a> {
    /// Works out what to do about the letters of a lane that `choice` means; `lane` is where to, if that was said.
    ///
    /// # Errors
    /// When nothing can be driven, or letters of several flows are meant; in words that say what to do.
    pub(crate) fn new(
        shapes: &'a [FlowShape],
        entries: &'a [Entry],
        choice: &Choice,
        lane: Option<&Lane>,
    ) -> anyhow::Result<Self> {
        let meant: Vec<&Entry> = entries.iter().filter(|entry| choice.takes(entry)).collect();
        let (mut open, mut left_out) = (Vec::new(), Vec::new());
        for entry in meant.iter().copied().filter(|entry| entry.is_open()) {
            match obstacle(shapes, entry) {
                None => open.push(entry),
                Some(why) => left_out.push((entry, why)),
            }
        }
        let last =
            meant.iter().filter_map(|it| Some((it.settlement.as_ref()?.at_ms, into(it)?))).max();
        let lane = match (lane, open.first(), last) {
            (Some(lane), ..) => lane.clone(),
            (None, Some(_), _) => Lane(Some(name(&open).parse().context("naming the lane")?)),
            (None, None, Some((_, last))) => last.parse()?,
            (None, None, None) => return Err(nothing(&left_out)),
        };
        let in_lane = lane.to_string();
        let filled: Vec<&Entry> = entries.iter().filter(|it| into(it) == Some(&in_lane)).collect();
        let is_filled = !filled.is_empty();
        let (letters, waiting) = if is_filled { (filled, open.len()) } else { (open, 0) };
        let Some(first) = letters.first() else { return Err(nothing(&left_out)) };
        ensure!(
            letters.iter().all(|entry| entry.flow == first.flow),
            "letters of several flows are meant, and each flow is driven in a lane of its own: choose one by `--flow`\n{}",
            sums(letters)
        );
        let bytes: i64 = letters.iter().map(|entry| entry.bytes).sum();
        ensure!(
            letters.len() <= INPUTS_MAX && bytes <= INPUTS_BYTES_MAX,
            "{} letters of {bytes} bytes are too many for one transaction: choose fewer, by `--ledger` or `--until`",
            letters.len()
        );
        let shape = shapes.iter().find(|shape| shape.name == first.flow);
        let shape = shape.with_context(|| format!("{} is no flow of this version", first.flow))?;
        Ok(Self { shape, lane, is_filled, letters, left_out, waiting })
    }

    /// The ledgers from the first to the last; `None` where no input says which it belongs to.
    pub(crate) fn ledgers(&self) -> Option<LedgerRange> {
        ledgers(&self.letters)
    }

    /// How many inputs that is: two letters may be about the same one.
    pub(crate) fn inputs(&self) -> usize {
        let input = |entry: &&'a Entry| {
            let placeless = entry.place.is_none().then_some(entry.input);
            (entry.topic.as_str(), entry.place, placeless)
        };
        let inputs: BTreeSet<_> = self.letters.iter().map(input).collect();
        inputs.len()
    }

    /// What it comes to, in words.
    pub(crate) fn tell(&self, lane: &str) -> String {
        let doing = if self.is_filled { "are" } else { "go" };
        let mut told = format!(
            "{}{} inputs {doing} in {lane}",
            sums(self.letters.iter().copied()),
            self.inputs()
        );
        if let Some(LedgerRange { first, last }) = self.ledgers() {
            let _ = write!(told, ", of ledgers {first} to {last}");
        }
        told.push('\n');
        if self.waiting > 0 {
            let _ = writeln!(
                told,
                "{} more open letters are meant: a lane is filled once, they need another `--lane`",
                self.waiting
            );
        }
        if !self.left_out.is_empty() {
            let _ = write!(told, "left out:\n{}", lines(&self.left_out));
        }
        told
    }
}

/// Why a letter can't be driven.
fn obstacle(shapes: &[FlowShape], entry: &Entry) -> Option<&'static str> {
    let shape = shapes.iter().find(|shape| shape.name == entry.flow);
    if entry.is_cut {
        return Some("was too large to be kept whole: `ekspiper replay` its ledger");
    }
    if shape.is_some_and(|it| it.needs_whole_ledgers) && entry.is_chunk {
        return Some(
            "is one chunk of a ledger, and the flow needs all: `ekspiper replay` its ledger",
        );
    }
    let reads = |shape: &FlowShape| shape.inputs.iter().any(|it| it.spec.name == entry.topic);
    if !shape.is_some_and(reads) {
        return Some("is of a flow and topic that this version does not have");
    }
    None
}

fn nothing(left_out: &[(&Entry, &str)]) -> anyhow::Error {
    if left_out.is_empty() {
        return anyhow::anyhow!("no such open dead letters");
    }
    anyhow::anyhow!("none of them can be driven again:\n{}", lines(left_out))
}

fn lines(left_out: &[(&Entry, &str)]) -> String {
    left_out.iter().map(|(entry, why)| format!("  {} {} {why}\n", entry.id, entry.flow)).collect()
}

/// The lane that a letter was driven into.
fn into(entry: &Entry) -> Option<&String> {
    entry.settlement.as_ref()?.lane.as_ref()
}

/// What the lane is called unless it was said: the same for the same letters, so that the same command goes on.
fn name(letters: &[&Entry]) -> String {
    let first = letters[0];
    match ledgers(letters) {
        Some(range) => format!("redrive-{}-{range}", first.flow),
        None => format!("redrive-{}-at-{}-{}", first.flow, first.id.partition, first.id.offset),
    }
}

fn ledgers(letters: &[&Entry]) -> Option<LedgerRange> {
    let sequences = || letters.iter().filter_map(|it| u32::try_from(it.place?.sequence).ok());
    Some(LedgerRange { first: sequences().min()?, last: sequences().max()? })
}

#[cfg(test)]
mod tests {
    use super::super::entry::tests::{entry, settled};
    use super::*;
    use crate::lineup;

    fn plan<T>(
        entries: &[Entry],
        lane: Option<&str>,
        look: impl Fn(anyhow::Result<Plan<'_>>) -> T,
    ) -> T {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let _inside = runtime.enter();
        let shapes = lineup::shapes().unwrap();
        let lane = lane.map(|lane| lane.parse().unwrap());
        look(Plan::new(&shapes, entries, &Choice::default(), lane.as_ref()))
    }

    fn refusal(entries: &[Entry], lane: Option<&str>) -> String {
        plan(entries, lane, |plan| plan.unwrap_err().to_string())
    }

    #[test]
    fn open_letters_go_into_a_lane_that_is_named_after_their_ledgers() {
        let entries = [entry("0/1", 110), settled("0/2", 90, None), entry("1/1", 105)];
        plan(&entries, None, |plan| {
            let plan = plan.unwrap();
            assert_eq!(plan.lane.to_string(), "redrive-ledger-record-105-110");
            assert_eq!((plan.letters.len(), plan.is_filled), (2, false));
            let told = plan.tell("net.x");
            assert!(told.contains("2 inputs go in net.x, of ledgers 105 to 110"), "{told}");
        });
        let placeless = [Entry { place: None, ..entry("3/12", 0) }];
        plan(&placeless, None, |plan| {
            assert_eq!(plan.unwrap().lane.to_string(), "redrive-ledger-record-at-3-12");
        });
    }

    #[test]
    fn a_command_that_is_given_again_goes_on_in_the_lane_that_it_has_filled() {
        let lane = "redrive-ledger-record-105-110";
        let entries = [settled("0/1", 110, Some(lane)), settled("1/1", 105, Some(lane))];
        for named in [None, Some(lane)] {
            plan(&entries, named, |plan| {
                let plan = plan.unwrap();
                assert_eq!((plan.lane.to_string().as_str(), plan.is_filled), (lane, true));
                assert_eq!(plan.letters.len(), 2);
            });
        }
    }

    #[test]
    fn a_lane_is_filled_once() {
        let entries = [settled("0/1", 110, Some("again")), entry("1/1", 105)];
        plan(&entries, Some("again"), |plan| {
            let plan = plan.unwrap();
            assert!(plan.is_filled && plan.letters.len() == 1);
            assert!(plan.tell("net.again").contains("1 more open letters are meant"));
        });
    }

    #[test]
    fn letters_of_several_flows_are_refused_with_the_flows() {
        let other = Entry {
            flow: "fluent-sink".into(),
            topic: "ledger-records".into(),
            ..entry("1/1", 105)
        };
        let error = refusal(&[entry("0/1", 110), other], None);
        assert!(error.contains("choose one by `--flow`"), "{error}");
        assert!(error.contains("fluent-sink") && error.contains("ledger-record "), "{error}");
    }

    #[test]
    fn what_can_not_be_driven_is_named_with_what_helps() {
        let cut = Entry { is_cut: true, ..entry("0/1", 110) };
        let chunk = Entry {
            flow: "book-offers-fetch".into(),
            topic: "ledgers".into(),
            is_chunk: true,
            ..entry("0/2", 110)
        };
        let stranger = Entry { flow: "toy".into(), ..entry("0/3", 110) };
        let error = refusal(&[cut.clone(), chunk, stranger], None);
        assert!(error.contains("0/1 ledger-record was too large"), "{error}");
        assert!(error.contains("0/2 book-offers-fetch is one chunk"), "{error}");
        assert!(error.contains("0/3 toy is of a flow"), "{error}");
        plan(&[cut, entry("0/4", 111)], None, |plan| {
            let plan = plan.unwrap();
            assert_eq!(plan.letters.len(), 1);
            assert!(plan.tell("x").contains("`ekspiper replay` its ledger"), "{}", plan.tell("x"));
        });
        assert_eq!(refusal(&[], None), "no such open dead letters");
        assert_eq!(refusal(&[settled("0/1", 110, None)], Some("x")), "no such open dead letters");
    }

    #[test]
    fn more_than_one_transaction_takes_is_refused() {
        let large = Entry { bytes: INPUTS_BYTES_MAX / 2 + 1, ..entry("0/1", 110) };
        let error = refusal(&[large.clone(), large], None);
        assert!(error.contains("choose fewer"), "{error}");
    }
}
