//! The XRP Ledger servers of `ekspiper up`: the configured ones, a network's public ones, or a simulator.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use xrpl_client::EndpointUrl;
use xrpl_sim::{ChainName, ChainOptions, Conditions, Options, Recording, Simulator};

use crate::network;
use crate::up::args::{SimulatorArgs, UpArgs};

/// The default port of rippled's WebSocket.
const PORT: u16 = 6006;
/// Ledgers that the generated chain has at first: enough for a backfill.
const HISTORY: u32 = 300;
/// The ledger from which the recorded chains are played; their first one is 2.
const PLAY_FROM: u32 = 2;

/// The servers.
pub(crate) struct Servers {
    simulator: Option<Simulator>,
    /// Their addresses.
    pub(crate) urls: Vec<EndpointUrl>,
}

impl Servers {
    /// Checks that the servers of the network are known.
    ///
    /// # Errors
    /// When none is configured and the network is not known by name.
    pub(crate) fn check(args: &UpArgs) -> anyhow::Result<()> {
        if !args.simulates() {
            network::servers_or(&args.xrpl_url, &args.network_name().to_string())?;
        }
        Ok(())
    }

    /// Uses the servers that `args` name, or starts a simulator.
    ///
    /// # Errors
    /// When the network is unknown, or the simulator can't be started.
    pub(crate) async fn start(args: &UpArgs) -> anyhow::Result<(Self, String)> {
        if !args.simulates() {
            let network = args.network_name().to_string();
            let urls = network::servers_or(&args.xrpl_url, &network)?;
            let names: Vec<String> = urls.iter().map(ToString::to_string).collect();
            let what = format!("XRP Ledger servers: {}", names.join(", "));
            return Ok((Self { simulator: None, urls }, what));
        }
        let simulator = match Simulator::start_under(options(args, PORT), conditions()).await {
            Err(error) if is_taken(&error) => {
                Simulator::start_under(options(args, 0), conditions()).await?
            }
            other => other?,
        };
        let (url, newest) = (simulator.url(), *simulator.ledgers().end());
        let what = format!(
            "simulated XRP Ledger at {url}, ledger {newest} (for the real one: --network mainnet)"
        );
        let urls = vec![url.parse().context("the simulator's own address")?];
        Ok((Self { simulator: Some(simulator), urls }, what))
    }

    /// Whether they are a simulator.
    pub(crate) fn is_simulated(&self) -> bool {
        self.simulator.is_some()
    }

    /// Stops the simulator, if there is one.
    ///
    /// # Errors
    /// When it had failed before.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        match self.simulator {
            Some(simulator) => simulator.stop().await,
            None => Ok(()),
        }
    }
}

fn options(args: &UpArgs, port: u16) -> Options {
    let SimulatorArgs { sim_chain, sim_interval_ms, sim_transactions, sim_seed } = args.simulator;
    let recorded = |recording| ChainOptions::Recorded { recording, play_from: Some(PLAY_FROM) };
    Options {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        chain: match sim_chain {
            ChainName::RecordedSmall => recorded(Recording::Small),
            ChainName::RecordedLarge => recorded(Recording::Large),
            ChainName::Generated => ChainOptions::Generated {
                seed: sim_seed,
                first_ledger: 1,
                transactions: sim_transactions,
                history: HISTORY,
                data_dir: Some(args.data_dir.join("sim")),
            },
        },
        interval: Some(Duration::from_millis(sim_interval_ms)),
    }
}

/// A demo has the time of the day.
fn conditions() -> Conditions {
    Conditions { real_time: true, ..Conditions::default() }
}

fn is_taken(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::AddrInUse)
}
