//! How flows of this process stand, and what a person has to know of it.

use std::collections::BTreeMap;

use flow::{Health, HealthState};

/// How one flow stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The flow's name.
    pub(crate) flow: &'static str,
    /// Whether its loop turns.
    pub(crate) alive: bool,
    /// Whether it has its place in its group and all of its parts work.
    pub(crate) ready: bool,
    /// Its parts, partitions or roles.
    pub(crate) parts: Vec<(String, HealthState)>,
}

impl Standing {
    /// How the flow of `health` stands.
    pub(crate) fn of(health: &Health) -> Self {
        Self {
            flow: health.flow(),
            alive: health.is_alive(),
            ready: health.is_ready(),
            parts: health.partitions(),
        }
    }

    /// What is not well with it: a line for each reason, with how many of its parts have it.
    pub(crate) fn unwell(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.alive {
            lines.push(format!("{}: it hangs; restart it", self.flow));
        }
        let mut reasons: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for (part, state) in &self.parts {
            let (word, why) = match state {
                HealthState::Halted(why) => ("stopped until someone helps", why),
                HealthState::Retrying(why) => ("tries again", why),
                _ => continue,
            };
            reasons.entry((word, why)).or_default().push(part);
        }
        lines.extend(reasons.into_iter().map(|((word, why), parts)| {
            let which = match (parts.as_slice(), self.parts.len()) {
                ([part], _) => (*part).to_owned(),
                (parts, all) if parts.len() == all => format!("all {all} parts"),
                (parts, all) => format!("{} of {all} parts", parts.len()),
            };
            format!("{} ({which}) {word}: {why}", self.flow)
        }));
        lines
    }

    /// Why it has stopped for good, if one of its parts has.
    pub(crate) fn halted(&self) -> Option<String> {
        let halted = |(_, state): &(String, HealthState)| matches!(state, HealthState::Halted(_));
        let parts = self.parts.iter().filter(|part| halted(part)).cloned().collect::<Vec<_>>();
        let only = Self { alive: true, parts, ..self.clone() };
        only.unwell().into_iter().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(states: Vec<HealthState>) -> Standing {
        let parts = states.into_iter().enumerate();
        Standing {
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
    fn parts_with_one_reason_share_a_line() {
        let all = standing(vec![refused(), refused()]).unwell();
        assert_eq!(all, ["fluent-sink (all 2 parts) tries again: connection refused"]);
        let some = standing(vec![refused(), refused(), HealthState::Running]).unwell();
        assert_eq!(some, ["fluent-sink (2 of 3 parts) tries again: connection refused"]);
        let one = standing(vec![HealthState::Running, refused()]).unwell();
        assert_eq!(one, ["fluent-sink (records/1) tries again: connection refused"]);
    }

    #[test]
    fn a_part_that_halted_is_told_apart() {
        let standing = standing(vec![refused(), HealthState::Halted("forked".into())]);
        assert_eq!(standing.unwell().len(), 2);
        let halted = "fluent-sink (records/1) stopped until someone helps: forked";
        assert_eq!(standing.halted().as_deref(), Some(halted));
    }

    #[test]
    fn whoever_works_or_waits_for_work_is_well() {
        let states = vec![
            HealthState::Starting,
            HealthState::Running,
            HealthState::Standby,
            HealthState::Finished,
        ];
        assert_eq!(standing(states.clone()).unwell(), Vec::<String>::new());
        assert_eq!(standing(states).halted(), None);
    }
}
