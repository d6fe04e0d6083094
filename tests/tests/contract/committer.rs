//! Which commits are valid after which.

use ekspiper_tests::toy::{Number, Numbers};
use ekspiper_tests::{Kafka, Lane, Reader, check_topic, eventually};
use flow::ingest::{
    Checkpoints, CommitError, Committer, Ingestor, InvalidCommit, InvalidReset, OpenError,
    ResetError,
};
use flow::{Block, Pointer, Topic as _};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

const FLOW: &str = "toy-source";

fn lane(network: &str) -> (&'static Kafka, Lane) {
    let kafka = Kafka::shared();
    (kafka, Lane::make(kafka, network, 4))
}

pub(crate) fn ingestor(lane: &Lane, flow: &str) -> Ingestor {
    Ingestor::find::<Numbers>(&lane.settings(), flow, 1).unwrap()
}

pub(crate) fn pointer(index: u64) -> Pointer {
    Number::of(index, 0).pointer()
}

/// The block `index` of the chain, said to follow `parent`.
fn block(parent: Option<u64>, index: u64) -> Block<Numbers> {
    let record = Number::of(index, 40);
    Block { parent: parent.map(pointer), pointer: pointer(index), announced_ms: None, record }
}

fn follow(committer: &mut Committer<Numbers>, blocks: std::ops::Range<u64>) {
    for index in blocks {
        committer.commit(vec![block(index.checked_sub(1), index)]).unwrap();
    }
}

fn numbers_hold(kafka: &Kafka, lane: &Lane, to: u64) {
    let read = Reader::committed(kafka).all(&lane.topic(&Numbers::SPEC));
    assert_eq!(check_topic::<Numbers>(&read, 4, (0..=to).map(|index| Number::of(index, 40))), []);
}

/// Writes a record to `checkpoints` as someone else would.
fn write_checkpoint(kafka: &Kafka, lane: &Lane, value: Option<&[u8]>) {
    let producer: BaseProducer = kafka.client().create().unwrap();
    let (topic, key) = (lane.topic(&Checkpoints::SPEC), lane.group(FLOW));
    let mut record = BaseRecord::<str, [u8]>::to(&topic).partition(0).key(&key);
    record.payload = value;
    producer.send(record).map_err(|(error, _)| error).unwrap();
    producer.flush(std::time::Duration::from_secs(10)).unwrap();
}

/// Who only looks sees a commit a moment later than who makes it.
#[track_caller]
fn wait_latest(ingestor: &Ingestor, index: u64) {
    eventually(60, "the commit is seen", || {
        let latest = ingestor.latest().unwrap()?;
        (latest.pointer() == pointer(index)).then_some(())
    });
}

// Test 1.
#[test]
fn a_commit_follows_the_latest_and_nothing_else_does() {
    let (kafka, lane) = lane("commits");
    let ingestor = ingestor(&lane, FLOW);
    let mut committer = Committer::<Numbers>::open(&ingestor).unwrap();
    assert_eq!(committer.latest(), None);
    for index in 0..10_u64 {
        committer.commit(vec![block(index.checked_sub(1), index)]).unwrap();
        assert_eq!(committer.latest(), Some(&pointer(index)));
        wait_latest(&ingestor, index);
    }
    let other = self::ingestor(&lane, "another-source");
    assert_eq!(other.latest().unwrap(), None, "ingestors are apart");
    for (what, parent, index) in [
        ("a gap", Some(12), 13),
        ("a step back", Some(9), 8),
        ("a commit of nothing new", Some(9), 9),
        ("no parent", None, 10),
    ] {
        let refused = committer.commit(vec![block(parent, index)]);
        assert!(matches!(refused, Err(CommitError::Invalid(_))), "{what}: {refused:?}");
        let within = committer.commit(vec![block(Some(9), 10), block(parent, index)]);
        assert!(matches!(within, Err(CommitError::Invalid(_))), "{what}: {within:?}");
        assert_eq!(committer.latest(), Some(&pointer(9)));
    }
    assert_eq!(committer.commit(Vec::new()).unwrap(), 0);
    committer.commit(vec![block(Some(9), 10), block(Some(10), 11)]).unwrap();
    numbers_hold(kafka, &lane, 11);
}

// Where the original took any first commit.
#[test]
fn a_first_commit_has_no_parent() {
    let (_, lane) = lane("first-commit");
    let mut committer = Committer::<Numbers>::open(&ingestor(&lane, FLOW)).unwrap();
    let refused = committer.commit(vec![block(Some(4), 5)]).unwrap_err();
    let CommitError::Invalid(InvalidCommit { latest, parent, .. }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((latest, parent), (None, Some(pointer(4))));
    committer.commit(vec![block(None, 5)]).unwrap();
}

// Test 2.
#[test]
fn an_operator_moves_the_pointer_back_and_forth_and_nothing_is_written_twice() {
    let (kafka, lane) = lane("moved");
    let ingestor = ingestor(&lane, FLOW);
    let mut leader = Committer::<Numbers>::open(&ingestor).unwrap();
    follow(&mut leader, 0..10);
    wait_latest(&ingestor, 9);
    let rehearsed = ingestor.dry_run_reset::<Numbers>(&pointer(5)).unwrap();
    assert_eq!((rehearsed.next(), rehearsed.kept()), (10, Some(6..=9)));
    assert_eq!(ingestor.latest().unwrap().unwrap().pointer(), pointer(9), "it was a rehearsal");
    follow(&mut leader, 10..12);
    for to in [5, 11, 5] {
        let moved =
            Committer::<Numbers>::reset_pointer(&ingestor, &pointer(to), "ann", "a test").unwrap();
        assert_eq!(moved.to, pointer(to));
        wait_latest(&ingestor, to);
    }
    let fenced = leader.commit(vec![block(Some(11), 12)]);
    assert!(matches!(fenced, Err(CommitError::Fenced)), "{fenced:?}");
    let mut leader = Committer::<Numbers>::open(&ingestor).unwrap();
    assert_eq!(leader.latest(), Some(&pointer(5)));
    let again = (6..=13).map(|index| block(Some(index - 1), index)).collect();
    assert_eq!(leader.commit(again).unwrap(), 2, "12 and 13 are new");
    numbers_hold(kafka, &lane, 13);
    let overrides = ingestor.overrides().unwrap();
    let steps: Vec<_> =
        overrides.iter().map(|it| (it.parent().unwrap().sequence, it.pointer().sequence)).collect();
    assert_eq!(steps, [(11, 5), (5, 11), (11, 5)]);
    let signed = overrides[0].overridden.as_ref().unwrap();
    assert_eq!((signed.by.as_str(), signed.why.as_str()), ("ann", "a test"));
}

#[test]
fn a_move_that_would_leave_numbers_out_is_refused() {
    let (_, lane) = lane("hole");
    let ingestor = ingestor(&lane, FLOW);
    let relocate =
        |to| Committer::<Numbers>::reset_pointer(&ingestor, &pointer(to), "ann", "a test");
    assert!(matches!(relocate(3), Err(ResetError::Invalid(InvalidReset::NothingCommitted))));
    follow(&mut Committer::<Numbers>::open(&ingestor).unwrap(), 0..10);
    let hole = relocate(12).unwrap_err();
    assert!(
        matches!(&hole, ResetError::Invalid(InvalidReset::WouldSkip(range)) if *range == (10..=12))
    );
    assert!(matches!(relocate(9), Err(ResetError::Invalid(InvalidReset::NoOp(_)))));
    wait_latest(&ingestor, 9);
}

// The fence, on which correctness rests: the lock only saves work.
#[test]
fn of_two_committers_the_one_opened_last_is_heard() {
    let (kafka, lane) = lane("fenced");
    let ingestor = ingestor(&lane, FLOW);
    let mut zombie = Committer::<Numbers>::open(&ingestor).unwrap();
    follow(&mut zombie, 0..5);
    let mut leader = Committer::<Numbers>::open(&ingestor).unwrap();
    assert_eq!(leader.latest(), Some(&pointer(4)));
    for _ in 0..2 {
        let fenced = zombie.commit(vec![block(Some(4), 5)]);
        assert!(matches!(fenced, Err(CommitError::Fenced)), "{fenced:?}");
    }
    follow(&mut leader, 5..8);
    numbers_hold(kafka, &lane, 7);
}

// Test 14.
#[test]
fn a_pointer_that_can_not_be_read_is_an_error_and_no_beginning() {
    let (kafka, lane) = lane("cut-short");
    let ingestor = ingestor(&lane, FLOW);
    follow(&mut Committer::<Numbers>::open(&ingestor).unwrap(), 0..3);
    write_checkpoint(kafka, &lane, Some(&[1]));
    let error = Committer::<Numbers>::open(&ingestor).unwrap_err();
    let OpenError::Failed(error) = error else { panic!("{error:?}") };
    let text = format!("{error:#}");
    assert!(text.contains("reading the pointer of cut-short.toy-source"), "{text}");
    assert!(text.ends_with("not in Avro's single-object encoding"), "{text}");
}

#[test]
fn a_lost_pointer_is_asked_for_and_set_by_hand() {
    let (kafka, lane) = lane("lost");
    let ingestor = ingestor(&lane, FLOW);
    follow(&mut Committer::<Numbers>::open(&ingestor).unwrap(), 0..10);
    write_checkpoint(kafka, &lane, None);
    let refused = Committer::<Numbers>::open(&ingestor).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "lost.toy-source has no pointer, but lost.numbers has records up to 9: set it with `ekspiper pointer set`"
    );
    Committer::<Numbers>::reset_pointer(&ingestor, &pointer(9), "ann", "checkpoints were deleted")
        .unwrap();
    follow(&mut Committer::<Numbers>::open(&ingestor).unwrap(), 10..15);
    numbers_hold(kafka, &lane, 14);
}
