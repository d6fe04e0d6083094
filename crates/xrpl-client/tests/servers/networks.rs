//! Servers of another network, and servers that do not have what they say.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::sleep;
use xrpl_client::{ConnectionLimits, Error, LedgerStream, Pool, PoolLimits, StreamEvent};

use crate::ledgers::Ledgers;
use crate::memory::{Act, Memory, url};
use crate::replies::{ledger_closed, server_info, success};

fn pool(memory: &Memory, hosts: &[&str], network_id: Option<u32>) -> Pool {
    let urls = hosts.iter().map(|host| url(host)).collect();
    let limits = PoolLimits { network_id, ..PoolLimits::default() };
    Pool::new(Arc::new(memory.clone()), urls, limits)
}

fn info(request: &Value, network_id: u32) -> String {
    let info = json!({"build_version": "2.3.0", "complete_ledgers": "1-9", "server_state": "full",
        "network_id": network_id});
    success(request, &json!({"info": info}))
}

/// Puts a server of a network at `host`; which commands it got.
fn serve(
    memory: &Memory,
    host: &str,
    ledgers: &Ledgers,
    network_id: u32,
) -> Arc<Mutex<Vec<String>>> {
    let got = Arc::new(Mutex::new(Vec::new()));
    let (chain, seen) = (ledgers.clone(), got.clone());
    memory.answer(host, move |request| {
        let command = request["command"].as_str().unwrap().to_owned();
        let reply = match command.as_str() {
            "server_info" => info(request, network_id),
            _ => chain.answer(request),
        };
        seen.lock().unwrap().push(command);
        reply
    });
    got
}

#[tokio::test(start_paused = true)]
async fn a_server_of_another_network_is_never_used_and_its_status_says_why() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 9);
    let stranger = serve(&memory, "a", &ledgers, 1);
    serve(&memory, "b", &ledgers, 0);
    let pool = pool(&memory, &["a", "b"], Some(0));
    let mut announcements = pool.ledger_streams();
    let announced = tokio::spawn(async move {
        let mut from = Vec::new();
        while from.len() < 5 {
            let event = announcements.next().await.unwrap();
            from.push((event.endpoint.0, matches!(event.event, StreamEvent::LedgerClosed(_))));
        }
        from
    });
    for _ in 0..30 {
        for index in 1..=9 {
            pool.fetch_header(ledgers.id(index)).await.unwrap();
        }
        sleep(Duration::from_secs(10)).await;
    }
    let got = stranger.lock().unwrap().clone();
    assert!(got.iter().all(|command| command == "server_info"), "{got:?}");
    let status = &pool.snapshot()[0];
    assert_eq!(status.not_used.as_deref(), Some("server is of the network 1, not of 0"));
    assert!(!status.up && pool.snapshot()[1].up);
    let announced = announced.await.unwrap();
    assert!(announced.contains(&(1, true)) && !announced.contains(&(0, true)), "{announced:?}");
}

#[tokio::test(start_paused = true)]
async fn servers_that_are_all_of_another_network_are_refused_by_name() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 9);
    serve(&memory, "a", &ledgers, 1);
    let error = pool(&memory, &["a"], Some(0)).fetch_header(ledgers.id(5)).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("ws://a: server is of the network 1, not of 0"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_becomes_one_of_ours_is_used() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 9);
    serve(&memory, "a", &ledgers, 1);
    let pool = pool(&memory, &["a"], Some(0));
    pool.fetch_header(ledgers.id(5)).await.unwrap_err();
    serve(&memory, "a", &ledgers, 0);
    sleep(Duration::from_secs(130)).await;
    pool.fetch_header(ledgers.id(5)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_say_its_network_is_used() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 9);
    let chain = ledgers.clone();
    memory.answer("a", move |request| chain.answer(request));
    pool(&memory, &["a"], Some(0)).fetch_header(ledgers.id(5)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_announced_ledger_of_another_network_ends_the_stream() {
    let memory = Memory::default();
    memory.serve("a", |_, request| match request["command"].as_str() {
        Some("server_info") => vec![Act::Send(server_info(request, "1-9"))],
        _ => {
            let closed = ledger_closed(9, xrpl_codec::Hash256([9; 32]));
            let closed = closed.replacen('{', r#"{"network_id":1,"#, 1);
            vec![Act::Send(success(request, &json!({}))), Act::Send(closed)]
        }
    });
    let limits = ConnectionLimits::default();
    let mut stream = LedgerStream::open(Arc::new(memory), url("a"), limits, Some(0));
    assert!(matches!(stream.next().await, Some(StreamEvent::Connected)));
    let event = stream.next().await.unwrap();
    let StreamEvent::Disconnected { error: Error::WrongNetwork { expected: 0, found: 1 }, .. } =
        event
    else {
        panic!("{event:?}")
    };
}

/// A server that says it has the ledgers `claimed`, and has those from `first` on; how often it lacked one.
fn claim(
    memory: &Memory,
    host: &str,
    ledgers: &Ledgers,
    claimed: &str,
    has: fn(u32) -> bool,
) -> Arc<AtomicUsize> {
    let lacked = Arc::new(AtomicUsize::new(0));
    let (chain, count, claimed) = (ledgers.clone(), lacked.clone(), claimed.to_owned());
    memory.answer(host, move |request| match request["command"].as_str() {
        Some("server_info") => server_info(request, &claimed),
        _ if chain.asked(request).is_some_and(|index| !has(index)) => {
            count.fetch_add(1, Relaxed);
            crate::replies::error(request, "lgrNotFound")
        }
        _ => chain.answer(request),
    });
    lacked
}

async fn fetch_all(pool: &Pool, ledgers: &Ledgers) {
    while pool.snapshot().iter().any(|it| it.complete_ledgers.is_none()) {
        sleep(Duration::from_millis(1)).await;
    }
    for index in 1..=ledgers.last() {
        pool.fetch_header(ledgers.id(index)).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn disjoint_histories_are_asked_only_for_what_they_hold() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 300);
    let a = claim(&memory, "a", &ledgers, "1-100,201-300", |it| !(101..=200).contains(&it));
    let b = claim(&memory, "b", &ledgers, "101-200", |it| (101..=200).contains(&it));
    fetch_all(&pool(&memory, &["a", "b"], None), &ledgers).await;
    assert_eq!((a.load(Relaxed), b.load(Relaxed)), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_lacks_what_it_claims_is_soon_asked_for_what_it_has() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 400);
    let a = claim(&memory, "a", &ledgers, "1-400", |it| it > 300);
    let empty = claim(&memory, "c", &ledgers, "empty", |_| false);
    claim(&memory, "b", &ledgers, "1-400", |_| true);
    fetch_all(&pool(&memory, &["a", "b", "c"], None), &ledgers).await;
    assert!((1..=3).contains(&a.load(Relaxed)), "asked in vain {} times", a.load(Relaxed));
    assert_eq!(empty.load(Relaxed), 0);
}
