//! The schemas of the typed records are made from the table of paths.
//!
//! To make them anew after the table has changed, run the tests with `ACCEPT_GENERATED=1`.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not find fails it")]

mod avsc;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use schemas::{
    Form, Shape, Slot, ledger_paths, ledger_shape, transaction_paths, transaction_shape,
};

fn check(name: &str, made: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("{name}.avsc"));
    if std::env::var_os("ACCEPT_GENERATED").is_some() {
        fs::write(&path, made).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap();
    assert_eq!(found, made, "{} is what the table says", path.display());
}

#[test]
fn schema_of_transaction_records_is_what_the_table_says() {
    check("transaction-records", &avsc::transaction_records());
}

#[test]
fn schema_of_ledger_records_is_what_the_table_says() {
    check("ledger-records", &avsc::ledger_records());
}

/// The paths that a shape holds, those inside of amounts among them.
fn paths(shape: &Shape, all: &mut BTreeSet<String>) {
    for slot in &shape.slots {
        all.insert(slot.path.to_owned());
        if slot.form == Form::Amount && slot.allows("object") {
            all.extend(["currency", "issuer", "value"].map(|part| format!("{}.{part}", slot.path)));
        }
        slot.shape.iter().for_each(|shape| paths(shape, all));
    }
}

#[test]
fn every_path_of_the_table_is_a_typed_field() {
    for (shape, rows, count) in
        [(transaction_shape(), transaction_paths(), 579), (ledger_shape(), ledger_paths(), 26)]
    {
        let mut typed = BTreeSet::new();
        paths(shape, &mut typed);
        let table: BTreeSet<String> = rows.iter().map(|row| row.path.to_owned()).collect();
        let apart: Vec<_> = typed.symmetric_difference(&table).collect();
        assert!(apart.is_empty(), "{apart:?}");
        println!("{count} paths of the table are typed fields");
        assert_eq!(table.len(), count);
    }
}

#[test]
fn forms_hold_what_the_table_allows() {
    fn check(slot: &Slot) {
        let allowed: &[&str] = match slot.form {
            Form::Amount => &["object", "string", "object|string"],
            Form::Object => &["object"],
            Form::Array | Form::Hashes | Form::Paths | Form::Steps => &["array"],
            Form::Long | Form::Time => &["int"],
            Form::Bool => &["bool"],
            _ => &["string"],
        };
        assert!(allowed.contains(&slot.types), "{} is {}", slot.path, slot.types);
        slot.shape.iter().flat_map(|shape| &shape.slots).for_each(check);
    }
    for shape in [transaction_shape(), ledger_shape()] {
        shape.slots.iter().for_each(check);
    }
}
