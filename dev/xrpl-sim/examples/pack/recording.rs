//! Reads what was captured from a real rippled.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use flate2::read::GzDecoder;
use serde_json::Value;

/// A directory of replies captured from one chain.
pub(crate) struct Recording {
    directory: PathBuf,
    /// Replies that stand together in one file, by name.
    together: BTreeMap<String, Value>,
}

/// The directory of the data that the projects share, if it is there.
pub(crate) fn shared_data() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("EKSPIPER_SHARED").map_or_else(beside, PathBuf::from);
    Some(shared.join("data")).filter(|data| data.is_dir())
}

impl Recording {
    /// Opens the directory of a chain.
    pub(crate) fn open(directory: PathBuf) -> anyhow::Result<Self> {
        let mut together = BTreeMap::new();
        let path = directory.join("empty-ledgers.jsonl.gz");
        if path.exists() {
            for line in BufReader::new(GzDecoder::new(File::open(&path)?)).lines() {
                let mut reply: Value = serde_json::from_str(&line?)?;
                let name = reply["name"].as_str().context("a reply has a name")?.to_owned();
                together.insert(name, reply["result"].take());
            }
        }
        Ok(Self { directory, together })
    }

    /// A capture by its name without ending.
    pub(crate) fn read(&self, name: &str) -> anyhow::Result<Value> {
        if let Some(reply) = self.together.get(name) {
            return Ok(reply.clone());
        }
        let path = self.directory.join(format!("{name}.json"));
        let mut text = String::new();
        if path.exists() {
            File::open(&path)?.read_to_string(&mut text)?;
        } else {
            let path = path.with_extension("json.gz");
            let file = File::open(&path).with_context(|| format!("opening {}", path.display()))?;
            GzDecoder::new(file).read_to_string(&mut text)?;
        }
        serde_json::from_str(&text).with_context(|| format!("{name} is not JSON"))
    }

    /// Indexes of the ledgers that were captured.
    pub(crate) fn ledgers(&self) -> anyhow::Result<Vec<u32>> {
        self.indexes("ledger-", "-v2-binary")
    }

    /// Indexes of the ledgers whose whole state was captured in a file of its own.
    pub(crate) fn states(&self) -> anyhow::Result<Vec<u32>> {
        self.indexes("state-", "")
    }

    fn indexes(&self, before: &str, after: &str) -> anyhow::Result<Vec<u32>> {
        let files = std::fs::read_dir(&self.directory)?.map(|file| Ok(file?.file_name()));
        let files = files.collect::<std::io::Result<Vec<_>>>()?;
        let files = files
            .iter()
            .filter_map(|name| name.to_str())
            .map(|name| name.split('.').next().unwrap_or(name));
        let names = files.chain(self.together.keys().map(String::as_str));
        let mut indexes: Vec<u32> = names
            .filter_map(|name| name.strip_prefix(before)?.strip_suffix(after)?.parse().ok())
            .collect();
        indexes.sort_unstable();
        indexes.dedup();
        Ok(indexes)
    }
}
