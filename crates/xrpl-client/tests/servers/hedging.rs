//! A second request elsewhere when a server is slow.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::Instant;
use xrpl_client::{Pool, PoolLimits};

use crate::ledgers::Ledgers;
use crate::memory::{Act, Memory, url};

/// Servers `a` and `b`: both answer after 10 ms, or after what their switch says.
struct Servers {
    pool: Pool,
    ledgers: Ledgers,
    slow: [Arc<AtomicBool>; 2],
    asked: [Arc<AtomicUsize>; 2],
}

fn servers(slow_for: Duration) -> Servers {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 50);
    let slow: [Arc<AtomicBool>; 2] = Default::default();
    let asked: [Arc<AtomicUsize>; 2] = Default::default();
    for (number, host) in ["a", "b"].into_iter().enumerate() {
        let (chain, slow, asked) = (ledgers.clone(), slow[number].clone(), asked[number].clone());
        memory.serve(host, move |_, request| {
            asked.fetch_add(usize::from(request["command"] == "ledger"), Relaxed);
            let is_slow = slow.load(Relaxed) && request["command"] == "ledger";
            let wait = if is_slow { slow_for } else { Duration::from_millis(10) };
            vec![Act::Wait(wait), Act::Send(chain.answer(request))]
        });
    }
    let pool = Pool::new(Arc::new(memory), vec![url("a"), url("b")], PoolLimits::default());
    Servers { pool, ledgers, slow, asked }
}

impl Servers {
    async fn fetch(&self, times: u32) -> Duration {
        let start = Instant::now();
        for index in 1..=times {
            let index = index % 50 + 1;
            let header = self.pool.fetch_header(self.ledgers.id(index)).await.unwrap();
            assert_eq!(header, self.ledgers.header(index));
        }
        start.elapsed()
    }

    fn hedges(&self) -> u64 {
        self.pool.snapshot().iter().map(|it| it.hedges).sum()
    }
}

#[tokio::test(start_paused = true)]
async fn when_one_server_hangs_another_answers_soon() {
    let servers = servers(Duration::from_secs(14));
    servers.fetch(40).await;
    assert_eq!(servers.hedges(), 0, "nobody is asked twice while all are quick");
    servers.slow[0].store(true, Relaxed);
    let took = servers.fetch(20).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!((1..=4).contains(&servers.hedges()), "{}", servers.hedges());
}

#[tokio::test(start_paused = true)]
async fn servers_that_are_slow_together_are_asked_little_more_than_once() {
    let servers = servers(Duration::from_millis(800));
    servers.fetch(40).await;
    servers.slow.iter().for_each(|slow| slow.store(true, Relaxed));
    let before: usize = servers.asked.iter().map(|asked| asked.load(Relaxed)).sum();
    servers.fetch(200).await;
    let asked: usize =
        servers.asked.iter().map(|asked| asked.load(Relaxed)).sum::<usize>() - before;
    assert!((200..=200 + 20 + 9).contains(&asked), "{asked} requests for 200 answers");
}

#[tokio::test(start_paused = true)]
async fn the_second_request_counts_against_the_budget() {
    let servers = servers(Duration::from_secs(14));
    servers.fetch(40).await;
    servers.slow[0].store(true, Relaxed);
    servers.fetch(5).await;
    let requests: u64 = servers.pool.snapshot().iter().map(|it| it.requests).sum();
    let asked: usize = servers.asked.iter().map(|asked| asked.load(Relaxed)).sum();
    // Two more are the questions for what the servers have.
    assert_eq!(requests, asked as u64 + 2);
    assert!(servers.hedges() > 0);
}
