//! Faults that a seed chooses.

use xrpl_sim::{Fault, Schedule};

use crate::path::Path;
use crate::servers::Servers;

/// Ledgers that are gone through, each 16 of which have one fault or none.
const LEDGERS: usize = 100;
/// So many kinds of faults at least come with the seed.
const KINDS_MIN: usize = 3;

#[test]
fn a_server_with_faults_by_a_seed_beside_two_that_are_well_loses_nothing() {
    let seeded = Schedule { planned: Vec::new(), seed: Some(7) };
    let well = Schedule::default();
    let mut servers = Servers::start_under(vec![seeded, well.clone(), well]);
    let mut path = Path::start("with-random", &servers.urls());
    path.wait_arrived(LEDGERS, "with faults by a seed");
    servers.stop_clock();
    let chain = servers.chain();
    path.wait_arrived(chain.len(), "in the end");
    path.assert_holds(&chain);
    let kinds = Fault::PASSING.iter().filter(|fault| servers.applied(**fault, &[0]) > 0);
    let kinds: Vec<_> = kinds.map(ToString::to_string).collect();
    println!("{} ledgers, with {}", chain.len(), kinds.join(", "));
    assert!(kinds.len() >= KINDS_MIN, "{kinds:?}");
}
