//! `ekspiper pointer`: shows or resets the pointer of a lane's source.

use std::fmt::Write as _;

use clap::builder::NonEmptyStringValueParser;
use flow::ingest::{Checkpoint, Committer, Ingestor, PointerReset};
use flow::{Lane, Pointer};
use jiff::Timestamp;
use schemas::{INGESTION_VERSION, LedgerEvents};

use crate::cluster::Cluster;
use crate::text_table::Table;
use crate::topics::counted;

/// The flow that keeps the pointer.
const SOURCE: &str = "ledger-source";

/// The subcommands.
#[derive(clap::Subcommand, Clone, Debug)]
pub(crate) enum PointerCommand {
    /// Show the pointer and its resets
    Show(PointedLane),
    /// Reset the pointer: for a source that has halted as `forked`, or a lost pointer
    Set(SetArgs),
}

/// A lane with a source.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct PointedLane {
    #[command(flatten)]
    cluster: Cluster,
    /// The lane; `live` is the default one
    #[arg(long, env, default_value = "live")]
    lane: Lane,
}

/// The arguments of a reset.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct SetArgs {
    /// The ledger after which to resume, by index and hash
    #[arg(value_name = "INDEX:HASH")]
    to: Pointer,
    #[command(flatten)]
    lane: PointedLane,
    /// The reason; stored with the pointer
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    why: String,
    /// The operator; stored with the pointer
    #[arg(long, env = "USER", value_parser = NonEmptyStringValueParser::new())]
    by: String,
    /// Show what would be done, without changing anything
    #[arg(long)]
    dry_run: bool,
}

impl PointedLane {
    fn ingestor(&self) -> anyhow::Result<Ingestor> {
        let settings = self.cluster.settings(self.lane.clone(), None);
        Ingestor::find::<LedgerEvents>(&settings, SOURCE, INGESTION_VERSION)
    }
}

/// Runs a subcommand.
///
/// # Errors
/// When no broker responds, the lane has no topics, or the reset is refused.
pub(crate) fn pointer(command: &PointerCommand) -> anyhow::Result<String> {
    match command {
        PointerCommand::Show(lane) => show(&lane.ingestor()?),
        PointerCommand::Set(args) => set(&args.lane.ingestor()?, args),
    }
}

fn show(ingestor: &Ingestor) -> anyhow::Result<String> {
    let name = ingestor.name();
    let mut output = match ingestor.latest()? {
        Some(checkpoint) => format!(
            "{name}: pointer at ledger {}, ingestion version {}\n",
            checkpoint.pointer(),
            checkpoint.version
        ),
        None => format!("{name}: no pointer\n"),
    };
    writeln!(output, "group members: {}", counted(instances(ingestor)?, "instance"))?;
    let overrides = ingestor.overrides()?;
    if overrides.is_empty() {
        output.push_str("no resets\n");
    } else {
        write!(output, "\nresets:\n{}", table(&overrides).to_text())?;
    }
    Ok(output)
}

fn instances(ingestor: &Ingestor) -> anyhow::Result<u32> {
    Ok(u32::try_from(ingestor.instances()?)?)
}

fn table(overrides: &[Checkpoint]) -> Table {
    let mut table = Table::new(&["TIME", "BY", "FROM", "TO", "REASON"]);
    for checkpoint in overrides {
        let Some(overridden) = &checkpoint.overridden else { continue };
        let when = Timestamp::from_millisecond(overridden.at_ms);
        table.row([
            when.map_or_else(|_| overridden.at_ms.to_string(), |when| when.to_string()),
            overridden.by.clone(),
            checkpoint.parent().map_or_else(|| "lost".to_owned(), |from| from.to_string()),
            checkpoint.pointer().to_string(),
            overridden.why.clone(),
        ]);
    }
    table
}

fn set(ingestor: &Ingestor, args: &SetArgs) -> anyhow::Result<String> {
    if args.dry_run {
        let reset = ingestor.dry_run_reset::<LedgerEvents>(&args.to)?;
        let mut output = to_text(ingestor.name(), &reset);
        match reset.check() {
            Ok(()) => {
                let instances = counted(instances(ingestor)?, "instance");
                writeln!(output, "fenced:     the active one of {instances}")?;
            }
            Err(error) => writeln!(output, "refused:    {error}")?,
        }
        output.push_str("dry run: nothing changed\n");
        return Ok(output);
    }
    let moved = Committer::<LedgerEvents>::reset_pointer(ingestor, &args.to, &args.by, &args.why)?;
    Ok(to_text(ingestor.name(), &moved)
        + "pointer reset: see `docs/runbook.md` for the next steps\n")
}

fn to_text(name: &str, reset: &PointerReset) -> String {
    let from = reset.from.as_ref().map_or_else(|| "lost".to_owned(), ToString::to_string);
    let newest = reset.newest.unwrap_or(0);
    let skipped = match reset.to.sequence.saturating_sub(newest) {
        0 => "nothing".to_owned(),
        _ => format!("ledgers {} to {}", newest + 1, reset.to.sequence),
    };
    let kept = match reset.kept() {
        Some(kept) => format!(
            "ledgers {} to {} are verified on the new chain and not written: the topics keep their records",
            kept.start(),
            kept.end()
        ),
        None => format!("records up to ledger {newest} stay in the topics"),
    };
    format!(
        "{name}\n\
         from:       {from}\n\
         to:         {}\n\
         next:       ledger {} is the first to be written\n\
         repeated:   nothing\n\
         skipped:    {skipped}\n\
         kept:       {kept}\n",
        reset.to,
        reset.next(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reset(to: u64) -> PointerReset {
        let pointer = |sequence, hash| Pointer { sequence, hash: vec![hash; 32] };
        PointerReset { from: Some(pointer(109, 1)), to: pointer(to, 2), newest: Some(109) }
    }

    #[test]
    fn dry_run_shows_the_next_ledger_and_the_skipped_ones() {
        let back = to_text("net.ledger-source", &reset(104));
        assert!(back.contains("ledger 110 is the first to be written"), "{back}");
        assert!(back.contains("ledgers 105 to 109 are verified"), "{back}");
        assert!(back.contains("skipped:    nothing"), "{back}");
        let beyond = to_text("net.ledger-source", &reset(112));
        assert!(beyond.contains("skipped:    ledgers 110 to 112"), "{beyond}");
    }
}
