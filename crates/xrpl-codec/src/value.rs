//! The value of a field, borrowed from its bytes.

use crate::paths::PathSet;
use crate::serial_reader::SerialReader;
use crate::{AccountId, Amount, Asset, Currency, Malformed, Number, SerializedType};

/// The value of a field that is no object and no array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// An 8-bit number; of `TransactionResult` the code.
    UInt8(u8),
    /// A 16-bit number; of `TransactionType` and `LedgerEntryType` the code.
    UInt16(u16),
    /// A 32-bit number.
    UInt32(u32),
    /// A 64-bit number.
    UInt64(u64),
    /// A signed 32-bit number.
    Int32(i32),
    /// A signed 64-bit number.
    Int64(i64),
    /// A fixed number of bytes: 12, 16, 20, 24, 32, 48 or 64.
    Hash(&'a [u8]),
    /// An amount.
    Amount(Amount),
    /// Any number of bytes.
    Blob(&'a [u8]),
    /// An account; `None` where it is empty (as in UNLModify).
    Account(Option<AccountId>),
    /// A list of 256-bit hashes.
    Vector256(&'a [[u8; 32]]),
    /// Paths of a payment.
    PathSet(PathSet<'a>),
    /// An asset without amount.
    Issue(Asset),
    /// A currency without issuer.
    Currency(Currency),
    /// The two ends of a bridge between chains.
    Bridge(Bridge),
    /// A number with a wide exponent.
    Number(Number),
}

/// The two ends of a bridge between chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bridge {
    /// The door on the locking chain.
    pub locking_chain_door: AccountId,
    /// What is locked.
    pub locking_chain_issue: Asset,
    /// The door on the issuing chain.
    pub issuing_chain_door: AccountId,
    /// What is issued.
    pub issuing_chain_issue: Asset,
}

impl<'a> Value<'a> {
    /// Reads a value of a type from its bytes without header and length prefix, as [`crate::RawField`] has them.
    pub fn parse(serialized_type: SerializedType, bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = SerialReader::new(bytes);
        let value = match serialized_type {
            SerializedType::Blob => Self::Blob(reader.take(bytes.len())?),
            SerializedType::AccountId => account(reader.take(bytes.len())?, 0)?,
            SerializedType::Vector256 => vector(reader.take(bytes.len())?, 0)?,
            serialized_type => Self::read(&mut reader, serialized_type)?,
        };
        if reader.is_at_end() {
            Ok(value)
        } else {
            Err(Malformed::Value { what: "value", at: reader.at() })
        }
    }

    /// Reads a value with its length prefix, if its type has one.
    #[inline]
    pub(crate) fn read(
        reader: &mut SerialReader<'a>,
        serialized_type: SerializedType,
    ) -> Result<Self, Malformed> {
        let at = reader.at();
        Ok(match serialized_type {
            SerializedType::UInt8 => Self::UInt8(reader.byte()?),
            SerializedType::UInt16 => Self::UInt16(u16::from_be_bytes(*reader.array()?)),
            SerializedType::UInt32 => Self::UInt32(u32::from_be_bytes(*reader.array()?)),
            SerializedType::UInt64 => Self::UInt64(u64::from_be_bytes(*reader.array()?)),
            SerializedType::Int32 => Self::Int32(i32::from_be_bytes(*reader.array()?)),
            SerializedType::Int64 => Self::Int64(i64::from_be_bytes(*reader.array()?)),
            SerializedType::UInt96 => Self::Hash(reader.take(12)?),
            SerializedType::Hash128 => Self::Hash(reader.take(16)?),
            SerializedType::Hash160 => Self::Hash(reader.take(20)?),
            SerializedType::Hash192 => Self::Hash(reader.take(24)?),
            SerializedType::Hash256 => Self::Hash(reader.take(32)?),
            SerializedType::Hash384 => Self::Hash(reader.take(48)?),
            SerializedType::Hash512 => Self::Hash(reader.take(64)?),
            SerializedType::Amount => Self::Amount(Amount::read(reader)?),
            SerializedType::Blob => Self::Blob(reader.length_prefixed()?),
            SerializedType::AccountId => account(reader.length_prefixed()?, at)?,
            SerializedType::Vector256 => vector(reader.length_prefixed()?, at)?,
            SerializedType::PathSet => Self::PathSet(PathSet::read(reader)?),
            SerializedType::Issue => Self::Issue(Asset::read_issue(reader)?),
            SerializedType::Currency => Self::Currency(Currency(*reader.array()?)),
            SerializedType::XChainBridge => Self::Bridge(Bridge::read(reader)?),
            SerializedType::Number => Self::Number(number(reader)?),
            SerializedType::Object | SerializedType::Array => {
                return Err(Malformed::Misplaced { at });
            }
        })
    }
}

impl Bridge {
    fn read(reader: &mut SerialReader<'_>) -> Result<Self, Malformed> {
        let door = |reader: &mut SerialReader<'_>| {
            let at = reader.at();
            let account = reader.length_prefixed()?.try_into().ok();
            account.map(AccountId).ok_or(Malformed::Value { what: "door of a bridge", at })
        };
        Ok(Self {
            locking_chain_door: door(reader)?,
            locking_chain_issue: Asset::read_issue(reader)?,
            issuing_chain_door: door(reader)?,
            issuing_chain_issue: Asset::read_issue(reader)?,
        })
    }
}

#[inline]
fn account(bytes: &[u8], at: usize) -> Result<Value<'_>, Malformed> {
    match bytes.try_into() {
        Ok(account) => Ok(Value::Account(Some(AccountId(account)))),
        Err(_) if bytes.is_empty() => Ok(Value::Account(None)),
        Err(_) => Err(Malformed::Value { what: "account", at }),
    }
}

fn vector(bytes: &[u8], at: usize) -> Result<Value<'_>, Malformed> {
    match bytes.as_chunks() {
        (hashes, []) => Ok(Value::Vector256(hashes)),
        _ => Err(Malformed::Value { what: "list of hashes", at }),
    }
}

fn number(reader: &mut SerialReader<'_>) -> Result<Number, Malformed> {
    let mantissa = i64::from_be_bytes(*reader.array()?);
    Ok(Number { mantissa, exponent: i32::from_be_bytes(*reader.array()?) })
}
