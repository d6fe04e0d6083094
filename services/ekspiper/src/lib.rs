//! The operator's command: everything in one process, topics, status, backfills and replays.
//!
//! It composes the services, and knows of each nothing but its flow. What it tells of a lane it asks Kafka.

mod admin;
mod backfill;
mod cluster;
mod command;
mod describe;
mod dlq;
mod flow_shape;
mod held_ledgers;
mod histogram;
mod import;
mod lane_args;
mod lane_report;
mod lane_run;
mod lane_screen;
mod ledger_range;
mod lineup;
mod log_file;
mod network;
mod number;
mod pointer;
mod readings;
mod replay;
mod screen;
mod standing;
mod starting;
mod status;
mod table;
mod topics;
mod up;

use std::process::ExitCode;

use clap::Parser as _;

/// Runs the command that the arguments name, and says by the exit code whether it did.
pub fn main() -> ExitCode {
    match command::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ekspiper: {error:#}");
            ExitCode::FAILURE
        }
    }
}
