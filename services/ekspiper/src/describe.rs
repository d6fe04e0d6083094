//! `ekspiper describe` and `ekspiper acls`: what each flow reads, writes and is called in Kafka, told by the flows.

use flow::{Lane, Name, Namespace, SCHEMAS, TopicSpec};

use crate::flow_shape::FlowShape;
use crate::table::Table;

/// Which lane to tell of.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct DescribeArgs {
    /// The network: the first part of every topic's name
    #[arg(long, env, default_value = "mainnet")]
    network: Name,
    /// The lane; `live` is the one without a name
    #[arg(long, env, default_value = "live")]
    lane: Lane,
    /// As a table for a page in Markdown
    #[arg(long)]
    markdown: bool,
}

/// Which lanes the rights are for.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct AclsArgs {
    /// The network: the first part of every topic's name
    #[arg(long, env, default_value = "mainnet")]
    network: Name,
    /// The lane; `live` is the one without a name
    #[arg(long, env, default_value = "live")]
    lane: Lane,
    /// The lane that its flows read, if it is another one
    #[arg(long, env)]
    from_lane: Option<Lane>,
}

/// A table of what each flow reads and writes, its group and its transactional ids.
pub(crate) fn describe(args: &DescribeArgs, shapes: &[FlowShape]) -> String {
    let scope = Namespace::new(args.network.clone(), args.lane.0.clone());
    let table = table(&scope, shapes);
    if args.markdown { table.to_markdown() } else { table.to_text() }
}

fn table(scope: &Namespace, shapes: &[FlowShape]) -> Table {
    let mut table = Table::new(&["flow", "reads", "writes", "group", "transactional ids"]);
    for shape in shapes {
        let names = |specs: Vec<TopicSpec>| {
            specs.iter().map(|spec| spec.name).collect::<Vec<_>>().join(", ")
        };
        let group = scope.group(shape.name);
        let ids = if shape.is_source() { group.clone() } else { format!("{group}.*") };
        table.row([shape.name.to_owned(), names(shape.reads()), names(shape.writes()), group, ids]);
    }
    table
}

/// The rights that each flow needs, as arguments of Kafka's own `kafka-acls.sh`, one line each.
pub(crate) fn acls(args: &AclsArgs, shapes: &[FlowShape]) -> String {
    let to = Namespace::new(args.network.clone(), args.lane.0.clone());
    let from_lane = args.from_lane.as_ref().unwrap_or(&args.lane);
    let from = Namespace::new(args.network.clone(), from_lane.0.clone());
    shapes.iter().flat_map(|shape| rights(shape, &from, &to)).map(|line| line + "\n").collect()
}

fn rights(shape: &FlowShape, from: &Namespace, to: &Namespace) -> Vec<String> {
    let allow = |operations: &[&str], resource: String| {
        let operations: String = operations.iter().map(|it| format!(" --operation {it}")).collect();
        format!("--add --allow-principal User:{}{operations} {resource}", shape.name)
    };
    let topic = |scope: &Namespace, spec: &TopicSpec| format!("--topic {}", scope.topic(spec));
    let mut rights = Vec::new();
    for spec in shape.reads() {
        rights.push(allow(&["Read", "Describe"], topic(from, &spec)));
    }
    for spec in shape.writes() {
        // A flow that begins looks what its outputs hold, so that it doubles nothing.
        rights.push(allow(&["Write", "Read", "Describe"], topic(to, &spec)));
    }
    rights.push(allow(&["Write", "Read", "Describe"], topic(to, &SCHEMAS)));
    let group = to.group(shape.name);
    rights.push(allow(&["Read"], format!("--group {group}")));
    // Looking topics up takes a group too, which nobody joins.
    rights.push(allow(&["Describe"], "--group ekspiper".to_owned()));
    let pattern = if shape.is_source() { "literal" } else { "prefixed" };
    let ids = if shape.is_source() { group } else { format!("{group}.") };
    rights.push(allow(
        &["Write", "Describe"],
        format!("--transactional-id {ids} --resource-pattern-type {pattern}"),
    ));
    rights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes() -> Vec<FlowShape> {
        vec![FlowShape::of(&ledger_record::flow())]
    }

    #[test]
    fn a_flow_is_described_by_its_topics_and_its_names() {
        let args = DescribeArgs {
            network: "net".parse().unwrap(),
            lane: "lane".parse().unwrap(),
            markdown: true,
        };
        let row = "| ledger-record | ledger-headers | ledger-records, dead-letters | net.lane.ledger-record \
                   | net.lane.ledger-record.* |";
        assert_eq!(describe(&args, &shapes()).lines().nth(2), Some(row));
    }

    #[test]
    fn a_flow_may_write_its_lane_and_no_other() {
        let args = AclsArgs {
            network: "net".parse().unwrap(),
            lane: "lane".parse().unwrap(),
            from_lane: Some(Lane(None)),
        };
        let acls = acls(&args, &shapes());
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
