//! A field of the protocol and how its value is written.

use std::borrow::Cow;

/// A field: its name, its type, and its number within the type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name, as in JSON.
    pub name: Cow<'static, str>,
    /// Type and number within it.
    pub code: FieldCode,
    /// How the value is written; `None` where the type is not known.
    pub serialized_type: Option<SerializedType>,
    /// Whether it is part of the binary form.
    pub is_serialized: bool,
    /// Whether a signature covers it.
    pub is_signing: bool,
    /// Whether a 64-bit number is decimal in JSON, not hex.
    pub is_decimal: bool,
    /// Whether the definitions have it; otherwise the name is made of the code.
    pub is_known: bool,
}

impl Field {
    /// A field that the definitions lack, named `Field_<type>_<n>`.
    pub fn unknown(code: FieldCode) -> Self {
        Self {
            name: Cow::Owned(format!("Field_{}_{}", code.type_code, code.nth)),
            code,
            serialized_type: SerializedType::of(code.type_code),
            is_serialized: true,
            is_signing: true,
            is_decimal: false,
            is_known: false,
        }
    }
}

/// Type and number of a field; fields stand in this order in the binary form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldCode {
    /// Code of the type.
    pub type_code: i16,
    /// Number within the type.
    pub nth: i16,
}

impl FieldCode {
    /// `LedgerEntryType`.
    pub const LEDGER_ENTRY_TYPE: Self = Self::new(1, 1);
    /// `TransactionType`.
    pub const TRANSACTION_TYPE: Self = Self::new(1, 2);
    /// `Sequence`.
    pub const SEQUENCE: Self = Self::new(2, 4);
    /// `FirstLedgerSequence`.
    pub const FIRST_LEDGER_SEQUENCE: Self = Self::new(2, 26);
    /// `LastLedgerSequence`.
    pub const LAST_LEDGER_SEQUENCE: Self = Self::new(2, 27);
    /// `TransactionIndex`.
    pub const TRANSACTION_INDEX: Self = Self::new(2, 28);
    /// `PermissionValue`, a name in JSON.
    pub const PERMISSION_VALUE: Self = Self::new(2, 52);
    /// `OutstandingAmount`.
    pub const OUTSTANDING_AMOUNT: Self = Self::new(3, 25);
    /// `MPTAmount`.
    pub const MPT_AMOUNT: Self = Self::new(3, 26);
    /// `LedgerIndex`: in metadata the key of the affected entry.
    pub const LEDGER_INDEX: Self = Self::new(5, 6);
    /// `DomainID`.
    pub const DOMAIN_ID: Self = Self::new(5, 34);
    /// `Amount`.
    pub const AMOUNT: Self = Self::new(6, 1);
    /// `TakerPays`.
    pub const TAKER_PAYS: Self = Self::new(6, 4);
    /// `TakerGets`.
    pub const TAKER_GETS: Self = Self::new(6, 5);
    /// `Fee`.
    pub const FEE: Self = Self::new(6, 8);
    /// `DeliveredAmount`.
    pub const DELIVERED_AMOUNT: Self = Self::new(6, 18);
    /// `Account`.
    pub const ACCOUNT: Self = Self::new(8, 1);
    /// `Destination`.
    pub const DESTINATION: Self = Self::new(8, 3);
    /// `Issuer`.
    pub const ISSUER: Self = Self::new(8, 4);
    /// The end of an object.
    pub const OBJECT_END: Self = Self::new(14, 1);
    /// `CreatedNode`.
    pub const CREATED_NODE: Self = Self::new(14, 3);
    /// `DeletedNode`.
    pub const DELETED_NODE: Self = Self::new(14, 4);
    /// `ModifiedNode`.
    pub const MODIFIED_NODE: Self = Self::new(14, 5);
    /// `PreviousFields`.
    pub const PREVIOUS_FIELDS: Self = Self::new(14, 6);
    /// `FinalFields`.
    pub const FINAL_FIELDS: Self = Self::new(14, 7);
    /// `NewFields`.
    pub const NEW_FIELDS: Self = Self::new(14, 8);
    /// The end of an array.
    pub const ARRAY_END: Self = Self::new(15, 1);
    /// `AffectedNodes`.
    pub const AFFECTED_NODES: Self = Self::new(15, 8);
    /// `AdditionalBooks`.
    pub const ADDITIONAL_BOOKS: Self = Self::new(15, 13);
    /// `TransactionResult`.
    pub const TRANSACTION_RESULT: Self = Self::new(16, 3);
    /// `Hashes`.
    pub const HASHES: Self = Self::new(19, 2);
    /// `MPTokenIssuanceID`.
    pub const MPT_ISSUANCE_ID: Self = Self::new(21, 1);

    /// The field with this number of this type.
    pub const fn new(type_code: i16, nth: i16) -> Self {
        Self { type_code, nth }
    }
}

/// How a value is written in binary; the discriminant is the type's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the protocol's own names")]
pub enum SerializedType {
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

impl SerializedType {
    /// The type with this code.
    pub fn of(type_code: i16) -> Option<Self> {
        Some(match type_code {
            1 => Self::UInt16,
            2 => Self::UInt32,
            3 => Self::UInt64,
            4 => Self::Hash128,
            5 => Self::Hash256,
            6 => Self::Amount,
            7 => Self::Blob,
            8 => Self::AccountId,
            9 => Self::Number,
            10 => Self::Int32,
            11 => Self::Int64,
            14 => Self::Object,
            15 => Self::Array,
            16 => Self::UInt8,
            17 => Self::Hash160,
            18 => Self::PathSet,
            19 => Self::Vector256,
            20 => Self::UInt96,
            21 => Self::Hash192,
            22 => Self::Hash384,
            23 => Self::Hash512,
            24 => Self::Issue,
            25 => Self::XChainBridge,
            26 => Self::Currency,
            _ => return None,
        })
    }

    /// Whether the value has a length prefix.
    pub fn has_length_prefix(self) -> bool {
        matches!(self, Self::Blob | Self::AccountId | Self::Vector256)
    }

    /// The size of the value in bytes, where it is fixed.
    pub fn length_bytes(self) -> Option<usize> {
        Some(match self {
            Self::UInt8 => 1,
            Self::UInt16 => 2,
            Self::UInt32 | Self::Int32 => 4,
            Self::UInt64 | Self::Int64 => 8,
            Self::Number | Self::UInt96 => 12,
            Self::Hash128 => 16,
            Self::Hash160 | Self::Currency => 20,
            Self::Hash192 => 24,
            Self::Hash256 => 32,
            Self::Hash384 => 48,
            Self::Hash512 => 64,
            _ => return None,
        })
    }
}
