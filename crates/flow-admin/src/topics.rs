//! Makes the topics of a lane, or checks those that others have made.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use flow::tooling::{self, partitions_of};
use flow::{Cleanup, Extent, Namespace, Settings, TopicSpec};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::Consumer;
use rdkafka::metadata::{MetadataPartition, MetadataTopic};
use rdkafka::types::RDKafkaErrorCode;

/// How often a new topic is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// How durable new topics are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Durability {
    /// Copies of each partition.
    pub replication: u16,
    /// So many copies have to hold a record before it counts as written.
    pub min_insync_replicas: u16,
}

impl Durability {
    /// What a cluster of `brokers` can give: three copies of which two have to agree, or as many as there are brokers.
    pub fn of_cluster(brokers: usize) -> Self {
        Self::of_copies(u16::try_from(brokers.clamp(1, 3)).expect("at most three"))
    }

    /// So many copies; from three on, two of them have to agree.
    pub const fn of_copies(replication: u16) -> Self {
        Self { replication, min_insync_replicas: if replication >= 3 { 2 } else { 1 } }
    }
}

/// What [`create`] found or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The topic's whole name.
    pub topic: String,
    /// Its number of partitions.
    pub partitions: u32,
    /// Whether it was there already.
    pub existed: bool,
}

/// How many brokers the cluster has.
///
/// # Errors
/// When none answers.
pub fn brokers(settings: &Settings) -> anyhow::Result<usize> {
    tooling::check_reachable(settings)?;
    let reader = tooling::scanner(settings, "ekspiper")?;
    Ok(reader.fetch_metadata(None, tooling::CALL)?.brokers().len())
}

/// Makes those of `specs` that `scope` lacks, and checks the others.
///
/// # Errors
/// When a topic is there with another number of partitions, or can't be made.
pub async fn create(
    settings: &Settings,
    scope: &Namespace,
    specs: &[TopicSpec],
    partitions: u32,
    durability: Durability,
) -> anyhow::Result<Vec<Made>> {
    let admin: AdminClient<DefaultClientContext> =
        tooling::client(settings).create().context("setting up an administrator")?;
    let mut made = Vec::new();
    for spec in specs {
        let topic = scope.topic(spec);
        let wanted = if spec.extent == Extent::Partitioned { partitions } else { 1 };
        let configs = configs(spec, durability);
        let mut new = NewTopic::new(
            &topic,
            i32::try_from(wanted).context("the number of partitions is too large")?,
            TopicReplication::Fixed(i32::from(durability.replication)),
        );
        for (key, value) in &configs {
            new = new.set(key, value);
        }
        let results = admin
            .create_topics([&new], &AdminOptions::new().operation_timeout(Some(tooling::CALL)))
            .await;
        let existed = match results.context("asking to make topics")?.pop() {
            Some(Ok(_)) | None => false,
            Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => true,
            Some(Err((topic, code))) => bail!("can't make the topic {topic}: {code}"),
        };
        made.push(Made { topic, partitions: wanted, existed });
    }
    let existing: Vec<_> = made
        .iter()
        .filter(|made| made.existed)
        .map(|made| (made.topic.clone(), made.partitions))
        .collect();
    tokio::task::block_in_place(|| {
        check_partitions(settings, &existing)?;
        await_leaders(settings, &made)
    })?;
    Ok(made)
}

/// Waits until each partition of new topics can be written.
fn await_leaders(settings: &Settings, made: &[Made]) -> anyhow::Result<()> {
    let reader = tooling::scanner(settings, "ekspiper")?;
    let deadline = Instant::now() + 3 * tooling::CALL;
    for Made { topic, partitions, .. } in made {
        loop {
            let metadata = reader.fetch_metadata(Some(topic), tooling::CALL)?;
            let leads = |partition: &MetadataPartition| partition.leader() >= 0;
            let led =
                metadata.topics().iter().flat_map(MetadataTopic::partitions).filter(|it| leads(it));
            if led.count() == usize::try_from(*partitions)? {
                break;
            }
            anyhow::ensure!(
                Instant::now() < deadline,
                "the topic {topic} was made and can't be written"
            );
            std::thread::sleep(LOOK);
        }
    }
    Ok(())
}

pub(crate) fn configs(spec: &TopicSpec, durability: Durability) -> Vec<(&'static str, String)> {
    let mut configs = vec![
        ("min.insync.replicas", durability.min_insync_replicas.to_string()),
        ("unclean.leader.election.enable", "false".to_owned()),
    ];
    match spec.cleanup {
        Cleanup::DeleteAfterHours(hours) => {
            configs.push(("cleanup.policy", "delete".to_owned()));
            configs.push(("retention.ms", (u64::from(hours) * 3_600_000).to_string()));
        }
        Cleanup::Compact => configs.push(("cleanup.policy", "compact".to_owned())),
    }
    configs
}

fn check_partitions(settings: &Settings, expected: &[(String, u32)]) -> anyhow::Result<()> {
    for (topic, wanted) in expected {
        let found = partitions_of(settings, topic)?;
        if found != *wanted {
            bail!(
                "the topic {topic} has {found} partitions, not {wanted}: the number is one for all topics of a lane; \
                 use another lane for another number"
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_brokers_keep_three_copies_of_which_two_agree() {
        assert_eq!(
            Durability::of_cluster(1),
            Durability { replication: 1, min_insync_replicas: 1 }
        );
        assert_eq!(
            Durability::of_cluster(2),
            Durability { replication: 2, min_insync_replicas: 1 }
        );
        assert_eq!(
            Durability::of_cluster(9),
            Durability { replication: 3, min_insync_replicas: 2 }
        );
    }
}
