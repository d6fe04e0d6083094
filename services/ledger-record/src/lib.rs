//! The flow `ledger-record`: types ledger headers without loss.

use flow::{Collector, Flow, Processor, Reject};
use records::{import, ledger_record, with_unverified};
use schemas::{LedgerHeader, LedgerHeaders, LedgerRecords};

/// The flow in one sentence, for `--help`.
pub const ABOUT: &str = "Types ledger headers without loss";

/// The flow `ledger-record`.
pub fn flow() -> Flow {
    Flow::processor(LedgerRecorder)
}

/// Writes one typed record per ledger. Rejects a header that can't be parsed.
#[derive(Debug, Clone, Copy)]
pub struct LedgerRecorder;

impl Processor for LedgerRecorder {
    const NAME: &'static str = "ledger-record";
    type Input = LedgerHeaders;
    type Output = LedgerRecords;

    fn process(&mut self, header: LedgerHeader<'_>, out: &mut Collector) -> Result<(), Reject> {
        let record =
            ledger_record(&header).map_err(|error| Reject::because("malformed-header", error))?;
        let Some(unverified) = header.unverified else {
            return out.emit::<LedgerRecords>(&record);
        };
        let json = with_unverified(&record, unverified)
            .map_err(|error| Reject::because("malformed-unverified", error))?;
        out.emit::<LedgerRecords>(&import::ledger_record(&json, header.at()))
    }
}
