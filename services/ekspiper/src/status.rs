//! `ekspiper status`: the progress and lag of a lane's flows.

use flow::Lane;
use flow_admin::Inspector;
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::flow_topology::FlowTopology;
use crate::format::grouped;
use crate::lane_report::{FlowReport, LaneReport};
use crate::text_table::Table;

/// The lane and the output.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    cluster: Cluster,
    /// The lane; `live` is the default one
    #[arg(long, env, default_value = "live")]
    lane: Lane,
    /// The lane that its flows read, if it is another one, as for a replay
    #[arg(long, env)]
    from_lane: Option<Lane>,
    /// Print one JSON object, with every partition
    #[arg(long)]
    json: bool,
}

/// The status of a lane.
///
/// # Errors
/// When no broker responds, or the lane has no topics.
pub(crate) fn status(args: &StatusArgs, topologies: &[FlowTopology]) -> anyhow::Result<String> {
    let settings = args.cluster.settings(args.lane.clone(), args.from_lane.clone());
    let scope = settings.to();
    let mut inspector = Inspector::new(&settings)?;
    let mut report = LaneReport::read(&mut inspector, topologies, &scope)?;
    report.dead_letters = inspector.count_open_dead_letters()?;
    Ok(if args.json {
        format!("{:#}\n", to_json(&report, &scope.to_string()))
    } else {
        to_text(&report, &scope.to_string())
    })
}

fn to_text(report: &LaneReport, scope: &str) -> String {
    let pointer = match &report.pointer {
        Some(checkpoint) => format!("pointer at ledger {}", checkpoint.pointer()),
        None => "no pointer committed yet".to_owned(),
    };
    let mut table =
        Table::new(&["FLOW", "COMPLETE-THROUGH", "LEDGER-LAG", "RECORD-LAG", "DEAD-LETTERS"]);
    for flow in &report.flows {
        let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), grouped);
        table.row([
            flow.flow.to_owned(),
            number(through(flow)),
            number(flow.ledger_lag),
            grouped(flow.record_lag),
            grouped(report.dead_letters.get(flow.flow).copied().unwrap_or(0)),
        ]);
    }
    format!("{scope}: {pointer}\n\n{}", table.to_text())
}

/// `None` where the input is another lane's, whose progress is not read.
fn through(flow: &FlowReport) -> Option<u64> {
    flow.complete_through.filter(|through| *through < u64::MAX)
}

fn to_json(report: &LaneReport, scope: &str) -> Value {
    let pointer = report.pointer.as_ref().map(|checkpoint| {
        json!({
            "ledger_index": checkpoint.sequence,
            "ledger_hash": hex(&checkpoint.hash),
            "ingestion_version": checkpoint.version,
        })
    });
    let flows: Vec<Value> = report.flows.iter().map(|flow| flow_json(flow, report)).collect();
    json!({
        "lane": scope,
        "pointer": pointer,
        "flows": flows,
        "dead_letters": report.dead_letters,
    })
}

fn flow_json(flow: &FlowReport, report: &LaneReport) -> Value {
    let partitions: Vec<Value> = flow
        .partitions
        .iter()
        .map(|partition| {
            json!({
                "topic": partition.topic,
                "partition": partition.partition,
                "begin": partition.begin,
                "end": partition.end,
                "committed": partition.committed,
                "behind_records": partition.behind,
                "last_ledger": partition.read.map(|id| id.sequence),
                "next_ledger": partition.next.map(|id| id.sequence),
            })
        })
        .collect();
    json!({
        "flow": flow.flow,
        "group": flow.group,
        "complete_through": through(flow),
        "behind_ledgers": flow.ledger_lag,
        "behind_records": flow.record_lag,
        "dead_letters": report.dead_letters.get(flow.flow).copied().unwrap_or(0),
        "partitions": partitions,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flow::SequenceId;
    use flow::ingest::Checkpoint;
    use flow_admin::PartitionStatus;

    fn report() -> LaneReport {
        let partition = PartitionStatus {
            topic: "net.ledgers".into(),
            partition: 0,
            begin: 0,
            end: 12,
            committed: Some(9),
            read: Some(SequenceId { sequence: 1_199, part: 0 }),
            behind: 3,
            next: Some(SequenceId { sequence: 1_200, part: 0 }),
        };
        let flow = |flow, complete_through, ledger_lag| FlowReport {
            flow,
            group: format!("net.{flow}"),
            complete_through,
            ledger_lag,
            record_lag: 3,
            partitions: vec![partition.clone()],
        };
        LaneReport {
            pointer: Some(Checkpoint {
                parent_sequence: 1_233,
                parent_hash: vec![1; 32],
                sequence: 1_234,
                hash: vec![0xAB; 32],
                version: 1,
                written: vec![1_234],
                overridden: None,
            }),
            flows: vec![
                flow("ledger-transactions", Some(1_199), Some(35)),
                flow("fluent-sink", None, None),
            ],
            dead_letters: [("ledger-transactions".to_owned(), 2)].into(),
        }
    }

    #[test]
    fn the_text_is_a_table() {
        let text = to_text(&report(), "net");
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("net: pointer at ledger 1234 ABAB"), "{text}");
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(lines[3]), ["ledger-transactions", "1,199", "35", "3", "2"]);
        assert_eq!(words(lines[4]), ["fluent-sink", "-", "-", "3", "0"]);
    }

    #[test]
    fn the_json_has_every_partition() {
        let json = to_json(&report(), "net");
        assert_eq!(json["pointer"]["ledger_index"], 1_234);
        assert_eq!(json["flows"][0]["behind_ledgers"], 35);
        assert_eq!(json["flows"][0]["partitions"][0]["next_ledger"], 1_200);
        assert_eq!(json["flows"][1]["complete_through"], Value::Null);
    }
}
