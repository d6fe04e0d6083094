//! Where the ledgers of `ekspiper up` come from: servers that were named, a network's public ones, or a simulator.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use xrpl_client::EndpointUrl;
use xrpl_sim::{ChainName, ChainOptions, Options, Recording, Simulator};

use crate::network;
use crate::up::args::{SimulatorArgs, UpArgs};

/// The usual port of a server's WebSocket.
const PORT: u16 = 6006;
/// Ledgers that the generated chain has before it begins: enough for a first backfill.
const HISTORY: u32 = 300;
/// Where the recorded chains are played from: their first ledger is 2.
const PLAY_FROM: u32 = 2;

/// Where ledgers come from.
pub(crate) struct Ledgers {
    simulator: Option<Simulator>,
    /// The servers to ask.
    pub(crate) urls: Vec<EndpointUrl>,
}

impl Ledgers {
    /// Takes the servers that `args` names, or starts a simulator.
    ///
    /// # Errors
    /// When the network is unknown, or the simulator can't be started.
    pub(crate) async fn start(args: &UpArgs) -> anyhow::Result<(Self, String)> {
        if !args.simulates() {
            let network = args.network_name().to_string();
            let urls = network::servers_or(&args.xrpl_url, &network)?;
            let names: Vec<String> = urls.iter().map(ToString::to_string).collect();
            let what = format!("ledgers come from {}", names.join(", "));
            return Ok((Self { simulator: None, urls }, what));
        }
        let simulator = match Simulator::start(options(args, PORT)).await {
            Err(error) if is_taken(&error) => Simulator::start(options(args, 0)).await?,
            other => other?,
        };
        let (url, newest) = (simulator.url(), *simulator.ledgers().end());
        let what = format!(
            "a simulated XRP Ledger runs at {url}, at ledger {newest} (`--network mainnet`: the real one)"
        );
        let urls = vec![url.parse().context("the simulator's own address")?];
        Ok((Self { simulator: Some(simulator), urls }, what))
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

fn is_taken(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::AddrInUse)
}
