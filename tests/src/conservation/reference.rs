//! The expected contents at the end of a run: those of a sequential run of the same chain.
//!
//! It is computed from the chain alone, by a server of its own that nobody disturbs, and without the flows or their runtime. A
//! test shows that a sequential run of the flows holds just this.

use schemas::BookOffersAnswer;
use tokio::runtime::Runtime;
use xrpl_sim::Simulator;

use super::Recipe;
use crate::{AnsweredBook, Chain};

/// The chain up to a ledger, and what the server answers about its books.
#[derive(Debug)]
pub struct Reference {
    /// Its ledgers, with all that follows from them.
    pub chain: Chain,
    answers: Vec<AnsweredBook>,
}

impl Reference {
    /// The chain of `recipe` up to the ledger `last`.
    pub fn of(recipe: Recipe, last: u32) -> Self {
        let runtime = Runtime::new().unwrap();
        let options = recipe.server(last - recipe.first + 1);
        let server = runtime.block_on(Simulator::start(options)).unwrap();
        let held = (recipe.first..=last).map(|index| server.ledger(index).expect("it is held"));
        let chain = Chain::of(held);
        let requests: Vec<_> = chain.book_offer_requests().collect();
        let ask = |request| AnsweredBook::by(server.address(), request);
        Self { answers: requests.into_iter().map(ask).collect(), chain }
    }

    /// The records of `book-offers`.
    pub fn book_offers(&self) -> Vec<BookOffersAnswer<'_>> {
        self.answers.iter().map(AnsweredBook::record).collect()
    }
}
