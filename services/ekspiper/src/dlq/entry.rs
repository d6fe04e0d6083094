//! A dead letter without its payload, with its resolution.

use std::collections::BTreeMap;

use flow::{RecordOrder, SequenceId};
use flow_admin::{DlqEntry, DlqEntryId, Inspector, Resolution};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::filter::Filter;
use crate::text_table::Table;

/// A dead letter without its payload.
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
    /// The input's sequence id, if it has one.
    pub(crate) sequence_id: Option<SequenceId>,
    /// Whether the input is one of several chunks.
    pub(crate) is_chunk: bool,
    pub(crate) attempt: i32,
    /// The size of the input's value.
    pub(crate) bytes: i64,
    pub(crate) is_cut: bool,
    /// Its resolution; `None` while it is open.
    pub(crate) resolution: Option<Resolution>,
}

/// Every dead letter of a lane.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entries {
    pub(crate) all: Vec<Entry>,
    /// Records that are neither dead letters nor resolutions.
    pub(crate) unreadable: u64,
}

impl Entry {
    fn of(entry: &DlqEntry<'_>) -> Self {
        let says = &entry.says;
        let position = says.headers.iter().find(|header| header.key == "position");
        let position = position.and_then(|it| std::str::from_utf8(it.value).ok()?.parse().ok());
        Self {
            id: entry.id,
            at_ms: entry.at_ms,
            flow: says.flow.to_owned(),
            reason: says.reason.to_owned(),
            causes: says.causes.clone(),
            topic: says.topic.rsplit('.').next().unwrap_or_default().to_owned(),
            input: (says.partition, says.offset),
            sequence_id: says.id(),
            is_chunk: position.is_some_and(|position: RecordOrder| position.count > 1),
            attempt: says.attempt,
            bytes: says.payload_bytes,
            is_cut: says.is_cut(),
            resolution: None,
        }
    }

    /// Whether it is unresolved.
    pub(crate) const fn is_open(&self) -> bool {
        self.resolution.is_none()
    }

    /// When it was written.
    pub(crate) fn time(&self) -> String {
        time(self.at_ms)
    }

    /// Its resolution as text.
    pub(crate) fn resolution_text(&self) -> String {
        let Some(Resolution { lane, by, why, at_ms, .. }) = &self.resolution else {
            return "open".to_owned();
        };
        let what = match lane {
            Some(lane) => format!("redriven into {lane}"),
            None => "dropped".to_owned(),
        };
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        format!("{what} by {by} at {}{why}", time(*at_ms))
    }

    /// The entry as JSON.
    pub(crate) fn to_json(&self) -> Value {
        let resolution = self
            .resolution
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
            "ledger": self.sequence_id.map(|id| id.sequence),
            "part": self.sequence_id.map(|id| id.part),
            "attempt": self.attempt,
            "bytes": self.bytes,
            "cut": self.is_cut,
            "resolution": resolution,
        })
    }
}

impl Entries {
    /// Reads the dead letters of a lane.
    ///
    /// # Errors
    /// When they can't be read, or an id of the filter does not exist.
    pub(crate) fn read(inspector: &mut Inspector, filter: &Filter) -> anyhow::Result<Self> {
        let mut all = Vec::new();
        let mut resolutions = inspector.read_dead_letters(|entry| all.push(Entry::of(&entry)))?;
        for entry in &mut all {
            entry.resolution = resolutions.by_id.remove(&entry.id);
        }
        if let Some(id) = filter.unknown(&all) {
            anyhow::bail!("no dead letter {id}");
        }
        all.sort_by_key(|entry| (entry.at_ms, entry.id));
        Ok(Self { all, unreadable: resolutions.unreadable })
    }
}

/// The number of dead letters by flow and reason.
pub(crate) fn counts<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for entry in entries {
        *counts.entry((&entry.flow, &entry.reason)).or_default() += 1;
    }
    let mut table = Table::new(&["FLOW", "REASON", "COUNT"]);
    for ((flow, reason), count) in counts {
        table.row([flow.to_owned(), reason.to_owned(), count.to_string()]);
    }
    table.to_text()
}

/// A time in ISO 8601, to the second.
fn time(ms: i64) -> String {
    let time = Timestamp::from_second(ms.div_euclid(1_000));
    time.map_or_else(|_| ms.to_string(), |time| time.to_string())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An open dead letter of `ledger-record` for a ledger.
    pub(crate) fn entry(id: &str, ledger: u64) -> Entry {
        Entry {
            id: id.parse().unwrap(),
            at_ms: 10_000,
            flow: "ledger-record".into(),
            reason: "undecodable".into(),
            causes: vec!["undecodable".into()],
            topic: "ledger-headers".into(),
            input: (0, 5),
            sequence_id: Some(SequenceId { sequence: ledger, part: 0 }),
            is_chunk: false,
            attempt: 1,
            bytes: 100,
            is_cut: false,
            resolution: None,
        }
    }

    /// The same, resolved: redriven into `lane`, or dropped.
    pub(crate) fn resolved(id: &str, ledger: u64, lane: Option<&str>) -> Entry {
        let resolution = Resolution {
            offset: 0,
            lane: lane.map(str::to_owned),
            by: "ann".into(),
            why: "fixed".into(),
            at_ms: 20_000,
        };
        Entry { resolution: Some(resolution), ..entry(id, ledger) }
    }

    #[test]
    fn an_entry_shows_its_resolution() {
        assert_eq!(entry("0/7", 104).resolution_text(), "open");
        let redriven = resolved("0/7", 104, Some("again"));
        assert_eq!(
            redriven.resolution_text(),
            "redriven into again by ann at 1970-01-01T00:00:20Z: fixed"
        );
        assert_eq!(redriven.to_json()["resolution"]["lane"], "again");
        assert!(resolved("0/7", 104, None).resolution_text().starts_with("dropped by ann"));
    }

    #[test]
    fn counts_are_by_flow_and_reason() {
        let panicked = Entry { reason: "panic".into(), ..entry("0/9", 1) };
        let text = counts(&[entry("0/7", 1), panicked, entry("0/8", 1)]);
        let words: Vec<_> = text.lines().map(|it| it.split_whitespace().last().unwrap()).collect();
        assert_eq!(words, ["COUNT", "1", "2"]);
    }
}
