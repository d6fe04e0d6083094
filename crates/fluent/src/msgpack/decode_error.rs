//! What can be wrong with MessagePack that came from outside.

/// Why bytes are not the MessagePack value that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end within a value.
    #[error("msgpack ends within a value")]
    Truncated,
    /// The one byte that begins no value.
    #[error("msgpack holds the reserved byte 0xc1")]
    Reserved,
    /// A tag, an id and a name have to be UTF-8.
    #[error("msgpack holds text that is not utf-8")]
    NotUtf8,
    /// Maps and arrays are read down to a limit only.
    #[error("msgpack is nested deeper than {depth_max} levels")]
    TooDeep {
        /// The limit.
        depth_max: u8,
    },
    /// A value declares or has more bytes than are accepted.
    #[error("a msgpack value of more than {bytes_max} bytes")]
    TooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// A value of another type than the protocol has at this place.
    #[error("msgpack holds {found} in place of {expected}")]
    Unexpected {
        /// What the protocol has there.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
}
