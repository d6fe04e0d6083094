//! The `ledger` stream of one server, reconnected without end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use backon::ExponentialBackoff;
use futures_util::Stream;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until};

use super::arrivals::Arrivals;
use super::newest_ledger::{NewestLedger, Novelty};
use crate::call::{SubscribeCall, ValidatedLedger};
use crate::error::{ConnectionError, Error};
use crate::retry_waits::{next_wait, retry_waits};
use crate::transport::{Connection, ConnectionLimits, Dialer, EndpointUrl};
use xrpl_codec::Hash256;

/// What happens on a stream.
#[derive(Debug)]
pub enum StreamEvent {
    /// A connection is open and subscribed.
    Connected,
    /// A `ledgerClosed` message with a validated ledger above every earlier one. Ledgers in between may be missing.
    LedgerClosed(ValidatedLedger),
    /// A ledger that is not above every earlier one: announced again, or too late.
    Stale {
        /// The ledger.
        index: u32,
    },
    /// The server announced the newest ledger again, under another hash.
    Contradicted {
        /// The ledger.
        index: u32,
        /// The hash announced first.
        first: Hash256,
        /// The other hash.
        second: Hash256,
    },
    /// No connection any more, or none yet.
    Disconnected {
        /// Why.
        error: Error,
        /// The wait before the next attempt.
        retry_in: Duration,
    },
}

impl StreamEvent {
    /// The names of all events.
    pub const NAMES: [&'static str; 5] =
        ["connected", "ledger_closed", "stale", "contradicted", "disconnected"];

    /// The event as a label of a metric.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::LedgerClosed(_) => "ledger_closed",
            Self::Stale { .. } => "stale",
            Self::Contradicted { .. } => "contradicted",
            Self::Disconnected { .. } => "disconnected",
        }
    }
}

/// The validated ledgers that one server announces. Repeats and disorder are separate events, silence ends a connection, and
/// the stream reconnects without end. Dropping it ends it.
#[derive(Debug)]
pub struct LedgerStream {
    events: mpsc::Receiver<StreamEvent>,
    task: AbortHandle,
}

impl Drop for LedgerStream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl LedgerStream {
    /// Events that wait for a slow reader; then the stream waits too.
    const EVENTS_MAX: usize = 64;

    /// Starts to follow the server at `url`, which has to be of the network `network_id` if that is given.
    pub fn open(
        dial: Arc<dyn Dialer>,
        url: EndpointUrl,
        limits: ConnectionLimits,
        network_id: Option<u32>,
    ) -> Self {
        let (sender, events) = mpsc::channel(Self::EVENTS_MAX);
        let follower = Follower {
            dial,
            url,
            limits,
            network_id,
            events: sender,
            newest: NewestLedger::default(),
            arrivals: Arrivals::default(),
            subscribed: None,
        };
        Self { events, task: tokio::spawn(follower.run()).abort_handle() }
    }
}

/// Without an end while the runtime runs.
impl Stream for LedgerStream {
    type Item = StreamEvent;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<StreamEvent>> {
        self.events.poll_recv(context)
    }
}

/// The task behind a stream.
struct Follower {
    dial: Arc<dyn Dialer>,
    url: EndpointUrl,
    limits: ConnectionLimits,
    network_id: Option<u32>,
    events: mpsc::Sender<StreamEvent>,
    newest: NewestLedger,
    arrivals: Arrivals,
    /// Since when the connection is subscribed.
    subscribed: Option<Instant>,
}

/// The reader of the events is gone.
struct Abandoned;

impl Follower {
    const RETRY_FIRST: Duration = Duration::from_millis(500);
    /// About one ledger: a server that is back is followed again before it has announced a second one.
    const RETRY_MAX: Duration = Duration::from_secs(4);
    /// A connection that lasted this long was a good one, whatever error ended it.
    const GOOD_AFTER: Duration = Duration::from_secs(5);
    /// The shortest wait after a server closed the connection because of load.
    const OVERLOAD_COOLDOWN: Duration = Duration::from_secs(5);

    async fn run(mut self) {
        let mut waits = Self::retry_waits();
        while let Ok(error) = self.follow(&mut waits).await {
            // After a long pause of the network its next ledger does not wait for a long retry.
            if self.subscribed.take().is_some_and(|at| at.elapsed() >= Self::GOOD_AFTER) {
                waits = Self::retry_waits();
            }
            let mut retry_in = next_wait(&mut waits);
            if error.is_overload() {
                retry_in = retry_in.max(Self::OVERLOAD_COOLDOWN);
            }
            if self.emit(StreamEvent::Disconnected { error, retry_in }).await.is_err() {
                return;
            }
            sleep(retry_in).await;
        }
    }

    fn retry_waits() -> ExponentialBackoff {
        retry_waits(Self::RETRY_FIRST, Self::RETRY_MAX)
    }

    /// One connection, from the first attempt to its end: the error it ended with.
    async fn follow(&mut self, waits: &mut ExponentialBackoff) -> Result<Error, Abandoned> {
        let opened = Connection::open(self.dial.as_ref(), &self.url, self.limits.clone()).await;
        let (connection, mut announcements) = match opened {
            Ok(opened) => opened,
            Err(error) => return Ok(error),
        };
        if let Err(error) = connection.check_network(self.network_id).await {
            return Ok(error);
        }
        let first = match connection.ask(&SubscribeCall::default()).await {
            Ok(first) => first,
            Err(error) => return Ok(error),
        };
        self.emit(StreamEvent::Connected).await?;
        self.arrivals.reconnected();
        self.newest.reconnected();
        let mut heard = Instant::now();
        self.subscribed = Some(heard);
        let mut announced = first;
        loop {
            if let Some(announcement) = announced.take() {
                if let Some(error) = self.wrong_network(&announcement) {
                    return Ok(error);
                }
                if self.pass(announcement).await? {
                    heard = Instant::now();
                    self.arrivals.arrived(heard);
                    *waits = Self::retry_waits();
                }
            }
            let silence_max = self.arrivals.silence_max();
            tokio::select! {
                announcement = announcements.recv() => match announcement {
                    Some(announcement) => announced = Some(announcement),
                    None => return Ok(connection.loss().unwrap_or(ConnectionError::Shutdown).into()),
                },
                () = sleep_until(heard + silence_max) => return Ok(ConnectionError::Silent(silence_max).into()),
                () = self.events.closed() => return Err(Abandoned),
            }
        }
    }

    /// The error if the announcement is of another network.
    fn wrong_network(&self, announcement: &ValidatedLedger) -> Option<Error> {
        let (expected, found) = (self.network_id?, announcement.network_id?);
        (found != expected).then_some(Error::WrongNetwork { expected, found })
    }

    /// Passes an announcement on if it is new; whether it was.
    async fn pass(&mut self, announcement: ValidatedLedger) -> Result<bool, Abandoned> {
        let (index, second) = (announcement.index, announcement.hash);
        match self.newest.judge(index, second) {
            Novelty::New => self.emit(StreamEvent::LedgerClosed(announcement)).await.map(|()| true),
            // The reply to a subscription holds the newest ledger, new or not.
            Novelty::Old if announcement.transaction_count.is_none() => Ok(false),
            Novelty::Old => self.emit(StreamEvent::Stale { index }).await.map(|()| false),
            Novelty::Contradiction { first } => {
                self.emit(StreamEvent::Contradicted { index, first, second }).await.map(|()| false)
            }
        }
    }

    async fn emit(&self, event: StreamEvent) -> Result<(), Abandoned> {
        self.events.send(event).await.map_err(|_| Abandoned)
    }
}
