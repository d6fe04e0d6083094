//! The command line.

use std::io::Write as _;
use std::time::Duration;

use clap::{Parser, Subcommand};
use flow::CancellationToken;
use tokio::runtime::Runtime;

use crate::backfill::{BackfillArgs, backfill};
use crate::describe::{AclsArgs, DescribeArgs, acls, describe};
use crate::dlq::{DlqCommand, dlq};
use crate::import::{ImportArgs, import};
use crate::lineup;
use crate::log_file;
use crate::pointer::{PointerCommand, pointer};
use crate::replay::{ReplayArgs, replay};
use crate::screen::Interrupted;
use crate::status::{StatusArgs, status};
use crate::topics::{TopicsCommand, topics};
use crate::up::{UpArgs, up};

/// How long what still runs may take to end when all is said.
const SHUTDOWN: Duration = Duration::from_millis(200);

/// Turns the XRP Ledger into exactly-once, verified Kafka topics: the operator's command
#[derive(Parser, Debug)]
#[command(version, name = "ekspiper")]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run everything in this process: broker, ledgers, flows, receiver
    Up(Box<UpArgs>),
    /// Make, list or check the topics of a lane
    #[command(subcommand)]
    Topics(TopicsCommand),
    /// Tell how the flows of a lane stand
    Status(StatusArgs),
    /// Show the pointer of a lane's source, or set it by hand
    #[command(subcommand)]
    Pointer(PointerCommand),
    /// Fill a lane with ledgers of the past, by the same flows
    Backfill(BackfillArgs),
    /// Bring ledgers out of JSON files into a lane, verified, for the same flows
    Import(ImportArgs),
    /// Make a flow's outputs anew into a lane, from what the live lane holds
    Replay(ReplayArgs),
    /// List, show, re-drive or drop the dead letters of a lane
    #[command(subcommand)]
    Dlq(DlqCommand),
    /// Tell what each flow reads, writes and is called in Kafka
    Describe(DescribeArgs),
    /// Tell the rights that each flow needs in Kafka, as arguments of `kafka-acls.sh`
    Acls(AclsArgs),
}

impl Cli {
    /// Does what was asked for.
    ///
    /// # Errors
    /// In words that say what to do.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let done = self.command.run(&runtime);
        runtime.shutdown_timeout(SHUTDOWN);
        match done {
            Err(error) if error.is::<Interrupted>() => Ok(()),
            other => other,
        }
    }
}

impl Command {
    fn run(self, runtime: &Runtime) -> anyhow::Result<()> {
        let stopped_by_signal = || -> anyhow::Result<CancellationToken> {
            let stop = CancellationToken::default();
            runtime.block_on(flow::stop_on_signal(stop.clone()))?;
            Ok(stop)
        };
        // The flows that are only looked at may still want to know where they would run.
        let _inside = runtime.enter();
        let told = match self {
            Self::Up(args) => return up(&args, runtime, &stopped_by_signal()?),
            Self::Topics(command) => runtime.block_on(topics(command))?,
            Self::Status(args) => status(&args, &lineup::shapes()?)?,
            Self::Pointer(command) => pointer(&command)?,
            Self::Backfill(args) => {
                log_file::warnings_to_stderr();
                backfill(&args, runtime, &stopped_by_signal()?)?
            }
            Self::Replay(args) => {
                log_file::warnings_to_stderr();
                replay(&args, runtime, &stopped_by_signal()?)?
            }
            Self::Import(args) => {
                log_file::warnings_to_stderr();
                import(&args, runtime, &stopped_by_signal()?)?
            }
            Self::Dlq(command) => {
                log_file::warnings_to_stderr();
                flow::arm_kill_point()?;
                dlq(&command, runtime, &stopped_by_signal()?)?
            }
            Self::Describe(args) => describe(&args, &lineup::shapes()?),
            Self::Acls(args) => acls(&args, &lineup::shapes()?),
        };
        // Whoever reads it may have seen enough.
        let _ = std::io::stdout().write_all(told.as_bytes());
        Ok(())
    }
}
