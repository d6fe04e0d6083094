//! `ekspiper describe` and `ekspiper acls`: topics, groups, transactional ids and ACLs of each flow.

use flow::{Lane, Name, Namespace, SCHEMAS, TopicSpec};

use crate::flow_topology::FlowTopology;
use crate::text_table::Table;

/// The lane.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct DescribeArgs {
    /// The network: the first part of every topic's name
    #[arg(long, env, default_value = "mainnet")]
    network: Name,
    /// The lane; `live` is the default one
    #[arg(long, env, default_value = "live")]
    lane: Lane,
    /// Print a Markdown table
    #[arg(long)]
    markdown: bool,
}

/// The lanes.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct AclsArgs {
    /// The network: the first part of every topic's name
    #[arg(long, env, default_value = "mainnet")]
    network: Name,
    /// The lane; `live` is the default one
    #[arg(long, env, default_value = "live")]
    lane: Lane,
    /// The lane that its flows read, if it is another one
    #[arg(long, env)]
    from_lane: Option<Lane>,
}

/// A table of what each flow reads and writes, its group and its transactional ids.
pub(crate) fn describe(args: &DescribeArgs, topologies: &[FlowTopology]) -> String {
    let scope = Namespace::new(args.network.clone(), args.lane.0.clone());
    let table = table(&scope, topologies);
    if args.markdown { table.to_markdown() } else { table.to_text() }
}

fn table(scope: &Namespace, topologies: &[FlowTopology]) -> Table {
    let mut table = Table::new(&["FLOW", "READS", "WRITES", "GROUP", "TRANSACTIONAL-IDS"]);
    for topology in topologies {
        let names = |specs: Vec<TopicSpec>| {
            specs.iter().map(|spec| spec.name).collect::<Vec<_>>().join(", ")
        };
        let group = scope.group(topology.name);
        let ids = if topology.is_source() { group.clone() } else { format!("{group}.*") };
        table.row([
            topology.name.to_owned(),
            names(topology.reads()),
            names(topology.writes()),
            group,
            ids,
        ]);
    }
    table
}

/// The ACLs that each flow needs, as arguments of `kafka-acls.sh`, one line each.
pub(crate) fn acls(args: &AclsArgs, topologies: &[FlowTopology]) -> String {
    let to = Namespace::new(args.network.clone(), args.lane.0.clone());
    let from_lane = args.from_lane.as_ref().unwrap_or(&args.lane);
    let from = Namespace::new(args.network.clone(), from_lane.0.clone());
    topologies
        .iter()
        .flat_map(|topology| acls_of(topology, &from, &to))
        .map(|line| line + "\n")
        .collect()
}

fn acls_of(topology: &FlowTopology, from: &Namespace, to: &Namespace) -> Vec<String> {
    let allow = |operations: &[&str], resource: String| {
        let operations: String = operations.iter().map(|it| format!(" --operation {it}")).collect();
        format!("--add --allow-principal User:{}{operations} {resource}", topology.name)
    };
    let topic = |scope: &Namespace, spec: &TopicSpec| format!("--topic {}", scope.topic(spec));
    let mut acls = Vec::new();
    for spec in topology.reads() {
        acls.push(allow(&["Read", "Describe"], topic(from, &spec)));
    }
    for spec in topology.writes() {
        // A flow reads its outputs at the start, so that it duplicates nothing.
        acls.push(allow(&["Write", "Read", "Describe"], topic(to, &spec)));
    }
    acls.push(allow(&["Write", "Read", "Describe"], topic(to, &SCHEMAS)));
    let group = to.group(topology.name);
    acls.push(allow(&["Read"], format!("--group {group}")));
    // Reading metadata takes a group too, which is never joined.
    acls.push(allow(&["Describe"], "--group ekspiper".to_owned()));
    let pattern = if topology.is_source() { "literal" } else { "prefixed" };
    let ids = if topology.is_source() { group } else { format!("{group}.") };
    acls.push(allow(
        &["Write", "Describe"],
        format!("--transactional-id {ids} --resource-pattern-type {pattern}"),
    ));
    acls
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topologies() -> Vec<FlowTopology> {
        vec![FlowTopology::of(&ledger_record::flow())]
    }

    #[test]
    fn a_flow_is_described_by_its_topics_and_ids() {
        let args = DescribeArgs {
            network: "net".parse().unwrap(),
            lane: "lane".parse().unwrap(),
            markdown: true,
        };
        let row = "| ledger-record | ledger-headers | ledger-records, dead-letters | net.lane.ledger-record \
                   | net.lane.ledger-record.* |";
        assert_eq!(describe(&args, &topologies()).lines().nth(2), Some(row));
    }

    #[test]
    fn a_flow_may_write_only_its_lane() {
        let args = AclsArgs {
            network: "net".parse().unwrap(),
            lane: "lane".parse().unwrap(),
            from_lane: Some(Lane(None)),
        };
        let acls = acls(&args, &topologies());
        let of = |resource: &str| {
            acls.lines().find(|line| line.contains(resource)).unwrap_or_else(|| panic!("{acls}"))
        };
        assert!(!of("--topic net.ledger-headers").contains("Write"));
        assert!(of("--topic net.lane.ledger-records").contains("Write"));
        assert!(of("--topic net.schemas").contains("Write"));
        assert!(of("--group net.lane.ledger-record").contains("--operation Read"));
        assert!(of("--transactional-id net.lane.ledger-record. ").ends_with("prefixed"));
        assert!(of("--group ekspiper").contains("--operation Describe"));
        assert_eq!(acls.lines().count(), 7);
    }
}
