//! The servers to ask, and their limits.

use std::fmt::Display;
use std::sync::Arc;

use super::{RequestShare, UrlParser};
use crate::pool::{Pool, PoolLimits};
use crate::transport::{EndpointUrl, TcpDialer};

/// The servers to ask.
#[derive(clap::Args, Debug, Clone)]
// Its group of arguments would be named like that of another `Args`, which clap refuses in debug builds.
#[group(id = "endpoints")]
pub struct EndpointArgs {
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
    /// The limits of each server.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// The rate limit of servers, and their network.
#[derive(clap::Args, Debug, Clone, Default)]
pub struct LimitArgs {
    /// Maximum of requests a second to each server; `200/8` is one of 8 equal parts of 200
    ///
    /// Servers count by address: divide what they grant among all processes that ask them, whatever their flow, replica or
    /// lane. A book counts as 20 requests. Below this limit each process learns from the replies of servers (a warning,
    /// `slowDown`, HTTP 503, closing code 1008); without it, only they limit the process.
    #[arg(long, env, value_name = "N[/PARTS]")]
    pub xrpl_requests_per_s: Option<RequestShare>,
    /// Network id: a server that says another one is not used; known for `mainnet`, `testnet` and `devnet`
    #[arg(long, env, value_name = "ID")]
    pub xrpl_network_id: Option<u32>,
}

impl EndpointArgs {
    /// One pool of all servers, for the network with this name. To be called inside of a runtime. Flows of one process share
    /// one pool.
    pub fn pool(&self, network: &impl Display) -> Pool {
        self.limits.pool(self.xrpl_urls.clone(), network)
    }

    /// Like [`EndpointArgs::pool`], with a limit for the size of replies.
    pub fn pool_for_replies(&self, network: &impl Display, reply_bytes_max: usize) -> Pool {
        let mut limits = self.limits.of(network);
        limits.connection.reply_bytes_max = reply_bytes_max;
        Pool::new(Arc::new(TcpDialer::default()), self.xrpl_urls.clone(), limits)
    }
}

impl LimitArgs {
    /// One pool of the servers at `urls`. To be called inside of a runtime.
    pub fn pool(&self, urls: Vec<EndpointUrl>, network: &impl Display) -> Pool {
        Pool::new(Arc::new(TcpDialer::default()), urls, self.of(network))
    }

    fn of(&self, network: &impl Display) -> PoolLimits {
        PoolLimits {
            requests_per_s: self.xrpl_requests_per_s.map(RequestShare::per_s),
            network_id: self.xrpl_network_id.or_else(|| network_id(&network.to_string())),
            ..PoolLimits::default()
        }
    }
}

/// The ids of the public networks in rippled's documentation.
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
        args: EndpointArgs,
    }

    fn limits(arguments: &[&str], network: &str) -> PoolLimits {
        let all = ["flow", "--xrpl-url", "ws://a"].iter().chain(arguments);
        Cli::parse_from(all).args.limits.of(&network)
    }

    #[test]
    fn public_networks_have_their_ids_and_others_the_configured_one() {
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
