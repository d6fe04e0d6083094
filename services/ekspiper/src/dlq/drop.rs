//! `ekspiper dlq drop`: resolves dead letters without redriving them.

use clap::builder::NonEmptyStringValueParser;
use flow_admin::{Decision, Resolver};

use super::LaneDlq;
use super::entry::{Entries, Entry, counts};

/// The arguments.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct DropArgs {
    #[command(flatten)]
    dlq: LaneDlq,
    /// The reason; stored with the dead letters
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    why: String,
    /// The operator; stored likewise
    #[arg(long, env = "USER", value_parser = NonEmptyStringValueParser::new())]
    by: String,
}

/// Resolves open dead letters as dropped.
///
/// # Errors
/// When none matches, or no broker responds.
pub(crate) fn drop_entries(args: &DropArgs) -> anyhow::Result<String> {
    let (filter, settings) = (&args.dlq.filter, args.dlq.settings());
    anyhow::ensure!(
        !filter.is_all(),
        "name ids, or one of `--cause`, `--flow`, `--since`, `--until` and `--ledger`"
    );
    let resolver = Resolver::open(&settings)?;
    let entries = Entries::read(&mut args.dlq.inspector()?, filter)?;
    let matches = |entry: &&Entry| entry.is_open() && filter.matches(entry);
    let dropped: Vec<&Entry> = entries.all.iter().filter(matches).collect();
    anyhow::ensure!(!dropped.is_empty(), "no matching open dead letters in {}", settings.to());
    let decision = Decision { lane: None, by: args.by.clone(), why: args.why.clone() };
    resolver.resolve(dropped.iter().map(|entry| entry.id), &decision, &[])?;
    Ok(format!("{}dropped; `ekspiper dlq list --all` still lists them\n", counts(dropped)))
}
