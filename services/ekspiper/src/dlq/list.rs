//! `ekspiper dlq list`: lists dead letters.

use std::fmt::Write as _;

use super::LaneDlq;
use super::entry::{Entries, Entry, counts};
use crate::format::grouped;
use crate::text_table::Table;

/// The arguments.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    dlq: LaneDlq,
    /// List resolved ones as well
    #[arg(long)]
    all: bool,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
}

/// Lists dead letters, oldest first.
///
/// # Errors
/// When no broker responds, or there is no such lane.
pub(crate) fn list(args: &ListArgs) -> anyhow::Result<String> {
    let filter = &args.dlq.filter;
    let entries = Entries::read(&mut args.dlq.inspector()?, filter)?;
    let matches = |entry: &&Entry| (args.all || entry.is_open()) && filter.matches(entry);
    let listed: Vec<&Entry> = entries.all.iter().filter(matches).collect();
    if args.json {
        return Ok(listed.iter().map(|entry| format!("{}\n", entry.to_json())).collect());
    }
    let mut output = if listed.is_empty() {
        let kind = if args.all { "" } else { "open " };
        format!("no matching {kind}dead letters in {}\n", args.dlq.settings().to())
    } else {
        format!("{}\n{}", table(&listed, args.all).to_text(), counts(listed.iter().copied()))
    };
    if entries.unreadable > 0 {
        writeln!(output, "{} unreadable records", entries.unreadable)?;
    }
    Ok(output)
}

fn table(listed: &[&Entry], all: bool) -> Table {
    let heading = ["ID", "TIME", "FLOW", "REASON", "LEDGER", "ATTEMPT", "BYTES", "RESOLUTION"];
    let columns = if all { heading.len() } else { heading.len() - 1 };
    let mut table = Table::new(&heading[..columns]);
    for entry in listed {
        let ledger = entry.sequence_id.map_or_else(|| "-".to_owned(), |it| it.sequence.to_string());
        let cells = [
            entry.id.to_string(),
            entry.time(),
            entry.flow.clone(),
            entry.reason.clone(),
            ledger,
            entry.attempt.to_string(),
            grouped(entry.bytes.unsigned_abs()),
            entry.resolution_text(),
        ];
        table.row(cells.into_iter().take(columns));
    }
    table
}
