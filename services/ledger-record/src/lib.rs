//! Types ledger headers without loss.

use flow::{Collector, Flow, Processor, Reject};
use records::ledger_record;
use schemas::{LedgerHeader, LedgerHeaders, LedgerRecords};

/// What the flow does, in a sentence.
pub const ABOUT: &str = "Types ledger headers without loss";

/// The flow `ledger-record`.
pub fn flow() -> Flow {
    Flow::processor(LedgerRecorder)
}

/// One typed record a ledger.
#[derive(Debug, Clone, Copy)]
pub struct LedgerRecorder;

impl Processor for LedgerRecorder {
    const NAME: &'static str = "ledger-record";
    type Input = LedgerHeaders;
    type Output = LedgerRecords;

    fn process(&mut self, header: LedgerHeader<'_>, out: &mut Collector) -> Result<(), Reject> {
        let record =
            ledger_record(&header).map_err(|error| Reject::because("malformed-header", error))?;
        out.emit::<LedgerRecords>(&record)
    }
}
