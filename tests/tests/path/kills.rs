//! Each flow is killed in the middle of its work.

use crate::chain::Chain;
use crate::contents::undisturbed;
use crate::pipeline::{FLOWS, PLAYED_TO, Pipeline, Play};

#[test]
fn killed_one_after_the_other_nothing_changes() {
    let chain = Chain::large();
    let expected = undisturbed(chain);
    let mut path = Pipeline::live(chain, "killed", Play::Parts);
    path.start_all();
    for (flow, to) in FLOWS.into_iter().zip(PLAYED_TO) {
        path.play_into(flow, to);
        path.flow(flow.0).kill();
        *path.flow(flow.0) = path.start(flow.0);
    }
    path.play_rest();
    path.wait_whole();
    path.contents().assert_same(expected);
}
