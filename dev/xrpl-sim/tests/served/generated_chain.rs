//! The generated chain is as real as it says.

use std::collections::HashSet;

use serde_json::{Value, json};
use xrpl_codec::{
    Expected, Hash256, Ledger, LedgerHashes, flag_ledgers_key, recent_ledgers_key, verify,
};
use xrpl_sim::{ChainOptions, Conditions, LargeLedgers, Simulator};

use crate::client::HttpClient;
use crate::start;

fn options(seed: u64, history: u32) -> ChainOptions {
    ChainOptions::Generated { seed, first_ledger: 1, transactions: 10, history, data_dir: None }
}

pub(crate) fn hex(text: &Value) -> Vec<u8> {
    let digits = text.as_str().unwrap();
    let mut bytes = vec![0; digits.len() / 2];
    faster_hex::hex_decode(digits.as_bytes(), &mut bytes).unwrap();
    bytes
}

/// Fetches a ledger as a client does and verifies every byte of it.
async fn fetch(
    client: &mut HttpClient,
    index: u32,
    hash: Hash256,
    parent_hash: Option<Hash256>,
) -> Ledger {
    let params = json!({"ledger_hash": hash, "transactions": true, "expand": true, "binary": true, "api_version": 2});
    let reply = client.result("ledger", params).await;
    let transactions = reply["ledger"]["transactions"].as_array().unwrap();
    let blobs =
        transactions.iter().map(|it| (hex(&it["tx_blob"]), hex(&it["meta_blob"]))).collect();
    verify(&hex(&reply["ledger"]["ledger_data"]), blobs, &Expected { index, hash, parent_hash })
        .unwrap()
}

/// All ledgers of a simulator, verified one by one.
async fn fetch_all(simulator: &Simulator) -> Vec<Ledger> {
    let mut client = HttpClient::connect(simulator.address()).await;
    let mut ledgers: Vec<Ledger> = Vec::new();
    for index in simulator.ledgers() {
        let parent = ledgers.last().map(|ledger| ledger.hash);
        let hash = simulator.ledger_hash(index).unwrap();
        ledgers.push(fetch(&mut client, index, hash, parent).await);
    }
    ledgers
}

#[tokio::test]
async fn headers_links_and_roots_are_true_and_every_transaction_is_unique() {
    let simulator = start(options(7, 200)).await;
    simulator.advance(100).unwrap();
    let ledgers = fetch_all(&simulator).await;
    assert_eq!(ledgers.len(), 300);
    let hashes: HashSet<Hash256> =
        ledgers.iter().flat_map(|it| &it.transactions).map(|it| it.hash).collect();
    assert_eq!(hashes.len(), 3_000);
    let mut client = HttpClient::connect(simulator.address()).await;
    for ledger in &ledgers {
        let header_only = json!({"ledger_index": ledger.header.index, "binary": true});
        let reply = client.result("ledger", header_only).await;
        assert_eq!(hex(&reply["ledger"]["ledger_data"]), ledger.header.to_bytes());
    }
    for [parent, child] in ledgers.array_windows() {
        assert!(child.header.close_time > parent.header.close_time);
        assert_eq!(child.header.parent_close_time, parent.header.close_time);
        assert_eq!(parent.header.total_coins - child.header.total_coins, 100);
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let closed_before = start(options(7, 60)).await;
    let closed_now = start(options(7, 1)).await;
    closed_now.advance(59).unwrap();
    assert_eq!(fetch_all(&closed_before).await, fetch_all(&closed_now).await);
    let other = start(options(8, 60)).await;
    assert_ne!(closed_before.ledger_hash(60), other.ledger_hash(60));
}

#[tokio::test]
async fn a_restart_goes_on_at_the_tip_with_the_same_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let kept = |data_dir| ChainOptions::Generated {
        seed: 3,
        first_ledger: 100,
        transactions: 5,
        history: 20,
        data_dir,
    };
    let on_disk = || kept(Some(directory.path().to_owned()));
    let simulator = start(on_disk()).await;
    simulator.advance(30).unwrap();
    let before = fetch_all(&simulator).await;
    simulator.stop().await.unwrap();
    let simulator = start(on_disk()).await;
    assert_eq!(simulator.ledgers(), 100..=149);
    assert_eq!(fetch_all(&simulator).await, before);
    simulator.advance(10).unwrap();
    let uninterrupted = start(kept(None)).await;
    uninterrupted.advance(40).unwrap();
    assert_eq!(fetch_all(&simulator).await, fetch_all(&uninterrupted).await);
}

#[tokio::test]
async fn a_chain_on_disk_is_not_gone_on_with_from_another_seed() {
    let directory = tempfile::tempdir().unwrap();
    let chain = |seed| ChainOptions::Generated {
        seed,
        first_ledger: 1,
        transactions: 5,
        history: 2,
        data_dir: Some(directory.path().to_owned()),
    };
    start(chain(1)).await.stop().await.unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let options = xrpl_sim::Options { listen, chain: chain(2), interval: None };
    let error = Simulator::start(options).await.err().unwrap();
    assert!(error.to_string().contains("has another chain"), "{error}");
}

#[tokio::test]
async fn ledger_hashes_name_the_true_hashes() {
    let chain = ChainOptions::Generated {
        seed: 7,
        first_ledger: 65_000,
        transactions: 1,
        history: 1_100,
        data_dir: None,
    };
    let simulator = start(chain).await;
    let mut client = HttpClient::connect(simulator.address()).await;
    for at in [65_001, 65_300, 65_536, 65_537, 66_000] {
        let params = json!({"ledger_index": at, "index": recent_ledgers_key(), "binary": true});
        let reply = client.result("ledger_entry", params).await;
        let recent = LedgerHashes::parse(&hex(&reply["node_binary"])).unwrap();
        assert_eq!((recent.last, recent.hashes.len()), (at - 1, 256));
        for index in at - 256..at {
            assert_eq!(recent.recent(index), simulator.ledger_hash(index));
        }
    }
    for (group, last) in [(65_000, 65_280), (66_000, 65_792)] {
        let params =
            json!({"ledger_index": 66_000, "index": flag_ledgers_key(group), "binary": true});
        let reply = client.result("ledger_entry", params).await;
        let flags = LedgerHashes::parse(&hex(&reply["node_binary"])).unwrap();
        assert_eq!(flags.last, last);
        assert_eq!(flags.flag(last), simulator.ledger_hash(last));
        assert_eq!(flags.flag(last - 256), simulator.ledger_hash(last - 256));
    }
    // Ledgers before the first have names and nothing else.
    let before = simulator.ledger_hash(64_999).unwrap();
    assert_eq!(
        client.result("ledger", json!({"ledger_hash": before})).await["error"],
        "lgrNotFound"
    );
}

#[tokio::test]
async fn books_hold_offers_and_state_is_not_there() {
    let simulator = start(options(7, 3)).await;
    let mut client = HttpClient::connect(simulator.address()).await;
    let params = json!({
        "taker_gets": {"currency": "XRP"},
        "taker_pays": {"currency": "JPY", "issuer": "rKtvsxpZKXSoES2Uo54SywrhNDuyKwrvq"},
        "ledger_index": "validated"
    });
    let reply = client.result("book_offers", params).await;
    assert!(!reply["offers"].as_array().unwrap().is_empty());
    assert_eq!(client.result("ledger_data", json!({"ledger_index": 2})).await["error"], "notImpl");
}

#[tokio::test]
async fn large_ledgers_have_the_size_that_was_asked_for_and_are_as_true_as_others() {
    let large_ledgers = Some(LargeLedgers { every: 5.try_into().unwrap(), bytes: 3_000_000 });
    let listen = "127.0.0.1:0".parse().unwrap();
    let options = xrpl_sim::Options { listen, chain: options(7, 11), interval: None };
    let conditions = Conditions { large_ledgers, ..Conditions::default() };
    let simulator = Simulator::start_under(options, conditions).await.unwrap();
    let ledgers = fetch_all(&simulator).await;
    let mut hashes = HashSet::new();
    for ledger in ledgers {
        let blobs = ledger.transactions.iter();
        let bytes: usize = blobs.map(|it| it.tx_blob.len() + it.meta_blob.len()).sum();
        let expected =
            if ledger.header.index % 5 == 0 { 3_000_000..3_400_000 } else { 1..3_000_000 };
        assert!(expected.contains(&bytes), "ledger {} has {bytes} bytes", ledger.header.index);
        for transaction in ledger.transactions {
            assert!(hashes.insert(transaction.hash), "{} is there twice", transaction.hash);
        }
    }
}

#[tokio::test]
async fn close_times_of_a_real_time_chain_are_near_now_also_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let begin = async || {
        let chain = ChainOptions::Generated {
            seed: 3,
            first_ledger: 1,
            transactions: 5,
            history: 20,
            data_dir: Some(directory.path().to_owned()),
        };
        let listen = "127.0.0.1:0".parse().unwrap();
        let conditions = Conditions { real_time: true, ..Conditions::default() };
        let options = xrpl_sim::Options { listen, chain, interval: None };
        Simulator::start_under(options, conditions).await.unwrap()
    };
    let now_s = || {
        let since_1970 = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        u32::try_from(since_1970 - 946_684_800).unwrap()
    };
    let simulator = begin().await;
    simulator.advance(5).unwrap();
    let before = fetch_all(&simulator).await;
    let newest = before.last().unwrap().header.close_time;
    assert!(newest.abs_diff(now_s()) < 60, "{newest}");
    assert_eq!(before.len(), 25);
    simulator.stop().await.unwrap();
    let simulator = begin().await;
    simulator.advance(1).unwrap();
    let after = fetch_all(&simulator).await;
    assert_eq!(after[..25], before);
    for [parent, child] in after.array_windows() {
        assert!(child.header.close_time > parent.header.close_time);
        assert_eq!(child.header.parent_close_time, parent.header.close_time);
    }
}

#[tokio::test]
async fn transactions_are_found_by_their_hash() {
    let simulator = start(options(7, 30)).await;
    let ledgers = fetch_all(&simulator).await;
    let mut client = HttpClient::connect(simulator.address()).await;
    let (ledger, transaction) = (&ledgers[11], &ledgers[11].transactions[3]);
    for version in [1, 2] {
        let params = json!({"transaction": transaction.hash, "api_version": version});
        let reply = client.result("tx", params).await;
        assert_eq!(reply["ledger_index"], ledger.header.index);
        assert_eq!(reply["hash"], json!(transaction.hash));
        assert_eq!(reply["validated"], true);
        assert!(reply["meta"]["TransactionResult"].is_string(), "{reply}");
        let account = if version == 1 { &reply["Account"] } else { &reply["tx_json"]["Account"] };
        assert!(account.is_string(), "{reply}");
        let params = json!({"tx_hash": transaction.hash, "ledger_index": ledger.header.index, "api_version": version});
        let reply = client.result("transaction_entry", params).await;
        assert_eq!(reply["tx_json"]["Account"], *account);
        let metadata = if version == 1 { &reply["metadata"] } else { &reply["meta"] };
        assert!(metadata["TransactionResult"].is_string(), "{reply}");
    }
    let binary =
        client.result("tx", json!({"transaction": transaction.hash, "binary": true})).await;
    assert_eq!(hex(&binary["tx"]), transaction.tx_blob);
    let elsewhere = json!({"transaction": transaction.hash, "min_ledger": 1, "max_ledger": 5});
    let reply = client.result("tx", elsewhere).await;
    assert_eq!((&reply["error"], &reply["searched_all"]), (&json!("txnNotFound"), &json!(false)));
    let other = json!({"tx_hash": transaction.hash, "ledger_index": 1});
    let reply = client.result("transaction_entry", other).await;
    assert_eq!(reply["error"], "transactionNotFound");
}

#[tokio::test]
async fn state_of_a_ledger_that_is_there_is_not_called_a_missing_ledger() {
    let simulator = start(options(7, 30)).await;
    let mut client = HttpClient::connect(simulator.address()).await;
    let reply = client.result("ledger_data", json!({"ledger_index": 12})).await;
    assert_eq!(reply["error"], "notImpl");
    assert!(reply["error_message"].as_str().unwrap().contains("no state of ledger 12"), "{reply}");
    let reply = client.result("ledger_data", json!({"ledger_index": 1_000})).await;
    assert_eq!(reply["error"], "lgrNotFound");
}
