//! `ekspiper dlq`: the dead letters of a lane, listed, shown, driven into their flow again, or dropped.

mod choice;
mod drop;
mod entry;
mod list;
mod plan;
mod redrive;
mod show;

use flow::{CancellationToken, Lane, Settings};
use flow_admin::Inspector;
use tokio::runtime::Runtime;

use crate::cluster::Cluster;
use choice::Choice;
use drop::DropArgs;
use list::ListArgs;
use redrive::RedriveArgs;
use show::ShowArgs;

/// What to do with dead letters.
#[derive(clap::Subcommand, Clone, Debug)]
pub(crate) enum DlqCommand {
    /// List those that are open, with sums by flow and reason
    List(ListArgs),
    /// Show all that letters hold: causes, headers, and the input by its schema
    Show(ShowArgs),
    /// Drive the inputs into their flow again, in a lane of their own, with what is behind the flow
    Redrive(Box<RedriveArgs>),
    /// Settle letters that nobody will drive again; they stay where they are
    Drop(DropArgs),
}

/// Letters of a lane.
#[derive(clap::Args, Clone, Debug)]
struct Letters {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    cluster: Cluster,
    /// The lane; `live` is the one without a name
    #[arg(long, env, default_value = "live")]
    lane: Lane,
}

impl Letters {
    fn settings(&self) -> Settings {
        self.cluster.settings(self.lane.clone(), None)
    }

    fn inspector(&self) -> anyhow::Result<Inspector> {
        Inspector::new(&self.settings())
    }
}

/// Does it, and tells what was done.
///
/// # Errors
/// When no broker answers, there is no such lane, or it can't be done; in words that say what to do.
pub(crate) fn dlq(
    command: &DlqCommand,
    runtime: &Runtime,
    stop: &CancellationToken,
) -> anyhow::Result<String> {
    match command {
        DlqCommand::List(args) => list::list(args),
        DlqCommand::Show(args) => show::show(args),
        DlqCommand::Redrive(args) => redrive::redrive(args, runtime, stop),
        DlqCommand::Drop(args) => drop::drop_letters(args),
    }
}
