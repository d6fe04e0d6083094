//! The live block: how a pipeline that runs looks on a terminal.

use crate::number::{duration, grouped, rate, seconds};
use crate::screen::figures::{Count, Figures};

/// From here on the pipeline is shown as catching up.
const BEHIND_MIN: u64 = 3;

/// The block's lines, for the pipeline called `title`; `foot` says where to look further.
pub(crate) fn lines(title: &str, figures: &Figures, foot: &[String]) -> Vec<String> {
    let mut lines = vec![format!("{title}, for {}", duration(figures.running)), String::new()];
    let mut line = |name: &str, text: String| lines.push(format!("  {name:<16}{text}"));
    line("newest ledger", newest(figures));
    line("transactions", count(figures.transactions));
    line("order books", count(figures.books));
    line("acknowledged", format!("{} by the receiver", count(figures.acknowledged)));
    line("latency", latency(figures));
    line("flows", flows(figures));
    lines.extend(figures.unwell.iter().map(|what| format!("  ! {what}")));
    lines.push(String::new());
    lines.extend(foot.iter().map(|line| format!("  {line}")));
    lines
}

fn newest(figures: &Figures) -> String {
    let Some(newest) = &figures.newest else {
        return "none yet".to_owned();
    };
    let behind = match figures.behind() {
        BEHIND_MIN.. => format!(", {} behind the newest announced", grouped(figures.behind())),
        _ => String::new(),
    };
    let (index, hash, age) =
        (grouped(newest.index.into()), newest.short_hash(), duration(newest.age));
    format!("{index}  {hash}  verified {age} ago{behind}")
}

fn count(count: Count) -> String {
    format!("{:<12} {:>7} a second", grouped(count.total), rate(count.per_s))
}

fn latency(figures: &Figures) -> String {
    figures.latency.map_or_else(
        || "nothing to measure in the last minute".to_owned(),
        |latency| {
            let (median, p99) = (seconds(latency.median_s), seconds(latency.p99_s));
            format!("{median} median, {p99} for 99 in 100, from announcement to acknowledgement")
        },
    )
}

fn flows(figures: &Figures) -> String {
    match (figures.flows_ready, figures.flows) {
        (ready, all) if ready == all && figures.unwell.is_empty() => format!("all {all} work"),
        (ready, all) => format!("{ready} of {all} work"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::figures::{Latency, NewestLedger};
    use std::time::Duration;

    pub(crate) fn figures() -> Figures {
        let count = |total, per_s| Count { total, per_s };
        Figures {
            running: Duration::from_secs(125),
            newest: Some(NewestLedger {
                index: 1_234,
                hash: [0xAB; 32],
                age: Duration::from_secs(1),
            }),
            announced: Some(1_235),
            ledgers: count(125, 1.0),
            transactions: count(6_250, 50.2),
            books: count(40, 0.4),
            acknowledged: count(6_415, 51.0),
            latency: Some(Latency { median_s: 0.045, p99_s: 0.31 }),
            flows: 8,
            flows_ready: 8,
            unwell: Vec::new(),
        }
    }

    #[test]
    fn a_pipeline_that_is_well_is_shown_in_a_few_lines() {
        let foot = ["Ctrl-C stops everything".to_owned()];
        let expected = "\
ekspiper runs, for 2 min 5 s

  newest ledger   1,234  ABABABAB…ABABABAB  verified 1 s ago
  transactions    6,250             50 a second
  order books     40               0.4 a second
  acknowledged    6,415             51 a second by the receiver
  latency         45 ms median, 0.31 s for 99 in 100, from announcement to acknowledgement
  flows           all 8 work

  Ctrl-C stops everything";
        assert_eq!(lines("ekspiper runs", &figures(), &foot).join("\n"), expected);
    }

    #[test]
    fn what_is_not_well_is_shown_with_its_reason() {
        let mut figures = figures();
        figures.flows_ready = 7;
        figures.unwell = vec!["fluent-sink: all 8 partitions retry: connection refused".to_owned()];
        let text = lines("t", &figures, &[]).join("\n");
        assert!(text.contains("7 of 8 work"), "{text}");
        assert!(text.contains("  ! fluent-sink: all 8 partitions retry"), "{text}");
    }

    #[test]
    fn a_pipeline_that_catches_up_says_how_far_it_is() {
        let mut figures = figures();
        figures.announced = Some(2_000);
        let text = lines("t", &figures, &[]).join("\n");
        assert!(text.contains("verified 1 s ago, 766 behind the newest announced"), "{text}");
    }

    #[test]
    fn a_pipeline_that_has_just_begun_shows_no_ledger() {
        let text = lines("t", &Figures::default(), &[]).join("\n");
        assert!(text.contains("newest ledger   none yet"), "{text}");
        assert!(text.contains("nothing to measure"), "{text}");
    }
}
