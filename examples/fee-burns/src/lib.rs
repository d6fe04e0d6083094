//! An example of a flow of one's own: one record a transaction with the XRP that it burned.

use std::io::Write as _;

use flow::{Cleanup, Collector, Extent, Flow, Processor, RecordOrder, Reject, Topic, TopicSpec};
use schemas::{Hash256, Transaction, Transactions};
use serde::{Deserialize, Serialize};
use xrpl_codec::Definitions;

/// What the flow does, in a sentence.
pub const ABOUT: &str = "Writes the XRP that each transaction burned";

/// Marks the topic `fee-burns`.
#[derive(Debug, Clone, Copy)]
pub struct FeeBurns;

/// As `fee-burns.avsc` describes it, field by field in the same order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct FeeBurn<'a> {
    pub ledger_index: u32,
    pub position: u32,
    pub count: u32,
    #[serde(with = "serde_bytes")]
    pub hash: Hash256,
    pub account: &'a str,
    pub drops: u64,
}

impl Topic for FeeBurns {
    const SPEC: TopicSpec = TopicSpec {
        name: "fee-burns",
        extent: Extent::Partitioned,
        cleanup: Cleanup::DeleteAfterHours(7 * 24),
    };
    const SCHEMA: &'static str = include_str!("../fee-burns.avsc");
    type Record<'a> = FeeBurn<'a>;

    fn key(burn: &FeeBurn<'_>, key: &mut Vec<u8>) {
        for byte in burn.hash {
            write!(key, "{byte:02X}").expect("writing into memory succeeds");
        }
    }

    fn order(burn: &FeeBurn<'_>) -> RecordOrder {
        RecordOrder { sequence: burn.ledger_index.into(), part: burn.position, count: burn.count }
    }
}

/// The flow `fee-burns`.
pub fn flow() -> Flow {
    Flow::processor(FeeBurner)
}

/// One record a transaction.
#[derive(Debug, Clone, Copy)]
pub struct FeeBurner;

impl Processor for FeeBurner {
    const NAME: &'static str = "fee-burns";
    type Input = Transactions;
    type Output = FeeBurns;

    fn process(&mut self, transaction: Transaction<'_>, out: &mut Collector) -> Result<(), Reject> {
        out.emit::<FeeBurns>(&burn(&transaction)?)
    }
}

/// What a transaction burned.
///
/// # Errors
/// A reject, which becomes a dead letter, when the transaction can't be decoded or names a negative fee.
pub fn burn<'a>(transaction: &Transaction<'a>) -> Result<FeeBurn<'a>, Reject> {
    let summary =
        xrpl_codec::summary(Definitions::builtin(), transaction.tx_blob, transaction.meta_blob)
            .map_err(|malformed| Reject::because("malformed-transaction", malformed))?;
    let drops =
        u64::try_from(summary.fee).map_err(|error| Reject::because("negative-fee", error))?;
    Ok(FeeBurn {
        ledger_index: transaction.ledger_index,
        position: transaction.position,
        count: transaction.count,
        hash: transaction.hash,
        account: transaction.account,
        drops,
    })
}
