//! What `ekspiper up` can be told.

use std::net::SocketAddr;
use std::path::PathBuf;

use flow::{KafkaConfig, Name};
use xrpl_client::{EndpointUrl, LimitArgs, UrlParser};
use xrpl_sim::ChainName;

/// Everything has a default: without any of these it is a whole pipeline on this machine.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct UpArgs {
    /// Where ledgers come from: `mainnet`, `testnet` or `devnet`; a simulator on this machine if not given
    ///
    /// With `--xrpl-url` any name: it is the first part of every topic's name.
    #[arg(long, env)]
    pub(crate) network: Option<Name>,
    /// A server to ask, instead of the network's public ones or the simulator; repeatable
    #[arg(long, env, hide_env_values = true, value_name = "URL", value_delimiter = ',', value_parser = UrlParser)]
    pub(crate) xrpl_url: Vec<EndpointUrl>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// Kafka's bootstrap servers, as `host:port,host:port`; a broker is started on this machine if not given
    #[arg(long, env)]
    pub(crate) kafka_brokers: Option<String>,
    /// A setting of librdkafka, such as `security.protocol=SASL_SSL`; repeatable, in the environment one a line
    #[arg(
        long = "kafka-config",
        env = "KAFKA_CONFIG",
        value_name = "KEY=VALUE",
        hide_env_values = true,
        value_parser = flow::KafkaConfigParser
    )]
    pub(crate) kafka_config: Vec<KafkaConfig>,
    /// Partitions of each topic that carries ledgers
    #[arg(long, env, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) partitions: u32,
    /// Where to serve `/metrics`, `/livez` and `/readyz`; 127.0.0.1:9090, or a free port, if not given
    #[arg(long, env)]
    pub(crate) admin_address: Option<SocketAddr>,
    /// Where the broker's topics, the simulator's chain and the log are kept from one start to the next
    #[arg(long, env, default_value = ".data")]
    pub(crate) data_dir: PathBuf,
    /// Where Apache Kafka's jars are kept once they were fetched
    #[arg(long, env, default_value = ".cache")]
    pub(crate) cache_dir: PathBuf,
    #[command(flatten)]
    pub(crate) simulator: SimulatorArgs,
    /// Where records go.
    #[command(
        flatten,
        next_help_heading = "Fluent receivers; without one, one that acknowledges and counts is started"
    )]
    pub(crate) fluent: fluent_sink::Args,
}

/// What the simulator can be told.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct SimulatorArgs {
    /// The simulator's ledgers
    #[arg(long, env, value_enum, default_value_t = ChainName::Generated)]
    pub(crate) sim_chain: ChainName,
    /// Milliseconds between two of the simulator's ledgers
    #[arg(long, env, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sim_interval_ms: u64,
    /// Transactions in each ledger of the generated chain
    #[arg(long, env, default_value_t = 50)]
    pub(crate) sim_transactions: u32,
    /// Seed of the generated chain: the same seed, the same ledgers
    #[arg(long, env, default_value_t = 1)]
    pub(crate) sim_seed: u64,
}

impl UpArgs {
    /// Whether ledgers come from a simulator of its own.
    pub(crate) fn simulates(&self) -> bool {
        self.network.is_none() && self.xrpl_url.is_empty()
    }

    /// The name that every topic begins with.
    pub(crate) fn network_name(&self) -> Name {
        let default = match (self.simulates(), self.simulator.sim_chain) {
            (false, _) => "custom",
            (true, ChainName::Generated) => "sim",
            // Other chains have topics of their own.
            (true, ChainName::RecordedSmall) => "sim-small",
            (true, ChainName::RecordedLarge) => "sim-large",
        };
        let default = || default.parse().expect("the defaults are names");
        self.network.clone().unwrap_or_else(default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        args: UpArgs,
    }

    fn parse(args: &[&str]) -> UpArgs {
        Cli::parse_from([&["up"], args].concat()).args
    }

    #[test]
    fn without_a_network_there_is_a_simulator() {
        let args = parse(&[]);
        assert!(args.simulates());
        assert_eq!(args.network_name().to_string(), "sim");
    }

    #[test]
    fn each_chain_of_the_simulator_has_topics_of_its_own() {
        assert_eq!(
            parse(&["--sim-chain", "recorded-large"]).network_name().to_string(),
            "sim-large"
        );
    }

    #[test]
    fn a_network_or_a_server_replaces_the_simulator() {
        let args = parse(&["--network", "mainnet"]);
        assert!(!args.simulates());
        assert_eq!(args.network_name().to_string(), "mainnet");
        let args = parse(&["--xrpl-url", "ws://a,ws://b"]);
        assert_eq!(args.xrpl_url.len(), 2);
        assert_eq!(args.network_name().to_string(), "custom");
    }
}
