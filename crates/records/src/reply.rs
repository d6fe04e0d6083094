//! From a server's reply about a ledger, of any age and shape, to the verified ledger.

use serde_json::{Map, Value};
use xrpl_codec::{
    Definitions, EncodeError, Expected, Hash256, Ledger, LedgerHeader, Unverified, encode, verify,
};

/// Replies of 2015 lack the parent's close time, which the header's hash is over. It is looked for so far before the close
/// time.
const PARENT_CLOSE_BEFORE_S_MAX: u32 = 3_600;

/// Why a reply is no ledger.
#[derive(Debug, thiserror::Error)]
pub enum ReplyError {
    /// A member is missing or not of its type.
    #[error("{0} is missing or not what a server writes")]
    Member(&'static str),
    /// A transaction cannot be written in the binary form.
    #[error("transaction {position} cannot be encoded")]
    Transaction {
        /// Where it stands in the reply.
        position: usize,
        /// Why.
        #[source]
        source: EncodeError,
    },
    /// The header does not hash to the ledger's hash.
    #[error("the header is not that of {0}")]
    Header(Hash256),
    /// The transactions are not those of the ledger.
    #[error("the ledger does not verify")]
    Unverified(#[from] Unverified),
}

/// The ledger that a reply to a `ledger` command with expanded transactions holds: the whole reply, its `result` or the
/// `ledger` in it; API version 1 or 2, JSON or binary, rippled's or Clio's, of today or of 2015.
///
/// # Errors
/// When it is not there, or its bytes do not hash to what it is called.
pub fn ledger(json: &Value) -> Result<Ledger, ReplyError> {
    let result = json.get("result").unwrap_or(json);
    let ledger = result.get("ledger").unwrap_or(result);
    let ledger = ledger.as_object().ok_or(ReplyError::Member("ledger"))?;
    let hash = ["ledger_hash", "hash"].into_iter().find_map(|name| ledger.get(name));
    let hash = hash.or_else(|| result.get("ledger_hash")).and_then(hash_of);
    let hash = hash.ok_or(ReplyError::Member("ledger_hash"))?;
    let header = match ledger.get("ledger_data") {
        Some(data) => {
            let bytes = bytes(data).ok_or(ReplyError::Member("ledger_data"))?;
            LedgerHeader::parse(&bytes).map_err(|_| ReplyError::Member("ledger_data"))?
        }
        None => header(ledger, hash)?,
    };
    let transactions = ledger.get("transactions").and_then(Value::as_array);
    let transactions = transactions.ok_or(ReplyError::Member("transactions"))?;
    let blobs = transactions.iter().enumerate().map(|(position, transaction)| {
        blobs(transaction).map_err(|error| match error {
            BlobError::Member(name) => ReplyError::Member(name),
            BlobError::Encode(source) => ReplyError::Transaction { position, source },
        })
    });
    let expected = Expected { index: header.index, hash, parent_hash: None };
    Ok(verify(&header.to_bytes(), blobs.collect::<Result<_, _>>()?, &expected)?)
}

enum BlobError {
    Member(&'static str),
    Encode(EncodeError),
}

/// A transaction and its metadata, from hex or from JSON.
fn blobs(transaction: &Value) -> Result<(Vec<u8>, Vec<u8>), BlobError> {
    let member = |names: [&str; 2]| names.into_iter().find_map(|name| transaction.get(name));
    if let Some(blob) = transaction.get("tx_blob") {
        let tx_blob = bytes(blob).ok_or(BlobError::Member("tx_blob"))?;
        let meta = member(["meta_blob", "meta"]).and_then(bytes);
        return Ok((tx_blob, meta.ok_or(BlobError::Member("meta_blob"))?));
    }
    let fields = transaction.get("tx_json").unwrap_or(transaction);
    let meta = member(["meta", "metaData"]).ok_or(BlobError::Member("metaData"))?;
    let encode = |json| encode(Definitions::builtin(), json).map_err(BlobError::Encode);
    Ok((encode(fields)?, encode(meta)?))
}

/// The header that a reply in JSON tells, as it hashes to `hash`.
fn header(json: &Map<String, Value>, hash: Hash256) -> Result<LedgerHeader, ReplyError> {
    let number = |names: [&'static str; 2]| {
        let value = names.into_iter().find_map(|name| json.get(name));
        value.and_then(number).ok_or(ReplyError::Member(names[0]))
    };
    let small = |name| u32::try_from(number([name, name])?).map_err(|_| ReplyError::Member(name));
    let root = |name| json.get(name).and_then(hash_of).ok_or(ReplyError::Member(name));
    let optional = |name| json.get(name).and_then(self::number);
    let byte = |number: u64| u8::try_from(number).map_err(|_| ReplyError::Member("close_flags"));
    let index = number(["ledger_index", "seqNum"])?;
    let told = LedgerHeader {
        index: u32::try_from(index).map_err(|_| ReplyError::Member("ledger_index"))?,
        total_coins: number(["total_coins", "totalCoins"])?,
        parent_hash: root("parent_hash")?,
        transaction_hash: root("transaction_hash")?,
        account_hash: root("account_hash")?,
        parent_close_time: 0,
        close_time: small("close_time")?,
        close_time_resolution: byte(small("close_time_resolution")?.into())?,
        close_flags: 0,
    };
    let times = match optional("parent_close_time").and_then(|time| u32::try_from(time).ok()) {
        Some(time) => time..=time,
        None => told.close_time.saturating_sub(PARENT_CLOSE_BEFORE_S_MAX)..=told.close_time,
    };
    let flags = match optional("close_flags") {
        Some(flags) => vec![byte(flags)?],
        None => vec![0, 1],
    };
    let mut headers = times.rev().flat_map(|parent_close_time| {
        let with = |flags: &u8| LedgerHeader { parent_close_time, close_flags: *flags, ..told };
        flags.iter().map(with).collect::<Vec<_>>()
    });
    headers.find(|header| header.hash() == hash).ok_or(ReplyError::Header(hash))
}

/// A number, as one or as its digits.
fn number(json: &Value) -> Option<u64> {
    json.as_u64().or_else(|| json.as_str()?.parse().ok())
}

fn hash_of(json: &Value) -> Option<Hash256> {
    json.as_str()?.parse().ok()
}

/// The bytes that hexadecimal digits of either case stand for.
fn bytes(json: &Value) -> Option<Vec<u8>> {
    crate::import::bytes(&json.as_str()?.to_ascii_uppercase())
}
