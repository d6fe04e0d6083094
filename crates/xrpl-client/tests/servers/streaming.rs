//! The live stream of one server, whatever the server does.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use tokio::time::Instant;
use xrpl_client::{
    ConnectionError, ConnectionLimits, Error, LedgerStream, Pool, PoolLimits, StreamEvent,
};
use xrpl_codec::Hash256;

use crate::ledgers::Ledgers;
use crate::memory::{Act, Memory, url};
use crate::replies::{ledger_closed, success};

fn hash(index: u32) -> Hash256 {
    Hash256([index as u8; 32])
}

/// A server that answers `subscribe` with ledger 5 and then sends these ledgers, each after a wait.
fn serve(memory: &Memory, then: &[(u64, u32)]) {
    let then = then.to_vec();
    memory.serve("a", move |_, request| {
        let reply = json!({"ledger_hash": hash(5), "ledger_index": 5, "validated_ledgers": "2-5"});
        let mut acts = vec![Act::Send(success(request, &reply))];
        for (wait_s, index) in &then {
            acts.push(Act::Wait(Duration::from_secs(*wait_s)));
            acts.push(Act::Send(ledger_closed(*index, hash(*index))));
        }
        acts
    });
}

fn follow(memory: &Memory) -> LedgerStream {
    LedgerStream::open(Arc::new(memory.clone()), url("a"), ConnectionLimits::default(), None)
}

async fn announced(stream: &mut LedgerStream) -> u32 {
    match stream.next().await.unwrap() {
        StreamEvent::LedgerClosed(announcement) => announcement.index,
        event => panic!("{event:?}"),
    }
}

async fn stale(stream: &mut LedgerStream) -> u32 {
    match stream.next().await.unwrap() {
        StreamEvent::Stale { index } => index,
        event => panic!("{event:?}"),
    }
}

async fn connected(stream: &mut LedgerStream) {
    let event = stream.next().await.unwrap();
    assert!(matches!(event, StreamEvent::Connected), "{event:?}");
}

async fn lost(stream: &mut LedgerStream) -> (Error, Duration) {
    match stream.next().await.unwrap() {
        StreamEvent::Disconnected { error, retry_in } => (error, retry_in),
        event => panic!("{event:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_reply_announces_and_repeats_and_disorder_are_dropped() {
    let memory = Memory::default();
    serve(&memory, &[(1, 6), (0, 6), (0, 5), (0, 8), (0, 7), (0, 8), (1, 9)]);
    let mut stream = follow(&memory);
    connected(&mut stream).await;
    for (index, is_new) in
        [(5, true), (6, true), (6, false), (5, false), (8, true), (7, false), (8, false), (9, true)]
    {
        let told = if is_new { announced(&mut stream).await } else { stale(&mut stream).await };
        assert_eq!(told, index);
    }
    assert!(matches!(lost(&mut stream).await.0, Error::Connection(ConnectionError::Silent(_))));
}

#[tokio::test(start_paused = true)]
async fn silence_with_nothing_known_is_fifteen_seconds() {
    let memory = Memory::default();
    serve(&memory, &[]);
    let mut stream = follow(&memory);
    let start = Instant::now();
    connected(&mut stream).await;
    assert_eq!(announced(&mut stream).await, 5);
    let (error, retry_in) = lost(&mut stream).await;
    assert_eq!(error.to_string(), "nothing came for 15s");
    assert_eq!(start.elapsed(), Duration::from_secs(15));
    assert!(retry_in <= Duration::from_millis(500));
    connected(&mut stream).await;
    let late = start.elapsed() - Duration::from_secs(15) - retry_in;
    assert!(late <= Duration::from_millis(1), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn silence_is_four_intervals_once_they_are_known() {
    let memory = Memory::default();
    serve(&memory, &[(3, 6), (3, 7), (3, 8), (3, 9)]);
    let mut stream = follow(&memory);
    connected(&mut stream).await;
    for index in 5..=9 {
        assert_eq!(announced(&mut stream).await, index);
    }
    let last = Instant::now();
    lost(&mut stream).await;
    assert_eq!(last.elapsed(), Duration::from_secs(12));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_repeats_one_ledger_for_ever_is_silent() {
    let memory = Memory::default();
    serve(&memory, &[(4, 5), (4, 5), (4, 5), (4, 5), (4, 5)]);
    let mut stream = follow(&memory);
    let start = Instant::now();
    connected(&mut stream).await;
    assert_eq!(announced(&mut stream).await, 5);
    for _ in 0..3 {
        assert_eq!(stale(&mut stream).await, 5);
    }
    lost(&mut stream).await;
    assert_eq!(start.elapsed(), Duration::from_secs(15));
}

#[tokio::test(start_paused = true)]
async fn another_hash_of_the_newest_ledger_is_told_with_both() {
    let memory = Memory::default();
    memory.serve("a", |_, request| {
        let reply = json!({"ledger_hash": hash(5), "ledger_index": 5});
        vec![Act::Send(success(request, &reply)), Act::Send(ledger_closed(5, hash(9)))]
    });
    let mut stream = follow(&memory);
    connected(&mut stream).await;
    assert_eq!(announced(&mut stream).await, 5);
    let event = stream.next().await.unwrap();
    let StreamEvent::Contradicted { index: 5, first, second } = event else { panic!("{event:?}") };
    assert_eq!((first, second), (hash(5), hash(9)));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_not_synced_yet_announces_when_it_is() {
    let memory = Memory::default();
    memory.serve("a", |_, request| {
        let later = Act::Send(ledger_closed(7, hash(7)));
        vec![Act::Send(success(request, &json!({}))), Act::Wait(Duration::from_secs(14)), later]
    });
    let mut stream = follow(&memory);
    connected(&mut stream).await;
    assert_eq!(announced(&mut stream).await, 7);
}

#[tokio::test(start_paused = true)]
async fn reconnecting_never_ends_and_never_waits_longer_than_its_limit() {
    let memory = Memory::default();
    let mut stream = follow(&memory);
    let mut waits = Vec::new();
    for _ in 0..30 {
        let (error, retry_in) = lost(&mut stream).await;
        assert_eq!(error.to_string(), "cannot connect");
        waits.push(retry_in);
    }
    assert!(waits[0] <= Duration::from_millis(500), "{waits:?}");
    assert!(
        waits[10..].iter().all(|wait| (2_000..=4_000).contains(&wait.as_millis())),
        "{waits:?}"
    );
    serve(&memory, &[]);
    connected(&mut stream).await;
    assert_eq!(announced(&mut stream).await, 5);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_was_away_for_any_time_is_followed_again_within_five_seconds() {
    for (away_s, attempt) in
        [1, 5, 11, 60, 600].into_iter().flat_map(|away| (0..8).map(move |it| (away, it)))
    {
        let memory = Memory::default();
        let mut stream = follow(&memory);
        let back = Instant::now() + Duration::from_secs(away_s);
        let (is_back, host) = (tokio::time::sleep_until(back), memory.clone());
        tokio::spawn(async move {
            is_back.await;
            serve(&host, &[]);
        });
        while !matches!(stream.next().await, Some(StreamEvent::Connected)) {}
        let took = Instant::now() - back;
        assert!(took <= Duration::from_secs(5), "{took:?} after {away_s} s, attempt {attempt}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_reconnected_and_old_ledgers_stay_old() {
    let memory = Memory::default();
    memory.serve("a", |number, request| {
        let newest = if number == 0 { 8 } else { 7 };
        let reply = json!({"ledger_hash": hash(newest), "ledger_index": newest});
        let mut acts = vec![Act::Send(success(request, &reply))];
        acts.push(if number == 0 { Act::Vanish } else { Act::Send(ledger_closed(12, hash(12))) });
        acts
    });
    let mut stream = follow(&memory);
    connected(&mut stream).await;
    assert_eq!(announced(&mut stream).await, 8);
    lost(&mut stream).await;
    connected(&mut stream).await;
    assert_eq!(announced(&mut stream).await, 12);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_closes_because_of_load_is_left_alone_for_longer() {
    let memory = Memory::default();
    memory.serve("a", |_, _| vec![Act::Close(1008, "threshold exceeded")]);
    let (error, retry_in) = lost(&mut follow(&memory)).await;
    assert!(error.is_overload(), "{error}");
    assert!(retry_in >= Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn an_announcement_that_names_no_ledger_ends_the_connection() {
    let memory = Memory::default();
    memory.serve("a", |_, request| {
        let frame = r#"{"type":"ledgerClosed","ledger_index":"many"}"#.to_owned();
        vec![Act::Send(success(request, &json!({}))), Act::Send(frame)]
    });
    let mut stream = follow(&memory);
    connected(&mut stream).await;
    let (error, _) = lost(&mut stream).await;
    assert!(
        matches!(error, Error::Connection(ConnectionError::ProtocolViolation { .. })),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn after_a_long_pause_of_the_network_its_next_ledger_is_heard_at_once() {
    let memory = Memory::default();
    serve(&memory, &[]);
    let mut stream = follow(&memory);
    let start = Instant::now();
    let mut reconnects = 0;
    while start.elapsed() < Duration::from_secs(3600) {
        match stream.next().await.unwrap() {
            StreamEvent::Disconnected { retry_in, .. } => {
                assert!(retry_in <= Duration::from_millis(500), "{retry_in:?}");
                reconnects += 1;
            }
            StreamEvent::Connected | StreamEvent::LedgerClosed(_) => {}
            event => panic!("{event:?}"),
        }
    }
    assert!(reconnects > 200, "{reconnects}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_subscribes_and_leaves_at_once_is_retried_less_and_less_often() {
    let memory = Memory::default();
    memory.serve("a", |_, request| vec![Act::Send(success(request, &json!({}))), Act::Vanish]);
    let mut stream = follow(&memory);
    let mut waits = Vec::new();
    while waits.len() < 10 {
        if let StreamEvent::Disconnected { retry_in, .. } = stream.next().await.unwrap() {
            waits.push(retry_in);
        }
    }
    assert!(
        waits[0] <= Duration::from_millis(500) && waits[9] >= Duration::from_secs(2),
        "{waits:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_dropped_stream_leaves_the_server() {
    let memory = Memory::default();
    let (sender, mut left) = tokio::sync::mpsc::unbounded_channel();
    memory.serve_bytes("a", move |_, stream| {
        let sender = sender.clone();
        async move {
            let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
            let request = socket.next().await.unwrap().unwrap();
            let request = serde_json::from_str(request.to_text().unwrap()).unwrap();
            let reply =
                tokio_tungstenite::tungstenite::Message::text(success(&request, &json!({})));
            futures_util::SinkExt::send(&mut socket, reply).await.unwrap();
            while let Some(Ok(_)) = socket.next().await {}
            sender.send(()).unwrap();
        }
    });
    let mut stream = follow(&memory);
    connected(&mut stream).await;
    drop(stream);
    left.recv().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_streams_of_all_servers_come_as_one_and_update_the_state_of_each() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 9);
    for (host, at_s) in [("a", 2), ("b", 1)] {
        let chain = ledgers.clone();
        memory.serve(host, move |_, request| match request["command"].as_str() {
            Some("subscribe") => vec![
                Act::Send(success(request, &json!({}))),
                Act::Wait(Duration::from_secs(at_s)),
                Act::Send(ledger_closed(9, chain.hash(9))),
            ],
            _ => vec![Act::Send(chain.answer(request))],
        });
    }
    let urls = vec![url("a"), url("b")];
    let pool = Pool::new(Arc::new(memory), urls, PoolLimits::default());
    let mut announcements = pool.ledger_streams();
    let mut announced = Vec::new();
    while announced.len() < 2 {
        let event = announcements.next().await.unwrap();
        if let StreamEvent::LedgerClosed(announcement) = event.event {
            announced.push((event.url, announcement.index, announcement.hash));
        }
    }
    let hash = ledgers.hash(9);
    assert_eq!(announced, [("ws://b".to_owned(), 9, hash), ("ws://a".to_owned(), 9, hash)]);
    assert!(pool.snapshot().iter().all(|it| it.validated_index == Some(9)));
}
