//! What filling a lane can be told.

use std::net::SocketAddr;

use flow::{Lane, Settings};
use xrpl_client::{EndpointUrl, LimitArgs, UrlParser};

use crate::cluster::Cluster;

/// Which lane to fill, and with what.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct LaneArgs {
    #[command(flatten)]
    pub(crate) cluster: Cluster,
    /// The lane to fill; named after the range if not given
    #[arg(long, env, value_parser = not_live)]
    lane: Option<Lane>,
    /// A server to ask instead of the network's public ones; repeatable
    #[arg(long, env, hide_env_values = true, value_name = "URL", value_delimiter = ',', value_parser = UrlParser)]
    pub(crate) xrpl_url: Vec<EndpointUrl>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// Where to serve `/metrics`, `/livez` and `/readyz`; 127.0.0.1:9090, or a free port, if not given
    #[arg(long, env)]
    pub(crate) admin_address: Option<SocketAddr>,
    /// Where the lane's records go.
    #[command(
        flatten,
        next_help_heading = "Fluent receivers; without one, records stay in the lane's topics"
    )]
    pub(crate) fluent: fluent_sink::Args,
}

/// A lane that is not the live one.
pub(crate) fn not_live(text: &str) -> Result<Lane, String> {
    match text.parse::<Lane>() {
        Ok(Lane(None)) => {
            Err("the live lane is for what happens now: choose another name".to_owned())
        }
        Ok(lane) => Ok(lane),
        Err(error) => Err(error.to_string()),
    }
}

impl LaneArgs {
    /// The lane, if it was named.
    pub(crate) const fn lane(&self) -> Option<&Lane> {
        self.lane.as_ref()
    }

    /// The lane, called `name` if it was not named.
    pub(crate) fn lane_or(&self, name: &str) -> Lane {
        self.lane
            .clone()
            .unwrap_or_else(|| Lane(Some(name.parse().expect("made of what may be in a name"))))
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
