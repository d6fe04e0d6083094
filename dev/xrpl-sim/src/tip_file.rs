//! The hashes of a generated chain on disk: 32 bytes a ledger, appended as ledgers close.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use xrpl_codec::Hash256;

/// What a chain was generated from; another origin gives another chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) seed: u64,
    /// Index of the first ledger.
    pub(crate) first: u32,
    /// Transactions in each ledger.
    pub(crate) transactions: u32,
    /// Over the transactions that serve as templates.
    pub(crate) templates: Hash256,
}

const MAGIC: &[u8; 16] = b"xrpl-sim chain 1";
const HEADER_BYTES: usize = 64;

impl Origin {
    fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..16].copy_from_slice(MAGIC);
        bytes[16..24].copy_from_slice(&self.seed.to_be_bytes());
        bytes[24..28].copy_from_slice(&self.first.to_be_bytes());
        bytes[28..32].copy_from_slice(&self.transactions.to_be_bytes());
        bytes[32..].copy_from_slice(self.templates.as_bytes());
        bytes
    }
}

/// Why a chain on disk cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum TipFileError {
    /// The file cannot be read or written.
    #[error("chain file {path} cannot be used")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process goes on with this chain.
    #[error("chain file {path} is in use by another process")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file holds a chain of another seed, size, beginning or version.
    #[error(
        "chain file {path} holds another chain: give the seed, first ledger and transactions that made it, or \
         another data directory"
    )]
    OtherChain {
        /// The file.
        path: PathBuf,
    },
}

/// The file, positioned at its end.
#[derive(Debug)]
pub(crate) struct TipFile(File);

impl TipFile {
    /// Opens the chain in a directory, or begins one, and reads the hashes of the ledgers that were closed.
    pub(crate) fn open(
        directory: &Path,
        origin: Origin,
    ) -> Result<(Self, Vec<Hash256>), TipFileError> {
        let path = directory.join("ledger-hashes");
        let io = |source| TipFileError::Io { path: path.clone(), source };
        std::fs::create_dir_all(directory).map_err(io)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(TipFileError::InUse { path }),
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io)?;
        let header = origin.to_bytes();
        if bytes.len() < HEADER_BYTES && header.starts_with(&bytes) {
            file.write_all(&header[bytes.len()..]).map_err(io)?;
            return Ok((Self(file), Vec::new()));
        }
        let Some(rest) = bytes.strip_prefix(&header) else {
            return Err(TipFileError::OtherChain { path });
        };
        let (hashes, torn) = rest.as_chunks();
        let end = bytes.len() - torn.len();
        file.set_len(end as u64)
            .and_then(|()| file.seek(SeekFrom::Start(end as u64)))
            .map_err(io)?;
        Ok((Self(file), hashes.iter().copied().map(Hash256).collect()))
    }

    /// Appends the hashes of ledgers that closed.
    pub(crate) fn append(&mut self, hashes: &[Hash256]) -> std::io::Result<()> {
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
        self.0.write_all(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: Origin =
        Origin { seed: 7, first: 1, transactions: 3, templates: Hash256([9; 32]) };

    #[test]
    fn a_torn_end_is_cut_and_written_over() {
        let directory = tempfile::tempdir().unwrap();
        let (mut file, hashes) = TipFile::open(directory.path(), ORIGIN).unwrap();
        assert!(hashes.is_empty());
        file.append(&[Hash256([1; 32]), Hash256([2; 32])]).unwrap();
        drop(file);
        let path = directory.path().join("ledger-hashes");
        let length = std::fs::metadata(&path).unwrap().len();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 5).unwrap();
        let (mut file, hashes) = TipFile::open(directory.path(), ORIGIN).unwrap();
        assert_eq!(hashes, [Hash256([1; 32])]);
        file.append(&[Hash256([3; 32])]).unwrap();
        drop(file);
        let (_, hashes) = TipFile::open(directory.path(), ORIGIN).unwrap();
        assert_eq!(hashes, [Hash256([1; 32]), Hash256([3; 32])]);
    }

    #[test]
    fn a_chain_in_use_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let _held = TipFile::open(directory.path(), ORIGIN).unwrap();
        let error = TipFile::open(directory.path(), ORIGIN).unwrap_err();
        assert!(matches!(error, TipFileError::InUse { .. }));
    }

    #[test]
    fn a_chain_of_another_origin_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        TipFile::open(directory.path(), ORIGIN).unwrap();
        let error = TipFile::open(directory.path(), Origin { seed: 8, ..ORIGIN }).unwrap_err();
        assert!(matches!(error, TipFileError::OtherChain { .. }));
    }
}
