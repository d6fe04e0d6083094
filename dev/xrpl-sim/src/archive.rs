//! A recorded chain in one compact file.

use std::io::{Read, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use xrpl_codec::{Hash256, HeaderError, Ledger, LedgerHeader, LedgerTransaction, transaction_id};

/// A recorded chain: its ledgers without gap, its state where that was recorded, and the server's definitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// The ledgers, each the parent of the next.
    pub ledgers: Vec<Arc<Ledger>>,
    /// The recorded states, in order. The first ledger's is among them.
    pub states: Vec<StateChanges>,
    /// The `result` of `server_definitions`, as JSON text.
    pub definitions: String,
}

/// How the state at one ledger differs from the recorded one before it; the first one is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateChanges {
    /// The ledger.
    pub ledger_index: u32,
    /// The entry of a key now.
    pub changes: Vec<(Hash256, Change)>,
}

/// The entry of a key of the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An entry in binary.
    Entry(Vec<u8>),
    /// A `LedgerHashes` entry, which follows from the chain.
    LedgerHashes,
    /// Nothing any more.
    Gone,
}

/// Why bytes are not an archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// They do not begin as one.
    #[error("not an archive of a recorded chain")]
    Magic,
    /// They end too early, or are damaged.
    #[error("archive is cut short or damaged")]
    Damaged(#[from] std::io::Error),
    /// A header is damaged.
    #[error("archive holds a damaged header")]
    Header(#[from] HeaderError),
    /// A text is damaged.
    #[error("archive holds a damaged text")]
    Text(#[from] std::string::FromUtf8Error),
    /// The chain is empty, has a gap, or the first ledger's state is missing.
    #[error("archive holds no whole chain")]
    Chain,
}

const MAGIC: &[u8; 16] = b"xrpl-sim archive";

/// Lengths that mean no entry.
const GONE: u32 = u32::MAX;
const LEDGER_HASHES: u32 = u32::MAX - 1;

impl Archive {
    /// Writes the archive.
    pub fn pack(&self) -> Vec<u8> {
        let mut out = ZlibEncoder::new(MAGIC.to_vec(), Compression::best());
        put(&mut out, &length(self.ledgers.len()));
        for ledger in &self.ledgers {
            put(&mut out, &ledger.header.to_bytes());
            put(&mut out, &length(ledger.transactions.len()));
        }
        let transactions = || self.ledgers.iter().flat_map(|ledger| &ledger.transactions);
        // Similar values are adjacent: this compresses better.
        for blob in
            transactions().map(|it| &it.tx_blob).chain(transactions().map(|it| &it.meta_blob))
        {
            put(&mut out, &length(blob.len()));
            put(&mut out, blob);
        }
        put(&mut out, &length(self.states.len()));
        for StateChanges { ledger_index, changes } in &self.states {
            put(&mut out, &ledger_index.to_be_bytes());
            put(&mut out, &length(changes.len()));
            for (key, change) in changes {
                put(&mut out, key.as_bytes());
                match change {
                    Change::Entry(data) => {
                        put(&mut out, &length(data.len()));
                        put(&mut out, data);
                    }
                    Change::LedgerHashes => put(&mut out, &LEDGER_HASHES.to_be_bytes()),
                    Change::Gone => put(&mut out, &GONE.to_be_bytes()),
                }
            }
        }
        put(&mut out, &length(self.definitions.len()));
        put(&mut out, self.definitions.as_bytes());
        out.finish().expect("memory takes every byte")
    }

    /// Reads an archive. Hashes are computed, not read; roots and links are for [`xrpl_codec::verify()`] to check.
    ///
    /// # Errors
    /// If the bytes are not what [`Archive::pack`] wrote.
    pub fn unpack(bytes: &[u8]) -> Result<Self, ArchiveError> {
        let mut from =
            Unpacker(ZlibDecoder::new(bytes.strip_prefix(MAGIC).ok_or(ArchiveError::Magic)?));
        let ledgers = from.ledgers()?;
        let states = from.many(Unpacker::state)?;
        let definitions = String::from_utf8(from.bytes()?)?;
        let linked = ledgers.array_windows().all(|[parent, child]: &[Ledger; 2]| {
            child.header.parent_hash == parent.hash && child.header.index == parent.header.index + 1
        });
        let first_state = states.first().map(|it| it.ledger_index);
        if !linked || ledgers.is_empty() || first_state != ledgers.first().map(|it| it.header.index)
        {
            return Err(ArchiveError::Chain);
        }
        Ok(Self { ledgers: ledgers.into_iter().map(Arc::new).collect(), states, definitions })
    }
}

fn put(out: &mut ZlibEncoder<Vec<u8>>, bytes: &[u8]) {
    out.write_all(bytes).expect("memory takes every byte");
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).expect("a recorded chain is smaller than 4 GiB").to_be_bytes()
}

struct Unpacker<'a>(ZlibDecoder<&'a [u8]>);

impl Unpacker<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], ArchiveError> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn number(&mut self) -> Result<u32, ArchiveError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    fn bytes_of(&mut self, length: u32) -> Result<Vec<u8>, ArchiveError> {
        let mut bytes = Vec::new();
        self.0.by_ref().take(u64::from(length)).read_to_end(&mut bytes)?;
        if bytes.len() != length as usize {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
        }
        Ok(bytes)
    }

    fn bytes(&mut self) -> Result<Vec<u8>, ArchiveError> {
        let length = self.number()?;
        self.bytes_of(length)
    }

    fn many<T>(
        &mut self,
        one: impl Fn(&mut Self) -> Result<T, ArchiveError>,
    ) -> Result<Vec<T>, ArchiveError> {
        let count = self.number()?;
        (0..count).map(|_| one(self)).collect()
    }

    fn ledgers(&mut self) -> Result<Vec<Ledger>, ArchiveError> {
        let headers = self.many(|from| {
            let header = LedgerHeader::parse(&from.array::<{ LedgerHeader::LENGTH_BYTES }>()?)?;
            Ok((header, from.number()?))
        })?;
        let count: u32 = headers.iter().map(|(_, transactions)| transactions).sum();
        let tx_blobs = (0..count).map(|_| self.bytes()).collect::<Result<Vec<_>, _>>()?;
        let meta_blobs = (0..count).map(|_| self.bytes()).collect::<Result<Vec<_>, _>>()?;
        let mut transactions = tx_blobs.into_iter().zip(meta_blobs).map(|(tx_blob, meta_blob)| {
            LedgerTransaction { hash: transaction_id(&tx_blob), tx_blob, meta_blob }
        });
        let ledger = |(header, count): (LedgerHeader, u32)| Ledger {
            hash: header.hash(),
            header,
            transactions: transactions.by_ref().take(count as usize).collect(),
        };
        Ok(headers.into_iter().map(ledger).collect())
    }

    fn state(&mut self) -> Result<StateChanges, ArchiveError> {
        let ledger_index = self.number()?;
        let changes = self.many(|from| {
            let key = Hash256(from.array()?);
            let change = match from.number()? {
                GONE => Change::Gone,
                LEDGER_HASHES => Change::LedgerHashes,
                length => Change::Entry(from.bytes_of(length)?),
            };
            Ok((key, change))
        })?;
        Ok(StateChanges { ledger_index, changes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive() -> Archive {
        let header = LedgerHeader::parse(&[0; LedgerHeader::LENGTH_BYTES]).unwrap();
        let tx_blob = vec![0x12, 0, 0];
        let transaction = LedgerTransaction {
            hash: transaction_id(&tx_blob),
            tx_blob,
            meta_blob: vec![0x20, 0x1C, 0, 0, 0, 0],
        };
        let first = Ledger { hash: header.hash(), header, transactions: vec![transaction] };
        let header = LedgerHeader { index: 1, parent_hash: first.hash, ..header };
        let second = Ledger { hash: header.hash(), header, transactions: Vec::new() };
        let changes = [Change::Entry(vec![1, 2]), Change::LedgerHashes, Change::Gone];
        let changes = changes.into_iter().map(|change| (Hash256([3; 32]), change)).collect();
        Archive {
            ledgers: vec![Arc::new(first), Arc::new(second)],
            states: vec![StateChanges { ledger_index: 0, changes }],
            definitions: "{}".to_owned(),
        }
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        assert_eq!(Archive::unpack(&archive().pack()).unwrap(), archive());
    }

    #[test]
    fn foreign_and_shortened_bytes_are_refused() {
        let packed = archive().pack();
        assert!(matches!(Archive::unpack(b"something else"), Err(ArchiveError::Magic)));
        for length in MAGIC.len()..packed.len() - 5 {
            Archive::unpack(&packed[..length]).unwrap_err();
        }
    }

    #[test]
    fn a_chain_with_a_gap_is_refused() {
        let mut gap = archive();
        gap.ledgers.reverse();
        assert!(matches!(Archive::unpack(&gap.pack()), Err(ArchiveError::Chain)));
    }
}
