//! Several servers asked as one, some of which fail or lie.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};
use xrpl_client::{EndpointStatus, Error, ErrorClass, InvalidResponse, LedgerId, Pool, PoolLimits};
use xrpl_codec::{Asset, Book, Expected, Hash256, Unverified};

use crate::ledgers::Ledgers;
use crate::memory::{Act, Memory, url};
use crate::replies::{error, server_info, success};

const LEDGER_3: &str = include_str!("recorded/ledger-3-v2-binary.json");
const LEDGER_3_HASH: &str = "99B442492E130AC32A8406D0B0C2933C493E053C3E833FEE26DD2F3C63494826";

fn pool(memory: &Memory, hosts: &[&str]) -> Pool {
    let urls = hosts.iter().map(|host| url(host)).collect();
    Pool::new(Arc::new(memory.clone()), urls, PoolLimits::default())
}

fn expected_3() -> Expected {
    Expected { index: 3, hash: LEDGER_3_HASH.parse().unwrap(), parent_hash: None }
}

/// Serves the recorded ledger 3 after `spoil` was at it.
fn serve_recorded(memory: &Memory, host: &str, spoil: impl Fn(&mut Value) + Send + Sync + 'static) {
    memory.answer(host, move |request| match request["command"].as_str() {
        Some("server_info") => server_info(request, "2-25"),
        _ => {
            let mut result = serde_json::from_str(LEDGER_3).unwrap();
            spoil(&mut result);
            success(request, &result)
        }
    });
}

fn status(pool: &Pool, id: usize) -> EndpointStatus {
    pool.snapshot().swap_remove(id)
}

fn errors(status: &EndpointStatus, class: ErrorClass) -> u64 {
    status.errors.iter().find(|row| row.0 == class).unwrap().1
}

fn xrp() -> Book {
    Book::open(Asset::Xrp, Asset::Xrp)
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_is_false_at_one_server_comes_from_another_and_the_first_is_quarantined() {
    let spoils: [fn(&mut Value); 4] = [
        // A missing transaction, as rippled serves it when it cannot read one.
        |result| drop(result["ledger"]["transactions"].as_array_mut().unwrap().pop()),
        // A changed amount.
        |result| {
            let blob = &mut result["ledger"]["transactions"][0]["tx_blob"];
            *blob = json!(blob.as_str().unwrap().replacen(
                "6140000002540BE400",
                "6140000002540BE401",
                1
            ));
        },
        // One transaction twice.
        |result| {
            let transactions = result["ledger"]["transactions"].as_array_mut().unwrap();
            let first = transactions[0].clone();
            transactions.push(first);
        },
        // A changed header.
        |result| {
            let header = &mut result["ledger"]["ledger_data"];
            *header = json!(header.as_str().unwrap().replacen("00000003", "00000004", 1));
        },
    ];
    for spoil in spoils {
        let memory = Memory::default();
        serve_recorded(&memory, "a", spoil);
        serve_recorded(&memory, "b", |_| {});
        let pool = pool(&memory, &["a", "b"]);
        let ledger = pool.fetch_ledger(&expected_3()).await.unwrap();
        assert_eq!(ledger.transactions.len(), 8);
        let misbehaving = status(&pool, 0);
        assert!(
            !misbehaving.up && misbehaving.not_used.as_ref().unwrap().starts_with("ledger 3 ("),
            "{misbehaving:?}"
        );
        assert_eq!(
            (misbehaving.invalid_responses, errors(&misbehaving, ErrorClass::InvalidResponse)),
            (1, 1)
        );
        assert!(matches!(misbehaving.evidence[0].response, InvalidResponse::Ledger(_)));
        assert!(status(&pool, 1).up);
        // The next ledger is requested from the other one.
        pool.fetch_ledger(&expected_3()).await.unwrap();
        assert_eq!(errors(&status(&pool, 0), ErrorClass::InvalidResponse), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_no_server_can_prove_is_an_error_and_others_still_come() {
    let memory = Memory::default();
    serve_recorded(&memory, "a", |result| {
        drop(result["ledger"]["transactions"].as_array_mut().unwrap().pop());
    });
    let pool = pool(&memory, &["a"]);
    let error = pool.fetch_ledger(&expected_3()).await.unwrap_err();
    let Error::Unproven(invalid) = &error else { panic!("{error}") };
    assert!(matches!(invalid[0].1, InvalidResponse::Ledger(Unverified::TransactionHash { .. })));
    assert!(
        error.is_transient()
            && error.to_string().starts_with("no server can prove it: ws://a: transactions")
    );
    // Alone and quarantined it is still asked for what proves itself, but not for a book.
    let header = pool.fetch_header(LedgerId { index: 3, hash: expected_3().hash }).await.unwrap();
    assert_eq!(header.index, 3);
    let xrp = xrp();
    let book = pool.book_offers(&xrp, LedgerId { index: 3, hash: expected_3().hash }, None);
    assert!(timeout(Duration::from_secs(20), book).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_expectation_that_contradicts_itself_is_a_fact_and_no_invalid_response() {
    let memory = Memory::default();
    serve_recorded(&memory, "a", |_| {});
    let pool = pool(&memory, &["a"]);
    let wrong = Expected { parent_hash: Some(Hash256::ZERO), ..expected_3() };
    let error = pool.fetch_ledger(&wrong).await.unwrap_err();
    assert!(
        matches!(error, Error::Contradiction(Unverified::ParentHash { .. }))
            && !error.is_transient()
    );
    assert_eq!(status(&pool, 0).invalid_responses, 0);
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_is_just_announced_is_asked_for_elsewhere_at_once_and_here_soon() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 10);
    let (late, chain) = (Arc::new(AtomicUsize::new(0)), ledgers.clone());
    let asked = late.clone();
    memory.answer("a", move |request| match request["command"].as_str() {
        Some("ledger") if asked.fetch_add(1, Relaxed) < 3 => error(request, "lgrNotFound"),
        _ => chain.answer(request),
    });
    let chain = ledgers.clone();
    memory.answer("b", move |request| chain.answer(request));
    let start = Instant::now();
    pool(&memory, &["a", "b"]).fetch_header(ledgers.id(10)).await.unwrap();
    assert_eq!((start.elapsed(), late.load(Relaxed)), (Duration::ZERO, 1));
    pool(&memory, &["a"]).fetch_header(ledgers.id(10)).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(late.load(Relaxed), 4);
}

#[tokio::test(start_paused = true)]
async fn absence_is_believed_soon_for_old_ledgers_and_after_seconds_for_new_ones() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 600);
    for host in ["a", "b"] {
        let chain = ledgers.clone();
        memory.answer(host, move |request| chain.answer_from(100, request));
    }
    let pool = pool(&memory, &["a", "b"]);
    pool.fetch_header(ledgers.id(600)).await.unwrap();
    let start = Instant::now();
    let error = pool.book_offers(&xrp(), ledgers.id(50), None).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { servers: 2, past: true }), "{error}");
    assert_eq!(start.elapsed(), Duration::ZERO);
    let unknown = LedgerId { index: 601, hash: Hash256([9; 32]) };
    assert!(matches!(
        pool.fetch_header(unknown).await,
        Err(Error::NotFound { servers: 2, past: false })
    ));
    assert!((1..=4).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    assert!(pool.snapshot().iter().all(|it| it.up));
}

#[tokio::test(start_paused = true)]
async fn servers_that_say_that_they_have_a_ledger_are_asked_first() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 300);
    let asked = Arc::new(AtomicUsize::new(0));
    let (chain, count) = (ledgers.clone(), asked.clone());
    memory.answer("a", move |request| {
        count.fetch_add(usize::from(request["command"] == "ledger"), Relaxed);
        chain.answer_from(200, request)
    });
    let chain = ledgers.clone();
    memory.answer("b", move |request| chain.answer(request));
    let pool = pool(&memory, &["a", "b"]);
    while pool.snapshot().iter().any(|it| it.complete_ledgers.is_none()) {
        sleep(Duration::from_millis(1)).await;
    }
    for index in 1..=199 {
        pool.fetch_header(ledgers.id(index)).await.unwrap();
    }
    assert_eq!(asked.load(Relaxed), 0);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_no_server_will_answer_is_sent_once() {
    let memory = Memory::default();
    let asked = Arc::new(AtomicUsize::new(0));
    for host in ["a", "b"] {
        let asked = asked.clone();
        memory.answer(host, move |request| match request["command"].as_str() {
            Some("server_info") => server_info(request, "1-9"),
            _ => {
                asked.fetch_add(1, Relaxed);
                error(request, "badMarket")
            }
        });
    }
    let ledger = LedgerId { index: 3, hash: Hash256::ZERO };
    let error = pool(&memory, &["a", "b"]).book_offers(&xrp(), ledger, None).await.unwrap_err();
    assert!(
        matches!(&error, Error::Rpc(refusal) if refusal.token == "badMarket")
            && !error.is_transient()
    );
    assert_eq!(asked.load(Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn an_overloaded_server_has_a_cooldown_while_another_is_asked_and_recovers_by_itself() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 50);
    let asked = Arc::new(AtomicUsize::new(0));
    let (chain, count) = (ledgers.clone(), asked.clone());
    memory.serve("a", move |_, request| match request["command"].as_str() {
        Some("ledger") if count.fetch_add(1, Relaxed) < 5 => {
            vec![Act::Close(1008, "threshold exceeded")]
        }
        _ => vec![Act::Send(chain.answer(request))],
    });
    let chain = ledgers.clone();
    memory.answer("b", move |request| chain.answer(request));
    let pool = pool(&memory, &["a", "b"]);
    for index in 1..=50 {
        pool.fetch_header(ledgers.id(index)).await.unwrap();
    }
    assert_eq!(asked.load(Relaxed), 1, "fifty questions to the other while it rests");
    assert_eq!((status(&pool, 0).overloads, status(&pool, 0).cooling_down), (1, true));
    sleep(Duration::from_secs(600)).await;
    memory.remove("b");
    pool.fetch_header(ledgers.id(7)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_load_warning_makes_a_pause_and_loses_nothing() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 50);
    let chain = ledgers.clone();
    memory.answer("a", move |request| {
        chain.answer(request).replacen(
            r#""status":"success""#,
            r#""status":"success","warning":"load""#,
            1,
        )
    });
    let pool = pool(&memory, &["a"]);
    let start = Instant::now();
    for index in 1..=3 {
        pool.fetch_header(ledgers.id(index)).await.unwrap();
    }
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(errors(&status(&pool, 0), ErrorClass::Connection), 0);
}

#[tokio::test(start_paused = true)]
async fn no_server_gets_more_requests_at_once_than_its_limit() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 200);
    let chain = ledgers.clone();
    memory.serve("a", move |_, request| {
        vec![Act::Wait(Duration::from_millis(20)), Act::Send(chain.answer(request))]
    });
    let pool = pool(&memory, &["a"]);
    let all =
        futures_util::future::join_all((1..=200).map(|index| pool.fetch_header(ledgers.id(index))));
    let most = async {
        let mut most = 0;
        loop {
            sleep(Duration::from_millis(1)).await;
            most = most.max(status(&pool, 0).in_flight);
            if status(&pool, 0).requests > 200 && status(&pool, 0).in_flight == 0 {
                return most;
            }
        }
    };
    let (headers, most) = tokio::join!(all, most);
    assert!(headers.iter().all(Result::is_ok));
    // The one more is the keeper's context for what the server has.
    assert!((16..=17).contains(&most), "{most}");
    assert_eq!(memory.dials("a"), 4, "requests share few connections");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_down_is_found_when_it_is_back() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 5);
    let chain = ledgers.clone();
    memory.answer("b", move |request| chain.answer(request));
    let pool = pool(&memory, &["a", "b"]);
    sleep(Duration::from_secs(120)).await;
    pool.fetch_header(ledgers.id(5)).await.unwrap();
    assert!(!status(&pool, 0).up && status(&pool, 1).up);
    let chain = ledgers.clone();
    memory.answer("a", move |request| chain.answer(request));
    sleep(Duration::from_secs(120)).await;
    assert!(status(&pool, 0).up);
}

#[tokio::test(start_paused = true)]
async fn no_answer_by_the_deadline_names_every_server_without_secrets() {
    let urls = vec!["ws://user:hunter2@a/token".parse().unwrap(), url("b")];
    let pool = Pool::new(Arc::new(Memory::default()), urls, PoolLimits::default());
    let start = Instant::now();
    let error = pool.fetch_header(LedgerId { index: 1, hash: Hash256::ZERO }).await.unwrap_err();
    assert_eq!(start.elapsed(), PoolLimits::default().deadline);
    let text = error.to_string();
    assert!(
        error.is_transient()
            && text.contains("ws://a/…: cannot connect: connection refused; ws://b: "),
        "{text}"
    );
    assert!(!format!("{text}{:?}", pool.snapshot()).contains("hunter2"));
}

#[tokio::test(start_paused = true)]
async fn rubbish_from_one_server_is_counted_and_another_is_asked() {
    for rubbish in [
        "<html>",
        r#"{"id":1,"result":{"ledger":{"led"#,
        r#"{"id":1,"result":{"ledger":{"ledger_data":"xyz"}}}"#,
    ] {
        let memory = Memory::default();
        let ledgers = Ledgers::new(1, 5);
        memory.serve("a", move |_, request| {
            let id = request["id"].as_u64().unwrap();
            vec![Act::Send(rubbish.replacen("\"id\":1", &format!("\"id\":{id}"), 1))]
        });
        let chain = ledgers.clone();
        memory.answer("b", move |request| chain.answer(request));
        let pool = pool(&memory, &["a", "b"]);
        pool.fetch_header(ledgers.id(5)).await.unwrap();
        assert!(errors(&status(&pool, 0), ErrorClass::Malformed) >= 1, "{rubbish}");
        assert_eq!(status(&pool, 0).invalid_responses, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_ledger_of_another_chain_is_an_invalid_response_and_a_server_of_another_chain_lacks_ours()
{
    let memory = Memory::default();
    let (ours, theirs) = (Ledgers::new(1, 5), Ledgers::new(2, 5));
    let chain = theirs.clone();
    memory.answer("a", move |request| {
        let mut request = request.clone();
        request["ledger_hash"] = Value::Null;
        chain.answer(&request)
    });
    let chain = theirs.clone();
    memory.answer("b", move |request| chain.answer(request));
    let chain = ours.clone();
    memory.answer("c", move |request| chain.answer(request));
    let pool = pool(&memory, &["a", "b", "c"]);
    assert_eq!(pool.fetch_header(ours.id(5)).await.unwrap(), ours.header(5));
    let found: Vec<_> = pool.snapshot().iter().map(|it| (it.invalid_responses, it.up)).collect();
    assert_eq!(found, [(1, false), (0, true), (0, true)]);
}
