//! An earlier, faulty `ledger-record`: it rejects what it should type.

use std::process::ExitCode;

use flow::{Collector, Flow, NoSettings, Processor, Reject};
use schemas::{LedgerHeader, LedgerHeaders, LedgerRecords};

/// Types no ledger but every fourth, and loses that.
#[derive(Clone)]
struct OldLedgerRecord;

impl Processor for OldLedgerRecord {
    const NAME: &'static str = "ledger-record";
    type Input = LedgerHeaders;
    type Output = LedgerRecords;

    fn process(&mut self, header: LedgerHeader<'_>, _out: &mut Collector) -> Result<(), Reject> {
        if header.ledger_index.is_multiple_of(4) {
            return Ok(());
        }
        let why = anyhow::anyhow!("ledger {} is none of mine", header.ledger_index);
        Err(Reject::because("not-typed-yet", why))
    }
}

/// Runs the flow as a process.
pub fn run() -> ExitCode {
    flow::main("toy-ledger-record", "Types few ledgers", |_: NoSettings, _| {
        Ok(Flow::processor(OldLedgerRecord))
    })
}
