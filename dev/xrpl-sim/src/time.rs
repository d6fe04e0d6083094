//! Times as rippled writes them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Seconds from 1970 to 2000, where the XRP Ledger's time begins.
const RIPPLE_EPOCH_S: i64 = 946_684_800;

/// A time of the XRP Ledger, as `close_time_iso` has it.
pub(crate) fn iso(ripple_time_s: u32) -> String {
    let time = Timestamp::from_second(RIPPLE_EPOCH_S + i64::from(ripple_time_s))
        .expect("136 years are in range");
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The time now, in seconds since 2000.
pub(crate) fn ripple_now_s() -> u32 {
    u32::try_from(Timestamp::now().as_second() - RIPPLE_EPOCH_S).unwrap_or(0)
}

/// The time now, as `server_info` has it.
pub(crate) fn now() -> String {
    Timestamp::now().to_zoned(TimeZone::UTC).strftime("%Y-%b-%d %H:%M:%S%.6f UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ledger_time_counts_from_2000() {
        assert_eq!(iso(848_631_550), "2026-11-22T02:59:10Z");
    }
}
