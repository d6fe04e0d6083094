//! The live block of a running pipeline on a terminal.

use crate::format::{duration, grouped, rate};
use crate::up::figures::{Count, Figures, seconds};

/// From this lag on the screen shows that the pipeline is catching up.
const LAG_MIN: u64 = 3;

/// The block's lines for the pipeline of `network`.
pub(crate) fn lines(network: &str, figures: &Figures) -> Vec<String> {
    let mut lines = vec![format!("{network}: up {}", duration(figures.uptime)), String::new()];
    let mut line = |name: &str, text: String| lines.push(format!("  {name:<16}{text}"));
    line("latest ledger", latest(figures));
    line("transactions", count(figures.transactions));
    line("order books", count(figures.books));
    line("acknowledged", count(figures.acknowledged));
    line("latency", latency(figures));
    line("health", figures.flows());
    lines.extend(figures.problems.iter().map(|what| format!("  ! {what}")));
    lines
}

fn latest(figures: &Figures) -> String {
    let Some(latest) = &figures.latest else {
        return "none yet".to_owned();
    };
    let lag = match figures.behind() {
        LAG_MIN.. => format!(", {} ledgers behind", grouped(figures.behind())),
        _ => String::new(),
    };
    let (index, hash, age) =
        (grouped(latest.index.into()), latest.short_hash(), duration(latest.age));
    format!("{index} {hash} verified {age} ago{lag}")
}

fn count(count: Count) -> String {
    format!("{:<12} {:>7}/s", grouped(count.total), rate(count.per_s))
}

fn latency(figures: &Figures) -> String {
    figures.latency.map_or_else(
        || "no samples in the last minute".to_owned(),
        |latency| {
            let (median, p99) = (seconds(latency.median_s), seconds(latency.p99_s));
            format!("{median} median, {p99} p99")
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::up::figures::tests::figures;

    #[test]
    fn a_healthy_pipeline_is_shown_in_a_few_lines() {
        let expected = "\
sim: up 2 min 5 s

  latest ledger   1,234 ABABABAB…ABABABAB verified 1 s ago
  transactions    6,250             50/s
  order books     40               0.4/s
  acknowledged    6,415             51/s
  latency         45 ms median, 0.31 s p99
  health          8 of 8 flows ready";
        assert_eq!(lines("sim", &figures()).join("\n"), expected);
    }

    #[test]
    fn a_problem_is_shown_with_its_reason() {
        let mut figures = figures();
        figures.flows_ready = 7;
        figures.problems = vec!["fluent-sink (8 of 8 partitions) retrying: refused".to_owned()];
        let text = lines("t", &figures).join("\n");
        assert!(text.contains("7 of 8 flows ready"), "{text}");
        assert!(text.contains("  ! fluent-sink (8 of 8 partitions) retrying"), "{text}");
    }

    #[test]
    fn a_pipeline_that_catches_up_shows_its_lag() {
        let mut figures = figures();
        figures.validated = Some(2_000);
        let text = lines("t", &figures).join("\n");
        assert!(text.contains("verified 1 s ago, 766 ledgers behind"), "{text}");
    }

    #[test]
    fn a_pipeline_that_has_just_started_shows_no_ledger() {
        let text = lines("t", &Figures::default()).join("\n");
        assert!(text.contains("latest ledger   none yet"), "{text}");
        assert!(text.contains("no samples"), "{text}");
    }
}
