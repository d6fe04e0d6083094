//! Both ends against other implementations.

use std::collections::HashMap;

use fluent::{
    HandshakeError, Mode, SendError, Sender, SenderSecurity, SenderSettings, SenderTls, TlsFailure,
};
use fluent_receiver::{ReceiverSecurity, ReceiverSettings};
use serde_json::{Value, json};

use crate::authority::{Authority, Identity};
use crate::chunks::{MODES, chunk, events, every_kind_of_value};
use crate::partner::Partner;
use crate::received::willing_receiver;

fn security(shared_key: &str, password: Option<&str>) -> SenderSecurity {
    let user = password.map(|password| ("ann".to_owned(), password.into()));
    SenderSecurity { shared_key: shared_key.into(), hostname: "here".to_owned(), user }
}

fn sender_to(partner: &Partner, mode: Mode, security: Option<SenderSecurity>) -> Sender {
    let address = format!("127.0.0.1:{}", partner.line());
    Sender::new(SenderSettings { mode, security, ..SenderSettings::to(address) })
}

/// The partner's largest integer is 2^53 - 1.
const LARGEST: u64 = (1 << 53) - 1;

/// The partner's settings to present a certificate and to require key and user, and a client certificate if given.
fn guarded(identity: &Identity, client_ca: Option<&Authority>) -> Value {
    json!({
        "sharedKey": "key", "user": "ann", "password": "word",
        "cert": identity.certificate, "key": identity.key, "clientCa": client_ca.map(Authority::file),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_of_another_make_takes_every_mode_as_it_was_sent() {
    for mode in MODES {
        let Some(partner) = Partner::run("server.mjs", &[]) else { return };
        let mut sender = sender_to(&partner, mode, None);
        takes_events(&partner, &mut sender, mode, LARGEST).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_of_another_make_takes_every_mode_encrypted_from_a_user_with_a_key() {
    let authority = Authority::new();
    let (server, client) = (authority.certify("127.0.0.1"), authority.certify("sink"));
    let tls = SenderTls::load(Some(&authority.file()), Some(client.files()), None).unwrap();
    for mode in MODES {
        let arguments = guarded(&server, Some(&authority)).to_string();
        let Some(partner) = Partner::run("server.mjs", &[&arguments]) else { return };
        let mut sender = Sender::new(SenderSettings {
            mode,
            tls: Some(tls.clone()),
            security: Some(security("key", Some("word"))),
            ..SenderSettings::to(format!("127.0.0.1:{}", partner.line()))
        });
        takes_events(&partner, &mut sender, mode, LARGEST).await;
    }
}

/// Sends five chunks with whole numbers up to `largest`, and sees them come out at the partner.
pub(crate) async fn takes_events(partner: &Partner, sender: &mut Sender, mode: Mode, largest: u64) {
    let per_chunk = if mode == Mode::Message { 1 } else { 20 };
    for number in 0..5 {
        sender.send(&events(number, per_chunk, largest)).await.unwrap();
    }
    for number in 0..5 {
        for position in 0..per_chunk {
            let record = every_kind_of_value(number, position, largest);
            let time = [1_700_000_000 + number, position];
            let expected = json!({"tag": "a.b", "time": time, "record": record});
            let line: Value = serde_json::from_str(&partner.line()).unwrap();
            assert_eq!(line, expected, "{mode:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_of_another_make_is_refused_and_refuses_by_its_certificates() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = authority.certify("127.0.0.1");
    let arguments = guarded(&server, Some(&authority)).to_string();
    let Some(partner) = Partner::run("server.mjs", &[&arguments]) else { return };
    let address = format!("127.0.0.1:{}", partner.line());
    let (ours, theirs) = (authority.certify("sink"), other.certify("sink"));
    for (ca, identity, name, expected) in [
        (&other, Some(&ours), None, Some(TlsFailure::UnknownAuthority)),
        (&authority, Some(&ours), Some("elsewhere"), Some(TlsFailure::WrongName)),
        // This partner closes without an alert, so that nothing is known but that it did.
        (&authority, None, None, None),
        (&authority, Some(&theirs), None, None),
    ] {
        let tls = SenderTls::load(Some(&ca.file()), identity.map(Identity::files), name).unwrap();
        let mut sender = Sender::new(SenderSettings {
            tls: Some(tls),
            security: Some(security("key", Some("word"))),
            ..SenderSettings::to(&*address)
        });
        match (sender.send(&chunk(1)).await.unwrap_err(), expected) {
            (SendError::Tls { source, .. }, Some(expected)) => assert_eq!(source, expected),
            (SendError::Tls { .. } | SendError::Handshake { .. }, None) => {}
            (error, _) => panic!("{error:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_of_another_make_accepts_our_key_and_our_user() {
    let with_user = json!({"sharedKey": "key", "user": "ann", "password": "word"});
    for (arguments, password) in [(json!({"sharedKey": "key"}), None), (with_user, Some("word"))] {
        let Some(partner) = Partner::run("server.mjs", &[&arguments.to_string()]) else { return };
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
        let arguments = json!({"sharedKey": "key", "user": "ann", "password": "word"}).to_string();
        let Some(partner) = Partner::run("server.mjs", &[&arguments]) else { return };
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
    let users = HashMap::from([("ann".to_owned(), "word".into())]);
    let security =
        ReceiverSecurity { shared_key: "key".into(), hostname: "there".to_owned(), users };
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
