//! A lane beside the live one.

use ekspiper_tests::Kafka;

use crate::chain::Chain;
use crate::contents::{network, undisturbed};
use crate::pipeline::{Pipeline, make_lane};

#[test]
fn a_backfill_gives_the_same_bytes_and_leaves_the_live_lane_alone() {
    let chain = Chain::small();
    let live = undisturbed(chain);
    let network = network(chain);
    let mut path = Pipeline::backfill(chain, &network, "again");
    path.start_all();
    path.wait_whole();
    let ended = path.flow("ledger-source").ended(60);
    assert!(ended.success(), "a range has an end: {ended}");
    path.contents().assert_same(live);
    live.assert_untouched(Kafka::shared(), &make_lane(&network, "live"));
}
