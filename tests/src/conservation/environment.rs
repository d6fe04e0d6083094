//! The environment of the flows of a run: a broker, servers and a receiver, each behind a proxy.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use xrpl_sim::{Fault, Simulator};

use super::schedule::SERVERS;
use super::{Link, Recipe};
use crate::{Arrivals, Kafka, Proxy};

/// Everything around the flows.
pub(crate) struct Environment {
    pub(crate) kafka: Kafka,
    pub(crate) servers: Arc<Vec<Simulator>>,
    pub(crate) arrivals: Arrivals,
    broker_proxy: Proxy,
    server_proxies: Vec<Proxy>,
    receiver_proxy: Proxy,
    broker_resumes: Option<Instant>,
    stalled: Vec<(Link, Instant)>,
    fault: Option<(usize, Fault, Instant)>,
    /// How often each fault was applied.
    pub(crate) faults: BTreeMap<&'static str, u64>,
    /// Dropped last: everything else runs in it.
    _runtime: Runtime,
}

impl Environment {
    /// Starts all of it; the servers hold the first ledger of the chain. One of `forgets` chunks is lost by the receiver.
    pub(crate) fn start(recipe: Recipe, partitions: u32, forgets: Option<usize>) -> Self {
        let runtime = Runtime::new().unwrap();
        let broker_proxy = Proxy::start(&runtime, None);
        let kafka = Kafka::own_behind(&broker_proxy);
        let start = |_| runtime.block_on(Simulator::start(recipe.server(1))).unwrap();
        let servers: Vec<_> = (0..SERVERS).map(start).collect();
        let server_proxies =
            servers.iter().map(|server| Proxy::start(&runtime, Some(server.address()))).collect();
        let arrivals = match forgets {
            None => Arrivals::start(&runtime, partitions),
            Some(every) => Arrivals::forgetful(&runtime, partitions, every),
        };
        let receiver = arrivals.address().parse().expect("it is an address");
        Self {
            kafka,
            servers: Arc::new(servers),
            arrivals,
            broker_proxy,
            server_proxies,
            receiver_proxy: Proxy::start(&runtime, Some(receiver)),
            broker_resumes: None,
            stalled: Vec::new(),
            fault: None,
            faults: BTreeMap::new(),
            _runtime: runtime,
        }
    }

    /// What a flow is told about it.
    pub(crate) fn arguments(&self, flow: &str, first: u32) -> Vec<String> {
        let mut arguments = Vec::new();
        let mut add = |flag: &str, value: String| arguments.extend([flag.to_owned(), value]);
        if ["ledger-source", "ledger-details", "book-offers-record"].contains(&flow) {
            for proxy in &self.server_proxies {
                add("--xrpl-url", format!("ws://{}", proxy.address()));
            }
        }
        match flow {
            "ledger-source" => add("--start", first.to_string()),
            "fluent-sink" => add("--fluent-address", self.receiver_proxy.address().to_string()),
            _ => {}
        }
        arguments
    }

    fn proxy(&self, link: Link) -> &Proxy {
        match link {
            Link::Broker => &self.broker_proxy,
            Link::Server(server) => &self.server_proxies[server],
            Link::Receiver => &self.receiver_proxy,
        }
    }

    /// Cuts connections; returns how many.
    pub(crate) fn cut(&self, link: Link, one_of: usize) -> usize {
        self.proxy(link).cut(one_of)
    }

    /// How many connections have been cut so far.
    pub(crate) fn cut_so_far(&self) -> usize {
        let proxies = self.server_proxies.iter().chain([&self.broker_proxy, &self.receiver_proxy]);
        proxies.map(Proxy::cut_so_far).sum()
    }

    /// Holds a link up for a while.
    pub(crate) fn stall(&mut self, link: Link, stall: Duration) {
        self.proxy(link).stall(true);
        self.stalled.push((link, Instant::now() + stall));
    }

    /// SIGKILL to the broker, and starts it again.
    pub(crate) fn kill_broker(&mut self) {
        self.kafka.kill_and_restart();
        self.broker_resumes = None;
    }

    /// SIGSTOP to the broker for a while.
    pub(crate) fn halt_broker(&mut self, halt: Duration) {
        self.kafka.pause();
        self.broker_resumes = Some(Instant::now() + halt);
    }

    /// Turns a fault of a server on for a while. One at a time, so that most of the servers are well.
    pub(crate) fn fault(&mut self, server: usize, fault: Fault, lasts: Duration) {
        self.turn_off();
        self.servers[server].turn_on(fault);
        self.fault = Some((server, fault, Instant::now() + lasts));
    }

    fn turn_off(&mut self) {
        let Some((server, fault, _)) = self.fault.take() else { return };
        let server = &self.servers[server];
        server.turn_off(fault);
        let applied: u64 = self.servers.iter().map(|server| server.applied(fault)).sum();
        self.faults.insert(fault.name(), applied);
    }

    /// Lets go what is due.
    pub(crate) fn tend(&mut self) {
        self.let_go(Instant::now());
    }

    /// Lets everything go.
    pub(crate) fn calm(&mut self) {
        self.let_go(Instant::now() + Duration::from_secs(3600));
    }

    fn let_go(&mut self, until: Instant) {
        if self.broker_resumes.take_if(|resumes| *resumes <= until).is_some() {
            self.kafka.resume();
        }
        if self.fault.is_some_and(|(_, _, ends)| ends <= until) {
            self.turn_off();
        }
        let (over, stalled) =
            std::mem::take(&mut self.stalled).into_iter().partition(|(_, ends)| *ends <= until);
        self.stalled = stalled;
        let over: Vec<_> = over;
        for (link, _) in over {
            if !self.stalled.iter().any(|(other, _)| *other == link) {
                self.proxy(link).stall(false);
            }
        }
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").field("kafka", &self.kafka).finish_non_exhaustive()
    }
}
