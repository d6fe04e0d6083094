//! Faults chosen by a seed.

use xrpl_sim::{Fault, Schedule};

use crate::fault_case::patiently;
use crate::path::Path;
use crate::servers::Servers;

/// So many kinds of faults are met, however long it takes: some show only to those who ask.
const KINDS_MIN: usize = 3;
/// Ledgers after the last of them.
const MORE: usize = 5;

/// The kinds of faults that a server had and somebody has met.
fn met(servers: &Servers, server: usize) -> Vec<String> {
    let kinds = Fault::PASSING.iter().filter(|fault| servers.applied(**fault, &[server]) > 0);
    kinds.map(ToString::to_string).collect()
}

#[test]
fn server_with_random_faults_among_two_healthy_ones_loses_nothing() {
    let seeded = Schedule { planned: Vec::new(), seed: Some(7) };
    let well = Schedule::default();
    let mut servers = Servers::start_under(vec![seeded, well.clone(), well]);
    let mut path = Path::start("with-random", &servers.urls());
    patiently("faults of several kinds are met", || met(&servers, 0).len() >= KINDS_MIN);
    let arrived = path.arrived();
    path.wait_arrived(arrived + MORE, "beside them");
    servers.stop_clock();
    let chain = servers.chain();
    path.wait_arrived(chain.len(), "in the end");
    path.assert_holds(&chain);
    println!("{} ledgers, with {}", chain.len(), met(&servers, 0).join(", "));
}
