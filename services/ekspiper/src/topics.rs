//! `ekspiper topics`: the topics of a lane, made, listed or checked.

use std::fmt::Write as _;

use flow::{Lane, Settings};
use flow_admin::ExistingTopic;
use flow_admin::topics::{self, Durability};

use crate::cluster::Cluster;
use crate::flow_shape;
use crate::table::Table;

/// What to do with the topics of a lane.
#[derive(clap::Subcommand, Clone, Debug)]
pub(crate) enum TopicsCommand {
    /// Make the topics that the lane lacks, and check the others
    Create(WantedTopics),
    /// List the topics of the lane
    List(NamedLane),
    /// Check the topics of the lane; fails when one is not as it should be
    Check(WantedTopics),
}

/// A lane.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct NamedLane {
    #[command(flatten)]
    cluster: Cluster,
    /// The lane; `live` is the one without a name
    #[arg(long, env, default_value = "live")]
    lane: Lane,
}

/// A lane, and how its topics should be.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct WantedTopics {
    #[command(flatten)]
    lane: NamedLane,
    /// Partitions of each topic that carries ledgers: the most replicas that a flow can have
    #[arg(long, env, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1024))]
    partitions: u32,
    /// Copies of each partition; 3, or as many as the cluster has brokers, if not given
    #[arg(long, env, value_parser = clap::value_parser!(u16).range(1..))]
    replication: Option<u16>,
}

impl NamedLane {
    fn settings(&self) -> Settings {
        self.cluster.settings(self.lane.clone(), None)
    }
}

/// Does it, and tells what was done.
///
/// # Errors
/// When no broker answers, when a topic can't be made, or when one is not as it should be.
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
            let hold = if brokers == 1 { "1 broker, which" } else { "fewer brokers, which" };
            anyhow::bail!(
                "the cluster has {hold} can't hold {copies} copies: choose a smaller `--replication`"
            )
        }
        Some(copies) => Durability::of_copies(copies),
    };
    Ok((settings, durability))
}

/// Makes the topics that a lane lacks, and tells which those were.
///
/// # Errors
/// When one can't be made, or is there with another number of partitions.
pub(crate) async fn create(
    settings: &Settings,
    partitions: u32,
    durability: Durability,
) -> anyhow::Result<String> {
    let specs = flow_shape::topics();
    let made = topics::create(settings, &settings.to(), &specs, partitions, durability).await?;
    let mut told = String::new();
    for topic in &made {
        let what = if topic.existed { "is there" } else { "made" };
        let partitions = counted(topic.partitions, "partition");
        writeln!(told, "{what}: {}, {partitions}", topic.topic)?;
    }
    told.push_str(warning(durability));
    Ok(told)
}

async fn list(settings: &Settings) -> anyhow::Result<String> {
    tokio::task::block_in_place(|| topics::brokers(settings))?;
    let found = ExistingTopic::find(settings, &settings.to(), &flow_shape::topics()).await?;
    let mut table = Table::new(&[
        "topic",
        "partitions",
        "copies",
        "min.insync.replicas",
        "cleanup",
        "retention",
    ]);
    for topic in &found {
        let setting = |key: &str| topic.settings.get(key).cloned().unwrap_or_default();
        let retention = match setting("cleanup.policy").as_str() {
            "compact" => "latest of each key".to_owned(),
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
        Ok(-1) => "for ever".to_owned(),
        Ok(ms) if ms >= 3_600_000 => format!("{} h", ms / 3_600_000),
        _ => format!("{ms} ms"),
    }
}

async fn check(
    settings: &Settings,
    partitions: u32,
    durability: Durability,
) -> anyhow::Result<String> {
    let found = ExistingTopic::find(settings, &settings.to(), &flow_shape::topics()).await?;
    let faults: Vec<String> = found
        .iter()
        .flat_map(|topic| {
            let faults = topic.faults(partitions, durability).into_iter();
            faults.map(|fault| format!("{} {fault}", topic.topic))
        })
        .collect();
    anyhow::ensure!(faults.is_empty(), "{}", faults.join("\n"));
    let all = found.len();
    Ok(format!(
        "all {all} topics of {} are as they should be\n{}",
        settings.to(),
        warning(durability)
    ))
}

/// What a user has to know of a cluster that keeps one copy.
pub(crate) const fn warning(durability: Durability) -> &'static str {
    if durability.replication > 1 {
        return "";
    }
    "each partition has 1 copy: what that broker loses is lost. A cluster of 3 brokers keeps 3 copies.\n"
}

/// `1 partition`, `8 partitions`
pub(crate) fn counted(number: u32, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_copy_is_said_aloud() {
        assert!(warning(Durability::of_copies(1)).contains("1 copy"));
        assert_eq!(warning(Durability::of_copies(3)), "");
    }

    #[test]
    fn retention_is_told_in_hours() {
        assert_eq!(retention("604800000"), "168 h");
        assert_eq!(retention("-1"), "for ever");
        assert_eq!(retention("1000"), "1000 ms");
    }
}
