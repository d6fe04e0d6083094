//! Which servers a flow asks, and how much.

use std::sync::Arc;

use flow::Name;
use xrpl_client::{EndpointUrl, Network, Pool, PoolLimits};

use crate::{RequestShare, UrlParser};

/// The servers to ask.
#[derive(clap::Args, Debug, Clone)]
// Its group of arguments would be named like that of the flow's own `Args`, which clap refuses in debug builds.
#[group(id = "endpoints")]
pub struct Args {
    /// A server's WebSocket URL, such as `wss://s2.ripple.com`; repeatable, in the environment separated by commas
    #[arg(
        long = "xrpl-url",
        env = "XRPL_URL",
        hide_env_values = true,
        required = true,
        value_delimiter = ',',
        value_parser = UrlParser
    )]
    pub xrpl_urls: Vec<EndpointUrl>,
    /// How much they may be asked, and which of them may not.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// How much servers may be asked, and which ones may not at all.
#[derive(clap::Args, Debug, Clone, Default)]
pub struct LimitArgs {
    /// At most so many requests a second to each server; `200/8` is one of 8 equal parts of 200
    ///
    /// Servers count by address: divide what they grant among all processes that ask them, whatever their flow, replica or
    /// lane. A book counts as 20 requests. Below this each process learns from what the servers say (a warning, `slowDown`,
    /// HTTP 503, closing code 1008); unless it is given, only that limits it.
    #[arg(long, env, value_name = "N[/PARTS]")]
    pub xrpl_requests_per_s: Option<RequestShare>,
    /// The servers' network id: one that says another is not used; known for `mainnet`, `testnet` and `devnet`
    #[arg(long, env, value_name = "ID")]
    pub xrpl_network_id: Option<u32>,
}

impl Args {
    /// One pool of all servers, for the flows of `network`. To be called inside of a runtime; flows of one process share one
    /// pool.
    pub fn pool(&self, network: &Name) -> Pool {
        self.limits.pool(self.xrpl_urls.clone(), network)
    }

    /// Like [`Args::pool`], for replies of up to so many bytes.
    pub fn pool_for_replies(&self, network: &Name, reply_bytes_max: usize) -> Pool {
        let mut limits = self.limits.of(network);
        limits.connection.reply_bytes_max = reply_bytes_max;
        Pool::new(Arc::new(Network::default()), self.xrpl_urls.clone(), limits)
    }
}

impl LimitArgs {
    /// One pool of the servers at `urls`. To be called inside of a runtime.
    pub fn pool(&self, urls: Vec<EndpointUrl>, network: &Name) -> Pool {
        Pool::new(Arc::new(Network::default()), urls, self.of(network))
    }

    fn of(&self, network: &Name) -> PoolLimits {
        PoolLimits {
            requests_per_s: self.xrpl_requests_per_s.map(RequestShare::per_s),
            network_id: self.xrpl_network_id.or_else(|| network_id(&network.to_string())),
            ..PoolLimits::default()
        }
    }
}

/// The ids that rippled's documentation gives to the public networks.
fn network_id(network: &str) -> Option<u32> {
    match network {
        "mainnet" => Some(0),
        "testnet" => Some(1),
        "devnet" => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn limits(arguments: &[&str], network: &str) -> PoolLimits {
        let all = ["flow", "--xrpl-url", "ws://a"].iter().chain(arguments);
        Cli::parse_from(all).args.limits.of(&network.parse().unwrap())
    }

    #[test]
    fn the_public_networks_have_their_ids_and_others_the_one_that_is_given() {
        assert_eq!(limits(&[], "mainnet").network_id, Some(0));
        assert_eq!(limits(&[], "testnet").network_id, Some(1));
        assert_eq!(limits(&[], "sidechain").network_id, None);
        assert_eq!(limits(&["--xrpl-network-id", "21337"], "xahau").network_id, Some(21_337));
    }

    #[test]
    fn a_share_of_the_requests_limits_the_pool() {
        assert_eq!(limits(&[], "mainnet").requests_per_s, None);
        let share = limits(&["--xrpl-requests-per-s", "200/8"], "mainnet").requests_per_s;
        assert_eq!(share, Some(25.0));
    }
}
