//! A re-drive that is killed anywhere and given again leaves what one that was not leaves.

use ekspiper_tests::Process;
use flow::DIE_AT;

use crate::desk::Desk;

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
    let desk = Desk::new("killed", false);
    let mended = desk.mended();
    let ids = desk.ids(&mended);
    for (death, (ledger, id)) in DEATHS.into_iter().zip(mended.iter().zip(&ids)) {
        let mut command = desk.command(&["dlq", "redrive", id]);
        command.env(DIE_AT, death);
        let mut first = Process::start("redrive", command);
        assert!(!first.ended(180).success(), "{death}: {}", first.said());
        assert!(first.said().contains("died at"), "{death}: {}", first.said());

        let told = desk.redriven(&[id]);
        assert!(told.contains("1 succeeded, 0 were rejected again"), "{death}: {told}");
        let lane = format!("redrive-ledger-record-{ledger}-{ledger}");
        assert_eq!(desk.records(&lane, "ledger-headers").len(), 1, "{death}");
        assert_eq!(desk.held(&lane), desk.typed(&[*ledger]), "{death}");
        let settled = desk.listed(&["--all", id]);
        assert_eq!(settled[0]["resolution"]["lane"], lane.as_str(), "{death}");
        println!("{death}: the lane is as it should be");
    }
    let open = mended.len() + 2 - DEATHS.len();
    assert_eq!(desk.listed(&[]).len(), open, "nothing else was settled");
}
