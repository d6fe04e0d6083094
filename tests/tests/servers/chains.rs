//! Servers on other chains, servers that disagree, and history that no server has.

use std::time::Duration;

use ekspiper_tests::{eventually, get, relay};
use xrpl_sim::{Fault, Simulator};

use crate::network::{Made, Network, WAIT_S_MAX};

const OURS: Made = Made { seed: 1, first_ledger: 1, ledgers: 12, transactions: 2 };
const THEIRS: Made = Made { seed: 2, first_ledger: 1, ledgers: 40, transactions: 2 };

/// Which ledgers events name, as hashes in hexadecimal by index.
fn hashes(network: &Network, count: usize) -> Vec<(u64, Vec<u8>)> {
    let mut named: Vec<_> = network
        .records("ledger-events", count)
        .into_iter()
        .map(|record| (record.sequence(), record.value))
        .collect();
    named.sort();
    named
}

/// Whether an event's bytes hold the hash that this server's chain has at its index.
fn is_of(server: &Simulator, (index, value): &(u64, Vec<u8>)) -> bool {
    let hash = server.ledger_hash(u32::try_from(*index).unwrap()).unwrap();
    value.windows(32).any(|window| window == hash.as_bytes())
}

#[test]
fn a_chain_that_every_server_contradicts_halts_as_forked_and_nothing_of_it_is_written() {
    let network = Network::new("forked", 2);
    let ours = network.serve(None, OURS);
    let address = ours.address();
    let source = network.start("ledger-source", &[ours.url()], &["--start", "3"]);
    assert_eq!(hashes(&network, 10).len(), 10);
    network.runtime.block_on(ours.stop()).unwrap();
    let theirs = network.serve(Some(address), THEIRS);
    let why = source.wait_unready("halted: forked");
    assert!(why.contains("every server contradicts the committed ledger 12"), "{why}");
    theirs.advance(3).unwrap();
    let events = hashes(&network, 10);
    assert_eq!(events.len(), 10);
    assert!(!events.iter().any(|event| is_of(&theirs, event)));
}

#[test]
fn the_gap_of_every_lost_connection_is_filled() {
    let network = Network::new("gaps", 2);
    let mut server = network.serve(None, OURS);
    let address = server.address();
    let source = network.start("ledger-source", &[server.url()], &["--start", "3"]);
    assert_eq!(hashes(&network, 10).len(), 10);
    for ledgers in [13, 60, 400] {
        network.runtime.block_on(server.stop()).unwrap();
        server = network.serve(Some(address), Made { ledgers, ..OURS });
        let events = hashes(&network, ledgers as usize - 2);
        let indexes: Vec<_> = events.iter().map(|event| event.0).collect();
        assert_eq!(indexes, (3..=u64::from(ledgers)).collect::<Vec<_>>());
        assert!(events.iter().all(|event| is_of(&server, event)));
    }
    drop(source);
}

#[test]
fn one_server_on_another_chain_among_three_changes_nothing_and_is_named_with_both_hashes() {
    let network = Network::new("one-of-three", 2);
    let honest = [network.serve(None, OURS), network.serve(None, OURS)];
    let liar = network.serve(None, Made { ledgers: 12, ..THEIRS });
    let urls = [liar.url(), honest[0].url(), honest[1].url()];
    let source = network.start("ledger-source", &urls, &["--start", "3"]);
    source.wait_ready();
    for last in 13..=30 {
        for server in honest.iter().chain([&liar]) {
            assert_eq!(server.advance(1).unwrap(), last);
        }
    }
    let events = hashes(&network, 28);
    assert_eq!(
        events.iter().map(|event| event.0).collect::<Vec<_>>(),
        (3..=30).collect::<Vec<_>>()
    );
    assert!(events.iter().all(|event| is_of(&honest[0], event)));
    let alarm = source.line(WAIT_S_MAX, "servers disagree about a ledger");
    assert!(alarm.contains("\"other\":"), "{alarm}");
    let alarm = source.line(WAIT_S_MAX, "invalid response, endpoint quarantined");
    assert!(alarm.contains(&liar.url()) && alarm.contains("others agree on"), "{alarm}");
    assert!(source.metric("ekspiper_disagreements_total") > 0.0);
    assert!(source.metric("ekspiper_agreeing_servers") >= 2.0);
    let aside = eventually(WAIT_S_MAX, "the liar is shown", || {
        let (status, ready) = get(source.admin(), "/readyz")?;
        ready.contains("not asked: announcement of ledger").then_some((status, ready))
    });
    assert_eq!(aside.0, 200, "{}", aside.1);
    assert!((source.metric("ekspiper_endpoint_quarantined") - 1.0).abs() < f64::EPSILON);
}

#[test]
fn two_servers_that_contradict_each_other_are_waited_for_in_plain_sight() {
    let network = Network::new("halves", 2);
    let (one, other) =
        (network.serve(None, OURS), network.serve(None, Made { ledgers: 12, ..THEIRS }));
    let source = network.start("ledger-source", &[one.url(), other.url()], &["--start", "3"]);
    let admin = source.admin();
    let ready = eventually(WAIT_S_MAX, "the wait is shown", || {
        let (_, ready) = get(admin, "/readyz")?;
        ready.contains("waiting for agreement: for ").then_some(ready)
    });
    assert!(ready.contains("2 have to agree, 2 are followed"), "{ready}");
    eventually(WAIT_S_MAX, "the wait is counted", || {
        (source.metric("ekspiper_waiting_seconds") > 1.0).then_some(())
    });
    // One of them goes away: the other is what there is.
    network.runtime.block_on(other.stop()).unwrap();
    let events = hashes(&network, 10);
    assert!(events.iter().all(|event| is_of(&one, event)));
    eventually(WAIT_S_MAX, "nothing is waited for", || {
        (!get(admin, "/readyz")?.1.contains("waiting for agreement")).then_some(())
    });
}

#[test]
fn history_that_no_server_has_is_waited_for_in_plain_sight() {
    let network = Network::new("no-history", 2);
    let server = network.serve(None, Made { first_ledger: 100, ..OURS });
    let source = network.start("ledger-source", &[server.url()], &["--start", "50"]);
    let admin = source.admin();
    let ready = eventually(WAIT_S_MAX, "the wait is shown", || {
        let (_, ready) = get(admin, "/readyz")?;
        ready.contains("waiting for history: for ").then_some(ready)
    });
    assert!(ready.contains("none of 1 servers has it"), "{ready}");
}

#[test]
fn no_server_at_all_is_waited_for_in_plain_sight() {
    let network = Network::new("nobody", 2);
    let nowhere = "ws://127.0.0.1:1".to_owned();
    let source = network.start("ledger-source", &[nowhere], &["--start", "50"]);
    let admin = source.admin();
    eventually(WAIT_S_MAX, "the wait is shown", || {
        get(admin, "/readyz")?.1.contains("waiting for servers: for ").then_some(())
    });
}

#[test]
fn a_ledger_announced_with_another_number_of_transactions_is_an_alarm_and_goes_through() {
    let network = Network::new("miscounted", 2);
    let server = network.serve(None, OURS);
    let miscounting =
        |text: String| std::future::ready(text.replace(r#""txn_count":2"#, r#""txn_count":3"#));
    let url = network.runtime.block_on(relay(server.url(), miscounting));
    let source = network.start("ledger-source", &[url], &["--start", "12"]);
    source.wait_ready();
    network.records("ledger-events", 1);
    server.advance(1).unwrap();
    let alarm = source.line(WAIT_S_MAX, "announced with another number of transactions");
    assert!(alarm.contains("\"announced\":3") && alarm.contains("\"counted\":2"), "{alarm}");
    assert_eq!(hashes(&network, 2).len(), 2);
    eventually(WAIT_S_MAX, "the alarm is counted", || {
        (source.metric("ekspiper_disagreements_total") > 0.0).then_some(())
    });
}

#[test]
fn a_server_of_another_network_is_refused_by_name_and_never_used() {
    let network = Network::new("other-network", 2);
    let (ours, stranger) = (network.serve(None, OURS), network.serve(None, OURS));
    stranger.turn_on(Fault::OtherNetwork);
    let of_ours = ["--start", "3", "--xrpl-network-id", "0"];
    let source = network.start("ledger-source", &[stranger.url(), ours.url()], &of_ours);
    let events = hashes(&network, 10);
    assert!(events.iter().all(|event| is_of(&ours, event)));
    let alarm = source.line(WAIT_S_MAX, "endpoint of another network, not used");
    assert!(alarm.contains(&stranger.url()), "{alarm}");
    assert!(alarm.contains("server is of the network 21338, not of 0"), "{alarm}");
    let admin = source.admin();
    eventually(WAIT_S_MAX, "the reason is shown", || {
        get(admin, "/readyz")?.1.contains("not asked: server is of the network 21338").then_some(())
    });
    // One that becomes ours is used again: with the other gone, it is all there is.
    stranger.turn_off(Fault::OtherNetwork);
    network.runtime.block_on(ours.stop()).unwrap();
    assert_eq!(stranger.advance(3).unwrap(), 15);
    assert_eq!(hashes(&network, 13).len(), 13);
}

#[test]
fn a_ledger_announced_while_the_first_one_is_looked_for_is_not_missed() {
    let network = Network::new("meanwhile", 2);
    let server = network.serve(None, OURS);
    let slow = |text: String| async move {
        if text.contains("ledger_data") {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        text
    };
    let url = network.runtime.block_on(relay(server.url(), slow));
    let source = network.start("ledger-source", &[url], &["--start", "5"]);
    source.line(WAIT_S_MAX, "\"following\"");
    server.advance(1).unwrap();
    let events = hashes(&network, 9);
    assert!(events.iter().all(|event| is_of(&server, event)));
    assert_eq!(
        events.iter().map(|event| event.0).collect::<Vec<_>>(),
        (5..=13).collect::<Vec<_>>()
    );
}

#[test]
fn a_trusted_ledger_of_another_chain_begins_nothing_and_halts_once_no_server_has_it() {
    let network = Network::new("trusted", 2);
    let [ours, also_ours] = [(); 2].map(|()| network.serve(None, OURS));
    let theirs = network.serve(None, THEIRS);
    let (hash, address) = (theirs.ledger_hash(9).unwrap().to_string(), theirs.address());
    let urls = [&ours, &also_ours, &theirs].map(Simulator::url);
    let source = network.start("ledger-source", &urls, &["--start", &hash]);
    let close = || [&ours, &also_ours].map(|server| server.advance(1).unwrap());
    let admin = source.admin();
    eventually(WAIT_S_MAX, "a server has it, though not on the chain that most announce", || {
        close();
        let ready = get(admin, "/readyz")?.1;
        ready.contains("is not on the chain of the committed ledger 9").then_some(())
    });
    network.runtime.block_on(theirs.stop()).unwrap();
    let _ours_too = network.serve(Some(address), OURS);
    eventually(WAIT_S_MAX, "it halts", || {
        close();
        let ready = get(admin, "/readyz")?.1;
        ready.contains("halted: not on the chain: every server contradicts").then_some(())
    });
    assert_eq!(network.records("ledger-events", 0).len(), 0);
}
