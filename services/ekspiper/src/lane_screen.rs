//! How a lane that is being filled looks.

use std::time::Duration;

use crate::ledger_range::LedgerRange;
use crate::number::{duration, grouped, rate};

/// How far a lane has been filled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filling {
    /// What is being done: `backfill` or `replay of` a flow, and the lane.
    pub(crate) what: String,
    /// The range.
    pub(crate) range: LedgerRange,
    /// Since this process began.
    pub(crate) running: Duration,
    /// What was complete when it began.
    pub(crate) begun_at: u64,
    /// Each flow with the ledger up to which it is complete; the slowest says how far the lane is.
    pub(crate) flows: Vec<(&'static str, Option<u64>)>,
    /// What is not well, a line each.
    pub(crate) unwell: Vec<String>,
}

impl Filling {
    /// How many ledgers of the range are complete in every topic.
    pub(crate) fn done(&self) -> u64 {
        self.flows.iter().map(|(_, through)| self.ledgers(*through)).min().unwrap_or(0)
    }

    /// The lines to show; the first one says it all.
    pub(crate) fn lines(&self) -> Vec<String> {
        let done = self.done();
        let per_s = done.saturating_sub(self.begun_at) as f64 / self.running.as_secs_f64().max(1.0);
        let left = self.range.count() - done;
        let remaining = if per_s > 0.0 && left > 0 {
            let left = Duration::from_secs_f64(left as f64 / per_s);
            format!(", about {} left", duration(left))
        } else {
            String::new()
        };
        let mut first = format!(
            "{}: {} of {} ledgers complete ({} %), {} a second{remaining}",
            self.what,
            grouped(done),
            grouped(self.range.count()),
            self.percent(done),
            rate(per_s),
        );
        if let Some(what) = self.unwell.first() {
            first = format!("{first}; {what}");
        }
        let mut lines = vec![first, String::new()];
        for (flow, through) in &self.flows {
            let ledgers = self.ledgers(*through);
            let percent = self.percent(ledgers);
            lines.push(format!("  {flow:<22}{:>12} ledgers {percent:>4} %", grouped(ledgers)));
        }
        lines.extend(self.unwell.iter().skip(1).map(|what| format!("  ! {what}")));
        lines.push(String::new());
        lines.push("  Ctrl-C stops; the same command goes on from here.".to_owned());
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

    fn filling(source: Option<u64>, details: Option<u64>) -> Filling {
        Filling {
            what: "backfill into net.old".into(),
            range: LedgerRange { first: 1_001, last: 3_000 },
            running: Duration::from_secs(10),
            begun_at: 0,
            flows: vec![("ledger-source", source), ("ledger-details", details)],
            unwell: Vec::new(),
        }
    }

    #[test]
    fn a_lane_is_as_complete_as_its_slowest_flow() {
        let filling = filling(Some(9_000), Some(1_500));
        assert_eq!(filling.done(), 500);
        assert_eq!(
            filling.lines()[0],
            "backfill into net.old: 500 of 2,000 ledgers complete (25 %), 50 a second, about 30 s left"
        );
        assert_eq!(filling.lines()[2], "  ledger-source                2,000 ledgers  100 %");
    }

    #[test]
    fn a_flow_before_the_range_has_done_nothing() {
        assert_eq!(filling(Some(3_000), None).done(), 0);
        assert_eq!(filling(Some(3_000), Some(1_000)).done(), 0);
        assert_eq!(filling(Some(3_000), Some(7)).done(), 0);
    }

    #[test]
    fn the_first_line_says_what_is_not_well() {
        let mut filling = filling(Some(3_000), Some(1_500));
        filling.unwell = vec!["ledger-details tries again: timed out".into()];
        assert!(filling.lines()[0].ends_with("; ledger-details tries again: timed out"));
    }
}
