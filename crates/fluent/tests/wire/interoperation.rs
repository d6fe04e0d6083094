//! Both ends against partners that this project did not write.

use std::collections::HashMap;

use fluent::msgpack::TranscodeError;
use fluent::{
    Chunk, Entries, EventTime, HandshakeError, Mode, ReceiverSecurity, ReceiverSettings, SendError,
    Sender, SenderSecurity, SenderSettings,
};
use serde_json::{Value, json};

use crate::chunks::{MODES, chunk};
use crate::partner::Partner;
use crate::received::willing_receiver;

fn security(shared_key: &str, password: Option<&str>) -> SenderSecurity {
    let user = password.map(|password| ("ann".to_owned(), password.to_owned()));
    SenderSecurity { shared_key: shared_key.to_owned(), hostname: "here".to_owned(), user }
}

fn sender_to(partner: &Partner, mode: Mode, security: Option<SenderSecurity>) -> Sender {
    let address = format!("127.0.0.1:{}", partner.line());
    Sender::new(SenderSettings { mode, security, ..SenderSettings::to(address) })
}

/// Whole numbers stay below 2^53, which is as far as this partner counts.
const RECORD: &str = r#"{"text":"é \" \\","list":[1,-2,0.5,null,true,[],{}],"map":{"large":9007199254740991,"low":-5000000000}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_of_another_make_takes_every_mode_as_it_was_sent() {
    for mode in MODES {
        let Some(partner) = Partner::run("server.mjs", &[]) else { return };
        let mut sender = sender_to(&partner, mode, None);
        let per_chunk = if mode == Mode::Message { 1 } else { 20 };
        for number in 0..5_u32 {
            let mut entries = Entries::default();
            for position in 0..per_chunk {
                let time = EventTime { seconds: 1_700_000_000 + number, nanoseconds: position };
                entries
                    .push(time, |record| {
                        record.str("_id", &format!("{number}-{position}"));
                        record.json_members(RECORD)
                    })
                    .unwrap_or_else(|error: TranscodeError| panic!("{error}"));
            }
            sender
                .send(&Chunk { tag: "a.b".to_owned(), id: format!("chunk-{number}"), entries })
                .await
                .unwrap();
        }
        for number in 0..5 {
            for position in 0..per_chunk {
                let mut record: Value = serde_json::from_str(RECORD).unwrap();
                record["_id"] = format!("{number}-{position}").into();
                let expected = json!({"tag": "a.b", "time": [1_700_000_000 + number, position], "record": record});
                assert_eq!(
                    serde_json::from_str::<Value>(&partner.line()).unwrap(),
                    expected,
                    "{mode:?}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_of_another_make_accepts_our_key_and_our_user() {
    for (arguments, password) in [(&["key"][..], None), (&["key", "ann", "word"], Some("word"))] {
        let Some(partner) = Partner::run("server.mjs", arguments) else { return };
        let mut sender = sender_to(&partner, Mode::PackedForward, Some(security("key", password)));
        sender.send(&chunk(1)).await.unwrap();
        sender.send(&chunk(2)).await.unwrap();
        assert!(partner.line().contains(r#""number":1"#));
        assert!(partner.line().contains(r#""number":2"#));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_of_another_make_refuses_a_false_key_or_password() {
    let cases = [
        (security("other", Some("word")), "shared key mismatch"),
        (security("key", Some("other")), "username/password mismatch"),
        (security("key", None), "missing authentication information"),
    ];
    for (security, why) in cases {
        let Some(partner) = Partner::run("server.mjs", &["key", "ann", "word"]) else { return };
        let error = sender_to(&partner, Mode::PackedForward, Some(security))
            .send(&chunk(1))
            .await
            .unwrap_err();
        let SendError::Handshake { source: HandshakeError::Refused { reason }, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!(reason, why);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_of_another_make_gets_its_acknowledgements_in_every_mode() {
    let (receiver, received) = willing_receiver(ReceiverSettings::default()).await;
    let port = receiver.address().port().to_string();
    let numbers: Vec<u64> = (0..50).collect();
    for (already, mode) in MODES.into_iter().enumerate() {
        let Some(partner) = Partner::run("client.mjs", &[&port, &format!("{mode:?}"), "50"]) else {
            return;
        };
        assert!(tokio::task::spawn_blocking(|| partner.succeeds()).await.unwrap(), "{mode:?}");
        assert_eq!(received.numbers()[50 * already..], numbers, "{mode:?}");
    }
    let counts = receiver.stop().await;
    assert_eq!((counts.entries, counts.malformed, counts.batches), (200, 0, counts.acks));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_of_another_make_has_to_know_key_and_password() {
    let users = HashMap::from([("ann".to_owned(), "word".to_owned())]);
    let security =
        ReceiverSecurity { shared_key: "key".to_owned(), hostname: "there".to_owned(), users };
    let settings = ReceiverSettings { security: Some(security), ..Default::default() };
    let (receiver, received) = willing_receiver(settings).await;
    let port = receiver.address().port().to_string();
    let sends = async |key: &str, password: &str| {
        let partner = Partner::run("client.mjs", &[&port, "Forward", "3", key, "ann", password])?;
        Some(tokio::task::spawn_blocking(|| partner.succeeds()).await.unwrap())
    };
    let Some(sent) = sends("key", "word").await else { return };
    assert!(sent);
    assert_eq!(received.numbers(), [0, 1, 2]);
    assert_eq!(sends("key", "other").await, Some(false));
    assert_eq!(sends("other", "word").await, Some(false));
    assert_eq!(received.numbers(), [0, 1, 2]);
}
