//! Runs `xrpl-sim`.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use xrpl_sim::{Args, Simulator};

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    builder.with_ansi(std::io::stderr().is_terminal()).init();
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xrpl-sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let (options, conditions) = args.options()?;
    let simulator = Simulator::start_under(options, conditions).await?;
    let (first, newest) = simulator.ledgers().into_inner();
    println!(
        "xrpl-sim listens on {} and {}, ledgers {first}-{newest}",
        simulator.url(),
        simulator.http_url()
    );
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    tokio::select! {
        stopped = simulator.stop() => stopped,
        // An operator who signals twice does not want to wait.
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
    }
}
