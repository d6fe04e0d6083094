//! What a server may suffer or do wrong: each fault by its name, when it is on, and how often it was applied.
//!
//! Nothing here has an effect, or a cost beyond reading a flag, while no fault is on.

mod announcing;
mod faults;
mod faulty_chain;
mod faulty_stream;
mod late;
mod lie;
mod load;
mod planned;
mod refusal;
mod rewrite;
mod schedule;

use std::fmt;
use std::str::FromStr;

pub(crate) use announcing::Announcing;
pub(crate) use faults::Faults;
pub(crate) use faulty_chain::{Advanced, FaultyChain};
pub(crate) use faulty_stream::{FaultyListener, Wire};
pub(crate) use late::Late;
pub(crate) use load::{Load, cost};
pub(crate) use refusal::refusal;

pub use planned::{Planned, PlannedError, When};
pub use schedule::Schedule;

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A way in which a server fails its clients.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fault {
            $($(#[$doc])* $variant,)*
        }

        impl Fault {
            /// Every fault.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name, which [`Fault::from_str`] reads.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

faults! {
    /// Ledgers close, and no stream says so.
    Silence = "silence",
    /// Every connection breaks without a farewell as soon as something is sent on it.
    Disconnect = "disconnect",
    /// Connections are accepted and never answered; those opened during it stay dead.
    HalfOpen = "half-open",
    /// Bytes go out one by one, 200 in a second.
    SlowDrip = "slow-drip",
    /// Every HTTP request is answered by 503, upgrades to WebSocket included.
    Unavailable = "unavailable",
    /// The client's address is barred: 503 over HTTP; over WebSocket close 1008 on the first message.
    Barred = "barred",
    /// Every request is answered by `slowDown`.
    SlowDown = "slow-down",
    /// Requests cost: `warning: "load"`, then close 1008 and 503 until the balance has decayed, as measured.
    Load = "load",
    /// A ledger answers `lgrNotFound` for 1.5 s after its announcement.
    LateLedger = "late-ledger",
    /// Not synced: `notSynced`, before API v2 `noNetwork`, `noCurrent` or `noClosed`; no messages and no ledgers.
    NotSynced = "not-synced",
    /// Headers hash to something else.
    FalseHeader = "false-header",
    /// A transaction of each ledger is changed.
    FalseTransaction = "false-transaction",
    /// A transaction of each ledger is left out.
    MissingTransaction = "missing-transaction",
    /// Each new ledger hashes to its announced hash, and names a parent that there is not.
    WrongParent = "wrong-parent",
    /// From a ledger on the chain is another one, with valid hashes.
    Fork = "fork",
    /// The whole chain is another one, with valid hashes and another network id.
    OtherNetwork = "other-network",
    /// Replies end in the middle.
    TruncatedJson = "truncated-json",
    /// Replies have no end.
    EndlessReply = "endless-reply",
    /// Each `ledgerClosed` message is sent four times.
    Repeats = "repeats",
    /// Of two `ledgerClosed` messages the later is sent first.
    Disorder = "disorder",
    /// 2,000 ledgers close at once and only the last has a `ledgerClosed` message.
    Jump = "jump",
    /// The server restarts (close 1001) without its history.
    LostHistory = "lost-history",
    /// Eight ledgers are missing, as `complete_ledgers` says.
    DisjointHistory = "disjoint-history",
    /// `complete_ledgers` is `empty`, although every ledger is available.
    EmptyHistory = "empty-history",
    /// Eight ledgers are missing, and `complete_ledgers` claims them.
    WrongHistory = "wrong-history",
    /// The server stays twenty ledgers behind.
    Stale = "stale",
    /// One ledger's transactions never match its header, on any server; the same ledger for the same schedule.
    UnprovableLedger = "unprovable-ledger",
    /// Each new ledger's first transaction has a type that no definitions name; the ledger is valid.
    UnknownType = "unknown-type",
}

impl Fault {
    /// Transient faults: afterwards the server is as before, and the chain was the same all the time.
    pub const PASSING: &[Self] = &[
        Self::Silence,
        Self::Disconnect,
        Self::HalfOpen,
        Self::SlowDrip,
        Self::Unavailable,
        Self::Barred,
        Self::SlowDown,
        Self::LateLedger,
        Self::NotSynced,
        Self::FalseHeader,
        Self::FalseTransaction,
        Self::MissingTransaction,
        Self::WrongParent,
        Self::TruncatedJson,
        Self::EndlessReply,
        Self::Repeats,
        Self::Disorder,
        Self::LostHistory,
        Self::DisjointHistory,
        Self::EmptyHistory,
        Self::WrongHistory,
        Self::Stale,
    ];

    /// Its bit in a set.
    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// No fault has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no fault is named `{0}`: there are {names}", names = names())]
pub struct UnknownFault(String);

fn names() -> String {
    Fault::ALL.iter().map(|fault| fault.name()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        let found = Self::ALL.iter().copied().find(|fault| fault.name() == name);
        found.ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_found_by_its_name_and_by_no_other() {
        for fault in Fault::ALL {
            assert_eq!(fault.to_string().parse(), Ok(*fault));
        }
        let error = "quiet".parse::<Fault>().unwrap_err().to_string();
        assert!(error.starts_with("no fault is named `quiet`: there are silence, "), "{error}");
    }

    #[test]
    fn each_fault_has_a_bit_of_its_own() {
        let bits = Fault::ALL.iter().fold(0, |bits, fault| bits | fault.bit());
        assert_eq!(bits.count_ones() as usize, Fault::ALL.len());
    }
}
