//! The progress of filling a lane, as lines for a screen.

use std::time::Duration;

use crate::format::{duration, grouped, rate};
use crate::ledger_range::LedgerRange;

/// How far a lane has been filled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LaneProgress {
    /// The command and its lane, such as `backfill into mainnet.old`.
    pub(crate) title: String,
    /// The range.
    pub(crate) range: LedgerRange,
    /// Time since this process began.
    pub(crate) elapsed: Duration,
    /// Ledgers that were complete when it began.
    pub(crate) done_before: u64,
    /// Each flow with the last ledger up to which it is complete; the slowest determines the lane's progress.
    pub(crate) flows: Vec<(&'static str, Option<u64>)>,
    /// Problems, a line each.
    pub(crate) problems: Vec<String>,
}

impl LaneProgress {
    /// How many ledgers of the range are complete in every topic.
    pub(crate) fn done(&self) -> u64 {
        self.flows.iter().map(|(_, through)| self.ledgers(*through)).min().unwrap_or(0)
    }

    /// All of it in one line.
    pub(crate) fn line(&self) -> String {
        let done = self.done();
        let per_s =
            done.saturating_sub(self.done_before) as f64 / self.elapsed.as_secs_f64().max(1.0);
        let left = self.range.count() - done;
        let remaining = if per_s > 0.0 && left > 0 {
            let left = Duration::from_secs_f64(left as f64 / per_s);
            format!(", ETA {}", duration(left))
        } else {
            String::new()
        };
        let mut line = format!(
            "{}: {}/{} ledgers ({} %), {}/s{remaining}",
            self.title,
            grouped(done),
            grouped(self.range.count()),
            self.percent(done),
            rate(per_s),
        );
        if let Some(what) = self.problems.first() {
            line = format!("{line}; {what}");
        }
        line
    }

    /// The line, and one for each flow and further problem.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.line(), String::new()];
        for (flow, through) in &self.flows {
            let ledgers = self.ledgers(*through);
            let percent = self.percent(ledgers);
            lines.push(format!("  {flow:<22}{:>12} ledgers {percent:>4} %", grouped(ledgers)));
        }
        lines.extend(self.problems.iter().skip(1).map(|what| format!("  ! {what}")));
        lines
    }

    /// How many ledgers of the range are complete when all up to `through` are.
    fn ledgers(&self, through: Option<u64>) -> u64 {
        let (first, last) = (u64::from(self.range.first), u64::from(self.range.last));
        through.map_or(0, |through| (through.min(last) + 1).saturating_sub(first))
    }

    fn percent(&self, ledgers: u64) -> u64 {
        ledgers * 100 / self.range.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(source: Option<u64>, details: Option<u64>) -> LaneProgress {
        LaneProgress {
            title: "backfill into net.old".into(),
            range: LedgerRange { first: 1_001, last: 3_000 },
            elapsed: Duration::from_secs(10),
            done_before: 0,
            flows: vec![("ledger-source", source), ("ledger-details", details)],
            problems: Vec::new(),
        }
    }

    #[test]
    fn a_lane_is_as_complete_as_its_slowest_flow() {
        let progress = progress(Some(9_000), Some(1_500));
        assert_eq!(progress.done(), 500);
        let line = "backfill into net.old: 500/2,000 ledgers (25 %), 50/s, ETA 30 s";
        assert_eq!(progress.line(), line);
        let lines = progress.lines();
        assert_eq!(lines[0], line);
        assert_eq!(lines[2], "  ledger-source                2,000 ledgers  100 %");
    }

    #[test]
    fn a_flow_before_the_range_has_done_nothing() {
        assert_eq!(progress(Some(3_000), None).done(), 0);
        assert_eq!(progress(Some(3_000), Some(1_000)).done(), 0);
        assert_eq!(progress(Some(3_000), Some(7)).done(), 0);
    }

    #[test]
    fn the_line_names_a_problem() {
        let mut progress = progress(Some(3_000), Some(1_500));
        progress.problems = vec!["ledger-details retrying: timed out".into()];
        assert!(progress.line().ends_with("; ledger-details retrying: timed out"));
    }
}
