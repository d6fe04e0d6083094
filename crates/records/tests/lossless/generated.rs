//! Whatever JSON is imported comes back, whether the table foresees it or not.

use proptest::prelude::*;
use records::{Amounts, import, record_json};
use schemas::{Shape, TransactionRecords, transaction_shape};
use serde_json::{Map, Value};

use crate::every_path::AT;
use crate::samples::full;
use crate::wire::Wire;

/// Any JSON, with the names of the table at least as often as others.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        Just(Value::from(1.5)),
        Just(Value::from("unavailable")),
        Just(Value::from("0A".repeat(32))),
        "[0-9A-Fa-f.-]{0,6}".prop_map(Value::from),
        ".{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    let known =
        ["Memo", "ModifiedNode", "FinalFields", "Amount", "currency", "issuer", "value", "list"];
    prop_oneof![
        prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        "[a-zA-Z_.\\[\\]\\\\]{0,3}",
    ]
}

/// An object of the table in which some values are others.
fn disturbed() -> impl Strategy<Value = Map<String, Value>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), anything()), 0..6);
    (changes, prop::collection::btree_map(name(), anything(), 0..3)).prop_map(|(changes, more)| {
        let mut json = full(transaction_shape());
        let pointers = pointers(transaction_shape());
        for (at, value) in changes {
            if let Some(place) = pointer(&mut json, at.get::<String>(&pointers)) {
                *place = value;
            }
        }
        json.extend(more);
        json
    })
}

/// Where the values of a full object stand.
fn pointers(shape: &Shape) -> Vec<String> {
    let each = |slot: &schemas::Slot| {
        let own = slot.name.to_owned();
        let inner = slot.shape.as_ref().map(pointers).unwrap_or_default();
        let first = if slot.types == "array" { "/0" } else { "" };
        let inner: Vec<_> =
            inner.iter().map(|path| format!("{}{first}/{path}", slot.name)).collect();
        [vec![own], inner].concat()
    };
    shape.slots.iter().flat_map(each).collect()
}

fn pointer<'j>(json: &'j mut Map<String, Value>, pointer: &str) -> Option<&'j mut Value> {
    let mut steps = pointer.split('/');
    let first = json.get_mut(steps.next()?)?;
    steps.try_fold(first, |value, step| match value {
        Value::Object(members) => members.get_mut(step),
        Value::Array(elements) => elements.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_imported_comes_back(json in disturbed()) {
        let record = import::transaction_record(&json, AT);
        let message = flow::encode::<TransactionRecords>(&record).unwrap();
        let wire = Wire::new();
        let read = wire.read(&message);
        prop_assert_eq!(&read, &record);
        prop_assert_eq!(record_json(&read, Amounts::Server).unwrap(), json);
    }
}
