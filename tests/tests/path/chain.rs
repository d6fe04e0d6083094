//! The recorded chains.

use std::ops::Deref;
use std::sync::OnceLock;

use xrpl_sim::Recording;

/// A recorded chain, decoded apart from the flows.
pub(crate) struct Chain {
    pub(crate) name: &'static str,
    pub(crate) recording: Recording,
    decoded: ekspiper_tests::Chain,
}

impl Chain {
    /// The chain of 24 ledgers.
    pub(crate) fn small() -> &'static Self {
        static CHAIN: OnceLock<Chain> = OnceLock::new();
        CHAIN.get_or_init(|| Self::decode("small", Recording::Small))
    }

    /// The chain of 349 ledgers.
    pub(crate) fn large() -> &'static Self {
        static CHAIN: OnceLock<Chain> = OnceLock::new();
        CHAIN.get_or_init(|| Self::decode("large", Recording::Large))
    }

    fn decode(name: &'static str, recording: Recording) -> Self {
        let decoded = ekspiper_tests::Chain::of(recording.archive().unwrap().ledgers);
        Self { name, recording, decoded }
    }
}

impl Deref for Chain {
    type Target = ekspiper_tests::Chain;

    fn deref(&self) -> &Self::Target {
        &self.decoded
    }
}
