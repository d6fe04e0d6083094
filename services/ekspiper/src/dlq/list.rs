//! `ekspiper dlq list`: which dead letters there are.

use std::fmt::Write as _;

use super::Letters;
use super::entry::{Entries, Entry, sums};
use crate::number::grouped;
use crate::table::Table;

/// Which to list, and how.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    letters: Letters,
    /// Those that were driven again or dropped as well
    #[arg(long)]
    all: bool,
    /// For machines: one JSON object a letter and line
    #[arg(long)]
    json: bool,
}

/// Lists letters, oldest first.
///
/// # Errors
/// When no broker answers, or there is no such lane.
pub(crate) fn list(args: &ListArgs) -> anyhow::Result<String> {
    let choice = &args.letters.choice;
    let entries = Entries::read(&mut args.letters.inspector()?, choice)?;
    let meant = |entry: &&Entry| (args.all || entry.is_open()) && choice.takes(entry);
    let listed: Vec<&Entry> = entries.all.iter().filter(meant).collect();
    if args.json {
        return Ok(listed.iter().map(|entry| format!("{}\n", entry.to_json())).collect());
    }
    let mut told = if listed.is_empty() {
        let kind = if args.all { "" } else { "open " };
        format!("no such {kind}dead letters in {}\n", args.letters.settings().to())
    } else {
        format!("{}\n{}", table(&listed, args.all).to_text(), sums(listed.iter().copied()))
    };
    if entries.unreadable > 0 {
        writeln!(told, "{} records there are no dead letters", entries.unreadable)?;
    }
    Ok(told)
}

fn table(listed: &[&Entry], all: bool) -> Table {
    let heading = ["id", "time", "flow", "reason", "ledger", "attempt", "bytes", "became"];
    let columns = if all { heading.len() } else { heading.len() - 1 };
    let mut table = Table::new(&heading[..columns]);
    for entry in listed {
        let ledger = entry.place.map_or_else(|| "-".to_owned(), |it| it.sequence.to_string());
        let cells = [
            entry.id.to_string(),
            entry.time(),
            entry.flow.clone(),
            entry.reason.clone(),
            ledger,
            entry.attempt.to_string(),
            grouped(entry.bytes.unsigned_abs()),
            entry.fate(),
        ];
        table.row(cells.into_iter().take(columns));
    }
    table
}
