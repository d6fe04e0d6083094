//! Packs the captured chains into the archives that the simulator ships with, and checks every hash on the way.
//!
//! `cargo run --release -p xrpl-sim --example pack -- dev/xrpl-sim/chains`

#[path = "recording.rs"]
mod recording;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use recording::Recording;
use serde_json::Value;
use xrpl_codec::{Definitions, Expected, Hash256, Ledger, encode, state_tree_root, verify};
use xrpl_sim::{Archive, Change, StateChanges};

/// The code of the type of entry that follows from the chain.
const LEDGER_HASHES: [u8; 3] = [0x11, 0x00, 0x68];

/// All entries at one ledger.
type State = BTreeMap<Hash256, Vec<u8>>;

fn main() -> anyhow::Result<()> {
    let to: PathBuf = std::env::args_os().nth(1).context("give the directory to write to")?.into();
    for (name, directory) in [("small", "rippled-standalone"), ("large", "rippled-standalone-2")] {
        let archive = archive(&Recording::of(directory))?;
        let packed = archive.pack();
        anyhow::ensure!(
            Archive::unpack(&packed)? == archive,
            "{name} does not come out as it went in"
        );
        let path = to.join(format!("{name}.archive"));
        std::fs::write(&path, &packed).with_context(|| format!("writing {}", path.display()))?;
        let (ledgers, states) = (archive.ledgers.len(), archive.states.len());
        println!("{}: {ledgers} ledgers, {states} states, {} bytes", path.display(), packed.len());
    }
    Ok(())
}

fn archive(recording: &Recording) -> anyhow::Result<Archive> {
    let ledgers = ledgers(recording)?;
    let mut states = Vec::new();
    let mut before = State::new();
    for (ledger_index, state) in recorded_states(recording)? {
        let at = ledger_index
            .checked_sub(ledgers[0].header.index)
            .context("states follow the first ledger")?;
        let root = state_tree_root(state.iter().map(|(key, data)| (*key, data.as_slice())));
        anyhow::ensure!(
            ledgers[at as usize].header.account_hash == root,
            "state at {ledger_index} has another root"
        );
        states.push(StateChanges { ledger_index, changes: changes(&before, &state) });
        before = state;
    }
    let mut definitions = recording.read("server_definitions")?;
    let result = definitions.get_mut("result").map(Value::take);
    let mut definitions = result.unwrap_or(definitions);
    // The envelope has its own.
    definitions.as_object_mut().context("definitions are an object")?.remove("status");
    Ok(Archive { ledgers, states, definitions: definitions.to_string() })
}

fn ledgers(recording: &Recording) -> anyhow::Result<Vec<Arc<Ledger>>> {
    let mut ledgers: Vec<Arc<Ledger>> = Vec::new();
    for index in recording.ledgers()? {
        let reply = recording.read(&format!("ledger-{index}-v2-binary"))?;
        let transactions =
            reply["ledger"]["transactions"].as_array().map_or(&[][..], Vec::as_slice);
        let blobs =
            transactions.iter().map(|it| Ok((hex(&it["tx_blob"])?, hex(&it["meta_blob"])?)));
        let expected = Expected {
            index,
            hash: reply["ledger_hash"].as_str().context("a reply names its ledger")?.parse()?,
            parent_hash: ledgers.last().map(|parent| parent.hash),
        };
        let blobs = blobs.collect::<anyhow::Result<Vec<_>>>()?;
        let ledger = verify(&hex(&reply["ledger"]["ledger_data"])?, blobs, &expected)
            .with_context(|| format!("ledger {index} is not what its hash says"))?;
        ledgers.push(Arc::new(ledger));
    }
    Ok(ledgers)
}

fn changes(before: &State, after: &State) -> Vec<(Hash256, Change)> {
    let mut changes = Vec::new();
    for (key, data) in after {
        let change = match before.get(key) {
            Some(old) if old == data => continue,
            Some(_) if data.starts_with(&LEDGER_HASHES) => continue,
            _ if data.starts_with(&LEDGER_HASHES) => Change::LedgerHashes,
            _ => Change::Entry(data.clone()),
        };
        changes.push((*key, change));
    }
    changes.extend(
        before.keys().filter(|key| !after.contains_key(*key)).map(|key| (*key, Change::Gone)),
    );
    changes
}

fn recorded_states(recording: &Recording) -> anyhow::Result<Vec<(u32, State)>> {
    let indexes = recording.states()?;
    if indexes.is_empty() {
        return Ok(vec![first_state(recording)?, paged_state(recording)?]);
    }
    let state =
        |index: u32| Ok((index, entries(&recording.read(&format!("state-{index}"))?["entries"])?));
    indexes.into_iter().map(state).collect()
}

fn entries(entries: &Value) -> anyhow::Result<State> {
    let entries = entries.as_array().context("entries are an array")?;
    entries.iter().map(|it| Ok((hash(&it["index"])?, hex(&it["data"])?))).collect()
}

/// The state of the small chain's first ledger, which an administrator asked for in JSON.
fn first_state(recording: &Recording) -> anyhow::Result<(u32, State)> {
    let frames = recording.read("ws-admin")?;
    let mut ledgers =
        frames.as_array().context("frames are an array")?.iter().map(|it| &it["msg"]["result"]);
    let reply = ledgers
        .find(|it| it["ledger"].get("accountState").is_some())
        .context("no whole state was asked for")?;
    let entries = reply["ledger"]["accountState"].as_array().context("entries are an array")?;
    let state =
        entries.iter().map(|it| Ok((hash(&it["index"])?, encode(Definitions::builtin(), it)?)));
    let index = reply["ledger_index"].as_u64().context("a reply names its ledger")?;
    Ok((u32::try_from(index)?, state.collect::<anyhow::Result<_>>()?))
}

/// The state of the small chain's last ledger, which was captured in pages.
fn paged_state(recording: &Recording) -> anyhow::Result<(u32, State)> {
    let mut state = State::new();
    let mut page = 0;
    loop {
        let reply = recording.read(&format!("ledger_data-bin-page{page}"))?;
        state.extend(entries(&reply["state"])?);
        if reply.get("marker").is_none() {
            let index = reply["ledger_index"].as_u64().context("a reply names its ledger")?;
            return Ok((u32::try_from(index)?, state));
        }
        page += 1;
    }
}

fn hash(text: &Value) -> anyhow::Result<Hash256> {
    Ok(text.as_str().context("a hash is text")?.parse()?)
}

fn hex(text: &Value) -> anyhow::Result<Vec<u8>> {
    let digits = text.as_str().context("a blob is text")?;
    let mut bytes = vec![0; digits.len() / 2];
    faster_hex::hex_decode(digits.as_bytes(), &mut bytes)?;
    Ok(bytes)
}
