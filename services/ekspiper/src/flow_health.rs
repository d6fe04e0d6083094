//! The health of a flow of this process, summarised for an operator.

use std::collections::BTreeMap;

use flow::host::{Health, HealthState};

/// The health of one flow at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FlowHealth {
    /// The flow's name.
    pub(crate) flow: &'static str,
    /// Whether it is alive.
    pub(crate) alive: bool,
    /// Whether it has joined its group and all of its partitions are ready.
    pub(crate) ready: bool,
    /// Its partitions and roles.
    pub(crate) parts: Vec<(String, HealthState)>,
}

impl FlowHealth {
    /// The flow's health now.
    pub(crate) fn of(health: &Health) -> Self {
        Self {
            flow: health.flow(),
            alive: health.is_alive(),
            ready: health.is_ready(),
            parts: health.partitions(),
        }
    }

    /// A line for each problem, with the number of partitions that have it.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.alive {
            lines.push(format!("{}: not responding, restart it", self.flow));
        }
        let mut reasons: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for (part, state) in &self.parts {
            let (word, why) = match state {
                HealthState::Halted(why) => ("halted", why),
                HealthState::Retrying(why) => ("retrying", why),
                _ => continue,
            };
            reasons.entry((word, why)).or_default().push(part);
        }
        lines.extend(reasons.into_iter().map(|((word, why), parts)| {
            let which = match (parts.as_slice(), self.parts.len()) {
                ([part], _) => (*part).to_owned(),
                (parts, all) => format!("{} of {all} partitions", parts.len()),
            };
            format!("{} ({which}) {word}: {why}", self.flow)
        }));
        lines
    }

    /// Why it has halted, if one of its partitions has.
    pub(crate) fn halted(&self) -> Option<String> {
        let halted = |(_, state): &(String, HealthState)| matches!(state, HealthState::Halted(_));
        let parts = self.parts.iter().filter(|part| halted(part)).cloned().collect::<Vec<_>>();
        let only = Self { alive: true, parts, ..self.clone() };
        only.problems().into_iter().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(states: Vec<HealthState>) -> FlowHealth {
        let parts = states.into_iter().enumerate();
        FlowHealth {
            flow: "fluent-sink",
            alive: true,
            ready: true,
            parts: parts.map(|(index, state)| (format!("records/{index}"), state)).collect(),
        }
    }

    fn refused() -> HealthState {
        HealthState::Retrying("connection refused".into())
    }

    #[test]
    fn partitions_with_the_same_reason_share_a_line() {
        let all = health(vec![refused(), refused()]).problems();
        assert_eq!(all, ["fluent-sink (2 of 2 partitions) retrying: connection refused"]);
        let some = health(vec![refused(), refused(), HealthState::Running]).problems();
        assert_eq!(some, ["fluent-sink (2 of 3 partitions) retrying: connection refused"]);
        let one = health(vec![HealthState::Running, refused()]).problems();
        assert_eq!(one, ["fluent-sink (records/1) retrying: connection refused"]);
    }

    #[test]
    fn a_halted_partition_has_a_line_of_its_own() {
        let health = health(vec![refused(), HealthState::Halted("forked".into())]);
        assert_eq!(health.problems().len(), 2);
        assert_eq!(health.halted().as_deref(), Some("fluent-sink (records/1) halted: forked"));
    }

    #[test]
    fn a_flow_that_runs_or_waits_for_work_has_no_problem() {
        let states = vec![
            HealthState::Starting,
            HealthState::Running,
            HealthState::Standby,
            HealthState::Finished,
        ];
        assert_eq!(health(states.clone()).problems(), Vec::<String>::new());
        assert_eq!(health(states).halted(), None);
    }
}
