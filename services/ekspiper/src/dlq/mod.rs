//! `ekspiper dlq`: lists, shows, redrives and drops the dead letters of a lane.

mod drop;
mod entry;
mod filter;
mod list;
mod plan;
mod redrive;
mod show;

use flow::host::CancellationToken;
use flow::{Lane, Settings};
use flow_admin::Inspector;
use tokio::runtime::Runtime;

use crate::cluster::Cluster;
use drop::DropArgs;
use filter::Filter;
use list::ListArgs;
use redrive::RedriveArgs;
use show::ShowArgs;

/// The subcommands.
#[derive(clap::Subcommand, Clone, Debug)]
pub(crate) enum DlqCommand {
    /// List open dead letters, with counts by flow and reason
    List(ListArgs),
    /// Show dead letters in full: causes, headers and the decoded input
    Show(ShowArgs),
    /// Process the rejected inputs again, in a lane of their own, by their flow and the flows downstream of it
    Redrive(Box<RedriveArgs>),
    /// Resolve dead letters without redriving them; they stay in the topic
    Drop(DropArgs),
}

/// Dead letters of a lane.
#[derive(clap::Args, Clone, Debug)]
struct LaneDlq {
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    cluster: Cluster,
    /// The lane; `live` is the default one
    #[arg(long, env, default_value = "live")]
    lane: Lane,
}

impl LaneDlq {
    fn settings(&self) -> Settings {
        self.cluster.settings(self.lane.clone(), None)
    }

    fn inspector(&self) -> anyhow::Result<Inspector> {
        Inspector::new(&self.settings())
    }
}

/// Runs a subcommand. Only a redrive listens for a stop; the others end at the first signal, each transaction whole or not
/// at all.
///
/// # Errors
/// When no broker responds, there is no such lane, or the subcommand fails.
pub(crate) fn dlq(
    command: &DlqCommand,
    runtime: &Runtime,
    stop_on_signal: impl FnOnce() -> anyhow::Result<CancellationToken>,
) -> anyhow::Result<String> {
    match command {
        DlqCommand::List(args) => list::list(args),
        DlqCommand::Show(args) => show::show(args),
        DlqCommand::Redrive(args) => redrive::redrive(args, runtime, &stop_on_signal()?),
        DlqCommand::Drop(args) => drop::drop_entries(args),
    }
}
