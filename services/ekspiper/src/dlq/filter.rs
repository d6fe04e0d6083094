//! A filter of dead letters.

use flow_admin::DlqEntryId;
use jiff::{Span, SpanRelativeTo, Timestamp};

use super::entry::Entry;
use crate::ledger_range::LedgerRange;

/// Conditions, all of which have to match.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Dead letters by id, such as `3/1207`
    #[arg(value_name = "ID")]
    ids: Vec<DlqEntryId>,
    /// Dead letters with this reason, such as `undecodable`
    #[arg(long, value_name = "REASON")]
    cause: Option<String>,
    /// Dead letters of this flow
    #[arg(long)]
    flow: Option<String>,
    /// Dead letters since a time, such as `2026-11-22T13:00:00Z`, or a duration ago, such as `2h`
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<Timestamp>,
    /// Dead letters before a time, likewise
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Timestamp>,
    /// Dead letters of this range of ledgers, both ends included
    #[arg(long, value_name = "FROM-TO")]
    ledger: Option<LedgerRange>,
}

impl Filter {
    /// Whether it has no condition.
    pub(crate) const fn is_all(&self) -> bool {
        let Self { ids, cause, flow, since, until, ledger } = self;
        ids.is_empty()
            && cause.is_none()
            && flow.is_none()
            && since.is_none()
            && until.is_none()
            && ledger.is_none()
    }

    /// Whether `entry` matches.
    pub(crate) fn matches(&self, entry: &Entry) -> bool {
        let is =
            |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|it| it == found);
        let in_ledgers = self.ledger.is_none_or(|range| {
            let ledgers = u64::from(range.first)..=u64::from(range.last);
            entry.sequence_id.is_some_and(|id| ledgers.contains(&id.sequence))
        });
        (self.ids.is_empty() || self.ids.contains(&entry.id))
            && is(&self.cause, &entry.reason)
            && is(&self.flow, &entry.flow)
            && self.since.is_none_or(|since| entry.at_ms >= since.as_millisecond())
            && self.until.is_none_or(|until| entry.at_ms < until.as_millisecond())
            && in_ledgers
    }

    /// An id of the filter that is not among `entries`.
    pub(crate) fn unknown(&self, entries: &[Entry]) -> Option<DlqEntryId> {
        self.ids.iter().find(|id| !entries.iter().any(|entry| entry.id == **id)).copied()
    }
}

/// A time, or a duration ago.
fn time(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let form = || "expected a time such as `2026-11-22T13:00:00Z`, or a duration such as `2h`";
    let span = text.parse::<Span>().map_err(|_| form())?;
    let ago = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| form())?;
    Timestamp::now().checked_sub(ago).map_err(|_| "that is too long ago".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::entry::tests::entry;
    use super::*;
    use clap::Parser as _;

    #[derive(clap::Parser, Debug)]
    struct Cli {
        #[command(flatten)]
        filter: Filter,
    }

    fn filter(args: &[&str]) -> Filter {
        Cli::try_parse_from([&["x"], args].concat()).unwrap().filter
    }

    #[test]
    fn an_entry_matches_if_all_conditions_do() {
        // Ledger 104 of `ledger-record`, `undecodable`, at 1970-01-01T00:00:10Z.
        let entry = entry("0/7", 104);
        for args in [
            &[][..],
            &["0/7", "3/1"],
            &["--cause", "undecodable", "--flow", "ledger-record"],
            &["--since", "1970-01-01T00:00:10Z", "--until", "1970-01-01T00:00:11Z"],
            &["--ledger", "104-104"],
        ] {
            assert!(filter(args).matches(&entry), "{args:?}");
        }
        for args in [
            &["0/8"][..],
            &["--cause", "panic", "--flow", "ledger-record"],
            &["--flow", "ledger"],
            &["--since", "2h"],
            &["--until", "1970-01-01T00:00:10Z"],
            &["--ledger", "105-200"],
            &["0/7", "--ledger", "1-103"],
        ] {
            assert!(!filter(args).matches(&entry), "{args:?}");
        }
        assert!(filter(&[]).is_all() && !filter(&["--since", "2h"]).is_all());
    }

    #[test]
    fn an_input_without_a_ledger_is_in_no_range() {
        let entry = Entry { sequence_id: None, ..entry("0/7", 104) };
        assert!(!filter(&["--ledger", "1-4000000000"]).matches(&entry));
    }

    #[test]
    fn a_time_is_absolute_or_a_duration_ago() {
        let ago = |text| Timestamp::now().as_second() - time(text).unwrap().as_second();
        assert!((7_200..7_260).contains(&ago("2h")));
        assert!((86_400 + 1_800..86_400 + 1_860).contains(&ago("1d 30m")));
        assert_eq!(time("1970-01-01T01:00:00+01:00").unwrap(), Timestamp::UNIX_EPOCH);
        for text in ["", "yesterday", "2", "h"] {
            assert!(time(text).unwrap_err().contains("such as `2h`"), "{text}");
        }
    }
}
