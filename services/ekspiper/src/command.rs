//! The command line.

use std::io::Write as _;
use std::time::Duration;

use clap::{Parser, Subcommand};
use flow::host::CancellationToken;
use tokio::runtime::Runtime;

use crate::backfill::{BackfillArgs, backfill};
use crate::describe::{AclsArgs, DescribeArgs, acls, describe};
use crate::dlq::{DlqCommand, dlq};
use crate::flows;
use crate::import::{ImportArgs, import};
use crate::pointer::{PointerCommand, pointer};
use crate::replay::{ReplayArgs, replay};
use crate::status::{StatusArgs, status};
use crate::topics::{TopicsCommand, topics};
#[cfg(feature = "up")]
use crate::up::{UpArgs, up};

/// How long background tasks may take to end at the end of a command.
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
    /// Run the whole pipeline in this process: broker, servers, flows, receiver
    #[cfg(feature = "up")]
    Up(Box<UpArgs>),
    /// Create, list or check the topics of a lane
    #[command(subcommand)]
    Topics(TopicsCommand),
    /// Show the progress and lag of a lane's flows
    Status(StatusArgs),
    /// Show or reset the pointer of a lane's source
    #[command(subcommand)]
    Pointer(PointerCommand),
    /// Fill a lane with past ledgers, by the same flows
    Backfill(BackfillArgs),
    /// Import ledgers from JSON files into a lane, verified
    Import(ImportArgs),
    /// Repeat a flow on the records of the live lane, into a lane of its own
    Replay(ReplayArgs),
    /// List, show, redrive or drop the dead letters of a lane
    #[command(subcommand)]
    Dlq(DlqCommand),
    /// List the topics, groups and transactional ids of each flow
    Describe(DescribeArgs),
    /// Print the ACLs that each flow needs, as arguments of `kafka-acls.sh`
    Acls(AclsArgs),
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// The command's, each with what to do about it.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let outcome = self.command.run(&runtime);
        runtime.shutdown_timeout(SHUTDOWN);
        outcome
    }
}

impl Command {
    fn run(self, runtime: &Runtime) -> anyhow::Result<()> {
        // Only for commands that have something to stop; the others end at the first signal.
        let stop_on_signal = || -> anyhow::Result<CancellationToken> {
            let stop = CancellationToken::default();
            runtime.block_on(flow::host::stop_on_signal(stop.clone()))?;
            Ok(stop)
        };
        // The flows need a runtime even where only their topologies are read.
        let _inside = runtime.enter();
        let output = match self {
            #[cfg(feature = "up")]
            Self::Up(args) => return up(&args, runtime, &stop_on_signal()?),
            Self::Topics(command) => runtime.block_on(topics(command))?,
            Self::Status(args) => status(&args, &flows::topologies()?)?,
            Self::Pointer(command) => pointer(&command)?,
            Self::Backfill(args) => {
                log_warnings();
                backfill(&args, runtime, &stop_on_signal()?)?
            }
            Self::Replay(args) => {
                log_warnings();
                replay(&args, runtime, &stop_on_signal()?)?
            }
            Self::Import(args) => {
                log_warnings();
                import(&args, runtime, stop_on_signal)?
            }
            Self::Dlq(command) => {
                log_warnings();
                flow::host::arm_kill_point()?;
                dlq(&command, runtime, stop_on_signal)?
            }
            Self::Describe(args) => describe(&args, &flows::topologies()?),
            Self::Acls(args) => acls(&args, &flows::topologies()?),
        };
        // A closed pipe is no error: its reader may have seen enough.
        let _ = std::io::stdout().write_all(output.as_bytes());
        Ok(())
    }
}

/// Logs warnings, or what `RUST_LOG` says, to standard error: more would hide the progress that is shown.
fn log_warnings() {
    let filter = flow::host::log_filter("warn");
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    builder.with_ansi(flow::host::has_ansi()).with_writer(std::io::stderr).init();
}
