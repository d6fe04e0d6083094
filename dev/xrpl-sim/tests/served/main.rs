//! What clients are served, over real connections to a running simulator.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod client;
mod faults;
mod generated_chain;
#[path = "../../examples/pack/recording.rs"]
mod recording;
mod replayed_requests;
mod replayed_sessions;
mod slow_reader;
mod stopping;

use xrpl_sim::{ChainOptions, Options, Recording, Simulator};

/// A simulator on a free port whose ledgers close only when a test says so.
async fn start(chain: ChainOptions) -> Simulator {
    let listen = "127.0.0.1:0".parse().unwrap();
    Simulator::start(Options { listen, chain, interval: None }).await.unwrap()
}

/// A recorded chain, whole or from a ledger on.
async fn start_recorded(recording: Recording, play_from: Option<u32>) -> Simulator {
    start(ChainOptions::Recorded { recording, play_from }).await
}

/// The captured replies of both chains: small and large.
fn captured() -> [(Recording, recording::Recording); 2] {
    [
        (Recording::Small, recording::Recording::of("rippled-standalone")),
        (Recording::Large, recording::Recording::of("rippled-standalone-2")),
    ]
}
