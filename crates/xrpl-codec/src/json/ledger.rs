//! The reply to a `ledger` command as JSON.

use super::header::write_header_json;
use super::object::end;
use super::transaction::write_transaction_json;
use super::value::{write_key, write_quoted_hex};
use super::{ApiVersion, Unknown};
use crate::text::write_decimal;
use crate::{Definitions, Ledger, LedgerTransaction, Malformed};

/// How the transactions of a ledger are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transactions {
    /// Not at all.
    Left,
    /// Their hashes.
    Hashes,
    /// In full.
    Expanded,
}

/// The options of the `ledger` command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LedgerOptions {
    /// The API version.
    pub api: ApiVersion,
    /// Header and expanded transactions as hex.
    pub binary: bool,
    /// How transactions are written.
    pub transactions: Transactions,
}

/// Writes the `result` of a `ledger` reply, validated, without `status` (which belongs to the envelope over WebSocket
/// and into the result over JSON-RPC).
///
/// After an error `out` holds what was written before it.
pub fn write_ledger_json(
    definitions: &Definitions,
    ledger: &Ledger,
    options: LedgerOptions,
    out: &mut Vec<u8>,
) -> Result<Unknown, Malformed> {
    out.extend_from_slice(b"{\"ledger\":{");
    if options.binary {
        out.extend_from_slice(b"\"closed\":true,");
        write_key("ledger_data", out);
        write_quoted_hex(&ledger.header.to_bytes(), out);
    } else {
        write_header_json(&ledger.header, ledger.hash, options.api, out);
    }
    let mut unknown = Unknown::default();
    if options.transactions != Transactions::Left {
        out.extend_from_slice(b",\"transactions\":[");
        // A server lists them as its tree has them: by hash.
        let mut by_hash: Vec<&LedgerTransaction> = ledger.transactions.iter().collect();
        by_hash.sort_unstable_by_key(|transaction| transaction.hash);
        for transaction in by_hash {
            unknown += write_transaction(definitions, ledger, transaction, options, out)?;
            out.push(b',');
        }
        end(b']', out);
    }
    out.extend_from_slice(b"},\"ledger_hash\":");
    write_quoted_hex(&ledger.hash.0, out);
    out.extend_from_slice(b",\"ledger_index\":");
    write_decimal(ledger.header.index.into(), out);
    out.extend_from_slice(b",\"validated\":true}");
    Ok(unknown)
}

fn write_transaction(
    definitions: &Definitions,
    ledger: &Ledger,
    transaction: &LedgerTransaction,
    options: LedgerOptions,
    out: &mut Vec<u8>,
) -> Result<Unknown, Malformed> {
    let LedgerTransaction { hash, tx_blob, meta_blob } = transaction;
    if options.transactions == Transactions::Hashes {
        write_quoted_hex(&hash.0, out);
        return Ok(Unknown::default());
    }
    if !options.binary {
        let context = ledger.context();
        return write_transaction_json(
            definitions,
            *hash,
            tx_blob,
            meta_blob,
            &context,
            options.api,
            out,
        );
    }
    out.push(b'{');
    write_key("tx_blob", out);
    write_quoted_hex(tx_blob, out);
    out.push(b',');
    match options.api {
        ApiVersion::V1 => write_key("meta", out),
        ApiVersion::V2 => write_key("meta_blob", out),
    }
    write_quoted_hex(meta_blob, out);
    if options.api == ApiVersion::V2 {
        out.push(b',');
        write_key("hash", out);
        write_quoted_hex(&hash.0, out);
    }
    out.push(b'}');
    Ok(Unknown::default())
}
