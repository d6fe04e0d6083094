//! `ekspiper status`: how the flows of a lane stand.

use flow::Lane;
use flow_admin::Inspector;
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::flow_shape::FlowShape;
use crate::lane_report::{FlowReport, LaneReport};
use crate::number::grouped;
use crate::table::Table;

/// Which lane to tell of, and how.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    cluster: Cluster,
    /// The lane; `live` is the one without a name
    #[arg(long, env, default_value = "live")]
    lane: Lane,
    /// The lane that its flows read, if it is another one, as in a replay
    #[arg(long, env)]
    from_lane: Option<Lane>,
    /// For machines: one JSON object, with every partition
    #[arg(long)]
    json: bool,
}

/// Tells how the flows of `shapes` stand.
///
/// # Errors
/// When no broker answers, or the lane has no topics.
pub(crate) fn status(args: &StatusArgs, shapes: &[FlowShape]) -> anyhow::Result<String> {
    let settings = args.cluster.settings(args.lane.clone(), args.from_lane.clone());
    let scope = settings.to();
    let mut inspector = Inspector::new(&settings)?;
    let mut report = LaneReport::ask(&mut inspector, shapes, &scope)?;
    report.dead_letters = inspector.dead_letters()?;
    Ok(if args.json {
        format!("{:#}\n", to_json(&report, &scope.to_string()))
    } else {
        to_text(&report, &scope.to_string())
    })
}

fn to_text(report: &LaneReport, scope: &str) -> String {
    let pointer = match &report.pointer {
        Some(checkpoint) => format!("the pointer is at ledger {}", checkpoint.pointer()),
        None => "no pointer has been committed yet".to_owned(),
    };
    let mut table = Table::new(&[
        "flow",
        "complete through",
        "ledgers behind",
        "records behind",
        "dead letters",
    ]);
    for flow in &report.flows {
        let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), grouped);
        table.row([
            flow.flow.to_owned(),
            number(through(flow)),
            number(flow.behind_ledgers),
            grouped(flow.behind_records),
            grouped(report.dead_letters.get(flow.flow).copied().unwrap_or(0)),
        ]);
    }
    format!("{scope}: {pointer}\n\n{}", table.to_text())
}

/// Where the input is another lane's, the ledgers of which are not looked at, there is no saying.
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
        .shares
        .iter()
        .map(|share| {
            json!({
                "topic": share.topic,
                "partition": share.partition,
                "begin": share.begin,
                "end": share.end,
                "committed": share.committed,
                "behind_records": share.behind,
                "last_ledger": share.read.map(|place| place.sequence),
                "next_ledger": share.next.map(|place| place.sequence),
            })
        })
        .collect();
    json!({
        "flow": flow.flow,
        "group": flow.group,
        "complete_through": through(flow),
        "behind_ledgers": flow.behind_ledgers,
        "behind_records": flow.behind_records,
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
    use flow::{Checkpoint, SequenceId};
    use flow_admin::PartitionStatus;

    fn report() -> LaneReport {
        let share = PartitionStatus {
            topic: "net.ledgers".into(),
            partition: 0,
            begin: 0,
            end: 12,
            committed: Some(9),
            read: Some(SequenceId { sequence: 1_199, part: 0 }),
            behind: 3,
            next: Some(SequenceId { sequence: 1_200, part: 0 }),
        };
        let flow = |flow, complete_through, behind_ledgers| FlowReport {
            flow,
            group: format!("net.{flow}"),
            complete_through,
            behind_ledgers,
            behind_records: 3,
            shares: vec![share.clone()],
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
    fn people_get_a_table() {
        let text = to_text(&report(), "net");
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("net: the pointer is at ledger 1234 ABAB"), "{text}");
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(lines[3]), ["ledger-transactions", "1,199", "35", "3", "2"]);
        assert_eq!(words(lines[4]), ["fluent-sink", "-", "-", "3", "0"]);
    }

    #[test]
    fn machines_get_every_partition() {
        let json = to_json(&report(), "net");
        assert_eq!(json["pointer"]["ledger_index"], 1_234);
        assert_eq!(json["flows"][0]["behind_ledgers"], 35);
        assert_eq!(json["flows"][0]["partitions"][0]["next_ledger"], 1_200);
        assert_eq!(json["flows"][1]["complete_through"], Value::Null);
    }
}
