//! Every fault does what its name says, is counted, and leaves nothing behind when it ends.

mod announced;
mod bytes;
mod chains;
mod histories;
mod plans;
mod refusals;

use futures_util::future::join_all;
use serde_json::{Value, json};
use xrpl_codec::{Expected, Hash256, Ledger, Unverified, verify};
use xrpl_sim::{ChainOptions, Fault, Simulator};

use crate::client::{HttpClient, WsClient};
use crate::generated_chain::hex;

/// Ledgers of the chain before a fault is on.
const HISTORY: u32 = 20;

async fn start() -> Simulator {
    crate::start(ChainOptions::Generated {
        seed: 3,
        first_ledger: 1,
        transactions: 4,
        history: HISTORY,
        data_dir: None,
    })
    .await
}

async fn subscribed(simulator: &Simulator) -> WsClient {
    let mut client = WsClient::connect(&simulator.url()).await;
    client.ask(&json!({"command": "subscribe", "streams": ["ledger"]})).await;
    client
}

async fn http(simulator: &Simulator) -> HttpClient {
    HttpClient::connect(simulator.address()).await
}

/// What is asked for to fetch a ledger whole.
fn whole(hash: Hash256) -> Value {
    json!({"ledger_hash": hash, "transactions": true, "expand": true, "binary": true, "api_version": 2})
}

/// Fetches a ledger and proves it.
async fn fetch(simulator: &Simulator, index: u32, hash: Hash256) -> Result<Ledger, Unverified> {
    let reply = http(simulator).await.result("ledger", whole(hash)).await;
    let ledger = &reply["ledger"];
    assert!(ledger.is_object(), "ledger {index}: {reply}");
    let transactions = ledger["transactions"].as_array().unwrap();
    let blobs =
        transactions.iter().map(|it| (hex(&it["tx_blob"]), hex(&it["meta_blob"]))).collect();
    verify(&hex(&ledger["ledger_data"]), blobs, &Expected { index, hash, parent_hash: None })
}

/// Everything is in order: all ledgers prove themselves and make one chain, and the next one is announced.
async fn assert_well(simulator: &Simulator, fault: Fault) {
    let mut client = subscribed(simulator).await;
    let newest = simulator.advance(1).unwrap();
    let announced = loop {
        let announced = client.next().await.unwrap();
        if announced["ledger_index"] == newest {
            break announced;
        }
    };
    assert_eq!(announced["validated_ledgers"], format!("1-{newest}"), "after {fault}");
    let mut parent = None;
    for index in newest.saturating_sub(40).max(1)..=newest {
        let ledger = fetch(simulator, index, simulator.ledger_hash(index).unwrap()).await.unwrap();
        assert!(parent.is_none_or(|parent| parent == ledger.header.parent_hash), "after {fault}");
        parent = Some(ledger.hash);
    }
    assert_eq!(announced["ledger_hash"], parent.unwrap().to_string(), "after {fault}");
}

async fn show(fault: Fault, simulator: &Simulator) {
    match fault {
        Fault::Silence => announced::silence(simulator).await,
        Fault::Disconnect => bytes::disconnect(simulator).await,
        Fault::HalfOpen => bytes::half_open(simulator).await,
        Fault::SlowDrip => bytes::slow_drip(simulator).await,
        Fault::Unavailable => refusals::unavailable(simulator).await,
        Fault::Barred => refusals::barred(simulator).await,
        Fault::SlowDown => refusals::slow_down(simulator).await,
        Fault::Load => refusals::load(simulator).await,
        Fault::LateLedger => refusals::late_ledger(simulator).await,
        Fault::NotSynced => refusals::not_synced(simulator).await,
        Fault::FalseHeader => chains::false_header(simulator).await,
        Fault::FalseTransaction | Fault::MissingTransaction => {
            chains::false_transactions(simulator, fault).await;
        }
        Fault::WrongParent => chains::wrong_parent(simulator).await,
        Fault::Fork => chains::fork(simulator).await,
        Fault::OtherNetwork => chains::other_network(simulator).await,
        Fault::TruncatedJson => bytes::truncated_json(simulator).await,
        Fault::EndlessReply => bytes::endless_reply(simulator).await,
        Fault::Repeats => announced::repeats(simulator).await,
        Fault::Disorder => announced::disorder(simulator).await,
        Fault::Jump => announced::jump(simulator).await,
        Fault::LostHistory => histories::lost(simulator).await,
        Fault::DisjointHistory => histories::missing(simulator, fault, "1-20,29-30").await,
        Fault::EmptyHistory => histories::empty(simulator).await,
        Fault::WrongHistory => histories::missing(simulator, fault, "1-30").await,
        Fault::Stale => histories::stale(simulator).await,
        Fault::UnprovableLedger => chains::unprovable(simulator).await,
        Fault::UnknownType => chains::unknown_type(simulator).await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_does_what_its_name_says_and_passes() {
    let shown = Fault::ALL.iter().map(|fault| {
        let fault = *fault;
        tokio::spawn(async move {
            let simulator = start().await;
            assert_eq!(simulator.applied(fault), 0);
            simulator.turn_on(fault);
            show(fault, &simulator).await;
            assert!(simulator.applied(fault) > 0, "{fault} was applied");
            simulator.turn_off(fault);
            let applied = simulator.applied(fault);
            assert_well(&simulator, fault).await;
            assert_eq!(simulator.applied(fault), applied, "{fault} has ended");
        })
    });
    for (fault, shown) in Fault::ALL.iter().zip(join_all(shown).await) {
        assert!(shown.is_ok(), "{fault}");
    }
}
