//! One fault of a server, and the expected behaviour of the flows.

use std::time::{Duration, Instant};

use xrpl_sim::{Fault, Planned};

use crate::path::Path;
use crate::servers::Servers;

/// How long a fault may take to show.
const SHOW_S_MAX: u64 = 180;
/// After so long without a sign of it another of three servers has the fault.
const PASS_ON: Duration = Duration::from_secs(25);
/// How often it is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(200);
/// Ledgers before a fault is on.
const BEFORE: usize = 8;
/// Ledgers that come while it is on, where others are well, and after it.
const MORE: usize = 5;

/// Which servers there are, and which of them have the fault.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    /// The only one: nothing comes, or not all of it, until it is off.
    TheOnlyOne,
    /// One beside two that are well: ledgers go on arriving.
    OneOfThree,
}

/// Where a fault is seen.
#[derive(Clone, Copy)]
pub(crate) struct Shown {
    pub(crate) flow: &'static str,
    pub(crate) metric: &'static str,
    /// A label as `name="value"`, or nothing.
    pub(crate) label: &'static str,
    pub(crate) how: How,
}

/// How a fault is seen.
#[derive(Clone, Copy)]
pub(crate) enum How {
    /// The metric grows.
    Grows,
    /// The metric of the server with the fault is so far below that of another one, or below what it was.
    Lags(f64),
}

/// A fault that passes.
pub(crate) struct FaultCase {
    pub(crate) fault: Fault,
    pub(crate) on: On,
    /// How often it has to be applied.
    pub(crate) times: u64,
    pub(crate) shown: Shown,
}

impl On {
    fn servers(self) -> usize {
        if self == Self::TheOnlyOne { 1 } else { 3 }
    }
}

impl FaultCase {
    /// The fault comes and goes, and everything is there: each ledger once, in order, true.
    pub(crate) fn survive(&self) {
        let Self { fault, on, times, .. } = self;
        let begun = Instant::now();
        let mut servers = Servers::start(on.servers());
        let mut path = Path::start(&format!("with-{fault}"), &servers.urls());
        path.wait_arrived(BEFORE, "before the fault");
        let mut faulty = self.shown.asked_most(&path, &servers);
        let mut before = self.shown.value(&path, &servers, faulty);
        servers.turn_on(&Planned::from(*fault), &[faulty]);
        provoke(*fault, &servers, &path);
        let (mut shown, mut since) = (before, Instant::now());
        patiently(&format!("{fault} is applied and shown"), || {
            shown = self.shown.value(&path, &servers, faulty);
            if shown > before && servers.applied(*fault, &[faulty]) >= *times {
                return true;
            }
            // A server that is not asked shows nothing: another one has the fault then.
            if *on == On::OneOfThree && since.elapsed() > PASS_ON {
                servers.turn_off(*fault);
                faulty = (faulty + 1) % on.servers();
                before = self.shown.value(&path, &servers, faulty);
                servers.turn_on(&Planned::from(*fault), &[faulty]);
                since = Instant::now();
            }
            false
        });
        if *on == On::OneOfThree {
            let arrived = path.arrived();
            path.wait_arrived(arrived + MORE, "beside the fault");
        }
        let applied = servers.applied(*fault, &[faulty]);
        servers.turn_off(*fault);
        let lasted = begun.elapsed();
        let newest = *servers.ledgers().end() as usize;
        path.wait_arrived(newest + MORE, "after the fault");
        servers.stop_clock();
        let chain = servers.chain();
        path.wait_arrived(chain.len(), "in the end");
        path.assert_holds(&chain);
        let Shown { flow, metric, label, .. } = self.shown;
        println!(
            "{fault}: applied {applied} times, {flow} {metric}{{{label}}} {before} -> {shown}, off after {lasted:.1?}, all {} \
             ledgers there after {:.1?}",
            chain.len(),
            begun.elapsed()
        );
    }
}

/// Does what the fault needs besides, to be met.
fn provoke(fault: Fault, servers: &Servers, path: &Path) {
    match fault {
        // Others behind the same address first bring a warning, then the end.
        Fault::Load => {
            servers.burden(32 * 8_000);
            patiently("the load is warned of", || servers.applied(Fault::Load, &[0]) > 0);
            servers.burden(32 * 9_000);
        }
        // Who has a connection does not notice.
        Fault::Unavailable => {
            let source = path.flow("ledger-source");
            let lost = || {
                source.metric_of(
                    "ekspiper_endpoint_stream_events_total",
                    &[r#"event="disconnected""#],
                )
            };
            let before = lost();
            servers.turn_on(&Fault::Disconnect.into(), &[0]);
            patiently("the stream breaks", || lost() > before);
            servers.turn_off(Fault::Disconnect);
        }
        _ => {}
    }
}

impl Shown {
    /// The server that the flow asks most: a fault elsewhere may not be met for long.
    fn asked_most(&self, path: &Path, servers: &Servers) -> usize {
        let flow = path.flow(self.flow);
        let asked = |url: &String| {
            flow.metric_of("ekspiper_endpoint_requests_total", &[url, r#"outcome="ok""#])
        };
        let asked: Vec<f64> = servers.urls().iter().map(asked).collect();
        (0..asked.len()).max_by(|a, b| asked[*a].total_cmp(&asked[*b])).expect("there is a server")
    }

    /// What grows as the fault shows.
    fn value(&self, path: &Path, servers: &Servers, faulty: usize) -> f64 {
        let flow = path.flow(self.flow);
        match self.how {
            How::Grows => flow.metric_of(self.metric, &[self.label]),
            How::Lags(by) => {
                let urls = servers.urls();
                let of = |url: &String| flow.metric_of(self.metric, &[url]);
                let other = of(&urls[(faulty + 1) % urls.len()]);
                f64::from(u8::from(other - of(&urls[faulty]) >= by))
            }
        }
    }
}

/// Waits for a condition that costs something to look at.
#[track_caller]
pub(crate) fn patiently(what: &str, mut look: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(SHOW_S_MAX);
    while !look() {
        assert!(Instant::now() < deadline, "not within {SHOW_S_MAX} s: {what}");
        std::thread::sleep(LOOK);
    }
}

/// Runs cases at the same time; names those that failed.
pub(crate) fn all(cases: impl IntoIterator<Item = FaultCase>) {
    let cases: Vec<FaultCase> = cases.into_iter().collect();
    let failed: Vec<String> = std::thread::scope(|scope| {
        let running: Vec<_> = cases
            .iter()
            .map(|case| {
                let name = case.fault.to_string();
                let thread = std::thread::Builder::new().name(name.clone());
                (name, thread.spawn_scoped(scope, || case.survive()).unwrap())
            })
            .collect();
        running.into_iter().filter_map(|(name, it)| it.join().err().map(|_| name)).collect()
    });
    assert_eq!(failed, [""; 0], "these faults were not survived");
}
