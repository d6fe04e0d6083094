//! Where Apache Kafka comes from.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use broker::{Broker, Error, KAFKA_VERSION, Options, Progress};

use crate::{cache, options, started, wire};

#[tokio::test]
async fn two_brokers_that_start_with_an_empty_cache_fetch_once() {
    let folder = tempfile::tempdir().unwrap();
    let fetches = [AtomicBool::new(false), AtomicBool::new(false)];
    let start = async |number: usize| {
        let data = folder.path().join(number.to_string());
        let options = Options { kafka_home: None, ..Options::new(data, folder.path()) };
        let progress = |it| match it {
            Progress::Downloading { jars_max, .. } => {
                assert_eq!(jars_max, 46);
                fetches[number].store(true, Ordering::Relaxed);
            }
            other => println!("{number}: {other}"),
        };
        Broker::start(options, progress).await.unwrap()
    };
    let (first, second) = tokio::join!(start(0), start(1));
    assert_ne!(first.port(), second.port());
    assert_eq!(fetches.iter().filter(|it| it.load(Ordering::Relaxed)).count(), 1);
    let left: Vec<_> = std::fs::read_dir(folder.path().join("kafka"))
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "more than the jars and their lock: {left:?}");
}

#[tokio::test]
async fn installed_kafka_is_run_from_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    // What is laid out as a distribution needs the jars somewhere.
    drop(started(Options { kafka_home: None, ..options(&folder.path().join("first")) }).await);
    let home = folder.path().join("home");
    std::fs::create_dir(&home).unwrap();
    let jars = cache().join("kafka").join(KAFKA_VERSION).canonicalize().unwrap();
    std::os::unix::fs::symlink(jars, home.join("libs")).unwrap();
    let nowhere = PathBuf::from("/nonexistent");
    let broker = Options {
        kafka_home: Some(home),
        cache: nowhere.clone(),
        ..options(&folder.path().join("data"))
    };
    let broker = started(broker).await;
    assert_eq!(wire::create_topic(broker.port(), "made", 1).unwrap(), 0);
    let wrong = Options { kafka_home: Some(nowhere), ..options(&folder.path().join("other")) };
    assert!(matches!(Broker::start(wrong, |_| {}).await, Err(Error::NoDistribution(_))));
}
