//! Compares the topics and the receiver of a run with the reference.

use std::fmt;

use flow::ingest::Checkpoints;
use flow::{DEAD_LETTERS, Decoder, Topic};
use schemas::{
    BookOfferRequests, BookOffers, LedgerEvents, LedgerHeaders, LedgerRecords, Ledgers,
    TransactionRecords, Transactions,
};

use super::Reference;
use crate::{Arrivals, Kafka, Lane, Reader, TopicFault, check_topic};

/// The name of the receiver, among those of topics.
pub(crate) const RECEIVER: &str = "the receiver";

/// One thing that is not as it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// A topic without network and lane, or the receiver.
    pub place: &'static str,
    /// What is wrong there, and at which position.
    pub fault: TopicFault,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.place, self.fault)
    }
}

/// Compares a lane and its receiver with a reference.
pub(crate) struct Comparison<'a> {
    pub(crate) kafka: &'a Kafka,
    pub(crate) lane: &'a Lane,
    pub(crate) arrivals: &'a Arrivals,
    pub(crate) reference: &'a Reference,
    /// The flows that ran. What the others would have written is not expected.
    pub(crate) flows: &'a [&'static str],
}

impl Comparison<'_> {
    /// Everything that differs: keys, values, partitions, order, positions and predecessors of every committed record, the
    /// pointer, and what the receiver has.
    pub(crate) fn differences(&self) -> Vec<Difference> {
        let reader = Reader::committed(self.kafka);
        let chain = &self.reference.chain;
        let books = self.reference.book_offers();
        let mut found = Vec::new();
        self.topic::<LedgerEvents>("ledger-source", &reader, chain.ledger_events(), &mut found);
        self.topic::<Ledgers>("ledger-details", &reader, chain.ledgers(), &mut found);
        let breaks = "ledger-transactions";
        self.topic::<LedgerHeaders>(breaks, &reader, chain.ledger_headers(), &mut found);
        self.topic::<Transactions>(breaks, &reader, chain.transactions(), &mut found);
        let (ledger, transaction) = ("ledger-record", "transaction-record");
        self.topic::<LedgerRecords>(ledger, &reader, chain.ledger_records(), &mut found);
        let records = chain.transaction_records();
        self.topic::<TransactionRecords>(transaction, &reader, records, &mut found);
        let requests = chain.book_offer_requests();
        self.topic::<BookOfferRequests>("book-offers-fetch", &reader, requests, &mut found);
        self.topic::<BookOffers>("book-offers-record", &reader, books, &mut found);
        self.dead_letters(&reader, &mut found);
        self.pointer(&reader, &mut found);
        if self.flows.contains(&"fluent-sink") {
            self.receiver(&mut found);
        }
        found
    }

    fn topic<'a, T: Topic>(
        &self,
        flow: &str,
        reader: &Reader,
        expected: impl IntoIterator<Item = T::Record<'a>>,
        found: &mut Vec<Difference>,
    ) {
        if !self.flows.contains(&flow) {
            return;
        }
        let records = reader.all(&self.lane.topic(&T::SPEC));
        let faults = check_topic::<T>(&records, self.lane.partitions(), expected);
        found.extend(faults.into_iter().map(|fault| Difference { place: T::SPEC.name, fault }));
    }

    fn dead_letters(&self, reader: &Reader, found: &mut Vec<Difference>) {
        reader.each(&self.lane.topic(&DEAD_LETTERS), |record| {
            let what = String::from_utf8_lossy(&record.key).into_owned();
            found
                .push(Difference { place: DEAD_LETTERS.name, fault: TopicFault::Unexpected(what) });
        });
    }

    /// How often the pointer is committed depends on the time; where it ends does not.
    fn pointer(&self, reader: &Reader, found: &mut Vec<Difference>) {
        let newest = self.reference.chain.ledgers.last().expect("a chain has ledgers");
        let (index, hash) = (u64::from(newest.ledger.header.index), newest.ledger.hash.0);
        let records = reader.all(&self.lane.topic(&Checkpoints::SPEC));
        let decoder = Decoder::new(&schemas::all());
        let pointer = records.last().map(|record| {
            decoder.decode::<Checkpoints>(&record.value).expect("it is a pointer").pointer()
        });
        let is_there =
            pointer.as_ref().is_some_and(|it| (it.sequence, &it.hash[..]) == (index, &hash[..]));
        if !is_there {
            let what = format!("pointer to {index}, but {pointer:?}");
            found.push(Difference {
                place: Checkpoints::SPEC.name,
                fault: TopicFault::Missing(what),
            });
        }
    }

    /// The receiver has each event, once by `_id`, and had them in order within their partition.
    fn receiver(&self, found: &mut Vec<Difference>) {
        let mut faults = self.arrivals.faults();
        let mut arrived = self.arrivals.events(self.lane);
        let mut expected = self.reference.chain.events(&self.reference.book_offers());
        let has_writer = |id: &str| {
            let topic = id.split('/').next().unwrap_or_default();
            super::FLOWS.iter().any(|(flow, to)| *to == topic && self.flows.contains(flow))
        };
        expected.retain(|id, _| has_writer(id));
        for (id, event) in expected {
            match arrived.remove(&id) {
                None => faults.push(TopicFault::Missing(id)),
                Some(other) if other != event => faults.push(TopicFault::OtherBytes(id)),
                Some(_) => {}
            }
        }
        faults.extend(arrived.into_keys().map(TopicFault::Unexpected));
        found.extend(faults.into_iter().map(|fault| Difference { place: RECEIVER, fault }));
    }
}
