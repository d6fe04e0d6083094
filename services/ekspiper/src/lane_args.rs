//! The arguments of commands that fill a lane.

use std::net::SocketAddr;

use flow::{Lane, Settings};
use xrpl_client::{EndpointUrl, LimitArgs, UrlParser};

use crate::cluster::Cluster;

/// The lane and its servers and receivers.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct LaneArgs {
    #[command(flatten)]
    pub(crate) cluster: Cluster,
    /// The lane to fill [default: named after the range]
    #[arg(long, env, value_parser = named_lane)]
    lane: Option<Lane>,
    /// An XRP Ledger server, in place of the network's public ones; repeatable
    #[arg(long, env, hide_env_values = true, value_name = "URL", value_delimiter = ',', value_parser = UrlParser)]
    pub(crate) xrpl_url: Vec<EndpointUrl>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// The address of `/metrics`, `/livez` and `/readyz` [default: 127.0.0.1:9090, or a free port]
    #[arg(long, env)]
    pub(crate) admin_address: Option<SocketAddr>,
    /// Fluent receivers.
    #[command(
        flatten,
        next_help_heading = "Fluent receivers [default: none, records stay in the lane's topics]"
    )]
    pub(crate) fluent: fluent_sink::Args,
}

/// Parses a lane other than the live one.
pub(crate) fn named_lane(text: &str) -> Result<Lane, String> {
    match text.parse::<Lane>() {
        Ok(Lane(None)) => Err("the live lane follows the network: choose another name".to_owned()),
        Ok(lane) => Ok(lane),
        Err(error) => Err(error.to_string()),
    }
}

impl LaneArgs {
    /// The lane, if it is given.
    pub(crate) const fn lane(&self) -> Option<&Lane> {
        self.lane.as_ref()
    }

    /// The lane, by default `name`.
    pub(crate) fn lane_or(&self, name: &str) -> Lane {
        self.lane
            .clone()
            .unwrap_or_else(|| Lane(Some(name.parse().expect("it consists of valid characters"))))
    }

    /// Settings of the live lane.
    pub(crate) fn live(&self) -> Settings {
        self.cluster.settings(Lane::default(), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[derive(clap::Parser, Debug)]
    struct Cli {
        #[command(flatten)]
        args: LaneArgs,
    }

    fn parse(args: &[&str]) -> Result<LaneArgs, clap::Error> {
        Cli::try_parse_from([&["x", "--kafka-brokers", "h:1"], args].concat()).map(|cli| cli.args)
    }

    #[test]
    fn a_lane_is_named_after_its_range() {
        assert_eq!(parse(&[]).unwrap().lane_or("backfill-1-9").to_string(), "backfill-1-9");
        assert_eq!(parse(&["--lane", "old"]).unwrap().lane_or("backfill-1-9").to_string(), "old");
    }

    #[test]
    fn the_live_lane_is_refused() {
        let error = parse(&["--lane", "live"]).unwrap_err().to_string();
        assert!(error.contains("choose another name"), "{error}");
    }
}
