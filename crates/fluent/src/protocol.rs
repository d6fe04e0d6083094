//! Parts of the protocol that both ends share. A receiver is made of them; a caller of [`Sender`](crate::Sender) needs none.

pub use crate::ack::encode_ack;
pub use crate::handshake::digest::{digests_equal, key_digest, password_digest};
pub use crate::handshake::messages::{Helo, Ping, Pong};
pub use crate::handshake::{nonce, read_message};
pub use crate::message_reader::{MessageReader, ReadError};
pub use crate::stream::{Stream, write_flushed};
pub use crate::tls::pem::{certificates, private_key, roots};
pub use crate::tls::provider;
