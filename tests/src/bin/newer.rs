//! A future version of `transaction-record`: its records have one more field.

use std::process::ExitCode;

use flow::{Collector, Flow, NoSettings, Processor, RecordOrder, Reject, Topic, TopicSpec};
use records::TransactionWriter;
use schemas::{Transaction, TransactionRecord, TransactionRecords, Transactions};

/// The field, after all that there are.
const FIELD: &str = r#",{"name":"origin","doc":"New.","type":"string","default":""}"#;
/// Its value in each record, as Avro writes a string: twice the length, and the text.
const ORIGIN: &[u8] = b"\x0atoday";

const SCHEMA_BYTES: usize = TransactionRecords::SCHEMA.len() + FIELD.len();
static SCHEMA: [u8; SCHEMA_BYTES] = schema();

/// Today's schema with the field at the end of its last array, which is the record's fields.
const fn schema() -> [u8; SCHEMA_BYTES] {
    let today = TransactionRecords::SCHEMA.as_bytes();
    let mut end = today.len() - 1;
    while today[end] != b']' {
        end -= 1;
    }
    let mut schema = [0; SCHEMA_BYTES];
    let (before, rest) = schema.split_at_mut(end);
    let (field, after) = rest.split_at_mut(FIELD.len());
    before.copy_from_slice(today.split_at(end).0);
    field.copy_from_slice(FIELD.as_bytes());
    after.copy_from_slice(today.split_at(end).1);
    schema
}

/// The same topic, by the newer schema.
struct NewerRecords;

impl Topic for NewerRecords {
    const SPEC: TopicSpec = TransactionRecords::SPEC;
    const SCHEMA: &'static str = match str::from_utf8(&SCHEMA) {
        Ok(schema) => schema,
        Err(_) => panic!("a schema is text"),
    };
    type Record<'a> = TransactionRecord<'a>;

    fn key(record: &TransactionRecord<'_>, key: &mut Vec<u8>) {
        TransactionRecords::key(record, key);
    }

    fn order(record: &TransactionRecord<'_>) -> RecordOrder {
        TransactionRecords::order(record)
    }
}

#[derive(Clone, Default)]
struct NewerRecorder(TransactionWriter);

impl Processor for NewerRecorder {
    const NAME: &'static str = "transaction-record";
    type Input = Transactions;
    type Output = NewerRecords;

    fn process(&mut self, transaction: Transaction<'_>, out: &mut Collector) -> Result<(), Reject> {
        let written = self
            .0
            .write(&transaction)
            .map_err(|malformed| Reject::because("malformed-transaction", malformed))?;
        let datum = [written.datum, ORIGIN].concat();
        let key = |key: &mut Vec<u8>| Transactions::key(&transaction, key);
        out.emit_datum::<NewerRecords>(Transactions::order(&transaction), key, &datum)
    }
}

fn main() -> ExitCode {
    flow::main("transaction-record", "A newer version of it", |_: NoSettings, _| {
        Ok(Flow::processor(NewerRecorder::default()))
    })
}
