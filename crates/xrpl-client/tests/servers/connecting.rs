//! One connection: what it gets through, and what it ends with.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;
use xrpl_client::{
    BookOffersCall, Connection, ConnectionError, ConnectionLimits, Error, ErrorClass,
    InvalidResponse, LedgerCall, LedgerHeaderCall, LedgerSpec, ServerInfoCall, SubscribeCall,
};
use xrpl_codec::{Asset, Book, Expected, Hash256, Unverified};

use crate::ledgers::Ledgers;
use crate::memory::{Act, Memory, url};
use crate::replies::{error, server_info, success, success_raw};

fn limits() -> ConnectionLimits {
    ConnectionLimits {
        reply_bytes_max: 1 << 20,
        connect_timeout: Duration::from_secs(10),
        request_timeout: Duration::from_secs(15),
    }
}

pub(crate) async fn connect(memory: &Memory) -> Result<Connection, Error> {
    Connection::open(memory, &url("a"), limits()).await.map(|it| it.0)
}

/// What a connection makes of a server that does `acts` whatever it is asked.
async fn asked(acts: Vec<Act>) -> Error {
    let memory = Memory::default();
    memory.serve("a", move |_, _| acts.clone());
    let connection = connect(&memory).await.unwrap();
    connection.ask(&ServerInfoCall {}).await.unwrap_err()
}

fn recorded(name: &str) -> Value {
    let text = match name {
        "ledger-3-v1-binary" => include_str!("recorded/ledger-3-v1-binary.json"),
        "ledger-3-v2-binary" => include_str!("recorded/ledger-3-v2-binary.json"),
        "server_info" => include_str!("recorded/server_info.json"),
        _ => include_str!("recorded/book_offers-usd-xrp.json"),
    };
    serde_json::from_str(text).unwrap()
}

const LEDGER_3: &str = "99B442492E130AC32A8406D0B0C2933C493E053C3E833FEE26DD2F3C63494826";

#[tokio::test(start_paused = true)]
async fn replies_find_their_requests_in_any_order() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 20);
    let held = Arc::new(std::sync::Mutex::new(Vec::new()));
    let chain = ledgers.clone();
    memory.serve("a", move |_, request| {
        let mut held = held.lock().unwrap();
        held.push(chain.answer(request));
        // Nothing until all twenty are there; then the last first.
        if held.len() < 20 { vec![] } else { held.drain(..).rev().map(Act::Send).collect() }
    });
    let connection = connect(&memory).await.unwrap();
    let ask = |index| {
        let (connection, ledgers) = (&connection, &ledgers);
        async move {
            let call = LedgerHeaderCall::new(LedgerSpec::Hash(ledgers.hash(index)));
            assert_eq!(connection.ask(&call).await.unwrap().header, ledgers.header(index));
        }
    };
    futures_util::future::join_all((1..=20).map(ask)).await;
}

#[tokio::test]
async fn a_recorded_ledger_of_both_versions_of_the_api_verifies() {
    for version in ["ledger-3-v1-binary", "ledger-3-v2-binary"] {
        let memory = Memory::default();
        memory.answer("a", move |request| success(request, &recorded(version)));
        let hash: Hash256 = LEDGER_3.parse().unwrap();
        let ledger = connect(&memory).await.unwrap().ask(&LedgerCall::new(hash)).await.unwrap();
        let expected = Expected { index: 3, hash, parent_hash: None };
        assert_eq!(ledger.verify(&expected).unwrap().transactions.len(), 8, "{version}");
    }
}

#[tokio::test]
async fn a_server_without_version_2_of_the_api_is_asked_in_version_1() {
    let memory = Memory::default();
    memory.answer("a", |request| match request["api_version"].as_u64() {
        Some(1) => success(request, &recorded("ledger-3-v1-binary")),
        _ => error(request, "invalid_API_version"),
    });
    let connection = connect(&memory).await.unwrap();
    let hash: Hash256 = LEDGER_3.parse().unwrap();
    for _ in 0..2 {
        assert_eq!(connection.ask(&LedgerCall::new(hash)).await.unwrap().transactions.len(), 8);
    }
}

#[tokio::test]
async fn a_recorded_book_is_kept_byte_for_byte() {
    let memory = Memory::default();
    let text = include_str!("recorded/book_offers-usd-xrp.json").trim();
    memory.answer("a", move |request| success_raw(request, text));
    let hash: Hash256 = recorded("book")["ledger_hash"].as_str().unwrap().parse().unwrap();
    let book = Book::open(Asset::Xrp, Asset::Xrp);
    let offers =
        connect(&memory).await.unwrap().ask(&BookOffersCall::new(&book, hash, None)).await.unwrap();
    assert_eq!(offers.result.get(), text);
    assert_eq!(offers.offers, recorded("book")["offers"].as_array().unwrap().len());
}

#[tokio::test]
async fn recorded_server_info_is_read() {
    let memory = Memory::default();
    memory.answer("a", |request| success(request, &recorded("server_info")));
    let info = connect(&memory).await.unwrap().ask(&ServerInfoCall {}).await.unwrap();
    assert_eq!(info.complete_ledgers.unwrap().to_string(), "2-25");
    assert_eq!((info.validated_index, info.build_version.as_deref()), (Some(25), Some("2.3.0-b4")));
}

#[tokio::test]
async fn requests_are_what_servers_document() {
    let memory = Memory::default();
    let (sender, mut seen) = tokio::sync::mpsc::unbounded_channel();
    memory.answer("a", move |request| {
        sender.send(request.clone()).unwrap();
        error(request, "internal")
    });
    let connection = connect(&memory).await.unwrap();
    let hash = Hash256([0xAB; 32]);
    let _ = connection.ask(&LedgerCall::new(hash)).await;
    let _ = connection.ask(&LedgerHeaderCall::new(LedgerSpec::Index(7))).await;
    let _ = connection.ask(&LedgerHeaderCall::new(LedgerSpec::Validated)).await;
    let _ = connection.ask(&SubscribeCall::default()).await;
    let issued = Asset::Issued {
        currency: "USD".parse().unwrap(),
        issuer: "rKy1NvPUdX1xWSucGJERU125aMvQnMTeW6".parse().unwrap(),
    };
    let _ = connection
        .ask(&BookOffersCall::new(&Book::open(issued, Asset::Xrp), hash, Some(100)))
        .await;
    let mut expect = |id: u64, mut request: Value| {
        request["id"] = json!(id);
        request["api_version"] = json!(2);
        assert_eq!(seen.try_recv().unwrap(), request);
    };
    expect(
        1,
        json!({"command": "ledger", "ledger_hash": hash, "transactions": true, "expand": true, "binary": true}),
    );
    expect(2, json!({"command": "ledger", "ledger_index": 7, "binary": true}));
    expect(3, json!({"command": "ledger", "ledger_index": "validated", "binary": true}));
    expect(4, json!({"command": "subscribe", "streams": ["ledger"]}));
    let usd = json!({"currency": "USD", "issuer": "rKy1NvPUdX1xWSucGJERU125aMvQnMTeW6"});
    expect(
        5,
        json!({"command": "book_offers", "taker_gets": usd, "taker_pays": {"currency": "XRP"}, "ledger_hash": hash, "limit": 100}),
    );
}

#[tokio::test]
async fn pings_are_answered_while_a_reply_is_awaited() {
    let memory = Memory::default();
    memory.serve("a", |_, request| {
        vec![Act::Ping, Act::Ping, Act::Send(server_info(request, "1-2"))]
    });
    assert!(connect(&memory).await.unwrap().ask(&ServerInfoCall {}).await.is_ok());
}

#[tokio::test]
async fn a_closing_code_reaches_every_request_and_those_after() {
    let memory = Memory::default();
    let count = std::sync::atomic::AtomicUsize::new(0);
    memory.serve("a", move |_, _| match count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        2 => vec![Act::Close(1008, "threshold exceeded")],
        _ => vec![],
    });
    let connection = connect(&memory).await.unwrap();
    let outcomes =
        futures_util::future::join_all((0..3).map(|_| connection.ask(&ServerInfoCall {}))).await;
    for outcome in outcomes.into_iter().chain([connection.ask(&ServerInfoCall {}).await]) {
        let error = outcome.unwrap_err();
        assert_eq!(error.to_string(), "server closed the connection with 1008: threshold exceeded");
        assert!(error.is_overload());
        assert_eq!(error.class(), ErrorClass::Connection);
    }
}

#[tokio::test]
async fn a_server_that_vanishes_is_a_connection_error() {
    let error = asked(vec![Act::Vanish]).await;
    assert_eq!(error.class(), ErrorClass::Connection, "{error}");
    assert!(!error.is_overload());
}

#[tokio::test]
async fn what_is_not_json_or_cut_short_is_malformed() {
    for frame in [
        "<html>502 Bad Gateway</html>",
        "[1,2",
        r#"{"id":1,"result":{"info":{"#,
        r#"{"id":1,"result":{"info":7}}"#,
    ] {
        assert_eq!(
            asked(vec![Act::Send(frame.to_owned())]).await.class(),
            ErrorClass::Malformed,
            "{frame}"
        );
    }
}

#[tokio::test]
async fn an_error_that_belongs_to_no_request_ends_the_connection_with_its_meaning() {
    let error = asked(vec![Act::Send(r#"{"error":"slowDown","type":"error"}"#.to_owned())]).await;
    assert!(matches!(&error, Error::Rpc(refusal) if refusal.token == "slowDown"), "{error}");
}

#[tokio::test]
async fn a_reply_above_the_limit_ends_the_connection() {
    let frame = format!(r#"{{"id":1,"result":"{}"}}"#, "x".repeat(2 << 20));
    let error = asked(vec![Act::Send(frame)]).await;
    assert!(
        matches!(error, Error::Connection(ConnectionError::TooLarge { bytes_max: 1_048_576 })),
        "{error}"
    );
    assert_eq!(error.class(), ErrorClass::Malformed);
}

#[tokio::test]
async fn a_reply_too_large_for_its_request_is_dropped_and_the_connection_stands() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 3);
    let chain = ledgers.clone();
    memory.answer("a", move |request| match request["ledger_index"].as_u64() {
        Some(_) => success(request, &json!("x".repeat(100 << 10))),
        None => chain.answer(request),
    });
    let connection = connect(&memory).await.unwrap();
    let error = connection.ask(&LedgerHeaderCall::new(LedgerSpec::Index(1))).await.unwrap_err();
    assert!(
        matches!(error, Error::Connection(ConnectionError::TooLarge { bytes_max: 65_536 })),
        "{error}"
    );
    assert!(
        connection.ask(&LedgerHeaderCall::new(LedgerSpec::Hash(ledgers.hash(2)))).await.is_ok()
    );
}

/// Ten gigabytes are announced in the frame's header, and bytes keep coming.
#[tokio::test]
async fn an_endless_reply_ends_at_the_limit() {
    let memory = Memory::default();
    memory.serve_bytes("a", |_, stream| async move {
        let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        let _ = futures_util::StreamExt::next(&mut socket).await;
        let stream = socket.get_mut();
        // Fragments without an end: no single frame is too large.
        let fragment = vec![b'['; 65_535];
        let _ = stream.write_all(&[0x01, 126, 0xFF, 0xFF]).await;
        while stream.write_all(&fragment).await.is_ok() {
            let _ = stream.write_all(&[0x00, 126, 0xFF, 0xFF]).await;
        }
    });
    let error = connect(&memory).await.unwrap().ask(&ServerInfoCall {}).await.unwrap_err();
    assert!(matches!(error, Error::Connection(ConnectionError::TooLarge { .. })), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_request_without_a_reply_ends_in_its_time_and_not_before() {
    let memory = Memory::default();
    memory.serve("a", |_, request| match request["command"].as_str() {
        Some("server_info") => vec![],
        _ => vec![Act::Wait(Duration::from_secs(14)), Act::Send(error(request, "lgrNotFound"))],
    });
    let connection = connect(&memory).await.unwrap();
    let start = Instant::now();
    let header = LedgerHeaderCall::new(LedgerSpec::Validated);
    let info = ServerInfoCall {};
    let (late, never) = tokio::join!(connection.ask(&header), connection.ask(&info));
    assert!(matches!(late, Err(Error::Rpc(_))));
    assert!(
        matches!(never, Err(Error::Connection(ConnectionError::TimedOut(time))) if time == Duration::from_secs(15))
    );
    assert_eq!(start.elapsed(), Duration::from_secs(15));
    assert!(connection.loss().is_none(), "the server was heard in the meantime");
}

#[tokio::test(start_paused = true)]
async fn a_half_open_connection_is_given_up() {
    let memory = Memory::default();
    memory.serve("a", |_, _| vec![]);
    let connection = connect(&memory).await.unwrap();
    assert!(connection.ask(&ServerInfoCall {}).await.is_err());
    assert!(matches!(connection.loss(), Some(ConnectionError::Silent(_))));
    assert!(connection.ask(&ServerInfoCall {}).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_upgrades_times_out() {
    let memory = Memory::default();
    memory.serve_bytes("a", |_, mut stream| async move {
        let mut buffer = [0; 1024];
        while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
    });
    let start = Instant::now();
    let error = connect(&memory).await.unwrap_err();
    assert!(matches!(error, Error::Connection(ConnectionError::TimedOut(_))), "{error}");
    assert_eq!(start.elapsed(), Duration::from_secs(10));
}

#[tokio::test]
async fn an_upgrade_refused_with_503_is_overload() {
    let memory = Memory::default();
    memory.serve_bytes("a", |_, mut stream| async move {
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer).await;
        let body = "Server is overloaded";
        let reply = format!(
            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let _ = stream.write_all(reply.as_bytes()).await;
    });
    let error = connect(&memory).await.unwrap_err();
    assert_eq!(error.to_string(), "server answers the upgrade with HTTP 503: Server is overloaded");
    assert!(error.is_overload());
}

#[tokio::test]
async fn a_header_of_another_ledger_is_an_invalid_response() {
    let (ledgers, other) = (Ledgers::new(1, 5), Ledgers::new(2, 5));
    let memory = Memory::default();
    memory.answer("a", move |request| {
        let index = request["ledger_index"].as_u64().unwrap_or(3) + 1;
        other.answer(&json!({"id": request["id"], "command": "ledger", "ledger_index": index}))
    });
    let connection = connect(&memory).await.unwrap();
    let by_hash = connection
        .ask(&LedgerHeaderCall::new(LedgerSpec::Hash(ledgers.hash(4))))
        .await
        .unwrap_err();
    assert!(
        matches!(
            by_hash,
            Error::InvalidResponse(InvalidResponse::Ledger(Unverified::LedgerHash { .. }))
        ),
        "{by_hash}"
    );
    let by_index = connection.ask(&LedgerHeaderCall::new(LedgerSpec::Index(2))).await.unwrap_err();
    let expected = Unverified::LedgerIndex { expected: 2, found: 3 };
    assert!(
        matches!(by_index, Error::InvalidResponse(InvalidResponse::Ledger(found)) if found == expected)
    );
}

#[tokio::test]
async fn a_ledger_that_is_not_validated_is_asked_for_again() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 5);
    memory.answer("a", move |request| {
        ledgers.answer(request).replace(r#""validated":true"#, r#""validated":false"#)
    });
    let error = connect(&memory)
        .await
        .unwrap()
        .ask(&LedgerHeaderCall::new(LedgerSpec::Validated))
        .await
        .unwrap_err();
    assert!(error.is_absence(), "{error}");
}

#[tokio::test]
async fn user_information_travels_as_a_header() {
    let memory = Memory::default();
    let (sender, mut seen) = tokio::sync::mpsc::unbounded_channel();
    memory.serve_bytes("a", move |_, mut stream| {
        let sender = sender.clone();
        async move {
            let mut buffer = [0; 4096];
            let read = stream.read(&mut buffer).await.unwrap();
            sender.send(String::from_utf8_lossy(&buffer[..read]).into_owned()).unwrap();
        }
    });
    let url = "ws://user:hunter2@a/token?key=1".parse().unwrap();
    let _ = Connection::open(&memory, &url, limits()).await;
    let request = seen.recv().await.unwrap();
    assert!(request.starts_with("GET /token?key=1 HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("authorization: Basic dXNlcjpodW50ZXIy\r\n"), "{request}");
}
