//! The table of paths that the typed records have: `paths.tsv`, with what `fields.tsv` says of each name.
//!
//! The fields of a record stand in the order in which the protocol's binary form has them, so that whoever reads that form
//! can write a record as it goes; names that the protocol lacks come last.

use std::sync::OnceLock;

const PATHS: &str = include_str!("../paths.tsv");
const FIELDS: &str = include_str!("../fields.tsv");

/// A record of the table: the fields that an object has, or an element of an array.
#[derive(Debug)]
pub struct Shape {
    /// The record's name in Avro.
    pub name: &'static str,
    /// Its fields, in order.
    pub slots: Vec<Slot>,
}

/// A field of a record of the table. Every field may be absent.
#[derive(Debug)]
pub struct Slot {
    /// The last part of the path.
    pub name: &'static str,
    /// The dotted path, without the indexes of arrays.
    pub path: &'static str,
    /// The types in JSON that the table allows, separated by `|`.
    pub types: &'static str,
    /// How the value is written.
    pub form: Form,
    /// What the field means.
    pub doc: &'static str,
    /// The fields of an object, or of the elements of an array.
    pub shape: Option<Shape>,
}

/// How a value of JSON is written in Avro.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Text as it is.
    Text,
    /// An address, as text.
    Address,
    /// So many bytes; in JSON upper-case hexadecimal.
    Hash(usize),
    /// Any number of bytes; in JSON upper-case hexadecimal.
    Blob,
    /// A whole number.
    Long,
    /// A whole number; in JSON its decimal digits as text.
    Digits,
    /// A moment in milliseconds since the Unix epoch; in JSON seconds since 2000-01-01T00:00:00Z.
    Time,
    /// Yes or no.
    Bool,
    /// The record `Amount`.
    Amount,
    /// A record.
    Object,
    /// An array of records.
    Array,
    /// An array of 256-bit hashes.
    Hashes,
    /// Payment paths: an array of records with the field `list`; in JSON an array of arrays.
    Paths,
    /// The steps of a path: an array of records.
    Steps,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathRow {
    /// The dotted path.
    pub path: &'static str,
    /// The types in JSON that the table allows, separated by `|`.
    pub types: &'static str,
    form: &'static str,
}

/// The fields of a transaction with its metadata.
pub fn transaction_shape() -> &'static Shape {
    static SHAPE: OnceLock<Shape> = OnceLock::new();
    SHAPE.get_or_init(|| shape("TransactionFields", &transaction_paths(), ""))
}

/// The fields of a reply about a ledger.
pub fn ledger_shape() -> &'static Shape {
    static SHAPE: OnceLock<Shape> = OnceLock::new();
    SHAPE.get_or_init(|| shape("LedgerFields", &ledger_paths(), ""))
}

/// All rows about transactions.
pub fn transaction_paths() -> Vec<PathRow> {
    rows("transaction")
}

/// All rows about ledgers.
pub fn ledger_paths() -> Vec<PathRow> {
    rows("ledger")
}

impl Shape {
    /// The field with this name.
    pub fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }
}

impl Slot {
    /// Whether the table allows this type in JSON.
    pub fn allows(&self, json_type: &str) -> bool {
        self.types.split('|').any(|allowed| allowed == json_type)
    }
}

fn rows(message: &str) -> Vec<PathRow> {
    let rows = PATHS.lines().skip(1).filter_map(|line| {
        let mut columns = line.split('\t');
        let mut column = || columns.next().expect("a row of the table has four columns");
        let (of, path, types, form) = (column(), column(), column(), column());
        (of == message).then_some(PathRow { path, types, form })
    });
    rows.collect()
}

fn shape(name: &'static str, rows: &[PathRow], parent: &str) -> Shape {
    let children = rows.iter().filter_map(|row| {
        let (before, name) = row.path.rsplit_once('.').unwrap_or(("", row.path));
        (before == parent).then(|| slot(name, row, rows))
    });
    Shape { name, slots: children.collect() }
}

fn slot(name: &'static str, row: &PathRow, rows: &[PathRow]) -> Slot {
    let form = form(row.form);
    let nested = matches!(form, Form::Object | Form::Array | Form::Paths | Form::Steps);
    let shape = nested.then(|| shape(row.path.replace('.', "_").leak(), rows, row.path));
    Slot { name, path: row.path, types: row.types, form, doc: doc(name), shape }
}

fn form(name: &str) -> Form {
    match name {
        "text" => Form::Text,
        "address" => Form::Address,
        "hash128" => Form::Hash(16),
        "hash160" => Form::Hash(20),
        "hash256" => Form::Hash(32),
        "blob" => Form::Blob,
        "long" => Form::Long,
        "digits" => Form::Digits,
        "time" => Form::Time,
        "bool" => Form::Bool,
        "amount" => Form::Amount,
        "object" => Form::Object,
        "array" => Form::Array,
        "hashes" => Form::Hashes,
        "paths" => Form::Paths,
        "steps" => Form::Steps,
        other => panic!("the table has no form {other}"),
    }
}

fn doc(name: &str) -> &'static str {
    let mut lines = FIELDS.lines().filter_map(|line| line.split_once('\t'));
    lines.find(|(known, _)| *known == name).expect("every name of the table is explained").1
}
