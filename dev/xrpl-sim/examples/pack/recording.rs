//! Reads what was captured from a real rippled.

use std::path::PathBuf;

use anyhow::Context;
use serde_json::Value;

/// A directory of replies captured from one chain.
pub(crate) struct Recording {
    directory: PathBuf,
}

impl Recording {
    /// The replies of a chain, by the name of its folder.
    pub(crate) fn of(chain: &str) -> Self {
        Self { directory: recordings::folder().join(chain) }
    }

    /// A capture by its name without ending.
    pub(crate) fn read(&self, name: &str) -> anyhow::Result<Value> {
        let path = self.directory.join(format!("{name}.json"));
        let text = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{name} is not JSON"))
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
        let names = files.iter().filter_map(|name| name.to_str()?.strip_suffix(".json"));
        let mut indexes: Vec<u32> = names
            .filter_map(|name| name.strip_prefix(before)?.strip_suffix(after)?.parse().ok())
            .collect();
        indexes.sort_unstable();
        Ok(indexes)
    }
}
