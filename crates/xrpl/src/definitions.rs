//! The protocol's names and numbers.

use std::borrow::Cow;

/// Names and numbers of the protocol's fields, transaction types, ledger entry types and results.
#[derive(Debug)]
pub struct Definitions {
    fields: Vec<Field>,
}

/// Why a definitions file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionsError {
    /// It is not JSON of the shape of a `server_definitions` result.
    #[error("definitions are not of the shape of server_definitions")]
    Json(#[from] serde_json::Error),
    /// A name that is not letters, digits and underscores, or a number out of range.
    #[error("definition of {0} is not valid")]
    Entry(String),
}

/// A field: its name, its type, and its number within the type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name, as in JSON.
    pub name: Cow<'static, str>,
    /// Type and number within it.
    pub code: FieldCode,
    /// How the value is written; `None` where the type is not known.
    pub kind: Option<Kind>,
    /// Whether it is part of the binary form.
    pub is_serialized: bool,
    /// Whether a signature covers it.
    pub is_signing: bool,
    /// Whether the definitions have it; otherwise the name is made of the code.
    pub is_known: bool,
}

/// Type and number of a field; fields stand in this order in the binary form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldCode {
    /// Code of the type.
    pub type_code: i16,
    /// Number within the type.
    pub nth: i16,
}

/// How a value is written in binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the protocol's own names")]
pub enum Kind {
    UInt16 = 1,
    UInt32 = 2,
    UInt64 = 3,
    Hash128 = 4,
    Hash256 = 5,
    Amount = 6,
    Blob = 7,
    AccountId = 8,
    Number = 9,
    Int32 = 10,
    Int64 = 11,
    Object = 14,
    Array = 15,
    UInt8 = 16,
    Hash160 = 17,
    PathSet = 18,
    Vector256 = 19,
    UInt96 = 20,
    Hash192 = 21,
    Hash384 = 22,
    Hash512 = 23,
    Issue = 24,
    XChainBridge = 25,
    Currency = 26,
}

impl Definitions {
    /// The definitions that ship with this library.
    pub fn builtin() -> &'static Self {
        unimplemented!()
    }

    /// Reads the result of rippled's `server_definitions` (with or without its envelope).
    pub fn from_json(_json: &[u8]) -> Result<Self, DefinitionsError> {
        unimplemented!()
    }

    /// All fields, those that are not serialized among them.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field with this type and number.
    pub fn field(&self, _code: FieldCode) -> Option<&Field> {
        unimplemented!()
    }

    /// The field with this name.
    pub fn field_named(&self, _name: &str) -> Option<&Field> {
        unimplemented!()
    }

    /// The name of a transaction type, such as `Payment` for 0.
    pub fn transaction_type(&self, _code: u16) -> Option<&str> {
        unimplemented!()
    }

    /// The code of a transaction type.
    pub fn transaction_type_code(&self, _name: &str) -> Option<u16> {
        unimplemented!()
    }

    /// The name of a ledger entry type, such as `AccountRoot` for 97.
    pub fn ledger_entry_type(&self, _code: u16) -> Option<&str> {
        unimplemented!()
    }

    /// The code of a ledger entry type.
    pub fn ledger_entry_type_code(&self, _name: &str) -> Option<u16> {
        unimplemented!()
    }

    /// The name of a result that can be in a ledger, such as `tesSUCCESS` for 0.
    pub fn transaction_result(&self, _code: u8) -> Option<&str> {
        unimplemented!()
    }

    /// The code of a result.
    pub fn transaction_result_code(&self, _name: &str) -> Option<i32> {
        unimplemented!()
    }
}
