//! Gaps filled backwards from an announced hash.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};
use xrpl_client::chain::{ChainError, GapFill, fill_gap};
use xrpl_client::{EndpointId, InvalidResponse, LedgerId, Pool, PoolLimits};
use xrpl_codec::Hash256;

use crate::ledgers::Ledgers;
use crate::memory::{Answer, Memory, url};
use crate::replies::error;

/// A network of servers `a`, `b`, … that answer by these functions.
fn pool(answers: Vec<Answer>) -> Pool {
    let memory = Memory::default();
    let mut urls = Vec::new();
    for (answer, host) in answers.into_iter().zip(["a", "b", "c"]) {
        memory.answer(host, answer);
        urls.push(url(host));
    }
    Pool::new(Arc::new(memory), urls, PoolLimits::default())
}

fn honest(ledgers: &Ledgers) -> Answer {
    let ledgers = ledgers.clone();
    Box::new(move |request| ledgers.answer(request))
}

/// Everything that a fill yields, each header checked against the chain it has to be.
async fn all(mut fill: GapFill, ledgers: &Ledgers, from: u32) -> Result<u32, ChainError> {
    let mut index = from;
    while let Some(header) = fill.next().await {
        let header = header?;
        assert_eq!((header.hash, header.header), (ledgers.hash(index), ledgers.header(index)));
        index += 1;
    }
    Ok(index - 1)
}

#[tokio::test(start_paused = true)]
async fn the_next_ledger_costs_one_header() {
    let ledgers = Ledgers::new(1, 10);
    let asked = Arc::new(AtomicUsize::new(0));
    let (chain, count) = (ledgers.clone(), asked.clone());
    let pool = pool(vec![Box::new(move |request| {
        count.fetch_add(usize::from(request["command"] != "server_info"), Relaxed);
        chain.answer(request)
    })]);
    assert_eq!(all(fill_gap(&pool, ledgers.id(9), ledgers.id(10)), &ledgers, 10).await, Ok(10));
    assert_eq!(asked.load(Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_gap_of_any_length_is_filled_in_order() {
    let ledgers = Ledgers::new(1, 2000);
    let entries = Arc::new(AtomicUsize::new(0));
    let (chain, count) = (ledgers.clone(), entries.clone());
    let pool = pool(vec![Box::new(move |request| {
        count.fetch_add(usize::from(request["command"] == "ledger_entry"), Relaxed);
        chain.answer(request)
    })]);
    for (pointer, announced, requests) in
        [(1, 2, 0), (1, 3, 1), (700, 956, 1), (700, 957, 1), (1, 2000, 8), (5, 5, 0)]
    {
        entries.store(0, Relaxed);
        let filled = fill_gap(&pool, ledgers.id(pointer), ledgers.id(announced));
        assert_eq!(all(filled, &ledgers, pointer + 1).await, Ok(announced));
        assert_eq!(entries.load(Relaxed), requests, "{pointer} to {announced}");
    }
}

#[tokio::test]
async fn a_gap_too_long_to_be_held_is_filled_in_order() {
    let ledgers = Ledgers::new(1, 133_000);
    let pool = pool(vec![honest(&ledgers)]);
    assert_eq!(
        all(fill_gap(&pool, ledgers.id(1), ledgers.id(133_000)), &ledgers, 2).await,
        Ok(133_000)
    );
    // The 132,999 headers, those let go a second time, and the entries that name them.
    let requests = pool.snapshot()[0].requests;
    assert!((132_999 + 1_900..132_999 + 3_000).contains(&requests), "{requests}");
}

#[tokio::test(start_paused = true)]
async fn nothing_comes_before_the_chain_meets_the_pointer() {
    let ledgers = Ledgers::new(1, 600);
    let open = Arc::new(AtomicBool::new(false));
    let (chain, may) = (ledgers.clone(), open.clone());
    // The ledger after the pointer is still on its way to the server.
    let pool = pool(vec![Box::new(move |request| match chain.asked(request) {
        Some(11) if request["command"] == "ledger" && !may.load(Relaxed) => {
            error(request, "lgrNotFound")
        }
        _ => chain.answer(request),
    })]);
    let mut filled = fill_gap(&pool, ledgers.id(10), ledgers.id(600));
    assert!(timeout(Duration::from_secs(3600), filled.next()).await.is_err());
    let progress = filled.progress();
    assert_eq!(progress.known_down_to, 12);
    assert_eq!(progress.waiting.as_deref(), Some("none of 1 servers has it"));
    open.store(true, Relaxed);
    assert_eq!(all(filled, &ledgers, 11).await, Ok(600));
}

#[tokio::test(start_paused = true)]
async fn a_false_skip_list_costs_time_and_quarantines_its_server_and_nothing_else() {
    let (ledgers, other) = (Ledgers::new(1, 600), Ledgers::new(2, 600));
    let (chain, noise) = (ledgers.clone(), other.clone());
    let misbehaving = Box::new(move |request: &Value| {
        if request["command"] != "ledger_entry" {
            return chain.answer(request);
        }
        // Names of another chain, under the hash that was asked for.
        let index = chain.asked(request).unwrap();
        let mut elsewhere = request.clone();
        elsewhere["ledger_hash"] = Value::String(noise.hash(index).to_string());
        noise
            .answer(&elsewhere)
            .replace(&noise.hash(index).to_string(), &chain.hash(index).to_string())
    });
    let pool = pool(vec![misbehaving, honest(&ledgers)]);
    assert_eq!(all(fill_gap(&pool, ledgers.id(10), ledgers.id(600)), &ledgers, 11).await, Ok(600));
    let misbehaving = &pool.snapshot()[0];
    assert!(
        matches!(misbehaving.evidence[0].response, InvalidResponse::SkipList { .. }),
        "{misbehaving:?}"
    );
    assert!(!misbehaving.up && pool.snapshot()[1].up);
}

#[tokio::test(start_paused = true)]
async fn a_server_without_the_entries_is_walked_by_headers_alone() {
    let ledgers = Ledgers::new(1, 600);
    let chain = ledgers.clone();
    let pool = pool(vec![Box::new(move |request| match request["command"].as_str() {
        Some("ledger_entry") => error(request, "entryNotFound"),
        _ => chain.answer(request),
    })]);
    assert_eq!(all(fill_gap(&pool, ledgers.id(10), ledgers.id(600)), &ledgers, 11).await, Ok(600));
}

#[tokio::test(start_paused = true)]
async fn a_pointer_that_every_server_contradicts_is_a_fork() {
    let theirs = Ledgers::new(1, 300);
    let ours = theirs.forked(100, 7, 200);
    let pool = pool(vec![honest(&theirs), honest(&theirs)]);
    let mut filled = fill_gap(&pool, ours.id(200), theirs.id(300));
    let found = vec![(EndpointId(0), theirs.hash(200)), (EndpointId(1), theirs.hash(200))];
    let forked = ChainError::Forked { pointer: ours.id(200), found };
    assert_eq!(filled.next().await, Some(Err(forked)));
    assert_eq!(filled.next().await, None);
    assert!(pool.snapshot().iter().all(|it| it.invalid_responses == 0));
}

#[tokio::test(start_paused = true)]
async fn a_fork_far_below_the_tip_is_found_before_the_way_is_walked() {
    let ours = Ledgers::new(2, 10);
    let theirs = Ledgers::new(1, 20_000);
    let pool = pool(vec![honest(&theirs)]);
    let mut filled = fill_gap(&pool, ours.id(10), theirs.id(20_000));
    assert!(matches!(filled.next().await, Some(Err(ChainError::Forked { .. }))));
    assert!(pool.snapshot()[0].requests < 10, "{}", pool.snapshot()[0].requests);
}

#[tokio::test(start_paused = true)]
async fn one_server_on_another_chain_among_three_changes_nothing() {
    let ours = Ledgers::new(1, 300);
    let theirs = ours.forked(100, 7, 400);
    let pool = pool(vec![honest(&theirs), honest(&ours), honest(&ours)]);
    let mut filled = fill_gap(&pool, ours.id(200), theirs.id(400));
    let error = filled.next().await.unwrap().unwrap_err();
    let ChainError::NotOurs { confirmed_by, contradicted_by, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(
        (confirmed_by, contradicted_by),
        (vec![EndpointId(1), EndpointId(2)], vec![(EndpointId(0), theirs.hash(200))])
    );
    assert!(pool.snapshot()[0].not_used.is_some());
    assert_eq!(all(fill_gap(&pool, ours.id(200), ours.id(300)), &ours, 201).await, Ok(300));
}

#[tokio::test(start_paused = true)]
async fn a_contradiction_is_no_fork_while_others_cannot_be_asked() {
    let ours = Ledgers::new(1, 300);
    let theirs = ours.forked(100, 7, 400);
    let memory = Memory::default();
    let chain = theirs.clone();
    memory.answer("a", move |request| chain.answer(request));
    let pool = Pool::new(Arc::new(memory.clone()), vec![url("a"), url("b")], PoolLimits::default());
    let mut filled = fill_gap(&pool, ours.id(200), theirs.id(400));
    assert!(timeout(Duration::from_secs(600), filled.next()).await.is_err());
    let why = filled.progress().waiting.unwrap();
    assert!(
        why.ends_with("of 2 servers 1 contradict it too, 1 do not answer, none confirms it"),
        "{why}"
    );
    let chain = ours.clone();
    memory.answer("b", move |request| chain.answer(request));
    assert!(matches!(filled.next().await, Some(Err(ChainError::NotOurs { .. }))));
}

#[tokio::test(start_paused = true)]
async fn an_announced_ledger_before_the_pointer_or_with_a_false_index_is_an_error() {
    let ledgers = Ledgers::new(1, 30);
    let pool = pool(vec![honest(&ledgers)]);
    let behind = fill_gap(&pool, ledgers.id(20), ledgers.id(10)).next().await;
    assert!(matches!(behind, Some(Err(ChainError::Behind { .. }))));
    let announced = LedgerId { index: 25, hash: ledgers.hash(28) };
    let error = ChainError::FalseIndex { ledger: announced, found: 28 };
    assert_eq!(fill_gap(&pool, ledgers.id(20), announced).next().await, Some(Err(error)));
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_holds_the_fill_up_and_a_dropped_one_ends_it() {
    let ledgers = Ledgers::new(1, 3000);
    let pool = pool(vec![honest(&ledgers)]);
    let mut filled = fill_gap(&pool, ledgers.id(1), ledgers.id(3000));
    for index in 2..500 {
        assert_eq!(filled.next().await.unwrap().unwrap().header.index, index);
        sleep(Duration::from_secs(1)).await;
    }
    drop(filled);
    let unknown = LedgerId { index: 3001, hash: Hash256([9; 32]) };
    drop(fill_gap(&pool, ledgers.id(1), unknown));
    let (start, requests) = (Instant::now(), pool.snapshot()[0].requests);
    sleep(Duration::from_secs(3600)).await;
    let hour = pool.snapshot()[0].requests - requests;
    assert!(
        start.elapsed() >= Duration::from_secs(3600) && hour < 100,
        "{hour} requests after the end"
    );
}
