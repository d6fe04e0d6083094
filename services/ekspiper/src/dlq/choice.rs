//! Which dead letters are meant.

use flow_admin::DlqEntryId;
use jiff::{Span, SpanRelativeTo, Timestamp};

use super::entry::Entry;
use crate::ledger_range::LedgerRange;

/// Letters that all of this holds for.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct Choice {
    /// Letters by their ids, such as `3/1207`
    #[arg(value_name = "ID")]
    ids: Vec<DlqEntryId>,
    /// Letters with this reason, a word such as `undecodable`
    #[arg(long, value_name = "REASON")]
    cause: Option<String>,
    /// Letters of this flow
    #[arg(long)]
    flow: Option<String>,
    /// Letters written then or later: a time such as `2026-11-22T13:00:00Z`, or so long ago, such as `2h`
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Timestamp>,
    /// Letters written before, likewise
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Timestamp>,
    /// Letters whose input belongs to these ledgers, both ends included
    #[arg(long, value_name = "FROM-TO")]
    ledger: Option<LedgerRange>,
}

impl Choice {
    /// Whether it leaves anything out.
    pub(crate) const fn is_all(&self) -> bool {
        let Self { ids, cause, flow, since, until, ledger } = self;
        ids.is_empty()
            && cause.is_none()
            && flow.is_none()
            && since.is_none()
            && until.is_none()
            && ledger.is_none()
    }

    /// Whether `entry` is meant.
    pub(crate) fn takes(&self, entry: &Entry) -> bool {
        let is =
            |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|it| it == found);
        let in_ledgers = self.ledger.is_none_or(|range| {
            let ledgers = u64::from(range.first)..=u64::from(range.last);
            entry.place.is_some_and(|place| ledgers.contains(&place.sequence))
        });
        (self.ids.is_empty() || self.ids.contains(&entry.id))
            && is(&self.cause, &entry.reason)
            && is(&self.flow, &entry.flow)
            && self.since.is_none_or(|since| entry.at_ms >= since.as_millisecond())
            && self.until.is_none_or(|until| entry.at_ms < until.as_millisecond())
            && in_ledgers
    }

    /// An id that is asked for and not among `entries`.
    pub(crate) fn unknown(&self, entries: &[Entry]) -> Option<DlqEntryId> {
        self.ids.iter().find(|id| !entries.iter().any(|entry| entry.id == **id)).copied()
    }
}

/// A time, or how long ago.
fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let form = || "expected a time such as `2026-11-22T13:00:00Z`, or how long ago, such as `2h`";
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
        choice: Choice,
    }

    fn choice(args: &[&str]) -> Choice {
        Cli::try_parse_from([&["x"], args].concat()).unwrap().choice
    }

    #[test]
    fn a_letter_is_meant_when_all_holds() {
        // Ledger 104 of `ledger-record`, `undecodable`, at 1970-01-01T00:00:10Z.
        let entry = entry("0/7", 104);
        for args in [
            &[][..],
            &["0/7", "3/1"],
            &["--cause", "undecodable", "--flow", "ledger-record"],
            &["--since", "1970-01-01T00:00:10Z", "--until", "1970-01-01T00:00:11Z"],
            &["--ledger", "104-104"],
        ] {
            assert!(choice(args).takes(&entry), "{args:?}");
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
            assert!(!choice(args).takes(&entry), "{args:?}");
        }
        assert!(choice(&[]).is_all() && !choice(&["--since", "2h"]).is_all());
    }

    #[test]
    fn an_input_without_a_ledger_is_in_no_range() {
        let entry = Entry { place: None, ..entry("0/7", 104) };
        assert!(!choice(&["--ledger", "1-4000000000"]).takes(&entry));
    }

    #[test]
    fn a_time_is_a_point_or_how_long_ago() {
        let ago = |text| Timestamp::now().as_second() - moment(text).unwrap().as_second();
        assert!((7_200..7_260).contains(&ago("2h")));
        assert!((86_400 + 1_800..86_400 + 1_860).contains(&ago("1d 30m")));
        assert_eq!(moment("1970-01-01T01:00:00+01:00").unwrap(), Timestamp::UNIX_EPOCH);
        for text in ["", "yesterday", "2", "h"] {
            assert!(moment(text).unwrap_err().contains("such as `2h`"), "{text}");
        }
    }
}
