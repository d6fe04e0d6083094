//! The `ledger` stream of one server, for ever.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until};

use super::arrivals::Arrivals;
use super::newest::{Newest, Novelty};
use crate::backoff::Backoff;
use crate::{
    Announcement, Connection, ConnectionLimits, Dial, EndpointUrl, Loss, ServerError, SubscribeCall,
};
use xrpl_codec::Hash256;

/// What happens on a stream.
#[derive(Debug)]
pub enum StreamEvent {
    /// A connection stands and is subscribed.
    Connected,
    /// A validated ledger above every earlier one. Ledgers in between may be missing.
    Announced(Announcement),
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
    Lost {
        /// Why.
        error: ServerError,
        /// When the next one is tried.
        retry_in: Duration,
    },
}

impl StreamEvent {
    /// What happens, in a word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Announced(_) => "announced",
            Self::Stale { .. } => "stale",
            Self::Contradicted { .. } => "contradicted",
            Self::Lost { .. } => "lost",
        }
    }
}

/// The announcements of one server: repeats and disorder are named as such, silence ends a connection, a lost connection is
/// made anew for ever. Dropping the stream ends it.
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
        dial: Arc<dyn Dial>,
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
            newest: Newest::default(),
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
    dial: Arc<dyn Dial>,
    url: EndpointUrl,
    limits: ConnectionLimits,
    network_id: Option<u32>,
    events: mpsc::Sender<StreamEvent>,
    newest: Newest,
    arrivals: Arrivals,
    /// Since when the connection is subscribed.
    subscribed: Option<Instant>,
}

/// The reader of the events is gone.
struct Abandoned;

impl Follower {
    const RETRY_FIRST: Duration = Duration::from_millis(500);
    const RETRY_MAX: Duration = Duration::from_secs(30);
    /// A connection that stood for so long was a good one, whatever it ended with.
    const GOOD_AFTER: Duration = Duration::from_secs(5);
    /// A server that closed because of load is left alone at least this long.
    const OVERLOAD_REST: Duration = Duration::from_secs(5);

    async fn run(mut self) {
        let mut backoff = Backoff::new(Self::RETRY_FIRST, Self::RETRY_MAX);
        while let Ok(error) = self.follow(&mut backoff).await {
            // After a long pause of the network its next ledger is not to wait for a long back-off.
            if self.subscribed.take().is_some_and(|at| at.elapsed() >= Self::GOOD_AFTER) {
                backoff.reset();
            }
            let mut retry_in = backoff.next();
            if error.is_overload() {
                retry_in = retry_in.max(Self::OVERLOAD_REST);
            }
            if self.emit(StreamEvent::Lost { error, retry_in }).await.is_err() {
                return;
            }
            sleep(retry_in).await;
        }
    }

    /// One connection, from the first attempt to its end: the error it ended with.
    async fn follow(&mut self, backoff: &mut Backoff) -> Result<ServerError, Abandoned> {
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
        self.arrivals.restart();
        let mut heard = Instant::now();
        self.subscribed = Some(heard);
        let mut announced = first;
        loop {
            if let Some(announcement) = announced.take() {
                if let Some(error) = self.foreign(&announcement) {
                    return Ok(error);
                }
                if self.pass(announcement).await? {
                    heard = Instant::now();
                    self.arrivals.arrived(heard);
                    backoff.reset();
                }
            }
            let silence_max = self.arrivals.silence_max();
            tokio::select! {
                announcement = announcements.recv() => match announcement {
                    Some(announcement) => announced = Some(announcement),
                    None => return Ok(connection.loss().unwrap_or(Loss::Shut).into()),
                },
                () = sleep_until(heard + silence_max) => return Ok(Loss::Silent(silence_max).into()),
                () = self.events.closed() => return Err(Abandoned),
            }
        }
    }

    /// What is to be said if the announcement is of another network.
    fn foreign(&self, announcement: &Announcement) -> Option<ServerError> {
        let (expected, found) = (self.network_id?, announcement.network_id?);
        (found != expected).then_some(ServerError::Foreign { expected, found })
    }

    /// Passes an announcement on if it is new; whether it was.
    async fn pass(&mut self, announcement: Announcement) -> Result<bool, Abandoned> {
        let (index, second) = (announcement.index, announcement.hash);
        match self.newest.judge(index, second) {
            Novelty::New => self.emit(StreamEvent::Announced(announcement)).await.map(|()| true),
            // The reply to a subscription tells what is the newest, new or not.
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
