//! What a quorum agrees on, and what no single server can do to it.

use super::*;

fn ledger(index: u32, hash: u8) -> LedgerId {
    LedgerId { index, hash: Hash256([hash; 32]) }
}

fn ledger_quorum(quorum: Quorum, servers: usize) -> LedgerQuorum {
    LedgerQuorum::new(quorum, (0..servers).map(EndpointId))
}

fn announcement(ledger: LedgerId, received_at: SystemTime) -> ValidatedLedger {
    ValidatedLedger {
        index: ledger.index,
        hash: ledger.hash,
        transaction_count: None,
        validated_ledgers: None,
        ledger_time: None,
        network_id: None,
        received: std::time::Instant::now(),
        received_at,
    }
}

fn say(quorum: &mut LedgerQuorum, server: usize, ledger: LedgerId) -> Option<Disagreement> {
    quorum.announced(EndpointId(server), &announcement(ledger, SystemTime::now()))
}

fn announce(quorum: &mut LedgerQuorum, server: usize, ledger: LedgerId) -> Option<LedgerId> {
    say(quorum, server, ledger);
    quorum.newest().map(|agreed| agreed.ledger)
}

#[test]
fn one_server_agrees_with_itself() {
    let mut quorum = ledger_quorum(Quorum::Majority, 1);
    assert_eq!(announce(&mut quorum, 0, ledger(5, 1)), Some(ledger(5, 1)));
    assert_eq!(announce(&mut quorum, 0, ledger(5, 1)), None, "a repeat is no news");
    assert_eq!(announce(&mut quorum, 0, ledger(4, 1)), None, "what is late is no news");
}

#[test]
fn a_majority_is_more_than_half_of_those_that_are_up() {
    let mut quorum = ledger_quorum(Quorum::Majority, 3);
    assert_eq!(announce(&mut quorum, 0, ledger(5, 1)), None);
    assert_eq!(announce(&mut quorum, 0, ledger(5, 1)), None, "one server counts once");
    assert_eq!(announce(&mut quorum, 1, ledger(5, 1)), Some(ledger(5, 1)));
    quorum.disconnected(EndpointId(1));
    quorum.disconnected(EndpointId(2));
    assert_eq!(announce(&mut quorum, 0, ledger(6, 1)), Some(ledger(6, 1)));
}

#[test]
fn one_misbehaving_server_among_three_changes_nothing() {
    let mut quorum = ledger_quorum(Quorum::Majority, 3);
    assert_eq!(announce(&mut quorum, 2, ledger(5, 9)), None);
    assert_eq!(announce(&mut quorum, 0, ledger(5, 1)), None);
    let seen = say(&mut quorum, 1, ledger(5, 1));
    assert_eq!(seen, Some(Disagreement::Hash(Hash256([9; 32]))), "the disagreement is seen");
    let outvoted = vec![(EndpointId(2), Hash256([9; 32]))];
    let agreed = AgreedLedger { ledger: ledger(5, 1), servers: 2, outvoted: outvoted.clone() };
    assert_eq!(quorum.newest(), Some(agreed));
    // The same if it speaks last.
    for server in [0, 1] {
        announce(&mut quorum, server, ledger(6, 1));
    }
    assert_eq!(quorum.outvoted(6), []);
    let seen = say(&mut quorum, 2, ledger(6, 9));
    assert_eq!(seen, Some(Disagreement::Hash(Hash256([1; 32]))));
    assert_eq!(quorum.outvoted(6), outvoted);
}

#[test]
fn a_misbehaving_server_that_connects_first_does_not_agree_with_itself() {
    let mut quorum = ledger_quorum(Quorum::Majority, 3);
    quorum.connected(EndpointId(2));
    assert_eq!(announce(&mut quorum, 2, ledger(9, 9)), None);
    quorum.disconnected(EndpointId(0));
    assert_eq!(announce(&mut quorum, 2, ledger(10, 9)), None);
    quorum.count_connected_only();
    assert_eq!(quorum.newest().unwrap().ledger, ledger(10, 9), "no other server is there");
}

#[test]
fn halves_that_contradict_each_other_are_reported() {
    let mut quorum = ledger_quorum(Quorum::Majority, 2);
    assert_eq!(quorum.pending(), None);
    announce(&mut quorum, 0, ledger(5, 1));
    announce(&mut quorum, 1, ledger(5, 9));
    let pending = quorum.pending().unwrap();
    assert!(pending.starts_with("ledger 5: 1 announced it as 0101"), "{pending}");
    assert!(pending.ends_with("; 2 have to agree, 2 are followed"), "{pending}");
    assert_eq!(quorum.outvoted(5), [], "it is open which one is wrong");
    for (left, stays, hash) in [(0, 1, 9), (1, 0, 1)] {
        let mut one_up = ledger_quorum(Quorum::Majority, 2);
        announce(&mut one_up, 0, ledger(5, 1));
        announce(&mut one_up, 1, ledger(5, 9));
        one_up.disconnected(EndpointId(left));
        let agreed = one_up.newest().unwrap();
        assert_eq!(agreed.ledger, ledger(5, hash), "{stays} is what there is");
    }
    for server in 0..2 {
        announce(&mut quorum, server, ledger(6, 1));
    }
    assert_eq!(quorum.pending(), None);
}

#[test]
fn another_number_of_transactions_of_the_same_ledger_is_a_disagreement() {
    let mut quorum = ledger_quorum(Quorum::Majority, 2);
    let counted = |count| ValidatedLedger {
        transaction_count: Some(count),
        ..announcement(ledger(5, 1), SystemTime::now())
    };
    assert_eq!(quorum.announced(EndpointId(0), &counted(7)), None);
    let seen = quorum.announced(EndpointId(1), &counted(8));
    assert_eq!(seen, Some(Disagreement::TransactionCount(7)));
    assert_eq!(quorum.announced(EndpointId(1), &counted(7)), None);
}

#[test]
fn a_fixed_quorum_is_the_configured_number_of_servers() {
    let mut quorum = ledger_quorum(Quorum::Servers(3), 3);
    for server in 0..2 {
        assert_eq!(announce(&mut quorum, server, ledger(5, 1)), None);
    }
    assert_eq!(announce(&mut quorum, 2, ledger(5, 1)), Some(ledger(5, 1)));
}

#[test]
fn the_first_announcement_gives_the_time() {
    let mut quorum = ledger_quorum(Quorum::Majority, 2);
    let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(1_234);
    quorum.announced(EndpointId(0), &announcement(ledger(5, 1), at));
    say(&mut quorum, 1, ledger(5, 1));
    assert_eq!((quorum.announced_ms(5), quorum.announced_ms(4)), (Some(1_234), None));
}

#[test]
fn a_server_that_announces_far_ahead_displaces_no_announcement_of_others() {
    let mut quorum = ledger_quorum(Quorum::Majority, 3);
    announce(&mut quorum, 0, ledger(5, 1));
    for ahead in 0..3_000 {
        assert_eq!(announce(&mut quorum, 2, ledger(1_000_000 + ahead, 9)), None);
    }
    assert_eq!(announce(&mut quorum, 1, ledger(5, 1)), Some(ledger(5, 1)));
    assert_eq!(quorum.pending(), None, "the quorum has nothing to wait for");
    assert!(quorum.announced.len() <= 1 + KEPT_PER_SERVER);
}

#[test]
fn an_index_that_one_server_made_up_while_it_was_alone_is_left_behind() {
    let mut quorum = ledger_quorum(Quorum::Majority, 3);
    quorum.connected(EndpointId(2));
    quorum.count_connected_only();
    assert_eq!(announce(&mut quorum, 2, ledger(4_000_000_000, 9)), Some(ledger(4_000_000_000, 9)));
    for server in [0, 1] {
        quorum.connected(EndpointId(server));
    }
    assert_eq!(announce(&mut quorum, 0, ledger(5, 1)), None);
    assert_eq!(announce(&mut quorum, 1, ledger(5, 1)), Some(ledger(5, 1)));
    assert_eq!(announce(&mut quorum, 0, ledger(6, 1)), None);
    assert_eq!(announce(&mut quorum, 1, ledger(6, 1)), Some(ledger(6, 1)));
}

#[test]
fn a_network_that_was_reset_is_followed_and_a_server_that_lags_is_not() {
    let mut quorum = ledger_quorum(Quorum::Majority, 2);
    for server in [0, 1] {
        announce(&mut quorum, server, ledger(9_000, 1));
    }
    assert_eq!(quorum.latest(), Some(ledger(9_000, 1)));
    assert_eq!(announce(&mut quorum, 0, ledger(8_000, 2)), None, "one alone lags");
    assert_eq!(quorum.latest(), Some(ledger(9_000, 1)));
    announce(&mut quorum, 0, ledger(3, 7));
    assert_eq!(announce(&mut quorum, 1, ledger(3, 7)), Some(ledger(3, 7)));
    assert_eq!(announce(&mut quorum, 1, ledger(4, 7)), None);
    assert_eq!(announce(&mut quorum, 0, ledger(4, 7)), Some(ledger(4, 7)));
}
