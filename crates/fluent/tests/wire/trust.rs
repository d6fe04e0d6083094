//! Shared keys and users between both ends.

use std::collections::HashMap;

use fluent::{HandshakeError, SendError, Sender, SenderSecurity, SenderSettings};
use fluent_receiver::{Receiver, ReceiverSecurity, ReceiverSettings};

use crate::chunks::{chunk, sender};
use crate::received::{Received, willing_receiver};

async fn receiver() -> (Receiver, Received) {
    let users = HashMap::from([("ann".to_owned(), "word".into())]);
    let security =
        ReceiverSecurity { shared_key: "key".into(), hostname: "there".to_owned(), users };
    willing_receiver(ReceiverSettings { security: Some(security), ..Default::default() }).await
}

fn sender_with(receiver: &Receiver, shared_key: &str, password: &str) -> Sender {
    let security = SenderSecurity {
        shared_key: shared_key.into(),
        hostname: "here".to_owned(),
        user: Some(("ann".to_owned(), password.into())),
    };
    Sender::new(SenderSettings {
        security: Some(security),
        ..SenderSettings::to(receiver.address().to_string())
    })
}

#[tokio::test]
async fn a_sender_with_key_and_password_is_accepted() {
    let (receiver, received) = receiver().await;
    let mut sender = sender_with(&receiver, "key", "word");
    sender.send(&chunk(1)).await.unwrap();
    sender.send(&chunk(2)).await.unwrap();
    assert_eq!(received.numbers(), [1, 2]);
    assert_eq!(receiver.stop().await.connections, 1);
}

#[tokio::test]
async fn a_sender_without_them_gets_the_reason_and_delivers_nothing() {
    let (receiver, received) = receiver().await;
    for (key, password, why) in
        [("other", "word", "shared key mismatch"), ("key", "other", "username/password mismatch")]
    {
        let error = sender_with(&receiver, key, password).send(&chunk(1)).await.unwrap_err();
        let SendError::Handshake { source: HandshakeError::Refused { reason }, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!(reason, why);
    }
    sender(receiver.address()).send(&chunk(1)).await.unwrap_err();
    assert!(received.numbers().is_empty());
    assert_eq!(receiver.stop().await.malformed, 3);
}

#[tokio::test]
async fn a_user_needs_the_right_password() {
    let (receiver, _) = receiver().await;
    let user = |name: &str, word: &str| Some((name.to_owned(), word.into()));
    for user in [None, user("ann", "other"), user("eve", "word")] {
        let security =
            SenderSecurity { shared_key: "key".into(), hostname: "here".to_owned(), user };
        let mut sender = Sender::new(SenderSettings {
            security: Some(security),
            ..SenderSettings::to(receiver.address().to_string())
        });
        let error = sender.send(&chunk(1)).await.unwrap_err();
        let SendError::Handshake { source: HandshakeError::Refused { reason }, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!(reason, "username/password mismatch");
    }
}
