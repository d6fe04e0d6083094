//! Two replicas of each flow, one of which is killed while it works.

use ekspiper_tests::{FlowProcess, eventually, get};

use crate::chain::Chain;
use crate::contents::undisturbed;
use crate::pipeline::{FLOWS, PLAYED_TO, Pipeline, Play};

/// How long sixteen processes may take to share their work.
const SHARE_S_MAX: u64 = 120;

#[test]
fn two_of_each_and_one_of_them_killed_nothing_changes() {
    let chain = Chain::large();
    let expected = undisturbed(chain);
    let mut path = Pipeline::live(chain, "pairs", Play::Parts);
    path.start_all();
    path.start_all();
    for (name, _) in FLOWS {
        let pair: Vec<_> = path.flows.iter().filter(|(other, _)| *other == name).collect();
        eventually(SHARE_S_MAX, &format!("both instances of {name} are at work"), || {
            pair.iter().all(|(_, flow)| has_a_place(flow)).then_some(())
        });
    }
    for (flow, to) in FLOWS.into_iter().zip(PLAYED_TO) {
        path.play_into(flow, to);
        let of_flow = |(name, _): &(&str, FlowProcess)| *name == flow.0;
        let works = |(_, process): &(&str, FlowProcess)| is_at_work(process);
        let victim = path.flows.iter().position(|it| of_flow(it) && works(it));
        let (_, mut killed) = path.flows.remove(victim.expect("one of them works"));
        killed.kill();
    }
    path.play_rest();
    path.wait_whole();
    path.contents().assert_same(expected);
}

/// Whether it has partitions, or stands by while the other one leads.
fn has_a_place(flow: &FlowProcess) -> bool {
    let how = how(flow);
    how.contains(": running") || how.contains("instance: standby") && !how.contains("waiting")
}

/// Whether it works on a partition, or leads.
fn is_at_work(flow: &FlowProcess) -> bool {
    how(flow).contains(": running")
}

fn how(flow: &FlowProcess) -> String {
    get(flow.admin(), "/readyz").map(|(_, how)| how).unwrap_or_default()
}
