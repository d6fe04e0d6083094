//! The hashes of a range, named from a later ledger.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;
use xrpl_client::chain::{ChainError, ChainHashes, hashes};
use xrpl_client::{InvalidResponse, Pool, PoolLimits};
use xrpl_codec::Hash256;

use crate::ledgers::{Ledgers, hex, ledger_hashes};
use crate::memory::{Memory, url};

async fn all(mut links: ChainHashes, ledgers: &Ledgers, from: u32) -> u32 {
    let mut index = from;
    while let Some(link) = links.next().await {
        let link = link.unwrap();
        assert_eq!(
            (link.ledger, link.parent_hash),
            (ledgers.id(index), ledgers.header(index).parent_hash)
        );
        index += 1;
    }
    index - 1
}

fn pool(memory: &Memory, hosts: &[&str]) -> Pool {
    Pool::new(
        Arc::new(memory.clone()),
        hosts.iter().map(|host| url(host)).collect(),
        PoolLimits::default(),
    )
}

#[tokio::test(start_paused = true)]
async fn the_hashes_of_any_range_below_the_head_are_resolved_in_order() {
    let ledgers = Ledgers::new(1, 140_000);
    let asked = Arc::new(AtomicUsize::new(0));
    let memory = Memory::default();
    let (chain, count) = (ledgers.clone(), asked.clone());
    memory.answer("a", move |request| {
        count.fetch_add(usize::from(request["command"] != "server_info"), Relaxed);
        chain.answer(request)
    });
    let pool = pool(&memory, &["a"]);
    let ranges = [
        (140_000, 1, 140_000),
        (140_000, 1000, 1000),
        (140_000, 65_000, 66_000),
        (140_000, 139_990, 139_999),
        (140_000, 140_000, 140_000),
        (300, 1, 299),
        (256, 1, 255),
        (257, 255, 257),
        (2, 1, 1),
        (1, 1, 1),
    ];
    for (anchor, from, to) in ranges {
        asked.store(0, Relaxed);
        let links = hashes(&pool, ledgers.id(anchor), from..=to);
        assert_eq!(all(links, &ledgers, from).await, to, "{from} to {to} below {anchor}");
        let most = (to - from) as usize / 256 + (to - from) as usize / 65_536 * 2 + 6;
        assert!(asked.load(Relaxed) <= most, "{} requests for {from} to {to}", asked.load(Relaxed));
    }
}

#[tokio::test(start_paused = true)]
async fn a_range_that_ends_above_the_head_is_refused() {
    let ledgers = Ledgers::new(1, 300);
    let pool = pool(&Memory::default(), &["a"]);
    let error = ChainError::AboveHead { end: 300, head: ledgers.id(299) };
    assert_eq!(hashes(&pool, ledgers.id(299), 5..=300).next().await, Some(Err(error)));
}

/// A server that names one ledger falsely where `is_false` says so, as if it came before ledger `index`.
fn serve_false_name(memory: &Memory, ledgers: &Ledgers, index: u32, false_name: u32) {
    let chain = ledgers.clone();
    memory.answer("a", move |request: &Value| {
        if request["command"] != "ledger_entry" || chain.asked(request) != Some(index) {
            return chain.answer(request);
        }
        let reply = chain.answer(request);
        reply.replace(&hex(chain.hash(false_name).as_bytes()), &hex(&[9; 32]))
    });
}

#[tokio::test(start_paused = true)]
async fn a_skip_list_with_a_false_flag_ledger_or_neighbour_is_found_out_by_headers() {
    let ledgers = Ledgers::new(1, 3000);
    // ResolvedAnchor falsely in the anchor's list of flag ledgers, then in the list of the flag ledger above.
    for namer in [3000, 1280] {
        let memory = Memory::default();
        serve_false_name(&memory, &ledgers, namer, 1024);
        let chain = ledgers.clone();
        memory.answer("b", move |request| chain.answer(request));
        let pool = pool(&memory, &["a", "b"]);
        let links = hashes(&pool, ledgers.id(3000), 600..=1500);
        let all = all(links, &ledgers, 600);
        assert_eq!(timeout(Duration::from_secs(3600), all).await, Ok(1500), "named by {namer}");
        let asked: Vec<_> = pool.snapshot().iter().map(|it| it.invalid_responses).collect();
        assert!(asked[1] == 0 && (asked[0] > 0 || namer != 3000), "{asked:?}");
        if asked[0] > 0 {
            assert!(matches!(
                pool.snapshot()[0].evidence[0].response,
                InvalidResponse::SkipList { index: 1024, .. }
            ));
        }
    }
}

#[test]
fn the_entries_of_this_test_are_what_the_library_reads() {
    let hashes: Vec<_> = (0..256).map(|it| Hash256([it as u8; 32])).collect();
    for count in [1, 6, 7, 256] {
        let parsed =
            xrpl_codec::LedgerHashes::parse(&ledger_hashes(1000, &hashes[..count])).unwrap();
        assert_eq!((parsed.last, parsed.hashes.len()), (1000, count));
        assert_eq!(parsed.recent(1000), Some(hashes[count - 1]));
    }
}
