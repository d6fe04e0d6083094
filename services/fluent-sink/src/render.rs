//! Records as a receiver sees them: without loss, with units and an id that a repeat has too, or as the former pipeline wrote them.

use std::time::Duration;

use flow::{Namespace, Reject, RenderError, SinkRecord, Topic};
use fluent::msgpack::{MapWriter, TranscodeError};
use fluent::{EventTime, write_entry};
use records::{Amounts, amount_json, ledger_json, record_json};
use schemas::{Asset, BookOffers, LedgerRecords, TransactionRecords};
use serde_json::Value;

use crate::compatible::{Compatible, unreadable};

/// Seconds between the Unix epoch and 2000-01-01T00:00:00Z, the XRP Ledger's.
const LEDGER_EPOCH_S: u32 = 946_684_800;

/// What a topic's records are called in tags.
pub(crate) fn kind(topic: &str) -> &'static str {
    match topic {
        name if name == TransactionRecords::SPEC.name => "transactions",
        name if name == LedgerRecords::SPEC.name => "ledgers",
        _ => "book_offers",
    }
}

/// How records are written for a receiver.
#[derive(Debug)]
pub struct Rendering {
    /// The network and lane whose records are written; part of every `_id`.
    namespace: Namespace,
    /// As the former pipeline did.
    compatible: Option<Compatible>,
    with_id: bool,
}

impl Rendering {
    /// A rendering of the records of `namespace`: without loss and with `_id`; or as the former pipeline wrote them, with `_id` only if
    /// `with_id`.
    pub fn new(namespace: Namespace, is_compatible: bool, with_id: bool) -> Self {
        let compatible = is_compatible.then(Compatible::new);
        Self { namespace, compatible, with_id: with_id || !is_compatible }
    }

    /// Appends the record as an event.
    pub(crate) fn render(
        &self,
        record: &SinkRecord<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), RenderError> {
        match record.topic {
            name if name == TransactionRecords::SPEC.name => self.transaction(record, out),
            name if name == LedgerRecords::SPEC.name => self.ledger(record, out),
            _ => self.book(record, out),
        }
    }

    fn transaction(&self, readable: &SinkRecord<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
        let record = readable.decoder.decode::<TransactionRecords>(readable.value)?;
        let fields = &record.transaction;
        let result = fields.object("metaData").and_then(|meta| meta.text("TransactionResult"));
        let kind = fields.text("TransactionType");
        readable.meter.record_type(kind.unwrap_or("unknown"), result.unwrap_or("unknown"));
        let mut members = match &self.compatible {
            Some(compatible) => compatible.transaction(&record)?,
            None => record_json(&record, Amounts::Records).map_err(unreadable)?,
        };
        if self.compatible.is_none()
            && let Some(amount) = &record.delivered_by_balances
        {
            members.insert("delivered_by_balances".to_owned(), amount_json(amount));
        }
        self.event(readable, record.close_time, out, |map| {
            map.json_members(&Value::Object(members).to_string())
        })
    }

    fn ledger(&self, readable: &SinkRecord<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
        let record = readable.decoder.decode::<LedgerRecords>(readable.value)?;
        readable.meter.record_type("ledger", "validated");
        let interval_s = record.close_time.saturating_sub(record.parent_close_time);
        readable.meter.interval(Duration::from_secs(interval_s.into()));
        let members = match &self.compatible {
            Some(compatible) => compatible.ledger(&record)?,
            None => {
                let mut members = ledger_json(&record).map_err(unreadable)?;
                members.insert("transaction_count".to_owned(), record.transaction_count.into());
                members
            }
        };
        self.event(readable, record.close_time, out, |map| {
            map.json_members(&Value::Object(members).to_string())
        })
    }

    fn book(&self, readable: &SinkRecord<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
        let record = readable.decoder.decode::<BookOffers>(readable.value)?;
        readable.meter.record_type("book", record.status);
        self.event(readable, record.close_time, out, |map| {
            map.uint("ledger_index", record.ledger_index.into());
            map.json("taker_gets", &asset(&record.taker_gets))?;
            map.json("taker_pays", &asset(&record.taker_pays))?;
            if let Some(domain) = &record.domain {
                map.str("domain", domain);
            }
            map.str("status", record.status);
            if let Some(newer) = record.skipped_for {
                map.uint("skipped_for", newer.into());
            }
            if let Some((limit, complete)) = record.limit.zip(record.complete) {
                map.uint("limit", limit.into());
                map.bool("complete", complete);
            }
            map.json("offers", record.offers)
        })
    }

    /// An event at the ledger's close time. Its `_id` is `<network>[.<lane>].<topic>/<ledger index>/<position>`: the same in every run,
    /// and another one in every lane, so a receiver that drops repeated `_id`s takes what a lane has repaired, and networks share an
    /// index.
    fn event(
        &self,
        readable: &SinkRecord<'_>,
        close_time: u32,
        out: &mut Vec<u8>,
        members: impl FnOnce(&mut MapWriter<'_>) -> Result<(), TranscodeError>,
    ) -> Result<(), RenderError> {
        let time = EventTime { seconds: close_time.saturating_add(LEDGER_EPOCH_S), nanoseconds: 0 };
        let id = format!("{}.{}/{}", self.namespace, readable.topic, readable.order.id());
        let written = write_entry(out, time, |map| {
            if self.with_id {
                map.str("_id", &id);
            }
            members(map)
        });
        written.map_err(|error| Reject::because("unrenderable", error).into())
    }
}

/// The asset as a request to a server has it.
fn asset(asset: &Asset) -> String {
    let members = [
        ("currency", &asset.currency),
        ("issuer", &asset.issuer),
        ("mpt_issuance_id", &asset.mpt_issuance_id),
    ];
    let present = members
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?.into())));
    serde_json::Value::Object(present.collect()).to_string()
}
