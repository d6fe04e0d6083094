//! Records as a receiver sees them: the server's own JSON, with an id that a repeat has too.

use std::time::Duration;

use flow::{Readable, Reject, RenderError, Topic};
use fluent::msgpack::{MapWriter, TranscodeError};
use fluent::{EventTime, write_entry};
use schemas::{Asset, BookOffers, LedgerRecords, TransactionRecords};

/// Seconds between the Unix epoch and 2000-01-01T00:00:00Z, the XRP Ledger's.
const RIPPLE_EPOCH_S: u32 = 946_684_800;

/// The last part of the tag under which a topic's records travel.
pub(crate) fn tag(topic: &str) -> &'static str {
    match topic {
        name if name == TransactionRecords::SPEC.name => "transactions",
        name if name == LedgerRecords::SPEC.name => "ledgers",
        _ => "book_offers",
    }
}

/// Appends the record as an event.
pub(crate) fn render(record: &Readable<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
    match record.topic {
        name if name == TransactionRecords::SPEC.name => transaction(record, out),
        name if name == LedgerRecords::SPEC.name => ledger(record, out),
        _ => book(record, out),
    }
}

fn transaction(readable: &Readable<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
    let record = readable.decoder.decode::<TransactionRecords>(readable.value)?;
    readable.meter.kind(record.transaction_type, record.result);
    event(readable, record.close_time, out, |map| {
        map.uint("_LedgerIndex", record.ledger_index.into());
        map.json_members(record.json)
    })
}

fn ledger(readable: &Readable<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
    let record = readable.decoder.decode::<LedgerRecords>(readable.value)?;
    readable.meter.kind("ledger", "validated");
    let interval_s = record.close_time.saturating_sub(record.parent_close_time);
    readable.meter.interval(Duration::from_secs(interval_s.into()));
    event(readable, record.close_time, out, |map| {
        map.uint("transaction_count", record.transaction_count.into());
        map.json_members(record.json)
    })
}

fn book(readable: &Readable<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
    let record = readable.decoder.decode::<BookOffers>(readable.value)?;
    readable.meter.kind("book", if record.status == "ok" { "ok" } else { "unavailable" });
    event(readable, record.close_time, out, |map| {
        map.uint("ledger_index", record.ledger_index.into());
        map.json("taker_gets", &asset(&record.taker_gets))?;
        map.json("taker_pays", &asset(&record.taker_pays))?;
        map.str("status", record.status);
        map.json("offers", record.offers)
    })
}

/// An event at the ledger's close time, with `_id`: topic, ledger index and position, the same in every run.
fn event(
    readable: &Readable<'_>,
    close_time: u32,
    out: &mut Vec<u8>,
    members: impl FnOnce(&mut MapWriter<'_>) -> Result<(), TranscodeError>,
) -> Result<(), RenderError> {
    let time = EventTime { seconds: close_time.saturating_add(RIPPLE_EPOCH_S), nanoseconds: 0 };
    let id = format!("{}/{}", readable.topic, readable.position.place());
    let written = write_entry(out, time, |map| {
        map.str("_id", &id);
        members(map)
    });
    written.map_err(|error| Reject::because("unrenderable", error).into())
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

#[cfg(test)]
mod tests {
    use flow::{Decoder, Described, Meter, Metrics, Position};
    use fluent::Entry;
    use fluent::msgpack::Value;
    use schemas::TransactionRecord;

    use super::*;

    fn rendered<T: Topic>(record: &T::Record<'_>) -> serde_json::Value {
        let value = flow::encode::<T>(record).unwrap();
        let (decoder, meter) =
            (Decoder::new(&[Described::of::<T>()]), Meter::new("fluent-sink", &Metrics::default()));
        let position: Position = T::position(record);
        let readable = Readable {
            topic: T::SPEC.name,
            position,
            key: &[],
            value: &value,
            decoder: &decoder,
            meter: &meter,
        };
        let mut out = Vec::new();
        render(&readable, &mut out).unwrap();
        let entry = Entry::stream(&out).next().unwrap().unwrap();
        serde_json::to_value(Value::Map(entry.record)).unwrap()
    }

    fn transaction<'a>(json: &'a str) -> TransactionRecord<'a> {
        TransactionRecord {
            ledger_index: 90_000_001,
            ledger_hash: [1; 32],
            close_time: 0,
            position: 4,
            count: 5,
            hash: [2; 32],
            transaction_type: "Payment",
            result: "tesSUCCESS",
            account: "r",
            json,
        }
    }

    #[test]
    fn a_transaction_keeps_its_json_and_gets_an_id() {
        let event = rendered::<TransactionRecords>(&transaction(
            r#"{"Fee":"10","Flags":9007199254740993,"Memos":[{}]}"#,
        ));
        assert_eq!(
            event.to_string(),
            serde_json::json!({
                "_id": "transaction-records/90000001/4", "_LedgerIndex": 90_000_001,
                "Fee": "10", "Flags": 9_007_199_254_740_993_u64, "Memos": [{}],
            })
            .to_string()
        );
    }

    #[test]
    fn a_book_says_what_was_asked() {
        let usd =
            Asset { currency: Some("USD".into()), issuer: Some("r".into()), mpt_issuance_id: None };
        let event = rendered::<BookOffers>(&schemas::BookOffersAnswer {
            ledger_index: 7,
            ledger_hash: [1; 32],
            close_time: 0,
            taker_gets: Asset::xrp(),
            taker_pays: usd,
            position: 0,
            count: 2,
            status: "ok",
            offers: r#"[{"quality":"2.5"}]"#,
            offer_count: 1,
        });
        assert_eq!(event["taker_gets"], serde_json::json!({"currency": "XRP"}));
        assert_eq!(event["taker_pays"], serde_json::json!({"currency": "USD", "issuer": "r"}));
        assert_eq!(event["offers"][0]["quality"], "2.5");
    }
}
