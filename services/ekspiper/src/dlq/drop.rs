//! `ekspiper dlq drop`: letters that nobody will drive again.

use clap::builder::NonEmptyStringValueParser;
use flow_admin::{Decision, Resolver};

use super::Letters;
use super::entry::{Entries, Entry, sums};

/// Which to drop, and on whose word.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct DropArgs {
    #[command(flatten)]
    letters: Letters,
    /// Why; kept beside the letters
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    why: String,
    /// Who does it; kept likewise
    #[arg(long, env = "USER", value_parser = NonEmptyStringValueParser::new())]
    by: String,
}

/// Settles open letters without driving them again.
///
/// # Errors
/// When none is meant, or no broker answers.
pub(crate) fn drop_letters(args: &DropArgs) -> anyhow::Result<String> {
    let (choice, settings) = (&args.letters.choice, args.letters.settings());
    anyhow::ensure!(
        !choice.is_all(),
        "say which: ids, or one of `--cause`, `--flow`, `--since`, `--until` and `--ledger`"
    );
    let settler = Resolver::open(&settings)?;
    let entries = Entries::read(&mut args.letters.inspector()?, choice)?;
    let meant = |entry: &&Entry| entry.is_open() && choice.takes(entry);
    let dropped: Vec<&Entry> = entries.all.iter().filter(meant).collect();
    anyhow::ensure!(!dropped.is_empty(), "no such open dead letters in {}", settings.to());
    let verdict = Decision { lane: None, by: args.by.clone(), why: args.why.clone() };
    settler.settle(dropped.iter().map(|entry| entry.id), &verdict, &[])?;
    Ok(format!("{}dropped: `ekspiper dlq list --all` shows them still\n", sums(dropped)))
}
