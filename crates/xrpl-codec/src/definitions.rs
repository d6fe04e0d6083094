//! The protocol's names and numbers.

mod builtin;
mod codes;
mod field;
mod from_json;

use std::borrow::Cow;
use std::sync::OnceLock;

use codes::{Codes, is_name};
pub use field::{Field, FieldCode, SerializedType};

/// Names and numbers of the protocol's fields, transaction types, ledger entry types and results.
#[derive(Debug)]
pub struct Definitions {
    fields: Vec<Field>,
    /// Position in `fields` plus one, by type code and number as bytes; zero where there is none.
    by_wire_code: Vec<u16>,
    by_name: Vec<u16>,
    transaction_types: Codes,
    ledger_entry_types: Codes,
    transaction_results: Codes,
}

/// Why a definitions file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionsError {
    /// It is not JSON of the shape of a `server_definitions` result.
    #[error("definitions are not of the shape of server_definitions")]
    Json(#[from] serde_json::Error),
    /// A name or number that is there twice, a name that is not letters, digits and underscores, an unknown type.
    #[error("definition of {0:?} is not valid")]
    Entry(String),
}

/// Type codes on the wire that the table of fields has room for.
const WIRE_TYPES_MAX: usize = 32;
/// Numbers within a type that fit a byte.
const WIRE_NUMBERS: usize = 256;

impl Definitions {
    /// The definitions that ship with this library.
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<Definitions> = OnceLock::new();
        BUILTIN.get_or_init(builtin::builtin)
    }

    /// Reads the result of rippled's `server_definitions` (with or without its envelope).
    pub fn from_json(json: &[u8]) -> Result<Self, DefinitionsError> {
        from_json::from_json(json)
    }

    fn new(
        fields: Vec<Field>,
        transaction_types: Codes,
        ledger_entry_types: Codes,
        transaction_results: Codes,
    ) -> Result<Self, DefinitionsError> {
        let mut by_wire_code = vec![0; WIRE_TYPES_MAX * WIRE_NUMBERS];
        let mut by_name: Vec<u16> = (0..u16::MAX).take(fields.len()).collect();
        for (field, number) in fields.iter().zip(1..=u16::MAX) {
            let at = wire_position(field.code)
                .filter(|_| field.is_serialized && field.serialized_type.is_some());
            if at.is_some_and(|at| std::mem::replace(&mut by_wire_code[at], number) != 0)
                || !is_name(&field.name)
            {
                return Err(DefinitionsError::Entry(field.name.to_string()));
            }
        }
        let name = |at: u16| &fields[usize::from(at)].name;
        by_name.sort_unstable_by(|a, b| name(*a).cmp(name(*b)));
        if let Some(pair) = by_name.windows(2).find(|pair| name(pair[0]) == name(pair[1])) {
            return Err(DefinitionsError::Entry(name(pair[0]).to_string()));
        }
        Ok(Self {
            fields,
            by_wire_code,
            by_name,
            transaction_types,
            ledger_entry_types,
            transaction_results,
        })
    }

    /// All fields, those that are not serialized among them.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The serialized field with this type and number.
    pub fn field(&self, code: FieldCode) -> Option<&Field> {
        let number = *self.by_wire_code.get(wire_position(code)?)?;
        number.checked_sub(1).map(|at| &self.fields[usize::from(at)])
    }

    /// The field with this name.
    pub fn field_named(&self, name: &str) -> Option<&Field> {
        let at = self
            .by_name
            .binary_search_by(|at| (*self.fields[usize::from(*at)].name).cmp(name))
            .ok()?;
        Some(&self.fields[usize::from(self.by_name[at])])
    }

    /// The name of a transaction type, such as `Payment` for 0.
    pub fn transaction_type(&self, code: u16) -> Option<&str> {
        self.transaction_types.name(code.into())
    }

    /// The code of a transaction type.
    pub fn transaction_type_code(&self, name: &str) -> Option<u16> {
        self.transaction_types.code(name)?.try_into().ok()
    }

    /// All transaction types with their codes.
    pub fn transaction_types(&self) -> impl Iterator<Item = (i32, &str)> {
        self.transaction_types.iter()
    }

    /// The name of a ledger entry type, such as `AccountRoot` for 97.
    pub fn ledger_entry_type(&self, code: u16) -> Option<&str> {
        self.ledger_entry_types.name(code.into())
    }

    /// The code of a ledger entry type.
    pub fn ledger_entry_type_code(&self, name: &str) -> Option<u16> {
        self.ledger_entry_types.code(name)?.try_into().ok()
    }

    /// All ledger entry types with their codes.
    pub fn ledger_entry_types(&self) -> impl Iterator<Item = (i32, &str)> {
        self.ledger_entry_types.iter()
    }

    /// The name of a result that can be in a ledger, such as `tesSUCCESS` for 0.
    pub fn transaction_result(&self, code: u8) -> Option<&str> {
        self.transaction_results.name(code.into())
    }

    /// The code of a result; below zero for those that never are in a ledger.
    pub fn transaction_result_code(&self, name: &str) -> Option<i32> {
        self.transaction_results.code(name)
    }

    /// All results with their codes.
    pub fn transaction_results(&self) -> impl Iterator<Item = (i32, &str)> {
        self.transaction_results.iter()
    }

    /// The name for a value of `PermissionValue`: a granular permission, or the transaction type that it allows.
    pub fn permission(&self, value: u32) -> Option<&str> {
        let granular = GRANULAR_PERMISSIONS.iter().find(|(code, _)| *code == value);
        granular
            .map(|(_, name)| *name)
            .or_else(|| self.transaction_type(value.checked_sub(1)?.try_into().ok()?))
    }

    /// The value of `PermissionValue` for a name.
    pub fn permission_value(&self, name: &str) -> Option<u32> {
        let granular = GRANULAR_PERMISSIONS.iter().find(|(_, known)| *known == name);
        granular
            .map(|(code, _)| *code)
            .or_else(|| Some(u32::from(self.transaction_type_code(name)?) + 1))
    }

    /// The name of a transaction type, or `Unknown_<code>`.
    pub fn transaction_type_or_unknown(&self, code: u16) -> Cow<'_, str> {
        self.transaction_type(code).map_or_else(|| Cow::Owned(unknown(code)), Cow::Borrowed)
    }

    /// The name of a result, or `Unknown_<code>`.
    pub fn transaction_result_or_unknown(&self, code: u8) -> Cow<'_, str> {
        self.transaction_result(code)
            .map_or_else(|| Cow::Owned(unknown(code.into())), Cow::Borrowed)
    }

    /// The name of a ledger entry type, or `Unknown_<code>`.
    pub fn ledger_entry_type_or_unknown(&self, code: u16) -> Cow<'_, str> {
        self.ledger_entry_type(code).map_or_else(|| Cow::Owned(unknown(code)), Cow::Borrowed)
    }
}

/// Permissions finer than a transaction type (rippled's `permissions.macro`); definitions don't carry them.
const GRANULAR_PERMISSIONS: [(u32, &str); 14] = [
    (65_537, "TrustlineAuthorize"),
    (65_538, "TrustlineFreeze"),
    (65_539, "TrustlineUnfreeze"),
    (65_540, "AccountDomainSet"),
    (65_541, "AccountEmailHashSet"),
    (65_542, "AccountMessageKeySet"),
    (65_543, "AccountTransferRateSet"),
    (65_544, "AccountTickSizeSet"),
    (65_545, "PaymentMint"),
    (65_546, "PaymentBurn"),
    (65_547, "MPTokenIssuanceLock"),
    (65_548, "MPTokenIssuanceUnlock"),
    (65_549, "SponsorFee"),
    (65_550, "SponsorReserve"),
];

fn unknown(code: u16) -> String {
    format!("Unknown_{code}")
}

fn wire_position(code: FieldCode) -> Option<usize> {
    let type_code = usize::try_from(code.type_code).ok().filter(|code| *code < WIRE_TYPES_MAX)?;
    let nth = usize::try_from(code.nth).ok().filter(|nth| (1..WIRE_NUMBERS).contains(nth))?;
    Some(type_code * WIRE_NUMBERS + nth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtin_has_what_the_protocol_counts() {
        let builtin = Definitions::builtin();
        assert_eq!(builtin.fields().len(), 361);
        assert_eq!(builtin.fields().iter().filter(|field| field.is_serialized).count(), 352);
        assert_eq!(builtin.transaction_types().count(), 82);
        assert_eq!(builtin.ledger_entry_types().count(), 31);
        assert_eq!(builtin.transaction_results().count(), 195);
    }

    #[test]
    fn names_and_numbers_lead_to_each_other() {
        let builtin = Definitions::builtin();
        for field in builtin.fields() {
            assert_eq!(builtin.field_named(&field.name), Some(field));
            let by_code = builtin.field(field.code);
            assert_eq!(
                by_code,
                Some(field).filter(|field| field.is_serialized && field.serialized_type.is_some())
            );
        }
        for (code, name) in builtin.transaction_types() {
            let code = u16::try_from(code).unwrap();
            assert_eq!(
                (builtin.transaction_type(code), builtin.transaction_type_code(name)),
                (Some(name), Some(code))
            );
        }
        assert_eq!(builtin.transaction_result_code("tecKILLED"), Some(150));
        assert_eq!(builtin.ledger_entry_type(97), Some("AccountRoot"));
    }

    #[test]
    fn permission_is_a_transaction_type_plus_one_or_a_granular_one() {
        let builtin = Definitions::builtin();
        assert_eq!(
            (builtin.permission(1), builtin.permission_value("Payment")),
            (Some("Payment"), Some(1))
        );
        let granular = (builtin.permission(65_538), builtin.permission_value("TrustlineFreeze"));
        assert_eq!(granular, (Some("TrustlineFreeze"), Some(65_538)));
        assert_eq!((builtin.permission(0), builtin.permission_value("Bribe")), (None, None));
    }

    #[test]
    fn definitions_that_contradict_themselves_are_refused() {
        let json = |fields: &str| {
            let codes = r#""TRANSACTION_TYPES":{"Invalid":-1,"Payment":0},"LEDGER_ENTRY_TYPES":{},"TRANSACTION_RESULTS":{}"#;
            format!(
                r#"{{"result":{{"TYPES":{{"UInt32":2,"Blob":7}},"FIELDS":[{fields}],{codes}}}}}"#
            )
        };
        let field = |name: &str, nth: u8, is_vl: bool| {
            let flags =
                format!(r#""isVLEncoded":{is_vl},"isSerialized":true,"isSigningField":true"#);
            format!(r#"["{name}",{{"nth":{nth},{flags},"type":"UInt32"}}]"#)
        };
        let read = |fields: String| Definitions::from_json(json(&fields).as_bytes());
        assert_eq!(
            read(field("Flags", 2, false)).unwrap().field_named("Flags").unwrap().code,
            FieldCode::new(2, 2)
        );
        for wrong in [
            field("Flags", 2, false) + "," + &field("Sequence", 2, false),
            field("Flags", 2, false) + "," + &field("Flags", 3, false),
            field("Flags", 2, true),
            field("Fl\\\"ags", 2, false),
        ] {
            assert!(matches!(read(wrong), Err(DefinitionsError::Entry(_))));
        }
        assert!(matches!(Definitions::from_json(b"{}"), Err(DefinitionsError::Json(_))));
    }
}
