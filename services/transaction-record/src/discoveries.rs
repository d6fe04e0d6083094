//! Untyped paths and types that were announced in `schema-discoveries`.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::OnceLock;

use records::{Step, UntypedFields, UntypedValue, steps};
use schemas::{SchemaDiscovery, transaction_paths};
use serde_json::Value;

/// Paths announced at most. Further new ones are still stored and counted, but not announced.
const PATHS_MAX: usize = 4_096;

/// The discoveries that a partition has announced.
#[derive(Debug, Clone, Default)]
pub(crate) struct Discoveries {
    announced: HashMap<String, AnnouncedTypes>,
}

#[derive(Debug, Clone)]
struct AnnouncedTypes {
    types: BTreeSet<String>,
    first_ledger_index: u32,
}

/// A path with a type that was not announced yet.
#[derive(Debug, Clone)]
pub(crate) struct Discovery {
    path: String,
    seen: AnnouncedTypes,
    ledger_index: u32,
}

impl Discovery {
    /// The record to announce.
    pub(crate) fn message(&self) -> SchemaDiscovery<'_> {
        SchemaDiscovery {
            path: &self.path,
            types: self.seen.types.iter().map(String::as_str).collect(),
            first_ledger_index: self.seen.first_ledger_index,
            ledger_index: self.ledger_index,
        }
    }
}

impl Discoveries {
    /// Paths and types among the untyped fields of a transaction that were not announced yet.
    pub(crate) fn found(&self, untyped: &UntypedFields, ledger_index: u32) -> Vec<Discovery> {
        let mut found: Vec<Discovery> = Vec::new();
        for value in untyped.values() {
            each_path(&value, &mut |path, kind| self.note(path, kind, ledger_index, &mut found));
        }
        found
    }

    /// Marks discoveries as announced, once their records are in the output.
    pub(crate) fn mark_announced(&mut self, found: Vec<Discovery>) {
        for discovery in found {
            self.announced.insert(discovery.path, discovery.seen);
        }
    }

    /// Restores a discovery that an earlier attempt or instance has announced.
    pub(crate) fn restore(&mut self, discovery: &SchemaDiscovery<'_>) {
        let seen = AnnouncedTypes {
            types: discovery.types.iter().map(|kind| (*kind).to_owned()).collect(),
            first_ledger_index: discovery.first_ledger_index,
        };
        self.announced.insert(discovery.path.to_owned(), seen);
    }

    fn note(&self, path: &str, kind: &str, ledger_index: u32, found: &mut Vec<Discovery>) {
        let known = self.announced.get(path);
        if known.is_some_and(|seen| seen.types.contains(kind)) {
            return;
        }
        if let Some(discovery) = found.iter_mut().find(|discovery| discovery.path == path) {
            discovery.seen.types.insert(kind.to_owned());
            return;
        }
        if known.is_none() && self.announced.len() + found.len() >= PATHS_MAX {
            return;
        }
        let first = || AnnouncedTypes { types: BTreeSet::new(), first_ledger_index: ledger_index };
        let mut seen = known.cloned().unwrap_or_else(first);
        seen.types.insert(kind.to_owned());
        found.push(Discovery { path: path.to_owned(), seen, ledger_index });
    }
}

/// Calls `each` with the value's path and type, with those of what it holds, and with those of what it stands in below the
/// fields of the table.
fn each_path(value: &UntypedValue<'_>, each: &mut impl FnMut(&str, &str)) {
    let mut path = around(value.path, each);
    match value.kind {
        "amount" | "object" if value.json.len() > 2 && value.json.starts_with('{') => {
            // What was written as JSON is JSON.
            let json = serde_json::from_str(value.json).unwrap_or_default();
            each_inside(&mut path, &json, each);
        }
        "amount" => each(&path, "string"),
        kind => each(&path, kind),
    }
}

/// Calls `each` with the objects and arrays on the way to a value that the table lacks; the bare path of the value.
fn around(path: &str, each: &mut impl FnMut(&str, &str)) -> String {
    let steps = steps(path).expect("an untyped field has a path");
    let mut bare = String::new();
    for (at, step) in steps.iter().enumerate() {
        let next = steps.get(at + 1);
        match (step, next) {
            (Step::Name(name), _) => {
                if at > 0 {
                    bare.push('.');
                }
                bare.push_str(name);
            }
            (Step::Index(_), Some(Step::Index(_))) => bare.push_str(".list"),
            (Step::Index(_), _) => continue,
        }
        if let Some(next) = next.filter(|_| !table().contains(bare.as_str())) {
            each(&bare, if matches!(next, Step::Index(_)) { "array" } else { "object" });
        }
    }
    bare
}

/// The paths of the table.
fn table() -> &'static HashSet<&'static str> {
    static TABLE: OnceLock<HashSet<&str>> = OnceLock::new();
    TABLE.get_or_init(|| transaction_paths().iter().map(|row| row.path).collect())
}

fn each_inside(path: &mut String, json: &Value, each: &mut impl FnMut(&str, &str)) {
    let Value::Object(members) = json else {
        return each(path, if json.is_number() { "int" } else { "string" });
    };
    each(path, "object");
    let end = path.len();
    for (name, value) in members {
        path.push('.');
        path.push_str(name);
        each_inside(path, value, each);
        path.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use records::TransactionWriter;
    use schemas::{LedgerPosition, Transaction};
    use xrpl_codec::{Definitions, encode};

    use super::*;

    fn found(discoveries: &mut Discoveries, ledger_index: u32, more: &Value) -> Vec<String> {
        let mut tx = serde_json::json!({
            "TransactionType": "AccountSet", "Account": "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B", "Fee": "10",
            "Sequence": 1, "SigningPubKey": "",
        });
        tx.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let meta = serde_json::json!({"TransactionIndex": 0, "TransactionResult": "tesSUCCESS"});
        let bytes = |json: &Value| encode(Definitions::builtin(), json).unwrap();
        let mut writer = TransactionWriter::default();
        let at = LedgerPosition {
            ledger_index,
            ledger_hash: [1; 32],
            close_time: 0,
            position: 0,
            count: 1,
        };
        let (tx_blob, meta_blob) = (bytes(&tx), bytes(&meta));
        let transaction = Transaction::of(at, [2; 32], &tx_blob, &meta_blob);
        let found = discoveries.found(writer.write(&transaction).unwrap().untyped, ledger_index);
        let lines = found
            .iter()
            .map(Discovery::message)
            .map(|it| format!("{} {} {}", it.path, it.types.join("|"), it.first_ledger_index));
        let lines = lines.collect();
        discoveries.mark_announced(found);
        lines
    }

    #[test]
    fn each_path_and_type_is_announced_once_with_its_first_ledger() {
        let mut discoveries = Discoveries::default();
        let more =
            serde_json::json!({"AuthorizeCredentials": [{"Credential": {"CredentialType": "0B"}}]});
        let expected = [
            "AuthorizeCredentials array 7",
            "AuthorizeCredentials.Credential object 7",
            "AuthorizeCredentials.Credential.CredentialType string 7",
        ];
        assert_eq!(found(&mut discoveries, 7, &more), expected);
        assert!(found(&mut discoveries, 8, &more).is_empty());
    }

    #[test]
    fn new_type_on_a_path_is_announced_with_those_before() {
        let mut discoveries = Discoveries::default();
        assert_eq!(
            found(&mut discoveries, 7, &serde_json::json!({"Amount2": "5"})),
            ["Amount2 string 7"]
        );
        let usd = serde_json::json!({"currency": "USD", "issuer": "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B", "value": "1"});
        let expected = [
            "Amount2 object|string 7",
            "Amount2.currency string 8",
            "Amount2.issuer string 8",
            "Amount2.value string 8",
        ];
        assert_eq!(found(&mut discoveries, 8, &serde_json::json!({"Amount2": usd})), expected);
    }

    #[test]
    fn type_that_the_table_forbids_on_its_path_is_announced() {
        let mut discoveries = Discoveries::default();
        assert_eq!(
            found(&mut discoveries, 9, &serde_json::json!({"LimitAmount": "5"})),
            ["LimitAmount string 9"]
        );
    }

    #[test]
    fn restored_discoveries_are_not_announced_again() {
        let mut discoveries = Discoveries::default();
        let types = vec!["string"];
        discoveries.restore(&SchemaDiscovery {
            path: "Amount2",
            types,
            first_ledger_index: 3,
            ledger_index: 3,
        });
        assert!(found(&mut discoveries, 7, &serde_json::json!({"Amount2": "5"})).is_empty());
    }
}
