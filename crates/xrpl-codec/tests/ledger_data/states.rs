//! Recorded ledger states: `account_hash` recomputes, entries are written as the server wrote them.

use std::collections::BTreeMap;

use serde_json::Value;
use xrpl_codec::json::{Unknown, write_entry_json};
use xrpl_codec::{
    Definitions, Hash256, LedgerHashes, flag_ledgers_key, recent_ledgers_key, state_tree_root,
};

use crate::recorded::{CHAINS, chain_ledgers, files, hash, hex, ledger, read_json};

struct State {
    index: u32,
    account_hash: Hash256,
    entries: BTreeMap<Hash256, Vec<u8>>,
}

fn entries(list: &Value) -> BTreeMap<Hash256, Vec<u8>> {
    let list = list.as_array().unwrap();
    list.iter().map(|entry| (hash(&entry["index"]), hex(&entry["data"]))).collect()
}

fn for_each_state(mut check: impl FnMut(&str, &State)) -> usize {
    let mut states = 0;
    for chain in &CHAINS[1..] {
        for path in files(&recordings::folder().join(chain), "state-") {
            let json = read_json(&path);
            let index = json["ledger_index"].as_u64().unwrap().try_into().unwrap();
            check(
                chain,
                &State {
                    index,
                    account_hash: hash(&json["account_hash"]),
                    entries: entries(&json["entries"]),
                },
            );
            states += 1;
        }
    }
    states
}

#[test]
fn account_hash_of_every_saved_state_recomputes() {
    let states = for_each_state(|_, state| {
        let entries = state.entries.iter().map(|(index, data)| (*index, data.as_slice()));
        assert_eq!(state_tree_root(entries), state.account_hash, "{}", state.index);
    });
    assert!(states == 98 + 6, "{states}");
}

#[test]
fn entries_are_written_as_the_server_wrote_them() {
    let mut compared = 0;
    for chain in &CHAINS[..2] {
        let result =
            |path| read_json(path).get("result").cloned().unwrap_or_else(|| read_json(path));
        let [binary, json] = ["ledger_data-bin", "ledger_data-json"]
            .map(|kind| files(&recordings::folder().join(chain), kind));
        for (binary, json) in
            binary.iter().zip(&json).map(|(binary, json)| (result(binary), result(json)))
        {
            let served = json["state"].as_array().unwrap();
            let binary = entries(&binary["state"]);
            assert_eq!(served.len(), binary.len());
            for server in served {
                let index = hash(&server["index"]);
                let mut out = Vec::new();
                let unknown =
                    write_entry_json(Definitions::builtin(), index, &binary[&index], &mut out);
                assert_eq!(unknown, Ok(Unknown::default()));
                assert_eq!(&serde_json::from_slice::<Value>(&out).unwrap(), server);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 197 + 60);
}

#[test]
fn ledger_hashes_name_the_ledgers_before() {
    let mut hashes = BTreeMap::new();
    for chain in &CHAINS[1..] {
        for recorded in chain_ledgers(chain) {
            let ledger = ledger(&recorded.v1_binary);
            hashes.insert((*chain, ledger.header.index), ledger.hash);
        }
    }
    let (mut recent, mut flag) = (0, 0);
    for_each_state(|chain, state| {
        let entry = LedgerHashes::parse(&state.entries[&recent_ledgers_key()]).unwrap();
        assert_eq!(entry.last, state.index - 1);
        for index in state.index.saturating_sub(300)..state.index {
            let known = hashes
                .iter()
                .find(|((of, at), _)| *of == chain && *at == index)
                .map(|(_, hash)| *hash);
            let Some(known) = known else { continue };
            let is_within = state.index - index <= 256;
            assert_eq!(
                entry.recent(index),
                Some(known).filter(|_| is_within),
                "{index} at {}",
                state.index
            );
            recent += u32::from(is_within);
        }
        if let Some(data) = state.entries.get(&flag_ledgers_key(state.index)) {
            let entry = LedgerHashes::parse(data).unwrap();
            for index in (256..state.index).step_by(256) {
                if let Some((_, known)) =
                    hashes.iter().find(|((of, at), _)| *of == chain && *at == index)
                {
                    assert_eq!(entry.flag(index), Some(*known));
                    flag += 1;
                }
            }
        }
    });
    assert!(recent > 5000 && flag > 10, "{recent} {flag}");
}
