//! A transaction with metadata as JSON.

use super::object::{end, write_members};
use super::value::{write_amount_json, write_key, write_quoted_hex};
use super::{ApiVersion, Unknown, header};
use crate::text::write_decimal;
use crate::{
    Definitions, Delivered, Hash256, LedgerContext, Malformed, delivered_amount, issued_mpt_id,
};

/// Writes one transaction as an element of `transactions` in an expanded `ledger` reply of a validated ledger.
///
/// `hash` is the transaction's id, which the verification of the ledger computes. After an error `out` holds what was written
/// before it.
pub fn write_transaction_json(
    definitions: &Definitions,
    hash: Hash256,
    tx_blob: &[u8],
    meta_blob: &[u8],
    ledger: &LedgerContext,
    api: ApiVersion,
    out: &mut Vec<u8>,
) -> Result<Unknown, Malformed> {
    out.push(b'{');
    if api == ApiVersion::V2 {
        write_key("tx_json", out);
        out.push(b'{');
    }
    let mut unknown = write_members(definitions, tx_blob, Some(api), out)?;
    if api == ApiVersion::V2 {
        end(b'}', out);
        out.push(b',');
    }
    write_key("hash", out);
    write_quoted_hex(&hash.0, out);
    out.push(b',');
    write_key(if api == ApiVersion::V2 { "meta" } else { "metaData" }, out);
    out.push(b'{');
    unknown += write_members(definitions, meta_blob, None, out)?;
    write_derived(tx_blob, meta_blob, ledger, out)?;
    end(b'}', out);
    if api == ApiVersion::V2 {
        out.push(b',');
        write_key("ledger_hash", out);
        write_quoted_hex(&ledger.hash.0, out);
        out.extend_from_slice(b",\"ledger_index\":");
        write_decimal(ledger.index.into(), out);
        out.extend_from_slice(b",\"validated\":true,");
        header::write_close_time_iso(ledger.close_time, out);
    }
    out.push(b'}');
    Ok(unknown)
}

/// Appends what the server adds to metadata, each with a comma after it.
fn write_derived(
    tx_blob: &[u8],
    meta_blob: &[u8],
    ledger: &LedgerContext,
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    if let Some(delivered) = delivered_amount(tx_blob, meta_blob, ledger)? {
        write_key("delivered_amount", out);
        match delivered {
            Delivered::Amount(amount) => write_amount_json(&amount, out),
            Delivered::Unavailable => out.extend_from_slice(b"\"unavailable\""),
        }
        out.push(b',');
    }
    if let Some(id) = issued_mpt_id(tx_blob, meta_blob)? {
        write_key("mpt_issuance_id", out);
        write_quoted_hex(&id.0, out);
        out.push(b',');
    }
    Ok(())
}
