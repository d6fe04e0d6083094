//! A dead letter without its bytes, with what became of it.

use std::collections::BTreeMap;

use flow::{RecordOrder, SequenceId};
use flow_admin::{DlqEntry, DlqEntryId, Inspector, Resolution};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::choice::Choice;
use crate::table::Table;

/// A dead letter without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: DlqEntryId,
    /// When it was written, in milliseconds since the epoch.
    pub(crate) at_ms: i64,
    pub(crate) flow: String,
    pub(crate) reason: String,
    pub(crate) causes: Vec<String>,
    /// The name of the input topic, without network and lane.
    pub(crate) topic: String,
    /// Partition and offset of the input there.
    pub(crate) input: (i32, i64),
    /// Where the input stands, if that could be read.
    pub(crate) place: Option<SequenceId>,
    /// Whether the input is one of several chunks.
    pub(crate) is_chunk: bool,
    pub(crate) attempt: i32,
    /// The size of the input's value.
    pub(crate) bytes: i64,
    pub(crate) is_cut: bool,
    /// What became of it; `None` while it is open.
    pub(crate) settlement: Option<Resolution>,
}

/// Every dead letter of a lane.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entries {
    pub(crate) all: Vec<Entry>,
    /// Records that are no letters.
    pub(crate) unreadable: u64,
}

impl Entry {
    fn of(letter: &DlqEntry<'_>) -> Self {
        let says = &letter.says;
        let position = says.headers.iter().find(|header| header.key == "position");
        let position = position.and_then(|it| std::str::from_utf8(it.value).ok()?.parse().ok());
        Self {
            id: letter.id,
            at_ms: letter.at_ms,
            flow: says.flow.to_owned(),
            reason: says.reason.to_owned(),
            causes: says.causes.clone(),
            topic: says.topic.rsplit('.').next().unwrap_or_default().to_owned(),
            input: (says.partition, says.offset),
            place: says.id(),
            is_chunk: position.is_some_and(|position: RecordOrder| position.count > 1),
            attempt: says.attempt,
            bytes: says.payload_bytes,
            is_cut: says.is_cut(),
            settlement: None,
        }
    }

    /// Whether nobody has done anything about it.
    pub(crate) const fn is_open(&self) -> bool {
        self.settlement.is_none()
    }

    /// When it was written.
    pub(crate) fn time(&self) -> String {
        time(self.at_ms)
    }

    /// What became of it, in words.
    pub(crate) fn fate(&self) -> String {
        let Some(Resolution { lane, by, why, at_ms, .. }) = &self.settlement else {
            return "open".to_owned();
        };
        let what = match lane {
            Some(lane) => format!("driven into {lane}"),
            None => "dropped".to_owned(),
        };
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        format!("{what} by {by} at {}{why}", time(*at_ms))
    }

    /// All of it for a machine.
    pub(crate) fn to_json(&self) -> Value {
        let settled = self
            .settlement
            .as_ref()
            .map(|it| json!({"lane": it.lane, "by": it.by, "why": it.why, "at": time(it.at_ms)}));
        json!({
            "id": self.id.to_string(),
            "time": self.time(),
            "flow": self.flow,
            "reason": self.reason,
            "causes": self.causes,
            "topic": self.topic,
            "partition": self.input.0,
            "offset": self.input.1,
            "ledger": self.place.map(|place| place.sequence),
            "part": self.place.map(|place| place.part),
            "attempt": self.attempt,
            "bytes": self.bytes,
            "cut": self.is_cut,
            "settled": settled,
        })
    }
}

impl Entries {
    /// Reads those of the lane that `inspector` looks into.
    ///
    /// # Errors
    /// When they can't be read, or a letter that `choice` names is not there.
    pub(crate) fn read(inspector: &mut Inspector, choice: &Choice) -> anyhow::Result<Self> {
        let mut all = Vec::new();
        let mut settled = inspector.letters(|letter| all.push(Entry::of(&letter)))?;
        for entry in &mut all {
            entry.settlement = settled.letters.remove(&entry.id);
        }
        if let Some(id) = choice.unknown(&all) {
            anyhow::bail!("there is no dead letter {id}");
        }
        all.sort_by_key(|entry| (entry.at_ms, entry.id));
        Ok(Self { all, unreadable: settled.unreadable })
    }
}

/// How many letters there are of each flow and reason.
pub(crate) fn sums<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    let mut sums: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for entry in entries {
        *sums.entry((&entry.flow, &entry.reason)).or_default() += 1;
    }
    let mut table = Table::new(&["flow", "reason", "letters"]);
    for ((flow, reason), count) in sums {
        table.row([flow.to_owned(), reason.to_owned(), count.to_string()]);
    }
    table.to_text()
}

/// A time as people and machines read it, to the second.
fn time(ms: i64) -> String {
    let time = Timestamp::from_second(ms.div_euclid(1_000));
    time.map_or_else(|_| ms.to_string(), |time| time.to_string())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An open letter of `ledger-record` about a ledger.
    pub(crate) fn entry(id: &str, ledger: u64) -> Entry {
        Entry {
            id: id.parse().unwrap(),
            at_ms: 10_000,
            flow: "ledger-record".into(),
            reason: "undecodable".into(),
            causes: vec!["undecodable".into()],
            topic: "ledger-headers".into(),
            input: (0, 5),
            place: Some(SequenceId { sequence: ledger, part: 0 }),
            is_chunk: false,
            attempt: 1,
            bytes: 100,
            is_cut: false,
            settlement: None,
        }
    }

    /// The same, settled: driven into `lane`, or dropped.
    pub(crate) fn settled(id: &str, ledger: u64, lane: Option<&str>) -> Entry {
        let settlement = Resolution {
            offset: 0,
            lane: lane.map(str::to_owned),
            by: "ann".into(),
            why: "mended".into(),
            at_ms: 20_000,
        };
        Entry { settlement: Some(settlement), ..entry(id, ledger) }
    }

    #[test]
    fn a_letter_says_what_became_of_it() {
        assert_eq!(entry("0/7", 104).fate(), "open");
        let driven = settled("0/7", 104, Some("again"));
        assert_eq!(driven.fate(), "driven into again by ann at 1970-01-01T00:00:20Z: mended");
        assert_eq!(driven.to_json()["settled"]["lane"], "again");
        assert!(settled("0/7", 104, None).fate().starts_with("dropped by ann"));
    }

    #[test]
    fn sums_are_by_flow_and_reason() {
        let panicked = Entry { reason: "panic".into(), ..entry("0/9", 1) };
        let text = sums(&[entry("0/7", 1), panicked, entry("0/8", 1)]);
        let words: Vec<_> = text.lines().map(|it| it.split_whitespace().last().unwrap()).collect();
        assert_eq!(words, ["letters", "1", "2"]);
    }
}
