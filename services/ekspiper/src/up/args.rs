//! The arguments of `ekspiper up`.

use std::net::SocketAddr;
use std::path::PathBuf;

use flow::Name;
use flow::settings::KafkaConfig;
use xrpl_client::{EndpointUrl, LimitArgs, UrlParser};
use xrpl_sim::ChainName;

/// The arguments; by default the whole pipeline runs on this machine.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct UpArgs {
    /// The XRP Ledger network: `mainnet`, `testnet`, `devnet`, or any name together with `--xrpl-url` [default: a simulator]
    ///
    /// It is the first part of every topic's name.
    #[arg(long, env)]
    pub(crate) network: Option<Name>,
    /// An XRP Ledger server, in place of the network's public ones or the simulator; repeatable
    #[arg(long, env, hide_env_values = true, value_name = "URL", value_delimiter = ',', value_parser = UrlParser)]
    pub(crate) xrpl_url: Vec<EndpointUrl>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// Kafka's bootstrap servers, as `host:port,host:port` [default: a broker that is started here]
    #[arg(long, env)]
    pub(crate) kafka_brokers: Option<String>,
    /// A setting of librdkafka, such as `security.protocol=SASL_SSL`; repeatable, one per line in the environment
    #[arg(
        long = "kafka-config",
        env = "KAFKA_CONFIG",
        value_name = "KEY=VALUE",
        hide_env_values = true,
        value_parser = flow::settings::KafkaConfigParser
    )]
    pub(crate) kafka_config: Vec<KafkaConfig>,
    /// Partitions of each topic that carries ledgers
    #[arg(long, env, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) partitions: u32,
    /// The address of `/metrics`, `/livez` and `/readyz` [default: 127.0.0.1:9090, or a free port]
    #[arg(long, env)]
    pub(crate) admin_address: Option<SocketAddr>,
    /// The directory of the broker's data, the simulator's chain and the log
    #[arg(long, env, default_value = ".data")]
    pub(crate) data_dir: PathBuf,
    /// The directory of Apache Kafka's jars, once they are downloaded
    #[arg(long, env, default_value = ".cache")]
    pub(crate) cache_dir: PathBuf,
    #[command(flatten)]
    pub(crate) simulator: SimulatorArgs,
    /// Fluent receivers.
    #[command(
        flatten,
        next_help_heading = "Fluent receivers [default: a demo receiver that acknowledges and discards]"
    )]
    pub(crate) fluent: fluent_sink::Args,
}

/// The arguments of the simulator.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct SimulatorArgs {
    /// The simulator's chain
    #[arg(long, env, value_enum, default_value_t = ChainName::Generated)]
    pub(crate) sim_chain: ChainName,
    /// The interval of the simulator's ledgers, in milliseconds
    #[arg(long, env, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sim_interval_ms: u64,
    /// Transactions in each ledger of the generated chain
    #[arg(long, env, default_value_t = 50)]
    pub(crate) sim_transactions: u32,
    /// Seed of the generated chain; the same seed generates the same ledgers
    #[arg(long, env, default_value_t = 1)]
    pub(crate) sim_seed: u64,
}

impl UpArgs {
    /// Whether a simulator is started.
    pub(crate) fn simulates(&self) -> bool {
        self.network.is_none() && self.xrpl_url.is_empty()
    }

    /// The network, the first part of every topic's name.
    pub(crate) fn network_name(&self) -> Name {
        let default = match (self.simulates(), self.simulator.sim_chain) {
            (false, _) => "custom",
            (true, ChainName::Generated) => "sim",
            // Each chain has topics of its own.
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
    fn without_a_network_a_simulator_is_started() {
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
