//! A ledger's header as JSON.

use std::io::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::ApiVersion;
use super::value::{write_key, write_quoted_hex};
use crate::text::write_decimal;
use crate::{Hash256, LedgerHeader};

/// The ledger's zero of time, 2000-01-01T00:00:00Z, in Unix seconds.
const EPOCH_UNIX_S: i64 = 946_684_800;
/// The flag of a header whose close time was not agreed on.
const NO_CONSENSUS_TIME: u8 = 1;

/// Writes the members of `ledger` that tell of the header, without the surrounding braces.
pub fn write_header_json(header: &LedgerHeader, hash: Hash256, api: ApiVersion, out: &mut Vec<u8>) {
    for (key, value) in [
        ("ledger_hash", hash),
        ("parent_hash", header.parent_hash),
        ("transaction_hash", header.transaction_hash),
        ("account_hash", header.account_hash),
    ] {
        write_key(key, out);
        write_quoted_hex(&value.0, out);
        out.push(b',');
    }
    let quote: &[u8] = if api == ApiVersion::V1 { b"\"" } else { b"" };
    write_key("ledger_index", out);
    out.extend_from_slice(quote);
    write_decimal(header.index.into(), out);
    out.extend_from_slice(quote);
    out.extend_from_slice(b",\"total_coins\":\"");
    write_decimal(header.total_coins, out);
    out.extend_from_slice(b"\",\"closed\":true");
    for (key, number) in [
        ("close_flags", header.close_flags.into()),
        ("close_time", header.close_time),
        ("close_time_resolution", header.close_time_resolution.into()),
        ("parent_close_time", header.parent_close_time),
    ] {
        out.push(b',');
        write_key(key, out);
        write_decimal(number.into(), out);
    }
    if header.close_time == 0 {
        return;
    }
    if header.close_flags & NO_CONSENSUS_TIME != 0 {
        out.extend_from_slice(b",\"close_time_estimated\":true");
    }
    let time = timestamp(header.close_time).to_zoned(TimeZone::UTC);
    write!(out, ",\"close_time_human\":\"{}\",", time.strftime("%Y-%b-%d %H:%M:%S.000000000 UTC"))
        .expect("a buffer takes all that is written");
    write_close_time_iso(header.close_time, out);
}

/// Appends `"close_time_iso":…`.
pub(super) fn write_close_time_iso(close_time: u32, out: &mut Vec<u8>) {
    write!(out, "\"close_time_iso\":\"{}\"", timestamp(close_time))
        .expect("a buffer takes all that is written");
}

/// A close time, in seconds since 2000-01-01T00:00:00Z, as the server writes it in ISO 8601.
pub fn close_time_iso(close_time: u32) -> String {
    timestamp(close_time).to_string()
}

fn timestamp(close_time: u32) -> Timestamp {
    Timestamp::from_second(EPOCH_UNIX_S + i64::from(close_time))
        .expect("32 bits of seconds end in 2136")
}
