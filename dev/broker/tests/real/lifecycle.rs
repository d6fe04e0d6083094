//! Start, stop, kill, pause, restart, and the end of the parent.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use broker::{Broker, Error, Progress};

use crate::{copy, copy_data, options, started, wait_until, wire};

fn is_running(pid: u32) -> bool {
    std::process::Command::new("kill")
        .args(["-0", &pid.to_string()])
        .output()
        .unwrap()
        .status
        .success()
}

#[tokio::test]
async fn topics_survive_a_restart_a_kill_and_another_start() {
    let data = tempfile::tempdir().unwrap();
    let steps = Mutex::new(Vec::new());
    let mut broker =
        Broker::start(options(data.path()), |it| steps.lock().unwrap().push(it)).await.unwrap();
    assert!(steps.lock().unwrap().ends_with(&[
        Progress::Formatting,
        Progress::Starting,
        Progress::Ready
    ]));
    let (port, pid) = (broker.port(), broker.pid().unwrap());
    assert_eq!(broker.bootstrap_servers(), format!("127.0.0.1:{port}"));
    assert_eq!(wire::create_topic(port, "kept", 8).unwrap(), 0);

    broker.restart().await.unwrap();
    assert_eq!(broker.port(), port);
    assert!(!is_running(pid));
    assert_eq!(wire::topics(port).unwrap(), ["kept"]);

    broker.kill().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert_eq!(broker.pid(), None);
    let killed = Instant::now();
    broker.restart().await.unwrap();
    assert_eq!(wire::topics(port).unwrap(), ["kept"]);
    println!("answers {:?} after a kill", killed.elapsed());

    let stopping = Instant::now();
    broker.stop().await.unwrap();
    println!("stopped in {:?}", stopping.elapsed());
    drop(broker);
    steps.lock().unwrap().clear();
    let again =
        Broker::start(options(data.path()), |it| steps.lock().unwrap().push(it)).await.unwrap();
    assert_eq!(*steps.lock().unwrap(), [Progress::Starting, Progress::Ready]);
    assert_eq!(wire::topics(again.port()).unwrap(), ["kept"]);
}

#[tokio::test]
async fn paused_broker_accepts_and_answers_nothing_until_it_is_resumed() {
    let data = tempfile::tempdir().unwrap();
    let mut broker = started(options(data.path())).await;
    broker.pause().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", broker.port())).unwrap();
    let request = [0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0];
    std::io::Write::write_all(&mut stream, &request).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    assert!(stream.read_exact(&mut [0; 4]).is_err());
    broker.resume().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.read_exact(&mut [0; 4]).unwrap();
    // A paused one is stopped and restarted like any other.
    broker.pause().unwrap();
    broker.restart().await.unwrap();
}

#[tokio::test]
async fn broker_that_exits_by_itself_is_noticed() {
    let data = tempfile::tempdir().unwrap();
    let mut broker = started(options(data.path())).await;
    broker.check().unwrap();
    let kill = ["-KILL", &broker.pid().unwrap().to_string()].map(str::to_owned);
    assert!(std::process::Command::new("kill").args(kill).status().unwrap().success());
    wait_until(5, "the broker is gone", || {
        TcpStream::connect(("127.0.0.1", broker.port())).is_err()
    });
    let error = broker.check().unwrap_err();
    assert!(matches!(error, Error::Exited { .. }), "{error}");
}

#[tokio::test]
async fn topics_are_kept_in_a_data_directory_with_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d\u{e4}ta \u{540d}#\\");
    let broker = started(options(&data)).await;
    assert_eq!(wire::create_topic(broker.port(), "kept", 1).unwrap(), 0);
    // The controller answers before the broker has made the topic's directory.
    let kept = data.join("topics/kept-0");
    let deadline = Instant::now() + Duration::from_secs(60);
    while !kept.is_dir() {
        assert!(Instant::now() < deadline, "topics are in the data directory");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn dropped_broker_leaves_no_process() {
    let data = tempfile::tempdir().unwrap();
    let broker = started(options(data.path())).await;
    let pid = broker.pid().unwrap();
    assert!(is_running(pid));
    drop(broker);
    assert!(!is_running(pid));
}

#[tokio::test]
async fn broker_dies_with_a_parent_that_is_killed_and_its_data_is_free_at_once() {
    if let Some(data) = copy_data() {
        let broker = started(options(&data)).await;
        println!("pid {}", broker.pid().unwrap());
        std::thread::park();
    }
    let data = tempfile::tempdir().unwrap();
    let name = "lifecycle::broker_dies_with_a_parent_that_is_killed_and_its_data_is_free_at_once";
    let mut parent = copy(name, data.path()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines().map(Result::unwrap);
    let pid = lines.into_iter().find_map(|line| line.strip_prefix("pid ")?.parse().ok()).unwrap();
    assert!(is_running(pid));
    parent.kill().unwrap();
    parent.wait().unwrap();
    drop(started(options(data.path())).await);
    wait_until(5, "the orphan is gone", || !is_running(pid));
}
