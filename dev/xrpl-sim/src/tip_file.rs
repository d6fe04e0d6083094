//! The hashes of a generated chain on disk, with close times if they are those of the clock: appended as ledgers close.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use xrpl_codec::Hash256;

/// The parameters of a generated chain; another origin gives another chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) seed: u64,
    /// Index of the first ledger.
    pub(crate) first: u32,
    /// Transactions in each ledger.
    pub(crate) transactions: u32,
    /// Over the transactions that serve as templates.
    pub(crate) templates: Hash256,
    /// Whether close times are those of the clock.
    pub(crate) real_time: bool,
}

/// A closed ledger in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed {
    pub(crate) hash: Hash256,
    /// Of a chain with the times of the clock; others calculate it.
    pub(crate) close_time: u32,
}

const MAGIC: &[u8; 16] = b"xrpl-sim chain 1";
const REAL_TIME_MAGIC: &[u8; 16] = b"xrpl-sim chain 2";
const HEADER_BYTES: usize = 64;

impl Origin {
    fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..16].copy_from_slice(if self.real_time { REAL_TIME_MAGIC } else { MAGIC });
        bytes[16..24].copy_from_slice(&self.seed.to_be_bytes());
        bytes[24..28].copy_from_slice(&self.first.to_be_bytes());
        bytes[28..32].copy_from_slice(&self.transactions.to_be_bytes());
        bytes[32..].copy_from_slice(self.templates.as_bytes());
        bytes
    }
}

/// Why a chain on disk can't be continued.
#[derive(Debug, thiserror::Error)]
pub enum TipFileError {
    /// The file cannot be read or written.
    #[error("chain file {path} cannot be used")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Another process uses this chain.
    #[error("chain file {path} is in use by another process")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file holds a chain of another seed, size, beginning or version.
    #[error(
        "chain file {path} has another chain: use its seed, first ledger, transactions and kind of close times, or \
         another data directory"
    )]
    OtherChain {
        /// The file.
        path: PathBuf,
    },
}

/// The file, positioned at its end.
#[derive(Debug)]
pub(crate) struct TipFile {
    file: File,
    real_time: bool,
}

impl TipFile {
    /// Opens the chain in a directory, or creates one, and reads its closed ledgers.
    pub(crate) fn open(
        directory: &Path,
        origin: Origin,
    ) -> Result<(Self, Vec<Closed>), TipFileError> {
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
            return Ok((Self { file, real_time: origin.real_time }, Vec::new()));
        }
        let Some(rest) = bytes.strip_prefix(&header) else {
            return Err(TipFileError::OtherChain { path });
        };
        let record_bytes = if origin.real_time { 36 } else { 32 };
        let records = rest.chunks_exact(record_bytes);
        let end = bytes.len() - records.remainder().len();
        let closed = records.map(|record| {
            let (hash, time) = record.split_first_chunk().expect("a record begins with a hash");
            let close_time = time.first_chunk().map_or(0, |time| u32::from_be_bytes(*time));
            Closed { hash: Hash256(*hash), close_time }
        });
        let closed = closed.collect();
        file.set_len(end as u64)
            .and_then(|()| file.seek(SeekFrom::Start(end as u64)))
            .map_err(io)?;
        Ok((Self { file, real_time: origin.real_time }, closed))
    }

    /// Appends ledgers that closed.
    pub(crate) fn append(&mut self, closed: &[Closed]) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        for Closed { hash, close_time } in closed {
            bytes.extend_from_slice(&hash.0);
            if self.real_time {
                bytes.extend_from_slice(&close_time.to_be_bytes());
            }
        }
        self.file.write_all(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: Origin = Origin {
        seed: 7,
        first: 1,
        transactions: 3,
        templates: Hash256([9; 32]),
        real_time: false,
    };

    fn closed(byte: u8, close_time: u32) -> Closed {
        Closed { hash: Hash256([byte; 32]), close_time }
    }

    #[test]
    fn a_torn_end_is_truncated_and_overwritten() {
        for (real_time, time) in [(false, 0), (true, 7)] {
            torn_end(Origin { real_time, ..ORIGIN }, time);
        }
    }

    fn torn_end(origin: Origin, time: u32) {
        let directory = tempfile::tempdir().unwrap();
        let (mut file, ledgers) = TipFile::open(directory.path(), origin).unwrap();
        assert!(ledgers.is_empty());
        file.append(&[closed(1, time), closed(2, time)]).unwrap();
        drop(file);
        let path = directory.path().join("ledger-hashes");
        let length = std::fs::metadata(&path).unwrap().len();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 5).unwrap();
        let (mut file, ledgers) = TipFile::open(directory.path(), origin).unwrap();
        assert_eq!(ledgers, [closed(1, time)]);
        file.append(&[closed(3, time)]).unwrap();
        drop(file);
        let (_, ledgers) = TipFile::open(directory.path(), origin).unwrap();
        assert_eq!(ledgers, [closed(1, time), closed(3, time)]);
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
        for other in [Origin { seed: 8, ..ORIGIN }, Origin { real_time: true, ..ORIGIN }] {
            let error = TipFile::open(directory.path(), other).unwrap_err();
            assert!(matches!(error, TipFileError::OtherChain { .. }));
        }
    }
}
