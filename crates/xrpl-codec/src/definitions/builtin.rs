//! The definitions that ship with this library.

use std::borrow::Cow;

use super::codes::Codes;
use super::{Definitions, Field, FieldCode, SerializedType};

const TABLE: &str = include_str!("../../definitions.txt");

/// Reads the library's own table, whose lines its first lines explain.
pub(super) fn builtin() -> Definitions {
    let mut types = Vec::new();
    let mut fields = Vec::new();
    let [mut transactions, mut entries, mut results] = [const { Vec::new() }; 3];
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&'static str> = line.split(' ').collect();
        match words[..] {
            ["type", name, code] => types.push((name, number(code))),
            ["field", type_name, nth, flags, name] => {
                fields.push(field(&types, type_name, nth, flags, name));
            }
            ["transaction", code, name] => {
                transactions.push((number(code).into(), Cow::Borrowed(name)));
            }
            ["entry", code, name] => entries.push((number(code).into(), Cow::Borrowed(name))),
            ["result", code, name] => results.push((number(code).into(), Cow::Borrowed(name))),
            _ => unreachable!("a line of the library's own table: {line}"),
        }
    }
    let codes = |pairs| Codes::new(pairs).expect("the library's own table names everything once");
    Definitions::new(fields, codes(transactions), codes(entries), codes(results))
        .expect("the library's own table names every field once")
}

fn field(
    types: &[(&'static str, i16)],
    type_name: &'static str,
    nth: &'static str,
    flags: &'static str,
    name: &'static str,
) -> Field {
    let (_, type_code) =
        types.iter().find(|(name, _)| *name == type_name).expect("the table has the type");
    Field {
        name: Cow::Borrowed(name),
        code: FieldCode::new(*type_code, number(nth)),
        serialized_type: SerializedType::of(*type_code),
        is_serialized: flags.contains('s'),
        is_signing: flags.contains('s') && !flags.contains('n'),
        is_decimal: flags.contains('d'),
        is_known: true,
    }
}

fn number(text: &'static str) -> i16 {
    text.parse().expect("the table has a number here")
}
