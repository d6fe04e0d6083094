//! How much servers are asked: shares, the load models of rippled and of Clio, and coming back.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep, timeout};
use xrpl_client::{Pool, PoolLimits};
use xrpl_codec::{Asset, Book};

use crate::ledgers::Ledgers;
use crate::memory::{Act, Memory, url};
use crate::replies::error;

fn pool(memory: &Memory, hosts: &[&str], requests_per_s: Option<f64>) -> Pool {
    let urls = hosts.iter().map(|host| url(host)).collect();
    let deadline = Duration::from_secs(3600);
    let limits = PoolLimits { requests_per_s, deadline, ..PoolLimits::default() };
    Pool::new(Arc::new(memory.clone()), urls, limits)
}

/// Asks for books without a pause, by eight tasks; how many are answered in so many seconds.
async fn books_in(pool: &Pool, ledgers: &Ledgers, seconds: u64) -> usize {
    let answered = AtomicUsize::new(0);
    let all = join_all((0..8).map(|_| ask_for_books(pool, ledgers, &answered)));
    assert!(timeout(Duration::from_secs(seconds), all).await.is_err(), "they never end");
    answered.load(Relaxed)
}

async fn ask_for_books(pool: &Pool, ledgers: &Ledgers, answered: &AtomicUsize) {
    let book = Book::open(Asset::Xrp, Asset::Xrp);
    loop {
        pool.book_offers(&book, ledgers.id(3), None).await.unwrap();
        answered.fetch_add(1, Relaxed);
    }
}

async fn ask_for_headers(pool: &Pool, ledgers: &Ledgers) {
    loop {
        pool.fetch_header(ledgers.id(5)).await.unwrap();
    }
}

/// The load that one address has brought to a rippled: it decays over 32 s.
#[derive(Default)]
struct Load {
    value: f64,
    at: Option<Instant>,
    warned: Option<Instant>,
    warnings: usize,
    dropped: usize,
}

impl Load {
    /// Charges a request; `Err` if the connection is to be closed, else whether the reply warns.
    fn charge(&mut self, units: f64) -> Result<bool, ()> {
        let now = Instant::now();
        let passed_s = self.at.replace(now).map_or(0.0, |at| (now - at).as_secs_f64());
        self.value = self.value * (1.0 - 1.0 / 32.0_f64).powf(passed_s) + units;
        let balance = self.value / 32.0;
        if balance >= 15_000.0 {
            self.dropped += 1;
            return Err(());
        }
        let warns = balance >= 5_000.0
            && self.warned.is_none_or(|warned| now - warned >= Duration::from_secs(1));
        if warns {
            self.warned = Some(now);
            self.warnings += 1;
        }
        Ok(warns)
    }
}

#[tokio::test(start_paused = true)]
async fn no_server_gets_more_than_its_share_of_requests() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 400);
    for host in ["a", "b"] {
        let chain = ledgers.clone();
        memory.answer(host, move |request| chain.answer(request));
    }
    let pool = pool(&memory, &["a", "b"], Some(10.0));
    let start = Instant::now();
    join_all((1..=400).map(|index| pool.fetch_header(ledgers.id(index)))).await;
    let took = start.elapsed().as_secs_f64();
    assert!((18.0..21.0).contains(&took), "400 requests of 20 a second took {took}");
}

/// Serves `a` as a rippled that charges for requests: it warns, and closes.
fn serve_charging(memory: &Memory, ledgers: &Ledgers, load: &Arc<Mutex<Load>>) {
    let (chain, charged) = (ledgers.clone(), load.clone());
    memory.serve("a", move |_, request| {
        let units = if request["command"] == "book_offers" { 400.0 } else { 20.0 };
        let reply = chain.answer(request);
        match charged.lock().unwrap().charge(units) {
            Ok(false) => vec![Act::Send(reply)],
            Ok(true) => vec![Act::Send(reply.replacen('{', r#"{"warning":"load","#, 1))],
            Err(()) => vec![Act::Close(1008, "threshold exceeded")],
        }
    });
}

#[tokio::test(start_paused = true)]
async fn the_warnings_of_a_rippled_are_heeded_so_that_it_never_closes() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 5);
    let load = Arc::new(Mutex::new(Load::default()));
    serve_charging(&memory, &ledgers, &load);
    let pool = pool(&memory, &["a"], None);
    let answered = books_in(&pool, &ledgers, 1800).await;
    let load = load.lock().unwrap();
    let (warnings, dropped) = (load.warnings, load.dropped);
    println!("{answered} books in 1800 s, {warnings} warnings, closed {dropped} times");
    assert_eq!(dropped, 0);
    assert!(warnings > 0, "the limit was found");
    // 12.5 a second for ever is where it begins to warn.
    assert!(answered > 1800 * 12 / 2, "{answered} in 1800 s after {warnings} warnings");
}

#[tokio::test(start_paused = true)]
async fn a_clio_that_serves_twenty_requests_a_second_is_asked_at_about_that_rate() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 5);
    let sweep = Arc::new(Mutex::new((Instant::now(), 0, 0)));
    let (chain, seen) = (ledgers.clone(), sweep.clone());
    memory.answer("a", move |request| {
        let (begun, served, refused) = &mut *seen.lock().unwrap();
        if begun.elapsed() >= Duration::from_secs(1) {
            (*begun, *served) = (Instant::now(), 0);
        }
        *served += 1;
        if *served > 20 {
            *refused += 1;
            return error(request, "slowDown");
        }
        chain.answer(request)
    });
    let pool = pool(&memory, &["a"], None);
    let all = join_all((0..8).map(|_| ask_for_headers(&pool, &ledgers)));
    assert!(timeout(Duration::from_secs(1800), all).await.is_err(), "they never end");
    let requests = pool.snapshot()[0].requests as usize;
    let refused = sweep.lock().unwrap().2;
    println!("{requests} requests in 1800 s, {refused} refused");
    assert!(refused * 20 < requests, "{refused} of {requests} were refused");
    assert!(requests > 1800 * 20 / 3, "{requests} in 1800 s");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_recovers_is_asked_by_one_request_first() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 60);
    let begun = Instant::now();
    let times = Arc::new(Mutex::new(Vec::<(Duration, bool)>::new()));
    let (chain, seen) = (ledgers.clone(), times.clone());
    memory.serve("a", move |_, request| {
        // For half a minute it is barred: every message closes the connection.
        let is_barred = (5..35).contains(&begun.elapsed().as_secs());
        if request["command"] == "ledger" {
            seen.lock().unwrap().push((begun.elapsed(), is_barred));
        }
        match is_barred {
            true => vec![Act::Close(1008, "threshold exceeded")],
            false => vec![Act::Wait(Duration::from_millis(20)), Act::Send(chain.answer(request))],
        }
    });
    let pool = pool(&memory, &["a"], None);
    sleep(Duration::from_secs(6)).await;
    let headers = join_all((1..=60).map(|index| pool.fetch_header(ledgers.id(index)))).await;
    assert!(headers.iter().all(Result::is_ok));
    let times = times.lock().unwrap();
    let barred: Vec<_> = times.iter().filter(|it| it.1).map(|it| it.0).collect();
    // What was under way together when it began, then one at a time with growing pauses.
    let first = barred.iter().filter(|at| **at - barred[0] < Duration::from_millis(100)).count();
    let probes = &barred[first..];
    assert!(first <= 16 && (2..12).contains(&probes.len()), "{first}, then {probes:?}");
    let gaps: Vec<_> = probes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().all(|gap| *gap >= Duration::from_millis(400)), "{gaps:?}");
    // The first one that is answered was alone, too.
    let served: Vec<_> = times.iter().filter(|it| !it.1).map(|it| it.0).collect();
    assert!(served[1] - served[0] >= Duration::from_millis(20), "{served:?}");
}

#[tokio::test(start_paused = true)]
async fn a_live_stream_that_is_closed_because_of_load_slows_the_requests_down() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 9);
    let chain = ledgers.clone();
    memory.serve("a", move |_, request| match request["command"].as_str() {
        Some("subscribe") => vec![Act::Close(1008, "threshold exceeded")],
        _ => vec![Act::Send(chain.answer(request))],
    });
    let pool = pool(&memory, &["a"], None);
    pool.fetch_header(ledgers.id(9)).await.unwrap();
    let before = pool.snapshot()[0].requests_per_s;
    let mut announcements = pool.ledger_streams();
    announcements.next().await.unwrap();
    let status = &pool.snapshot()[0];
    assert!(status.requests_per_s <= before / 2.0 && status.cooling_down, "{status:?}");
}

#[tokio::test(start_paused = true)]
async fn a_ledger_does_not_wait_behind_hundreds_of_books() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 9);
    let chain = ledgers.clone();
    memory.serve("a", move |_, request| {
        vec![Act::Wait(Duration::from_millis(20)), Act::Send(chain.answer(request))]
    });
    // A twentieth of what a server grants to an address.
    let pool = pool(&memory, &["a"], Some(12.5));
    let answered = AtomicUsize::new(0);
    let books = join_all((0..64).map(|_| ask_for_books(&pool, &ledgers, &answered)));
    let longest = Mutex::new(Duration::ZERO);
    let ledger_by_ledger = async {
        loop {
            sleep(Duration::from_secs(4)).await;
            let asked = Instant::now();
            pool.fetch_header(ledgers.id(5)).await.unwrap();
            let mut longest = longest.lock().unwrap();
            *longest = (*longest).max(asked.elapsed());
        }
    };
    let both = async { tokio::join!(books, ledger_by_ledger) };
    assert!(timeout(Duration::from_secs(1800), both).await.is_err(), "they never end");
    let (longest, answered) = (*longest.lock().unwrap(), answered.load(Relaxed));
    println!("{answered} books in 1800 s, a ledger took {longest:?} at most");
    assert!(longest < Duration::from_secs(1), "{longest:?}");
    // All that ledgers leave over: 12.5 a second but for one in four seconds.
    assert!(answered > 1800 * 12 / 20 - 10, "{answered}");
}

#[tokio::test(start_paused = true)]
async fn hundreds_of_books_at_once_come_through_although_other_processes_have_used_the_address_up()
{
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 9);
    // So much that 300 more books at once would be the end.
    let load = Load { value: 32.0 * 11_500.0, at: Some(Instant::now()), ..Load::default() };
    let load = Arc::new(Mutex::new(load));
    serve_charging(&memory, &ledgers, &load);
    let pool = pool(&memory, &["a"], None);
    let book = Book::open(Asset::Xrp, Asset::Xrp);
    let begun = Instant::now();
    let books = join_all((0..600).map(|_| pool.book_offers(&book, ledgers.id(3), None))).await;
    assert!(books.iter().all(Result::is_ok));
    let load = load.lock().unwrap();
    println!("600 books in {:?}, {} warnings", begun.elapsed(), load.warnings);
    assert_eq!((load.dropped, load.warnings > 0), (0, true));
}
