//! TLS between both ends.

use std::path::Path;

use fluent::{SendError, Sender, SenderSecurity, SenderSettings, SenderTls, TlsError, TlsFailure};
use fluent_receiver::{Receiver, ReceiverSecurity, ReceiverSettings, ReceiverTls};
use tokio::net::TcpListener;

use crate::authority::{Authority, Identity};
use crate::chunks::{MODES, chunk, large_chunk, sender};
use crate::received::{Received, willing_receiver};
use crate::self_signed::{Certified, expired, self_signed, with_common_name};

async fn receiver(identity: &Identity, client_ca_file: Option<&Path>) -> (Receiver, Received) {
    let tls = ReceiverTls::load(&identity.certificate, &identity.key, client_ca_file).unwrap();
    willing_receiver(ReceiverSettings { tls: Some(tls), ..Default::default() }).await
}

fn encrypting(receiver: &Receiver, tls: SenderTls) -> Sender {
    let settings = SenderSettings::to(receiver.address().to_string());
    Sender::new(SenderSettings { tls: Some(tls), ..settings })
}

async fn refusal(sender: &mut Sender) -> TlsFailure {
    match sender.send(&chunk(1)).await.unwrap_err() {
        SendError::Tls { source, .. } => source,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn chunks_arrive_encrypted_in_every_mode_over_one_connection() {
    let authority = Authority::new();
    let (receiver, received) = receiver(&authority.certify("127.0.0.1"), None).await;
    let tls = SenderTls::load(Some(&authority.file()), None, None).unwrap();
    for mode in MODES {
        let mut sender = Sender::new(SenderSettings {
            mode,
            tls: Some(tls.clone()),
            ..SenderSettings::to(receiver.address().to_string())
        });
        sender.connect().await.unwrap();
        sender.send(&chunk(1)).await.unwrap();
        sender.send(&large_chunk("large", 3_000_000)).await.unwrap();
    }
    assert_eq!(received.numbers(), [1, 3_000_000].repeat(4));
    assert_eq!(receiver.stop().await.connections, 4);
}

#[tokio::test]
async fn receiver_of_an_authority_that_is_not_trusted_gets_nothing() {
    let (ours, other) = (Authority::new(), Authority::new());
    let (receiver, received) = receiver(&other.certify("127.0.0.1"), None).await;
    let tls = SenderTls::load(Some(&ours.file()), None, None).unwrap();
    assert_eq!(refusal(&mut encrypting(&receiver, tls)).await, TlsFailure::UnknownAuthority);
    let native = SenderTls::load(None, None, None).unwrap();
    assert_eq!(refusal(&mut encrypting(&receiver, native)).await, TlsFailure::UnknownAuthority);
    assert!(received.numbers().is_empty());
}

#[tokio::test]
async fn certificate_has_to_be_for_the_name_that_is_expected() {
    let authority = Authority::new();
    let (receiver, received) = receiver(&authority.certify("logs.example"), None).await;
    let with_name = |name| SenderTls::load(Some(&authority.file()), None, name).unwrap();
    for name in [None, Some("other.example")] {
        let refusal = refusal(&mut encrypting(&receiver, with_name(name))).await;
        assert_eq!(refusal, TlsFailure::WrongName, "{name:?}");
    }
    let mut sender = encrypting(&receiver, with_name(Some("logs.example")));
    sender.send(&chunk(2)).await.unwrap();
    assert_eq!(received.numbers(), [2]);
}

#[tokio::test]
async fn self_signed_certificates_as_openssl_makes_them_are_accepted_when_trusted() {
    for (is_ca, has_alternative_name) in
        [(true, true), (true, false), (false, true), (false, false)]
    {
        let (ours, other) =
            [(); 2].map(|()| self_signed("127.0.0.1", is_ca, has_alternative_name)).into();
        let (receiver, received) = receiver(&ours.identity, None).await;
        let trusting = |certified: &Certified, name| {
            let tls = SenderTls::load(Some(&certified.trusted), None, name).unwrap();
            encrypting(&receiver, tls)
        };
        trusting(&ours, None).send(&chunk(1)).await.unwrap();
        assert_eq!(received.numbers(), [1], "{is_ca} {has_alternative_name}");
        let wrong = refusal(&mut trusting(&ours, Some("other.example"))).await;
        assert_eq!(wrong, TlsFailure::WrongName, "{is_ca} {has_alternative_name}");
        let unknown = refusal(&mut trusting(&other, None)).await;
        assert_eq!(unknown, TlsFailure::UnknownAuthority, "{is_ca} {has_alternative_name}");
        let native = SenderTls::load(None, None, None).unwrap();
        let unknown = refusal(&mut encrypting(&receiver, native)).await;
        assert_eq!(unknown, TlsFailure::UnknownAuthority, "{is_ca} {has_alternative_name}");
        assert!(unknown.to_string().contains("if it is self-signed"), "{unknown}");
    }
}

#[tokio::test]
async fn a_certificate_without_alternative_names_is_known_by_its_common_name() {
    let certified = with_common_name("127.0.0.1");
    let (receiver, received) = receiver(&certified.identity, None).await;
    let with_name = |name| SenderTls::load(Some(&certified.trusted), None, name).unwrap();
    encrypting(&receiver, with_name(None)).send(&chunk(1)).await.unwrap();
    assert_eq!(received.numbers(), [1]);
    let wrong = refusal(&mut encrypting(&receiver, with_name(Some("other.example")))).await;
    assert_eq!(wrong, TlsFailure::WrongName);
}

#[tokio::test]
async fn expired_certificate_is_refused_although_it_is_trusted_itself() {
    let expired = expired("127.0.0.1");
    let (receiver, _) = receiver(&expired.identity, None).await;
    let tls = SenderTls::load(Some(&expired.trusted), None, None).unwrap();
    assert_eq!(refusal(&mut encrypting(&receiver, tls)).await, TlsFailure::Expired);
}

#[tokio::test]
async fn receiver_may_require_a_certificate_of_the_sender() {
    let (authority, other) = (Authority::new(), Authority::new());
    let ca = authority.file();
    let (receiver, received) = receiver(&authority.certify("127.0.0.1"), Some(&ca)).await;
    let showing = |identity: Option<&Identity>| {
        SenderTls::load(Some(&ca), identity.map(Identity::files), None).unwrap()
    };
    let (ours, theirs) = (authority.certify("sink"), other.certify("sink"));
    let none = refusal(&mut encrypting(&receiver, showing(None))).await;
    assert_eq!(none, TlsFailure::CertificateRequired);
    let false_one = refusal(&mut encrypting(&receiver, showing(Some(&theirs)))).await;
    assert_eq!(false_one, TlsFailure::CertificateRefused);
    assert!(received.numbers().is_empty());
    encrypting(&receiver, showing(Some(&ours))).send(&chunk(3)).await.unwrap();
    assert_eq!(received.numbers(), [3]);
    assert_eq!(receiver.stop().await.malformed, 2);
}

#[tokio::test]
async fn key_and_user_are_proved_inside_of_the_encryption() {
    let authority = Authority::new();
    let identity = authority.certify("127.0.0.1");
    let security = ReceiverSecurity {
        shared_key: "key".into(),
        hostname: "there".to_owned(),
        users: [("ann".to_owned(), "word".into())].into(),
    };
    let tls = ReceiverTls::load(&identity.certificate, &identity.key, None).unwrap();
    let settings =
        ReceiverSettings { tls: Some(tls), security: Some(security), ..Default::default() };
    let (receiver, received) = willing_receiver(settings).await;
    let mut sender = Sender::new(SenderSettings {
        tls: Some(SenderTls::load(Some(&authority.file()), None, None).unwrap()),
        security: Some(SenderSecurity {
            shared_key: "key".into(),
            hostname: "here".to_owned(),
            user: Some(("ann".to_owned(), "word".into())),
        }),
        ..SenderSettings::to(receiver.address().to_string())
    });
    sender.send(&chunk(4)).await.unwrap();
    assert_eq!(received.numbers(), [4]);
}

#[tokio::test]
async fn an_end_without_tls_is_named_as_such() {
    let authority = Authority::new();
    let (encrypted, _) = receiver(&authority.certify("127.0.0.1"), None).await;
    let error = sender(encrypted.address()).send(&chunk(1)).await.unwrap_err();
    assert!(
        matches!(error, SendError::BadResponse(_) | SendError::Closed | SendError::Read(_)),
        "{error:?}"
    );
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut sender = Sender::new(SenderSettings {
        tls: Some(SenderTls::load(Some(&authority.file()), None, None).unwrap()),
        connect_timeout: std::time::Duration::from_millis(200),
        ..SenderSettings::to(silent.local_addr().unwrap().to_string())
    });
    assert_eq!(refusal(&mut sender).await, TlsFailure::NoResponse);
}

#[test]
fn files_that_are_not_what_they_should_be_are_named() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (ours, theirs) = (authority.certify("a"), other.certify("b"));
    let absent = Path::new("/nonexistent/ca.crt");
    for (ca_file, identity, why) in [
        (absent, None, "can't read certificates from /nonexistent/ca.crt"),
        (&*ours.key, None, "there is no certificate in "),
        (&authority.file(), Some((&*ours.certificate, absent)), "can't read a private key from "),
        (&authority.file(), Some((&*ours.key, &*ours.key)), "there is no certificate in "),
        (&authority.file(), Some((&*ours.certificate, &*theirs.key)), "can't be used with the key"),
    ] {
        let error = SenderTls::load(Some(ca_file), identity, None).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
    let error = SenderTls::load(None, None, Some("no name")).unwrap_err();
    assert!(matches!(error, TlsError::BadServerName(_)), "{error:?}");
}
