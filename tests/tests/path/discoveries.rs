//! Each untyped path is announced once per partition, with the first ledger that has it.

use std::collections::{BTreeMap, BTreeSet};

use flow::Decoder;
use records::bare_path;
use schemas::SchemaDiscoveries;

use crate::chain::Chain;
use crate::contents::Contents;
use crate::pipeline::PARTITIONS;

/// Every path that some record keeps beside its fields is announced, no type of it twice.
pub(crate) fn assert_announced(chain: &Chain, contents: &Contents) {
    let decoder = Decoder::new(&schemas::all());
    let mut announced: BTreeMap<(i32, String), (u32, BTreeSet<String>)> = BTreeMap::new();
    for record in contents.topic("schema-discoveries") {
        let found = decoder.decode::<SchemaDiscoveries>(&record.value).unwrap();
        assert_eq!(record.key, found.path.as_bytes());
        let types: BTreeSet<String> = found.types.iter().map(|kind| (*kind).to_owned()).collect();
        let place = (record.partition, found.path.to_owned());
        if let Some((first, before)) = announced.insert(place, (found.first_ledger_index, types)) {
            let (now, types) = &announced[&(record.partition, found.path.to_owned())];
            assert!(
                before.is_subset(types) && before != *types,
                "{} says something new",
                found.path
            );
            assert_eq!(first, *now, "{} was seen first where it was seen first", found.path);
        }
    }
    let mut expected: BTreeMap<(i32, String), u32> = BTreeMap::new();
    for record in chain.transaction_records() {
        for kept in &record.untyped {
            let mut path = String::new();
            bare_path(&kept.path, &mut path);
            let partition = i32::try_from(record.ledger_index % PARTITIONS).unwrap();
            expected.entry((partition, path)).or_insert(record.ledger_index);
        }
    }
    for (place, ledger) in &expected {
        assert_eq!(announced.get(place).map(|(first, _)| first), Some(ledger), "{place:?}");
    }
    println!(
        "{}: {} paths beside the table are announced {} times in {PARTITIONS} partitions",
        chain.name,
        expected.keys().map(|(_, path)| path).collect::<BTreeSet<_>>().len(),
        contents.topic("schema-discoveries").len()
    );
    assert!(!expected.is_empty(), "the chain has something that the table lacks");
}
