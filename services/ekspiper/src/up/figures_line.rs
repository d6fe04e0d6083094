//! The figures of a running pipeline as one plain line, for an output that is no terminal.

use crate::format::{grouped, rate};
use crate::up::figures::{Figures, seconds};

/// All figures in one line, problems at its end.
pub(crate) fn line(figures: &Figures) -> String {
    let mut parts = Vec::new();
    parts.push(match &figures.latest {
        Some(latest) => format!("ledger {} {} verified", latest.index, latest.short_hash()),
        None => "no ledger yet".to_owned(),
    });
    let (transactions, acknowledged) = (figures.transactions, figures.acknowledged);
    parts.push(format!(
        "{} transactions ({}/s)",
        grouped(transactions.total),
        rate(transactions.per_s)
    ));
    parts.push(format!("{} books", grouped(figures.books.total)));
    parts.push(format!(
        "{} records acknowledged ({}/s)",
        grouped(acknowledged.total),
        rate(acknowledged.per_s)
    ));
    if let Some(latency) = figures.latency {
        parts.push(format!(
            "latency {} median, {} p99",
            seconds(latency.median_s),
            seconds(latency.p99_s)
        ));
    }
    parts.push(figures.flows());
    parts.extend(figures.problems.iter().cloned());
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::up::figures::tests::figures;

    #[test]
    fn a_line_has_every_figure() {
        let figures = Figures {
            flows_ready: 7,
            problems: vec!["ledger-source (main) retrying: no server".to_owned()],
            ..figures()
        };
        assert_eq!(
            line(&figures),
            "ledger 1234 ABABABAB…ABABABAB verified; 6,250 transactions (50/s); 40 books; \
             6,415 records acknowledged (51/s); latency 45 ms median, 0.31 s p99; 7 of 8 flows ready; \
             ledger-source (main) retrying: no server"
        );
    }
}
