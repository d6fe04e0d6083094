//! The XRP Ledger without IO: binary format, JSON, hashes, verification.
//!
//! - Bytes in, meaning out: [`decode()`] drives a [`Visitor`], [`json`] writes what rippled would write, [`summary`] and
//!   [`affected_books`] read only what they need. [`encode()`] goes the other way.
//! - Truth: [`verify()`] makes a [`Ledger`] out of bytes only if they hash to what was expected.
//! - The protocol's names and numbers are [`Definitions`]; none comes from a server unasked.
//!
//! Nothing here does IO.

pub mod json;

mod account;
mod affected;
mod amount;
mod asset;
mod base58;
mod books;
mod currency;
mod decimal;
mod decode;
mod definitions;
mod delivered_mpt;
mod derived;
mod encode;
mod fields;
mod hash256;
mod hash_batch;
mod header;
mod ledger;
mod ledger_hashes;
mod malformed;
mod number;
mod paths;
mod serial_reader;
mod sha512_half;
mod shamap;
mod simd_sha512;
mod summary;
mod text;
mod value;
mod verify;

pub use account::{AccountId, AddressError};
pub use affected::{Action, AffectedNode, AffectedNodes};
pub use amount::Amount;
pub use asset::{Asset, MptId};
pub use books::{Book, affected_books};
pub use currency::{Currency, CurrencyError};
pub use decimal::{Decimal, DecimalError};
pub use decode::{NESTING_MAX, Visitor, decode};
pub use definitions::{Definitions, DefinitionsError, Field, FieldCode, SerializedType};
pub use delivered_mpt::delivered_mpt;
pub use derived::{Delivered, LedgerContext, delivered_amount, issued_mpt_id};
pub use encode::{EncodeError, encode};
pub use fields::{Fields, RawField};
pub use hash256::{Hash256, HashError};
pub use header::{HeaderError, LedgerHeader};
pub use ledger::{Ledger, LedgerTransaction};
pub use ledger_hashes::{LedgerHashes, flag_ledgers_key, recent_ledgers_key};
pub use malformed::Malformed;
pub use number::Number;
pub use paths::{Path, PathSet, PathStep};
pub use sha512_half::{sha512_half, transaction_id};
pub use shamap::{state_tree_root, transaction_tree_root};
pub use summary::{Summary, summary};
pub use value::{Bridge, Value};
pub use verify::{Expected, Unverified, verify, verify_header};
