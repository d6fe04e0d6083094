//! The progress of a partition, as committed with its offset: what was last read and last written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::record::record_order::SequenceId;

/// Brokers take offsets with metadata of up to 4,096 bytes (`offset.metadata.max.bytes`).
const METADATA_BYTES_MAX: usize = 4_096;

/// The metadata of a committed offset.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// The number of partitions of the lane that was read.
    pub partitions: u32,
    /// The last record read from the partition.
    pub read: Option<SequenceId>,
    /// The last record written, by `<topic>/<partition>`.
    pub written: BTreeMap<String, SequenceId>,
    /// Whether what was written did not fit: then the ends of the outputs say it.
    pub written_is_cut: bool,
}

#[derive(Serialize, Deserialize)]
struct Text {
    p: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<String>,
    #[serde(default)]
    written: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
}

impl Progress {
    /// The metadata as JSON, without what was written where that would not fit.
    pub fn to_text(&self) -> String {
        let written = self.written.iter().map(|(key, id)| (key.clone(), id.to_string()));
        let mut text = Text {
            p: self.partitions,
            read: self.read.map(|id| id.to_string()),
            written: written.collect(),
            cut: false,
        };
        let whole = serde_json::to_string(&text).expect("numbers and strings are JSON");
        if whole.len() <= METADATA_BYTES_MAX {
            return whole;
        }
        (text.written, text.cut) = (BTreeMap::new(), true);
        serde_json::to_string(&text).expect("numbers and strings are JSON")
    }

    /// Reads what [`Progress::to_text`] wrote.
    pub fn from_text(text: &str) -> anyhow::Result<Self> {
        let text: Text = serde_json::from_str(text)?;
        let mut written = BTreeMap::new();
        for (key, place) in text.written {
            written.insert(key, place.parse()?);
        }
        Ok(Self {
            partitions: text.p,
            read: text.read.map(|place| place.parse()).transpose()?,
            written,
            written_is_cut: text.cut,
        })
    }

    /// A record is read: checks that none is missing before it.
    ///
    /// # Errors
    /// [`MissingRecords`] when the record names another predecessor than what was last read.
    pub fn read(
        &mut self,
        place: SequenceId,
        previous: Option<SequenceId>,
    ) -> Result<(), MissingRecords> {
        let follows = match (self.read, previous) {
            // Where a flow starts, the records before are not its business.
            (None, _) => true,
            (Some(read), Some(previous)) => read == previous && place > previous,
            (Some(_), None) => false,
        };
        if !follows {
            return Err(MissingRecords { read: self.read, previous, found: place });
        }
        self.read = Some(place);
        Ok(())
    }
}

/// A record does not follow the one that was read last: records are missing, or the topic was created again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "records are missing: {} was read last, but {found} follows {}",
    read.map_or_else(|| "nothing".to_owned(), |place| place.to_string()),
    previous.map_or_else(|| "nothing".to_owned(), |place| place.to_string())
)]
pub struct MissingRecords {
    /// What was read last.
    pub read: Option<SequenceId>,
    /// What the record names as its predecessor.
    pub previous: Option<SequenceId>,
    /// The record.
    pub found: SequenceId,
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn place(sequence: u64, part: u32) -> SequenceId {
        SequenceId { sequence, part }
    }

    #[test]
    fn progress_survives_its_text() {
        let mut progress =
            Progress { partitions: 8, read: Some(place(7, 2)), ..Progress::default() };
        progress.written.insert("mainnet.transactions/7".into(), place(7, 1));
        assert_eq!(Progress::from_text(&progress.to_text()).unwrap(), progress);
        assert!(Progress::from_text("").is_err());
    }

    #[test]
    fn what_does_not_fit_the_metadata_of_an_offset_is_left_to_the_outputs() {
        let mut progress =
            Progress { partitions: 1, read: Some(place(7, 2)), ..Progress::default() };
        for partition in 0..64 {
            for topic in ["mainnet.transaction-records", "mainnet.schema-discoveries"] {
                let id = place(90_000_000 + partition, 199);
                progress.written.insert(format!("{topic}/{partition}"), id);
            }
        }
        let text = progress.to_text();
        assert!(text.len() <= METADATA_BYTES_MAX, "{}", text.len());
        let read = Progress::from_text(&text).unwrap();
        assert_eq!((read.read, read.written_is_cut), (progress.read, true));
    }

    #[test]
    fn linked_records_are_read() {
        let mut progress = Progress { partitions: 8, ..Progress::default() };
        progress.read(place(16, 0), Some(place(8, 0))).unwrap();
        progress.read(place(24, 0), Some(place(16, 0))).unwrap();
        progress.read(place(48, 3), Some(place(24, 0))).unwrap();
        assert_eq!(progress.read, Some(place(48, 3)));
    }

    #[test]
    fn a_gap_a_repeat_and_another_first_record_are_found() {
        let mut progress =
            Progress { partitions: 8, read: Some(place(24, 0)), ..Progress::default() };
        for (found, previous) in [
            (place(40, 0), Some(place(32, 0))),
            (place(24, 0), Some(place(16, 0))),
            (place(8, 0), None),
        ] {
            progress.read(found, previous).unwrap_err();
        }
        assert_eq!(progress.read, Some(place(24, 0)));
    }
}
