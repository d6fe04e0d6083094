//! Why bytes are not what the protocol writes.

/// Bytes that no XRP Ledger server writes; offsets count from the start of the blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The bytes end inside a field.
    #[error("bytes end at {at} inside a field")]
    UnexpectedEnd {
        /// Where the bytes ended.
        at: usize,
    },
    /// A field header in a form longer than it needs.
    #[error("field header at {at} is not canonical")]
    FieldHeader {
        /// Where the header begins.
        at: usize,
    },
    /// A length prefix above 254, which the protocol reserves.
    #[error("length prefix at {at} is not valid")]
    LengthPrefix {
        /// Where the prefix begins.
        at: usize,
    },
    /// A value that does not fit its type.
    #[error("{what} at {at} is not valid")]
    Value {
        /// The type of the value.
        what: &'static str,
        /// Where the value begins.
        at: usize,
    },
    /// The same field twice in one object.
    #[error("field at {at} is repeated")]
    Repeated {
        /// Where the second one begins.
        at: usize,
    },
    /// More objects and arrays inside each other than the protocol allows.
    #[error("objects at {at} are nested too deeply")]
    TooDeep {
        /// Where the innermost begins.
        at: usize,
    },
    /// An element of an array that is not an object, or an end marker where nothing is open.
    #[error("field at {at} does not belong there")]
    Misplaced {
        /// Where the field begins.
        at: usize,
    },
    /// A field whose type is not known, so that nothing after it can be read.
    #[error("field at {at} is of an unknown type")]
    UnknownType {
        /// Where the field begins.
        at: usize,
    },
    /// The object lacks a field that this reading needs.
    #[error("{0} is missing")]
    Missing(&'static str),
}
