//! `ekspiper topics`: creates, lists and checks the topics of a lane.

use std::fmt::Write as _;

use flow::{Lane, Settings};
use flow_admin::ExistingTopic;
use flow_admin::topics::{self, Durability};

use crate::cluster::Cluster;
use crate::flow_topology;
use crate::text_table::Table;

/// The subcommands.
#[derive(clap::Subcommand, Clone, Debug)]
pub(crate) enum TopicsCommand {
    /// Create the topics that do not exist, and check the partitions of the others
    Create(WantedTopics),
    /// List the topics
    List(NamedLane),
    /// Check the topics; fails if one is missing or misconfigured
    Check(WantedTopics),
}

/// A lane.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct NamedLane {
    #[command(flatten)]
    cluster: Cluster,
    /// The lane; `live` is the default one
    #[arg(long, env, default_value = "live")]
    lane: Lane,
}

/// A lane and the configuration of its topics.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct WantedTopics {
    #[command(flatten)]
    lane: NamedLane,
    /// Partitions of each topic that carries ledgers: the maximum number of replicas of a flow
    #[arg(long, env, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1024))]
    partitions: u32,
    /// Replication factor [default: 3, or the number of brokers if that is lower]
    #[arg(long, env, value_parser = clap::value_parser!(u16).range(1..))]
    replication: Option<u16>,
}

impl NamedLane {
    fn settings(&self) -> Settings {
        self.cluster.settings(self.lane.clone(), None)
    }
}

/// Runs a subcommand.
///
/// # Errors
/// When no broker responds, a topic can't be created, or the check fails.
pub(crate) async fn topics(command: TopicsCommand) -> anyhow::Result<String> {
    match command {
        TopicsCommand::Create(wanted) => {
            let (settings, durability) = durability(&wanted)?;
            create(&settings, wanted.partitions, durability).await
        }
        TopicsCommand::List(lane) => list(&lane.settings()).await,
        TopicsCommand::Check(wanted) => {
            let (settings, durability) = durability(&wanted)?;
            check(&settings, wanted.partitions, durability).await
        }
    }
}

fn durability(wanted: &WantedTopics) -> anyhow::Result<(Settings, Durability)> {
    let settings = wanted.lane.settings();
    let brokers = tokio::task::block_in_place(|| topics::brokers(&settings))?;
    let durability = match wanted.replication {
        None => Durability::of_cluster(brokers),
        Some(copies) if usize::from(copies) > brokers => {
            let brokers = counted(u32::try_from(brokers)?, "broker");
            anyhow::bail!(
                "replication factor {copies} needs {copies} brokers, the cluster has {brokers}: choose a lower `--replication`"
            )
        }
        Some(copies) => Durability::of_copies(copies),
    };
    Ok((settings, durability))
}

/// Creates the topics of a lane that do not exist.
///
/// # Errors
/// When one can't be created, or exists with another number of partitions.
pub(crate) async fn create(
    settings: &Settings,
    partitions: u32,
    durability: Durability,
) -> anyhow::Result<String> {
    let specs = flow_topology::topics();
    let topics = topics::create(settings, &settings.to(), &specs, partitions, durability).await?;
    let mut output = String::new();
    for topic in &topics {
        let what = if topic.existed { "exists" } else { "created" };
        let partitions = counted(topic.partitions, "partition");
        writeln!(output, "{what}: {}, {partitions}", topic.topic)?;
    }
    output.push_str(warning(durability));
    Ok(output)
}

async fn list(settings: &Settings) -> anyhow::Result<String> {
    tokio::task::block_in_place(|| topics::brokers(settings))?;
    let found = ExistingTopic::find(settings, &settings.to(), &flow_topology::topics()).await?;
    let mut table =
        Table::new(&["TOPIC", "PARTITIONS", "REPLICATION", "MIN-ISR", "CLEANUP", "RETENTION"]);
    for topic in &found {
        let setting = |key: &str| topic.settings.get(key).cloned().unwrap_or_default();
        let retention = match setting("cleanup.policy").as_str() {
            "compact" => "latest per key".to_owned(),
            _ => retention(&setting("retention.ms")),
        };
        table.row(if topic.exists() {
            vec![
                topic.topic.clone(),
                topic.partitions.to_string(),
                topic.replication.to_string(),
                setting("min.insync.replicas"),
                setting("cleanup.policy"),
                retention,
            ]
        } else {
            vec![topic.topic.clone(), "does not exist".to_owned()]
        });
    }
    Ok(table.to_text())
}

fn retention(ms: &str) -> String {
    match ms.parse::<i64>() {
        Ok(-1) => "unlimited".to_owned(),
        Ok(ms) if ms >= 3_600_000 => format!("{} h", ms / 3_600_000),
        _ => format!("{ms} ms"),
    }
}

async fn check(
    settings: &Settings,
    partitions: u32,
    durability: Durability,
) -> anyhow::Result<String> {
    let found = ExistingTopic::find(settings, &settings.to(), &flow_topology::topics()).await?;
    let faults: Vec<String> = found
        .iter()
        .flat_map(|topic| {
            let faults = topic.problems(partitions, durability).into_iter();
            faults.map(|fault| format!("{} {fault}", topic.topic))
        })
        .collect();
    anyhow::ensure!(faults.is_empty(), "{}", faults.join("\n"));
    let all = found.len();
    Ok(format!(
        "all {all} topics of {} are configured correctly\n{}",
        settings.to(),
        warning(durability)
    ))
}

/// A warning about a replication factor of 1.
pub(crate) const fn warning(durability: Durability) -> &'static str {
    if durability.replication > 1 {
        return "";
    }
    "warning: replication factor 1, data is lost with its broker; use 3 brokers for replication factor 3\n"
}

/// `1 partition`, `8 partitions`
pub(crate) fn counted(number: u32, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replication_factor_1_is_a_warning() {
        assert!(warning(Durability::of_copies(1)).contains("replication factor 1"));
        assert_eq!(warning(Durability::of_copies(3)), "");
    }

    #[test]
    fn retention_is_shown_in_hours() {
        assert_eq!(retention("604800000"), "168 h");
        assert_eq!(retention("-1"), "unlimited");
        assert_eq!(retention("1000"), "1000 ms");
    }
}
