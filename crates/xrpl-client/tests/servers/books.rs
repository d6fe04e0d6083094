//! What a reply to `book_offers` is taken for.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use xrpl_client::{BookOffers, BookOffersCall, Error, Pool, PoolLimits};
use xrpl_codec::{Asset, Book, Hash256};

use crate::connecting::connect;
use crate::ledgers::Ledgers;
use crate::memory::{Act, Memory, url};
use crate::replies::{success, success_raw};

/// Asks for a book with this limit, of this domain, and gets so many offers, each with these members.
async fn book_of(
    limit: Option<u32>,
    domain: Option<Hash256>,
    offers: usize,
    offer: Value,
) -> Result<BookOffers, Error> {
    let memory = Memory::default();
    let (seen, mut asked) = tokio::sync::mpsc::unbounded_channel();
    memory.answer("a", move |request| {
        seen.send(request["domain"].clone()).unwrap();
        success(request, &json!({"offers": vec![offer.clone(); offers]}))
    });
    let book = Book { domain, ..Book::open(Asset::Xrp, Asset::Xrp) };
    let call = BookOffersCall::new(&book, Hash256::ZERO, limit);
    let answer = connect(&memory).await.unwrap().ask(&call).await;
    assert_eq!(asked.recv().await, Some(json!(domain)));
    answer
}

#[tokio::test]
async fn a_reply_as_long_as_it_may_be_is_not_taken_for_a_whole_book() {
    for (limit, offers, is_complete) in [
        (Some(100), 99, true),
        (Some(100), 100, false),
        (Some(20), 20, false),
        // A server cuts a greater limit down to 100 without a word, unless we administer it.
        (Some(400), 100, false),
        (Some(400), 399, true),
        (Some(400), 400, false),
        (None, 59, true),
        (None, 60, false),
        (Some(100), 0, true),
    ] {
        let answer = book_of(limit, None, offers, json!({})).await.unwrap();
        assert_eq!((answer.offers, answer.is_complete), (offers, is_complete), "{limit:?}");
    }
}

#[tokio::test]
async fn offers_of_another_domain_or_of_none_are_not_the_answer() {
    let [ours, other] = [Hash256([7; 32]), Hash256([8; 32])];
    let hybrid = json!({"DomainID": ours, "AdditionalBooks": [{"Book": {"BookNode": "0"}}]});
    for (domain, offer, is_answer) in [
        (Some(ours), json!({"DomainID": ours}), true),
        (Some(ours), hybrid.clone(), true),
        (None, hybrid.clone(), true),
        (None, json!({}), true),
        (Some(ours), json!({"DomainID": other}), false),
        // What a server says that does not know domains, and leaves the word unread.
        (Some(ours), json!({}), false),
        (Some(other), hybrid, false),
        (None, json!({"DomainID": ours}), false),
    ] {
        let answer = book_of(None, domain, 1, offer.clone()).await;
        assert_eq!(answer.is_ok(), is_answer, "{domain:?} {offer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_book_is_not_given_up_while_a_server_that_may_have_the_ledger_is_down() {
    let memory = Memory::default();
    let ledgers = Ledgers::new(1, 600);
    let chain = ledgers.clone();
    memory.answer("a", move |request| chain.answer_from(100, request));
    let begun = Instant::now();
    let chain = ledgers.clone();
    memory.serve("b", move |_, request| match begun.elapsed().as_secs() {
        0..20 => vec![Act::Vanish],
        _ => vec![Act::Send(chain.answer(request))],
    });
    let urls = vec![url("a"), url("b")];
    let pool = Pool::new(Arc::new(memory.clone()), urls, PoolLimits::default());
    pool.fetch_header(ledgers.id(600)).await.unwrap();
    let xrp = Book::open(Asset::Xrp, Asset::Xrp);
    while let Err(error) = pool.book_offers(&xrp, ledgers.id(50), None).await {
        assert!(matches!(error, Error::Unavailable { .. }), "{error}");
    }
    assert!(begun.elapsed() >= Duration::from_secs(20), "{:?}", begun.elapsed());
}

/// Replies of the main network, from before servers gave a hundred offers at most.
#[tokio::test]
async fn real_books_are_kept_byte_for_byte_with_what_their_owners_can_pay() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("EKSPIPER_SHARED").map_or_else(beside, Into::into);
    let Ok(files) = std::fs::read_dir(shared.join("data/mainnet/books")) else {
        return println!(
            "skipped: real books (needs ISC-licensed data, which EKSPIPER_SHARED names)"
        );
    };
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let recorded: Value = serde_json::from_str(&text).unwrap();
        let hash = recorded["ledger_hash"].as_str().unwrap().parse().unwrap();
        let (memory, reply) = (Memory::default(), text.trim().to_owned());
        memory.answer("a", move |request| success_raw(request, &reply));
        let book = Book::open(Asset::Xrp, Asset::Xrp);
        let call = BookOffersCall::new(&book, hash, Some(400));
        let answer = connect(&memory).await.unwrap().ask(&call).await.unwrap();
        assert_eq!(answer.result.get(), text.trim());
        let funded = answer.result.get().matches("taker_gets_funded").count();
        found.push((answer.offers, answer.is_complete, funded));
    }
    found.sort_unstable();
    assert_eq!(found, [(115, true, 115), (254, true, 181), (400, false, 56)]);
}
