//! A re-drive that is killed at any point and repeated leaves what an undisturbed one leaves.

use ekspiper_tests::Process;
use flow::host::DIE_AT;

use crate::dlq_lane::DlqLane;

/// Before and in the transaction that fills the lane and settles the letters, after it, and around the commits of the flow.
const DEATHS: [&str; 7] = [
    "after-fence",
    "before-transaction",
    "after-record",
    "after-record:3",
    "after-delivery",
    "after-commit",
    "after-commit:2",
];

#[test]
fn killed_anywhere_a_re_drive_that_is_given_again_neither_loses_nor_doubles() {
    let dlq = DlqLane::new("killed", false);
    let mended = dlq.mended();
    let ids = dlq.ids(&mended);
    for (death, (ledger, id)) in DEATHS.into_iter().zip(mended.iter().zip(&ids)) {
        let mut command = dlq.command(&["dlq", "redrive", id]);
        command.env(DIE_AT, death);
        let mut first = Process::start("redrive", command);
        assert!(!first.ended(180).success(), "{death}: {}", first.said());
        assert!(first.said().contains("died at"), "{death}: {}", first.said());

        let told = dlq.redriven(&[id]);
        assert!(told.contains("1 succeeded, 0 were rejected again"), "{death}: {told}");
        let lane = format!("redrive-ledger-record-{ledger}-{ledger}");
        assert_eq!(dlq.records(&lane, "ledger-headers").len(), 1, "{death}");
        assert_eq!(dlq.held(&lane), dlq.typed(&[*ledger]), "{death}");
        let settled = dlq.listed(&["--all", id]);
        assert_eq!(settled[0]["resolution"]["lane"], lane.as_str(), "{death}");
        println!("{death}: the lane is as it should be");
    }
    let open = mended.len() + 2 - DEATHS.len();
    assert_eq!(dlq.listed(&[]).len(), open, "nothing else was settled");
}
