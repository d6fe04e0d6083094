//! A topic as the cluster has it, held against what it should be.

use std::collections::BTreeMap;

use anyhow::Context as _;
use rdkafka::admin::{AdminClient, AdminOptions, OwnedResourceSpecifier, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::Consumer;

use crate::topics::{self, Durability};
use flow::Namespace;
use flow::Settings;
use flow::tooling;
use flow::{Extent, TopicSpec};

/// A topic of a lane as the cluster has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingTopic {
    /// Its whole name.
    pub topic: String,
    /// What it should be.
    pub spec: TopicSpec,
    /// Its number of partitions; 0 when it does not exist.
    pub partitions: u32,
    /// Copies of each partition, of the one that has the fewest.
    pub replication: u16,
    /// Its settings, `min.insync.replicas` and the like, where the cluster tells them.
    pub settings: BTreeMap<String, String>,
}

impl ExistingTopic {
    /// Looks for `specs` in `scope`.
    ///
    /// # Errors
    /// When no broker answers.
    pub async fn find(
        settings: &Settings,
        scope: &Namespace,
        specs: &[TopicSpec],
    ) -> anyhow::Result<Vec<Self>> {
        let reader = tooling::scanner(settings, "ekspiper")?;
        let metadata =
            reader.fetch_metadata(None, tooling::CALL).context("asking for the topics")?;
        let mut found: Vec<Self> = specs
            .iter()
            .map(|spec| {
                let topic = scope.topic(spec);
                let known = metadata.topics().iter().find(|known| known.name() == topic);
                let partitions = known.map_or(&[][..], |known| known.partitions());
                let copies = partitions.iter().map(|partition| partition.replicas().len()).min();
                Self {
                    partitions: u32::try_from(partitions.len()).unwrap_or(u32::MAX),
                    replication: copies.and_then(|copies| u16::try_from(copies).ok()).unwrap_or(0),
                    settings: BTreeMap::new(),
                    topic,
                    spec: *spec,
                }
            })
            .collect();
        let names: Vec<String> =
            found.iter().filter(|it| it.exists()).map(|it| it.topic.clone()).collect();
        let asked: Vec<_> = names.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
        if asked.is_empty() {
            return Ok(found);
        }
        let admin: AdminClient<DefaultClientContext> =
            tooling::client(settings).create().context("setting up an administrator")?;
        let options = AdminOptions::new().request_timeout(Some(tooling::CALL));
        let answers = admin
            .describe_configs(&asked, &options)
            .await
            .context("asking for topics' settings")?;
        for answer in answers.into_iter().flatten() {
            let OwnedResourceSpecifier::Topic(name) = answer.specifier else { continue };
            let entries = answer.entries.into_iter();
            if let Some(it) = found.iter_mut().find(|it| it.topic == name) {
                it.settings =
                    entries.filter_map(|entry| Some((entry.name, entry.value?))).collect();
            }
        }
        Ok(found)
    }

    /// Whether the cluster has it.
    pub const fn exists(&self) -> bool {
        self.partitions > 0
    }

    /// What is not as it should be on a lane of `partitions`, each in a few words; nothing when all is.
    pub fn problems(&self, partitions: u32, durability: Durability) -> Vec<String> {
        if !self.exists() {
            return vec!["does not exist".to_owned()];
        }
        let mut problems = Vec::new();
        let wanted = if self.spec.extent == Extent::Partitioned { partitions } else { 1 };
        if self.partitions != wanted {
            problems.push(format!("has {} partitions, not {wanted}", self.partitions));
        }
        if self.replication < durability.replication {
            problems
                .push(format!("has {} copies, not {}", self.replication, durability.replication));
        }
        for (key, wanted) in topics::configs(&self.spec, durability) {
            match self.settings.get(key) {
                Some(found) if is_enough(key, found, &wanted) => {}
                Some(found) => problems.push(format!("has {key}={found}, not {wanted}")),
                None => problems.push(format!("does not tell its {key}")),
            }
        }
        problems
    }
}

/// Whether a setting is as wanted, or better.
fn is_enough(key: &str, found: &str, wanted: &str) -> bool {
    let numbers = (found.parse::<i64>(), wanted.parse::<i64>());
    match (key, numbers) {
        ("min.insync.replicas", (Ok(found), Ok(wanted))) => found >= wanted,
        // -1 is for ever.
        ("retention.ms", (Ok(found), Ok(wanted))) => found >= wanted || found == -1,
        ("cleanup.policy", _) if wanted == "compact" => found.contains("compact"),
        _ => found == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flow::DEAD_LETTERS;

    const DURABILITY: Durability = Durability { replication: 3, min_insync_replicas: 2 };

    fn found() -> ExistingTopic {
        let settings = topics::configs(&DEAD_LETTERS, DURABILITY);
        ExistingTopic {
            topic: "n.dead-letters".into(),
            spec: DEAD_LETTERS,
            partitions: 8,
            replication: 3,
            settings: settings.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        }
    }

    #[test]
    fn what_create_makes_has_no_problem() {
        assert_eq!(found().problems(8, DURABILITY), Vec::<String>::new());
    }

    #[test]
    fn what_is_kept_for_longer_or_safer_has_no_problem() {
        let mut found = found();
        found.replication = 5;
        found.settings.insert("retention.ms".into(), "-1".into());
        found.settings.insert("min.insync.replicas".into(), "3".into());
        assert_eq!(found.problems(8, DURABILITY), Vec::<String>::new());
    }

    #[test]
    fn each_problem_is_named() {
        let mut found = found();
        found.partitions = 4;
        found.replication = 1;
        found.settings.insert("retention.ms".into(), "1000".into());
        found.settings.insert("cleanup.policy".into(), "compact".into());
        found.settings.remove("unclean.leader.election.enable");
        let problems = found.problems(8, DURABILITY).join("; ");
        assert_eq!(
            problems,
            "has 4 partitions, not 8; has 1 copies, not 3; does not tell its unclean.leader.election.enable; \
             has cleanup.policy=compact, not delete; has retention.ms=1000, not 7776000000"
        );
        found.partitions = 0;
        assert_eq!(found.problems(8, DURABILITY), ["does not exist"]);
    }
}
