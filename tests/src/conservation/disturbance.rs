//! A disturbance of a run.

use std::time::Duration;

use flow::host::KillPoint;
use xrpl_sim::Fault;

use super::FLOWS;

/// One instance of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Victim {
    /// Its place in [`FLOWS`].
    pub flow: usize,
    /// The first or the second; the other one if this one does not run.
    pub instance: usize,
    /// How long it stays away.
    pub down: Duration,
    /// Where it dies again after that, the how many-th time that it comes by.
    pub then: Option<(KillPoint, u32)>,
}

/// A connection that can be cut or held up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Between flows and the broker, and the broker and itself.
    Broker,
    /// Between flows and one of the servers.
    Server(usize),
    /// Between the sink and the receiver.
    Receiver,
}

/// Something that is done to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disturbance {
    /// SIGKILL, several at a time; started again.
    Kill(Vec<Victim>),
    /// Both instances of a flow get SIGKILL and stay away: the others go on, and it comes back to a backlog.
    Absence {
        /// The flow's place in [`FLOWS`].
        flow: usize,
        /// How long.
        down: Duration,
    },
    /// SIGSTOP for longer than the session, then SIGCONT: what comes back is a zombie.
    Halt {
        /// Whom.
        victim: Victim,
        /// How long.
        halt: Duration,
    },
    /// SIGTERM; started again once it has ended.
    Terminate(Victim),
    /// SIGKILL to the broker; started again.
    KillBroker,
    /// SIGSTOP to the broker, then SIGCONT.
    HaltBroker(Duration),
    /// One of every so many connections is closed.
    Cut(Link, usize),
    /// Nothing is carried for a while.
    Stall(Link, Duration),
    /// One of the servers does something wrong for a while; the others don't.
    Fault(usize, Fault, Duration),
}

impl Disturbance {
    /// Its kind, in a word or two.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Kill(_) => "kill",
            Self::Absence { .. } => "absence",
            Self::Halt { .. } => "halt",
            Self::Terminate(_) => "terminate",
            Self::KillBroker => "kill broker",
            Self::HaltBroker(_) => "halt broker",
            Self::Cut(Link::Broker, _) => "cut broker",
            Self::Cut(Link::Server(_), _) => "cut server",
            Self::Cut(Link::Receiver, _) => "cut receiver",
            Self::Stall(Link::Broker, _) => "stall broker",
            Self::Stall(Link::Server(_), _) => "stall server",
            Self::Stall(Link::Receiver, _) => "stall receiver",
            Self::Fault(..) => "server fault",
        }
    }
}

/// Whether a flow ever comes by a point.
pub(crate) fn comes_by(flow: usize, point: KillPoint) -> bool {
    let (is_source, is_sink) = (flow == 0, flow + 1 == FLOWS.len());
    match point {
        KillPoint::BeforeWrite | KillPoint::AfterAcknowledgement => is_sink,
        KillPoint::AfterOffsets => !is_source,
        KillPoint::AfterRecord => !is_sink,
        _ => true,
    }
}
