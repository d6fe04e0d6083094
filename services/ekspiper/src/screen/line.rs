//! One plain line: how a pipeline that runs is told where there is no terminal.

use crate::number::{grouped, rate, seconds};
use crate::screen::figures::Figures;

/// Everything in one line, what is not well at its end.
pub(crate) fn line(figures: &Figures) -> String {
    let mut parts = Vec::new();
    parts.push(match &figures.newest {
        Some(newest) => format!("ledger {} {} verified", newest.index, newest.short_hash()),
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
            "latency {} / {} (median / p99)",
            seconds(latency.median_s),
            seconds(latency.p99_s)
        ));
    }
    parts.push(format!("{} of {} flows work", figures.flows_ready, figures.flows));
    parts.extend(figures.unwell.iter().cloned());
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::figures::{Count, Latency, NewestLedger};
    use std::time::Duration;

    #[test]
    fn a_line_has_every_figure() {
        let figures = Figures {
            newest: Some(NewestLedger { index: 7, hash: [1; 32], age: Duration::ZERO }),
            transactions: Count { total: 1_500, per_s: 50.0 },
            books: Count { total: 3, per_s: 0.1 },
            acknowledged: Count { total: 1_510, per_s: 51.0 },
            latency: Some(Latency { median_s: 0.05, p99_s: 0.2 }),
            flows: 8,
            flows_ready: 7,
            unwell: vec!["ledger-source: retrying: no server".to_owned()],
            ..Figures::default()
        };
        assert_eq!(
            line(&figures),
            "ledger 7 01010101…01010101 verified; 1,500 transactions (50/s); 3 books; \
             1,510 records acknowledged (51/s); latency 50 ms / 0.20 s (median / p99); 7 of 8 flows work; \
             ledger-source: retrying: no server"
        );
    }
}
