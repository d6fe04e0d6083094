//! Makes Avro schemas out of the table of paths.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use schemas::{Form, Shape, Slot, ledger_shape, transaction_shape};

/// Fields that a message has beside those of the table: name, type, documentation.
type Plain = (&'static str, &'static str, &'static str);

const INDEX: Plain = (
    "ledger_index",
    r#""long""#,
    "Index (sequence number) of the ledger; unsigned 32 bits in the protocol.",
);
const CLOSE_TIME: Plain = (
    "close_time",
    r#""long""#,
    "Close time of the ledger in seconds since 2000-01-01T00:00:00Z, rounded by the network to the resolution in the header.",
);
const COUNT: &str = "How many transactions the ledger has.";
const LEDGER_HASH: &str =
    "Hash of the ledger's header: SHA-512Half over `LWR\\0` and the header's 118 bytes.";
const UNTYPED: &str = "What the table of paths lacks or forbids, by path, in the order of paths.";

/// The schema of `transaction-records`.
pub(crate) fn transaction_records() -> String {
    let mut schema =
        Schema::new("TransactionRecord", "A transaction of a verified ledger, typed without loss.");
    schema.plain(INDEX);
    schema.field("ledger_hash", LEDGER_HASH, |schema| schema.hash(32));
    schema.plain(CLOSE_TIME);
    let position = "Position of the transaction in execution order (`TransactionIndex`), from 0.";
    schema.plain(("position", r#""int""#, position));
    schema.plain(("count", r#""int""#, COUNT));
    let doc = "The transaction, every field under its name in JSON; all may be absent.";
    schema.field("transaction", doc, |schema| schema.record(transaction_shape()));
    let doc = "What the balances say that a payment delivered, where that is not what `delivered_amount` says: servers are \
               wrong about partial payments of multi-purpose tokens.";
    schema.nullable("delivered_by_balances", doc, Schema::amount);
    schema.field("untyped", UNTYPED, Schema::untyped);
    schema.end()
}

/// The schema of `ledger-records`.
pub(crate) fn ledger_records() -> String {
    let mut schema = Schema::new("LedgerRecord", "A verified ledger's header, typed without loss.");
    schema.plain(INDEX);
    schema.field("ledger_hash", LEDGER_HASH, |schema| schema.hash(32));
    schema.plain(CLOSE_TIME);
    let doc = "Close time of the ledger before, in seconds since 2000-01-01T00:00:00Z.";
    schema.plain(("parent_close_time", r#""long""#, doc));
    schema.plain(("transaction_count", r#""int""#, COUNT));
    let doc = "The result of rippled's `ledger` command without transactions, every field under its name in JSON.";
    schema.field("result", doc, |schema| schema.record(ledger_shape()));
    schema.field("untyped", UNTYPED, Schema::untyped);
    schema.end()
}

/// A schema as far as it is written, one field a line.
struct Schema {
    text: String,
    /// Named types that are defined already.
    named: BTreeSet<String>,
    depth: usize,
    is_first: bool,
}

impl Schema {
    fn new(name: &str, doc: &str) -> Self {
        let mut schema =
            Self { text: String::new(), named: BTreeSet::new(), depth: 0, is_first: true };
        schema.begin(name, doc);
        schema
    }

    fn begin(&mut self, name: &str, doc: &str) {
        let head = format!(
            r#"{{"type": "record", "name": "{name}", "namespace": "ekspiper", "doc": "{doc}", "fields": ["#
        );
        self.text += &head;
        self.depth += 1;
        self.is_first = true;
    }

    fn finish(&mut self) {
        self.depth -= 1;
        self.is_first = false;
        self.line();
        self.text += "]}";
    }

    fn end(mut self) -> String {
        self.finish();
        self.text + "\n"
    }

    fn line(&mut self) {
        self.text.push('\n');
        self.text += &"  ".repeat(self.depth);
    }

    fn plain(&mut self, (name, kind, doc): Plain) {
        self.field(name, doc, |schema| schema.text += kind);
    }

    fn field(&mut self, name: &str, doc: &str, kind: impl FnOnce(&mut Self)) {
        self.head(name, doc);
        self.text += r#", "type": "#;
        kind(self);
        self.text.push('}');
    }

    fn nullable(&mut self, name: &str, doc: &str, kind: impl FnOnce(&mut Self)) {
        self.head(name, doc);
        self.text += r#", "default": null, "type": ["null", "#;
        kind(self);
        self.text += "]}";
    }

    fn head(&mut self, name: &str, doc: &str) {
        if !std::mem::take(&mut self.is_first) {
            self.text.push(',');
        }
        self.line();
        let doc = doc.replace('\\', "\\\\");
        write!(self.text, r#"{{"name": "{name}", "doc": "{doc}""#).unwrap();
    }

    fn named(&mut self, name: &str, define: impl FnOnce(&mut Self)) {
        if self.named.insert(name.to_owned()) {
            define(self);
        } else {
            write!(self.text, r#""ekspiper.{name}""#).unwrap();
        }
    }

    fn hash(&mut self, bytes: usize) {
        let name = format!("Hash{}", 8 * bytes);
        self.named(&name.clone(), |schema| {
            write!(
                schema.text,
                r#"{{"type": "fixed", "name": "{name}", "namespace": "ekspiper", "size": {bytes}}}"#
            )
            .unwrap();
        });
    }

    fn amount(&mut self) {
        self.named("Amount", |schema| {
            schema.begin("Amount", "An amount whose unit is known.");
            let text = r#""string""#;
            let kind = "`xrp` (drops), `issued`, `mpt`, or `unavailable` where nobody wrote the amount down.";
            schema.plain(("kind", text, kind));
            let value = "How much, as the server writes it: drops or units as a whole number, of an issued currency a decimal; empty if unavailable.";
            schema.plain(("value", text, value));
            for (name, doc) in [
                ("currency", "Of an issued currency: a three-character code or 40 hexadecimal digits."),
                ("issuer", "Of an issued currency: address of the issuer."),
                ("mpt_issuance_id", "Of a multi-purpose token: its id, 48 hexadecimal digits."),
            ] {
                schema.nullable(name, doc, |schema| schema.text += text);
            }
            schema.finish();
        });
    }

    fn untyped(&mut self) {
        self.text += r#"{"type": "array", "items": "#;
        self.begin("UntypedField", "A value that the table of paths lacks or forbids.");
        let text = r#""string""#;
        let path = "Where it stands in the JSON of API version 1: names after dots, indexes of arrays in brackets, such as \
                    `metaData.AffectedNodes[2].ModifiedNode.FinalFields.AssetScale`; a backslash stands before a dot, bracket or \
                    backslash in a name.";
        self.plain(("path", text, path));
        let kind = "`amount`, or the type of the JSON: `string`, `int`, `float`, `bool`, `null`, `object`, `array`.";
        self.plain(("kind", text, kind));
        self.plain(("json", text, "The value as the server writes it; of objects and arrays with fields of their own only the empty ones, the others are there by their fields."));
        self.finish();
        self.text.push('}');
    }

    fn record(&mut self, shape: &Shape) {
        self.begin(shape.name, "Fields of the table of paths.");
        for slot in &shape.slots {
            self.nullable(slot.name, slot.doc, |schema| schema.kind(slot));
        }
        self.finish();
    }

    fn kind(&mut self, slot: &Slot) {
        match slot.form {
            Form::Text | Form::Address => self.text += r#""string""#,
            Form::Hash(bytes) => self.hash(bytes),
            Form::Blob => self.text += r#""bytes""#,
            Form::Long | Form::Digits => self.text += r#""long""#,
            Form::Time => self.text += r#"{"type": "long", "logicalType": "timestamp-millis"}"#,
            Form::Bool => self.text += r#""boolean""#,
            Form::Amount => self.amount(),
            Form::Hashes => self.items(|schema| schema.hash(32)),
            Form::Object => self.record(slot.shape.as_ref().unwrap()),
            Form::Array | Form::Paths | Form::Steps => {
                self.items(|schema| schema.record(slot.shape.as_ref().unwrap()));
            }
        }
    }

    fn items(&mut self, items: impl FnOnce(&mut Self)) {
        self.text += r#"{"type": "array", "items": "#;
        items(self);
        self.text.push('}');
    }
}
