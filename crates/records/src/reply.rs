//! Verified ledgers out of the replies of servers of any age, as files hold them.

use schemas::{ledger_shape, transaction_shape};
use serde_json::{Map, Value};
use xrpl_codec::json::{ApiVersion, write_transaction_json};
use xrpl_codec::{
    Definitions, EncodeError, Expected, Hash256, Ledger, LedgerHeader, Malformed, Unverified,
    encode, transaction_id, verify,
};

use crate::former_names::renamed;
use crate::unverified::{beyond, without_unknown};
use crate::{ledger_header, ledger_json, ledger_record};

/// Replies of 2015 lack the parent's close time, which the header's hash covers. It is searched for within this time before the close
/// time.
const PARENT_CLOSE_BEFORE_S_MAX: u32 = 3_600;

/// Why no verified ledger can be made of a reply.
#[derive(Debug, thiserror::Error)]
pub enum ReplyError {
    /// The server answered with an error.
    #[error("it is the error {0}, not a ledger")]
    Error(String),
    /// The reply says that its ledger was not validated, or was still open.
    #[error("its ledger is not validated: it says `\"{0}\": false`")]
    NotValidated(&'static str),
    /// A member is missing or not of its type.
    #[error("{0} is missing or not what a server writes")]
    Member(&'static str),
    /// A transaction cannot be written in the binary form.
    #[error("transaction {position} cannot be encoded")]
    Transaction {
        /// Its position in the reply, from 0.
        position: usize,
        /// Why.
        #[source]
        source: EncodeError,
    },
    /// The header does not hash to the ledger's hash.
    #[error("the header does not hash to {0}")]
    Header(Hash256),
    /// A transaction does not hash to what the reply calls it.
    #[error(
        "transaction {position} is called {stated} and hashes to {found}: its fields are not those that were signed"
    )]
    TransactionHash {
        /// Its position in the reply, from 0.
        position: usize,
        /// The hash in the reply.
        stated: Hash256,
        /// The hash of the transaction's binary form.
        found: Hash256,
    },
    /// The transactions are not those of the ledger.
    #[error("the ledger does not verify")]
    Unverified(#[from] Unverified),
    /// A transaction verifies and can't be read.
    #[error("a transaction cannot be decoded")]
    Malformed(#[from] Malformed),
}

/// A ledger out of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedLedger {
    /// The ledger, verified.
    pub ledger: Ledger,
    /// The fields of the reply that no hash covers.
    pub unverified: UnverifiedFields,
}

/// Fields of the table of paths that a reply has and that follow neither from the header nor from the blobs, such as `accepted`,
/// `warnings` or `_ExecutionID`. Servers of today write none, but for warnings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnverifiedFields {
    /// Those of the ledger, as a JSON object in the shape of the reply's result.
    pub ledger: Option<String>,
    /// Those of transactions, by position in execution order, as JSON objects in the shape of API version 1; empty if there are none.
    pub transactions: Vec<Option<String>>,
}

impl UnverifiedFields {
    /// Those of the transaction at a position in execution order.
    pub fn transaction(&self, position: usize) -> Option<&str> {
        self.transactions.get(position)?.as_deref()
    }
}

/// The ledger that a reply to a `ledger` command with expanded transactions holds: the whole reply, its `result` or the
/// `ledger` in it; API version 1 or 2, JSON or binary, rippled's or Clio's, of today or of 2013, in the names of its time.
///
/// # Errors
/// When it holds no ledger, one that was not validated, or one whose bytes do not hash to its hash.
pub fn ledger(reply: &Value) -> Result<ImportedLedger, ReplyError> {
    let result = reply.get("result").unwrap_or(reply);
    refuse_error(result)?;
    let json = result.get("ledger").unwrap_or(result);
    let json = json.as_object().ok_or(ReplyError::Member("ledger"))?;
    refuse_open(result, json)?;
    let hash = ["ledger_hash", "hash"].into_iter().find_map(|name| json.get(name));
    let hash = hash.or_else(|| result.get("ledger_hash")).and_then(hash_of);
    let hash = hash.ok_or(ReplyError::Member("ledger_hash"))?;
    let header = match json.get("ledger_data") {
        Some(data) => {
            let bytes = bytes(data).ok_or(ReplyError::Member("ledger_data"))?;
            LedgerHeader::parse(&bytes).map_err(|_| ReplyError::Member("ledger_data"))?
        }
        None => header(json, hash)?,
    };
    let transactions = json.get("transactions").and_then(Value::as_array);
    let transactions = transactions.ok_or(ReplyError::Member("transactions"))?;
    let blobs = transactions.iter().enumerate().map(|(position, transaction)| {
        blobs(&renamed(transaction)).map_err(|error| match error {
            BlobError::Member(name) => ReplyError::Member(name),
            BlobError::Encode(source) => ReplyError::Transaction { position, source },
        })
    });
    let blobs: Vec<_> = blobs.collect::<Result<_, _>>()?;
    let stated = transactions.iter().map(|it| it.get("hash").and_then(hash_of));
    let hashes = stated.zip(&blobs).map(|(stated, (tx_blob, _))| (stated, transaction_id(tx_blob)));
    let hashes: Vec<_> = hashes.collect();
    let expected = Expected { index: header.index, hash, parent_hash: None };
    let ledger = verify(&header.to_bytes(), blobs, &expected).map_err(|error| match error {
        Unverified::TransactionHash { .. } => wrong_hash(&hashes).unwrap_or(error.into()),
        error => error.into(),
    })?;
    let positions: Vec<_> = hashes.into_iter().map(|(_, found)| found).collect();
    let unverified = UnverifiedFields {
        ledger: unverified_of_ledger(&ledger, reply, result, json),
        transactions: unverified_of_transactions(&ledger, transactions, &positions)?,
    };
    Ok(ImportedLedger { ledger, unverified })
}

fn refuse_error(result: &Value) -> Result<(), ReplyError> {
    match result.get("error") {
        None => Ok(()),
        Some(error) => {
            Err(ReplyError::Error(error.as_str().map_or_else(|| error.to_string(), str::to_owned)))
        }
    }
}

fn refuse_open(result: &Value, ledger: &Map<String, Value>) -> Result<(), ReplyError> {
    let is_false = |value: Option<&Value>| value == Some(&Value::Bool(false));
    let members = [
        ("validated", result.get("validated")),
        ("validated", ledger.get("validated")),
        ("closed", ledger.get("closed")),
        ("accepted", ledger.get("accepted")),
    ];
    let found = members.into_iter().find(|(_, value)| is_false(*value));
    found.map_or(Ok(()), |(name, _)| Err(ReplyError::NotValidated(name)))
}

/// The first transaction that does not hash to what the reply calls it.
fn wrong_hash(hashes: &[(Option<Hash256>, Hash256)]) -> Option<ReplyError> {
    let mut hashes = hashes.iter().enumerate();
    hashes.find_map(|(position, (stated, found))| {
        let stated = stated.filter(|stated| stated != found)?;
        Some(ReplyError::TransactionHash { position, stated, found: *found })
    })
}

/// Warnings lie in the result or, over a WebSocket, around it.
fn unverified_of_ledger(
    ledger: &Ledger,
    reply: &Value,
    result: &Value,
    json: &Map<String, Value>,
) -> Option<String> {
    let mut shown = Map::new();
    for outer in [reply, result] {
        let warnings = ["warning", "warnings"].into_iter();
        shown.extend(warnings.filter_map(|it| Some((it.to_owned(), outer.get(it)?.clone()))));
    }
    let scalars = json.iter().filter(|(name, _)| *name != "transactions");
    let scalars = scalars.map(|(name, value)| (name.clone(), value.clone())).collect();
    shown.insert("ledger".to_owned(), Value::Object(scalars));
    let header = ledger.header.to_bytes();
    let record = ledger_record(&ledger_header(ledger, &header)).expect("the header was verified");
    let verified = ledger_json(&record).expect("the record was just made");
    beyond(&shown, &verified, ledger_shape()).map(|fields| fields.to_string())
}

fn unverified_of_transactions(
    ledger: &Ledger,
    replies: &[Value],
    hashes: &[Hash256],
) -> Result<Vec<Option<String>>, ReplyError> {
    let mut all = vec![None; ledger.transactions.len()];
    for (reply, hash) in replies.iter().zip(hashes) {
        if reply.get("tx_blob").is_some() {
            continue;
        }
        let found = ledger.transactions.iter().position(|transaction| transaction.hash == *hash);
        let position = found.expect("the transaction was verified");
        let transaction = &ledger.transactions[position];
        let mut json = Vec::new();
        let (definitions, context) = (Definitions::builtin(), ledger.context());
        let (tx_blob, meta_blob) = (&transaction.tx_blob, &transaction.meta_blob);
        let api = ApiVersion::V1;
        write_transaction_json(definitions, *hash, tx_blob, meta_blob, &context, api, &mut json)?;
        let mut verified: Map<String, Value> =
            serde_json::from_slice(&json).expect("what we wrote is JSON");
        verified.insert("_LedgerIndex".to_owned(), context.index.into());
        let fields = beyond(&in_version_1(&renamed(reply)), &verified, transaction_shape());
        all[position] = fields.map(|fields| fields.to_string());
    }
    if all.iter().all(Option::is_none) {
        all.clear();
    }
    Ok(all)
}

/// A transaction in the shape of API version 1.
fn in_version_1(transaction: &Value) -> Map<String, Value> {
    let members = |json: &Value| json.as_object().cloned().unwrap_or_default();
    let mut outer = members(transaction);
    let mut fields = outer.remove("tx_json").map_or_else(Map::new, |json| members(&json));
    if let Some(meta) = outer.remove("meta") {
        outer.insert("metaData".to_owned(), meta);
    }
    fields.extend(outer);
    fields
}

enum BlobError {
    Member(&'static str),
    Encode(EncodeError),
}

/// A transaction and its metadata in binary, from hexadecimal or from JSON.
fn blobs(transaction: &Value) -> Result<(Vec<u8>, Vec<u8>), BlobError> {
    let member = |names: [&str; 2]| names.into_iter().find_map(|name| transaction.get(name));
    if let Some(blob) = transaction.get("tx_blob") {
        let tx_blob = bytes(blob).ok_or(BlobError::Member("tx_blob"))?;
        let meta = member(["meta_blob", "meta"]).and_then(bytes);
        return Ok((tx_blob, meta.ok_or(BlobError::Member("meta_blob"))?));
    }
    let fields = transaction.get("tx_json").unwrap_or(transaction);
    let meta = member(["meta", "metaData"]).ok_or(BlobError::Member("metaData"))?;
    let shape = transaction_shape();
    let meta_shape = shape.slot("metaData").and_then(|slot| slot.shape.as_ref());
    let meta_shape = meta_shape.expect("the table has metadata");
    let encode = |json: &Value| encode(Definitions::builtin(), json).map_err(BlobError::Encode);
    let tx_blob = encode(&without_unknown(fields, shape))?;
    Ok((tx_blob, encode(&without_unknown(meta, meta_shape))?))
}

/// The header of a reply in JSON, which has to hash to `hash`.
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
    let stated = LedgerHeader {
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
        None => stated.close_time.saturating_sub(PARENT_CLOSE_BEFORE_S_MAX)..=stated.close_time,
    };
    let flags = match optional("close_flags") {
        Some(flags) => vec![byte(flags)?],
        None => vec![0, 1],
    };
    let mut headers = times.rev().flat_map(|parent_close_time| {
        let with = |flags: &u8| LedgerHeader { parent_close_time, close_flags: *flags, ..stated };
        flags.iter().map(with).collect::<Vec<_>>()
    });
    headers.find(|header| header.hash() == hash).ok_or(ReplyError::Header(hash))
}

/// A number, or the digits of one.
fn number(json: &Value) -> Option<u64> {
    json.as_u64().or_else(|| json.as_str()?.parse().ok())
}

fn hash_of(json: &Value) -> Option<Hash256> {
    json.as_str()?.parse().ok()
}

/// The bytes of hexadecimal digits of either case.
fn bytes(json: &Value) -> Option<Vec<u8>> {
    crate::import::bytes(&json.as_str()?.to_ascii_uppercase())
}
