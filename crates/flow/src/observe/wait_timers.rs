//! Wait timers: what a flow waits for outside, and since when.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A wait that lasts longer is an alarm.
const WAIT_S_MAX: u64 = 60;

/// The waits of one flow, by a word each.
#[derive(Debug, Default)]
pub(crate) struct WaitTimers {
    since: HashMap<&'static str, Wait>,
}

#[derive(Debug)]
struct Wait {
    since: Instant,
    alarmed: bool,
}

/// A wait that goes on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Waited {
    /// How long it has lasted.
    pub(crate) time: Duration,
    /// Whether it is to be logged now: once in each wait.
    pub(crate) alarms: bool,
}

impl WaitTimers {
    /// The flow still waits at `now`.
    pub(crate) fn wait(&mut self, reason: &'static str, now: Instant) -> Waited {
        let wait = self.since.entry(reason).or_insert(Wait { since: now, alarmed: false });
        let time = now - wait.since;
        let alarms = time >= Duration::from_secs(WAIT_S_MAX) && !wait.alarmed;
        wait.alarmed |= alarms;
        Waited { time, alarms }
    }

    /// The wait is over. Returns how long it lasted, if it was an alarm.
    pub(crate) fn end(&mut self, reason: &'static str, now: Instant) -> Option<Duration> {
        let wait = self.since.remove(reason)?;
        wait.alarmed.then(|| now - wait.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_alarms_once_and_the_next_one_begins_anew() {
        let (mut waits, start) = (WaitTimers::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        let waited = |seconds, alarms| Waited { time: Duration::from_secs(seconds), alarms };
        assert_eq!(waits.wait("history", at(0)), waited(0, false));
        assert_eq!(waits.wait("history", at(59)), waited(59, false));
        assert_eq!(waits.wait("history", at(60)), waited(60, true));
        assert_eq!(waits.wait("history", at(61)), waited(61, false));
        assert_eq!(waits.end("history", at(70)), Some(Duration::from_secs(70)));
        assert_eq!(waits.wait("history", at(80)), waited(0, false));
        assert_eq!(waits.end("history", at(81)), None);
    }
}
