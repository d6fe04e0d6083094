//! The operator's command: the whole pipeline in one process, topics, status, backfills and replays.
//!
//! It composes the services, and knows of each only its flow. The state of a lane is read from Kafka.

mod admin_listener;
mod backfill;
mod cluster;
mod command;
mod describe;
mod dlq;
mod flow_health;
mod flow_topology;
mod flows;
mod format;
mod history_check;
mod import;
mod lane_args;
mod lane_progress;
mod lane_report;
mod lane_run;
mod ledger_range;
mod network;
mod pointer;
mod replay;
mod screen;
mod start_flows;
mod status;
mod text_table;
mod topics;
#[cfg(feature = "up")]
mod up;

use std::process::ExitCode;

use clap::Parser as _;

/// Runs the command that the arguments name. The exit code says whether it succeeded.
pub fn main() -> ExitCode {
    match command::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ekspiper: {error:#}");
            ExitCode::FAILURE
        }
    }
}
