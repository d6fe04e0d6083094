//! A lane on which the flows of order books work, with what was asked for and what came of it.

use ekspiper_tests::{
    AnsweredBook, Counts, FlowProcess, Kafka, Lane, Reader, Record, Writer, check_topic,
    eventually, whole_ledger,
};
use flow::Topic;
use schemas::{BookOfferRequest, BookOfferRequests, BookOffers, BookOffersAnswer, Ledgers};
use xrpl_sim::Simulator;

use crate::market::Market;

/// Partitions of each topic that carries ledgers.
const PARTITIONS: u32 = 8;
/// How long all books may take, on a machine that has much else to do.
const ARRIVE_S_MAX: u64 = 400;

/// A lane.
pub(crate) struct Trading {
    lane: Lane,
    writer: Writer,
    counts: Counts,
}

impl Trading {
    pub(crate) fn on(network: &str) -> Self {
        let kafka = Kafka::shared();
        let lane = Lane::make_whole(kafka, network, "live", PARTITIONS);
        Self { writer: Writer::new(kafka, &lane), counts: Counts::follow(kafka, &lane), lane }
    }

    /// Writes the ledgers of a chain, and has their books found.
    pub(crate) fn find_books(&mut self, market: &Market) -> FlowProcess {
        for decoded in &market.chain.ledgers {
            let header = decoded.ledger.header.to_bytes();
            self.writer.record::<Ledgers>(&whole_ledger(&decoded.ledger, &header));
        }
        self.writer.flush();
        FlowProcess::start(&self.lane, "book-offers-fetch", &[])
    }

    /// Writes requests.
    pub(crate) fn request(&mut self, requests: impl IntoIterator<Item = BookOfferRequest>) {
        for request in requests {
            self.writer.record::<BookOfferRequests>(&request);
        }
        self.writer.flush();
    }

    /// Has servers asked.
    pub(crate) fn ask(&self, servers: &[&Simulator], arguments: &[&str]) -> FlowProcess {
        let urls: Vec<String> = servers.iter().map(|server| server.url()).collect();
        let urls = urls.iter().flat_map(|url| ["--xrpl-url", url.as_str()]);
        let all: Vec<&str> = urls.chain(arguments.iter().copied()).collect();
        FlowProcess::start(&self.lane, "book-offers-record", &all)
    }

    /// How many requests have a record.
    pub(crate) fn recorded(&mut self) -> usize {
        self.counts.of(&self.lane.topic(&BookOffers::SPEC))
    }

    /// Waits until so many requests have a record.
    pub(crate) fn wait_recorded(&mut self, n: usize) {
        eventually(ARRIVE_S_MAX, &format!("{n} books are recorded"), || {
            (self.recorded() >= n).then_some(())
        });
    }

    /// All records of a topic.
    pub(crate) fn all<T: Topic>(&self) -> Vec<Record> {
        Reader::committed(Kafka::shared()).all(&self.lane.topic(&T::SPEC))
    }

    /// The topic holds these records: each once, byte for byte, in order.
    #[track_caller]
    pub(crate) fn assert_holds<'a, T: Topic>(
        &self,
        expected: impl IntoIterator<Item = T::Record<'a>>,
    ) {
        let faults = check_topic::<T>(&self.all::<T>(), PARTITIONS, expected);
        let first = &faults[..faults.len().min(10)];
        assert!(faults.is_empty(), "{}: {} faults: {first:?}", T::SPEC.name, faults.len());
    }

    /// Every request is recorded as this server answers it.
    #[track_caller]
    pub(crate) fn assert_as_answered(&self, server: &Simulator, requests: Vec<BookOfferRequest>) {
        let ask = |request| AnsweredBook::by(server.address(), request);
        let answers: Vec<AnsweredBook> = requests.into_iter().map(ask).collect();
        self.assert_holds::<BookOffers>(answers.iter().map(AnsweredBook::record));
    }
}

/// How many requests came to `outcome`, as the flow says.
pub(crate) fn outcomes(flow: &FlowProcess, policy: &str, outcome: &str) -> f64 {
    let labels = [format!("policy=\"{policy}\""), format!("outcome=\"{outcome}\"")];
    flow.metric_of("ekspiper_book_lookups_total", &labels.each_ref().map(String::as_str))
}

/// Waits until the flow says that so many requests came to `outcome`.
#[track_caller]
pub(crate) fn wait_outcomes(flow: &FlowProcess, policy: &str, outcome: &str, n: usize) {
    eventually(60, &format!("{n} books are counted as {outcome}"), || {
        (outcomes(flow, policy, outcome) >= n as f64).then_some(())
    });
    assert!((outcomes(flow, policy, outcome) - n as f64).abs() < 0.5, "and no more");
}

/// The status of a record, and the rest of it as it was asked for.
pub(crate) fn without_offers(
    request: &BookOfferRequest,
    status: &'static str,
) -> BookOffersAnswer<'static> {
    BookOffersAnswer::without_offers(request.clone(), status)
}
