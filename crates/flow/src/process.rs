//! A process that runs one flow: arguments, log, signals, exit code.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::{CommandFactory as _, FromArgMatches as _};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::flow::{Flow, Process, Running};
use crate::kill_point;
use crate::observe::admin::{self, Healths};
use crate::observe::metrics::Metrics;
use crate::settings::{LogFormat, ProcessSettings, Settings};
use crate::sleep::sleep;
use tokio_util::sync::CancellationToken;

/// How often the process polls the health of its flow.
const POLL: Duration = Duration::from_millis(50);

#[derive(clap::Parser)]
struct Cli<A: clap::Args> {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    process: ProcessSettings,
    #[command(flatten)]
    own: A,
}

/// For a flow without settings of its own.
#[derive(clap::Args, Debug, Clone, Copy)]
pub struct NoSettings {}

/// Runs a flow as a process: parses arguments, builds the flow, runs it until SIGTERM or until it is finished.
///
/// Logs an error as one chain of causes, and fails with exit code 1.
pub fn main<A: clap::Args>(
    name: &'static str,
    about: &'static str,
    build: impl FnOnce(A, &Settings) -> anyhow::Result<Flow>,
) -> ExitCode {
    let matches = Cli::<A>::command()
        .name(name)
        .about(about)
        .version(env!("CARGO_PKG_VERSION"))
        .get_matches();
    let cli = Cli::<A>::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    log_to_stderr(cli.process.log_format);
    match kill_point::arm().and_then(|()| run(cli, build)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The filter of the log: `RUST_LOG`, or `level` and above; secrets never.
pub fn log_filter(level: &str) -> EnvFilter {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    // It logs whole requests at `trace`, with the secrets in addresses and headers.
    filter.add_directive("tungstenite::handshake=off".parse().expect("it is a directive"))
}

/// Writes the log to standard error, filtered by `RUST_LOG` or at level `info`.
pub fn log_to_stderr(format: LogFormat) {
    let filter = log_filter("info");
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Json => builder.json().flatten_event(true).init(),
        LogFormat::Text => builder.with_ansi(has_ansi()).with_target(false).init(),
    }
}

/// Whether standard error is a terminal that knows colours.
pub fn has_ansi() -> bool {
    #[expect(clippy::disallowed_methods, reason = "it describes the terminal, and is no setting")]
    let is_dumb = std::env::var("TERM").is_ok_and(|term| term.is_empty() || term == "dumb");
    std::io::stderr().is_terminal() && !is_dumb
}

fn run<A: clap::Args>(
    cli: Cli<A>,
    build: impl FnOnce(A, &Settings) -> anyhow::Result<Flow>,
) -> anyhow::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let process = Process {
        metrics: Metrics::default(),
        handle: runtime.handle().clone(),
        stop: CancellationToken::default(),
    };
    runtime.block_on(stop_on_signal(process.stop.clone()))?;
    let listener = runtime.block_on(admin::listen(cli.process.admin_address))?;
    let address = listener.local_addr().context("reading the address of the listener")?;
    tracing::info!(address = address.to_string(), "serving /metrics, /livez and /readyz");
    // Before the flow is started: that asks Kafka, which may take longer than a probe waits.
    let healths = Healths::default();
    let (metrics, stop) = (process.metrics.clone(), process.stop.clone());
    runtime.spawn(admin::serve(listener, metrics, Arc::clone(&healths), stop));
    let flow = {
        let _inside = runtime.enter();
        build(cli.own, &cli.settings)?
    };
    let running = flow.start(cli.settings, &process)?;
    healths.get_or_init(|| vec![running.health.clone()]);
    let grace = Duration::from_secs(cli.process.shutdown_grace_s);
    let outcome = wait(&running, &process.stop, grace);
    runtime.shutdown_timeout(Duration::from_millis(200));
    outcome
}

/// Cancels `stop` at SIGTERM or SIGINT; the second signal ends the process at once.
///
/// # Errors
/// When the signals can't be listened to.
pub async fn stop_on_signal(stop: CancellationToken) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        stop.cancel();
        let status = tokio::select! { _ = terminate.recv() => 143, _ = interrupt.recv() => 130 };
        #[expect(clippy::exit, reason = "an operator who signals twice does not want to wait")]
        std::process::exit(status);
    });
    Ok(())
}

fn wait(running: &Running, stop: &CancellationToken, grace: Duration) -> anyhow::Result<()> {
    while !stop.is_cancelled() {
        if running.health.is_finished() {
            tracing::info!("finished");
            stop.cancel();
        }
        anyhow::ensure!(
            !running.has_stopped(),
            "the flow has left its group without being asked to"
        );
        sleep(stop, POLL);
    }
    let deadline = Instant::now() + grace;
    while !running.has_stopped() {
        anyhow::ensure!(
            Instant::now() < deadline,
            "did not stop within `--shutdown-grace-s`; open transactions are aborted"
        );
        std::thread::sleep(POLL);
    }
    Ok(())
}
