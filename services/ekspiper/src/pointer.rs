//! `ekspiper pointer`: where the source of a lane stands, and how an operator moves it.

use std::fmt::Write as _;

use clap::builder::NonEmptyStringValueParser;
use flow::{Checkpoint, Committer, Ingestor, Lane, Pointer, PointerReset};
use jiff::Timestamp;
use schemas::{INGESTION_VERSION, LedgerEvents};

use crate::cluster::Cluster;
use crate::table::Table;
use crate::topics::counted;

/// The flow that keeps the pointer.
const SOURCE: &str = "ledger-source";

/// What to do with the pointer of a lane.
#[derive(clap::Subcommand, Clone, Debug)]
pub(crate) enum PointerCommand {
    /// Tell where it is, and who has set it by hand
    Show(PointedLane),
    /// Set it by hand: for a source that has halted as `forked`, or a pointer that was lost
    Set(SetArgs),
}

/// A lane with a source.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct PointedLane {
    #[command(flatten)]
    cluster: Cluster,
    /// The lane; `live` is the one without a name
    #[arg(long, env, default_value = "live")]
    lane: Lane,
}

/// Where the pointer goes, and on whose word.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct SetArgs {
    /// The ledger to go on after: its index and its hash
    #[arg(value_name = "INDEX:HASH")]
    to: Pointer,
    #[command(flatten)]
    lane: PointedLane,
    /// Why; kept for good beside the pointer
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    why: String,
    /// Who does it; kept likewise
    #[arg(long, env = "USER", value_parser = NonEmptyStringValueParser::new())]
    by: String,
    /// Tell what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
}

impl PointedLane {
    fn ingestor(&self) -> anyhow::Result<Ingestor> {
        let settings = self.cluster.settings(self.lane.clone(), None);
        Ingestor::find::<LedgerEvents>(&settings, SOURCE, INGESTION_VERSION)
    }
}

/// Does it, and tells what was done.
///
/// # Errors
/// When no broker answers, the lane has no topics, or the pointer can't be moved so; in words that say what to do.
pub(crate) fn pointer(command: &PointerCommand) -> anyhow::Result<String> {
    match command {
        PointerCommand::Show(lane) => show(&lane.ingestor()?),
        PointerCommand::Set(args) => set(&args.lane.ingestor()?, args),
    }
}

fn show(ingestor: &Ingestor) -> anyhow::Result<String> {
    let name = ingestor.name();
    let mut told = match ingestor.latest()? {
        Some(checkpoint) => format!(
            "{name} is at ledger {}, of ingestion version {}\n",
            checkpoint.pointer(),
            checkpoint.version
        ),
        None => format!("{name} has no pointer\n"),
    };
    writeln!(told, "{} in its group", counted(instances(ingestor)?, "instance"))?;
    let overrides = ingestor.overrides()?;
    if overrides.is_empty() {
        told.push_str("nobody has set it by hand\n");
    } else {
        write!(told, "\nset by hand:\n{}", table(&overrides).to_text())?;
    }
    Ok(told)
}

fn instances(ingestor: &Ingestor) -> anyhow::Result<u32> {
    Ok(u32::try_from(ingestor.instances()?)?)
}

fn table(overrides: &[Checkpoint]) -> Table {
    let mut table = Table::new(&["when", "by", "from", "to", "why"]);
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
        let relocation = ingestor.dry_run_reset::<LedgerEvents>(&args.to)?;
        let mut told = tell(ingestor.name(), &relocation);
        match relocation.check() {
            Ok(()) => {
                let instances = counted(instances(ingestor)?, "instance");
                writeln!(told, "fenced:     whoever leads of the {instances} in the group")?;
            }
            Err(error) => writeln!(told, "refused:    {error}")?,
        }
        told.push_str("nothing was changed\n");
        return Ok(told);
    }
    let moved = Committer::<LedgerEvents>::reset_pointer(ingestor, &args.to, &args.by, &args.why)?;
    Ok(tell(ingestor.name(), &moved)
        + "the pointer was moved: see `docs/runbook.md` for what comes next\n")
}

fn tell(name: &str, relocation: &PointerReset) -> String {
    let from = relocation.from.as_ref().map_or_else(|| "lost".to_owned(), ToString::to_string);
    let newest = relocation.newest.unwrap_or(0);
    let left_out = match relocation.to.sequence.saturating_sub(newest) {
        0 => "nothing".to_owned(),
        _ => format!("ledgers {} to {}", newest + 1, relocation.to.sequence),
    };
    let kept = match relocation.kept() {
        Some(kept) => format!(
            "ledgers {} to {} are followed on the new chain and not written: the topics keep what they hold of them",
            kept.start(),
            kept.end()
        ),
        None => format!("the topics keep what they hold up to ledger {newest}"),
    };
    format!(
        "{name}\n\
         from:       {from}\n\
         to:         {}\n\
         next:       ledger {} is the first to be written\n\
         repeated:   nothing\n\
         left out:   {left_out}\n\
         kept:       {kept}\n",
        relocation.to,
        relocation.next(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relocation(to: u64) -> PointerReset {
        let pointer = |sequence, hash| Pointer { sequence, hash: vec![hash; 32] };
        PointerReset { from: Some(pointer(109, 1)), to: pointer(to, 2), newest: Some(109) }
    }

    #[test]
    fn rehearsal_says_what_comes_next_and_what_does_not() {
        let back = tell("net.ledger-source", &relocation(104));
        assert!(back.contains("ledger 110 is the first to be written"), "{back}");
        assert!(back.contains("ledgers 105 to 109 are followed"), "{back}");
        assert!(back.contains("left out:   nothing"), "{back}");
        let beyond = tell("net.ledger-source", &relocation(112));
        assert!(beyond.contains("left out:   ledgers 110 to 112"), "{beyond}");
    }
}
