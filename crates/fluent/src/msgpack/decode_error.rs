//! Errors of MessagePack from outside.

/// Why bytes are not the MessagePack value that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end within a value.
    #[error("msgpack ends within a value")]
    Truncated,
    /// The one byte that begins no value.
    #[error("msgpack has the reserved byte 0xc1")]
    Reserved,
    /// A tag, an id and a name have to be UTF-8.
    #[error("msgpack has text that is not utf-8")]
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
    #[error("msgpack has {found}, expected {expected}")]
    Unexpected {
        /// The expected type.
        expected: &'static str,
        /// The type that was found.
        found: &'static str,
    },
}
