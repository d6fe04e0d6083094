//! Faults that no flow may resolve by itself: it halts and reports why, and nothing false is written.

use xrpl_sim::Fault;

use crate::fault_case::patiently;
use crate::path::Path;
use crate::servers::Servers;

/// Every server has the fault.
const ALL: [usize; 3] = [0, 1, 2];

#[test]
fn a_fork_on_every_server_halts_as_forked_and_nothing_of_it_comes_out() {
    let mut servers = Servers::start(3);
    let mut path = Path::start("forked", &servers.urls());
    path.wait_arrived(12, "before the fork");
    servers.turn_on(&"fork@9-".parse().unwrap(), &ALL);
    patiently("the fork is served", || servers.applied(Fault::Fork, &ALL) > 2);
    let why = path.source.wait_unready("forked");
    println!("ledger-source: {}", why.trim());
    patiently("it is counted as halted", || {
        path.source.metric_of("ekspiper_partitions", &[r#"state="halted""#]) > 0.0
    });
    let applied = servers.applied(Fault::Fork, &ALL);
    patiently("the fork goes on", || servers.applied(Fault::Fork, &ALL) > applied + 5);
    servers.turn_off(Fault::Fork);
    servers.stop_clock();
    let told = path.wait_drained();
    let chain = servers.chain();
    assert!(told < chain.len(), "{told} of {} ledgers: it has halted", chain.len());
    path.assert_holds(&chain[..told]);
}

#[test]
fn a_ledger_that_no_server_can_prove_is_waited_for_and_named_and_nothing_passes_it() {
    let mut servers = Servers::start(3);
    let mut path = Path::start("unprovable", &servers.urls());
    path.wait_arrived(8, "before the fault");
    servers.turn_on(&Fault::UnprovableLedger.into(), &ALL);
    patiently("every server has told it falsely", || {
        servers.applied(Fault::UnprovableLedger, &ALL) > 0
    });
    let why = path.details.wait_unready("retrying");
    println!("ledger-details: {}", why.trim());
    // The other partition goes on.
    let arrived = path.arrived();
    path.wait_arrived(arrived + 4, "beside the ledger that nobody proves");
    servers.turn_off(Fault::UnprovableLedger);
    servers.stop_clock();
    let chain = servers.chain();
    path.details.wait_ready();
    path.wait_arrived(chain.len(), "in the end");
    path.assert_holds(&chain);
}

#[test]
fn servers_of_another_network_are_refused_and_nothing_of_it_comes_out() {
    let mut servers = Servers::start(3);
    servers.turn_on(&Fault::OtherNetwork.into(), &ALL);
    // Its name says which number the network has.
    let mut path = Path::start("mainnet", &servers.urls());
    let why = path.source.wait_unready("network 21338, not of 0");
    println!("ledger-source: {}", why.trim());
    patiently("it is counted", || {
        let requests = "ekspiper_endpoint_requests_total";
        path.source.metric_of(requests, &[r#"outcome="wrong_network""#]) > 0.0
    });
    assert_eq!(path.wait_drained(), 0);
    servers.turn_off(Fault::OtherNetwork);
    path.wait_arrived(8, "once the servers are of this network");
    servers.stop_clock();
    let chain = servers.chain();
    path.wait_arrived(chain.len(), "in the end");
    path.assert_holds(&chain);
}
