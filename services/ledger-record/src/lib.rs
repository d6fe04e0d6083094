//! Decodes ledger headers without loss.

use flow::{Flow, Outbox, Processor, Reject};
use schemas::{LedgerHeader, LedgerHeaders, LedgerRecord, LedgerRecords};
use xrpl::json::{ApiVersion, LedgerOptions, Transactions, write_ledger_json};
use xrpl::{Definitions, Hash256, Ledger};

/// What the flow does, in a sentence.
pub const ABOUT: &str = "Decodes ledger headers without loss";

/// The flow `ledger-record`.
pub fn flow() -> Flow {
    Flow::processor(LedgerRecorder::default())
}

/// One decoded record a ledger. Keeps its buffer between ledgers.
#[derive(Debug, Clone, Default)]
pub struct LedgerRecorder {
    json: Vec<u8>,
}

const OPTIONS: LedgerOptions =
    LedgerOptions { api: ApiVersion::V1, binary: false, transactions: Transactions::Left };

impl Processor for LedgerRecorder {
    const NAME: &'static str = "ledger-record";
    type Input = LedgerHeaders;
    type Output = LedgerRecords;

    fn process(&mut self, header: LedgerHeader<'_>, out: &mut Outbox) -> Result<(), Reject> {
        let ledger = Ledger {
            hash: Hash256(header.ledger_hash),
            header: xrpl::LedgerHeader::parse(header.header)
                .map_err(|error| Reject::because("malformed-header", error))?,
            transactions: Vec::new(),
        };
        self.json.clear();
        write_ledger_json(Definitions::builtin(), &ledger, OPTIONS, &mut self.json)
            .map_err(|malformed| Reject::because("malformed-header", malformed))?;
        let json =
            std::str::from_utf8(&self.json).map_err(|error| Reject::because("not-utf8", error))?;
        out.put::<LedgerRecords>(&LedgerRecord {
            ledger_index: header.ledger_index,
            ledger_hash: header.ledger_hash,
            close_time: header.close_time,
            parent_close_time: header.parent_close_time,
            transaction_count: header.transaction_count,
            json,
        })
    }
}
