//! Signals end every command.

use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use ekspiper_tests::Process;
use nix::sys::signal::Signal;

use crate::ekspiper::ekspiper;

/// How long an end may take after a signal, on a busy machine.
const END_S_MAX: u64 = 5;

/// A broker that accepts connections and never responds.
fn silent_broker() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

#[test]
fn dlq_commands_end_at_the_first_signal() {
    for args in [
        vec!["dlq", "list"],
        vec!["dlq", "show"],
        vec!["dlq", "drop", "0/1", "--why", "test", "--by", "test"],
    ] {
        let (listener, address) = silent_broker();
        let args = [args.as_slice(), &["--kafka-brokers", &address]].concat();
        let mut process = Process::start("ekspiper", ekspiper(&args));
        listener.accept().unwrap();
        process.signal(Signal::SIGINT);
        assert_eq!(process.ended(END_S_MAX).signal(), Some(2), "{args:?}: {}", process.said());
    }
}

#[test]
fn import_ends_at_the_first_signal_while_it_reads() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let file = pipe.to_str().unwrap();
    let args = ["import", file, "--lane", "old", "--kafka-brokers", "127.0.0.1:1"];
    let mut process = Process::start("ekspiper", ekspiper(&args));
    // Opened once the other end is.
    let _writer = std::fs::File::options().write(true).open(&pipe).unwrap();
    process.signal(Signal::SIGINT);
    assert_eq!(process.ended(END_S_MAX).signal(), Some(2), "{}", process.said());
}

#[test]
fn the_second_signal_ends_a_command_at_once() {
    let (listener, address) = silent_broker();
    let args = ["backfill", "1-2", "--kafka-brokers", &address];
    let mut process = Process::start("ekspiper", ekspiper(&args));
    listener.accept().unwrap();
    process.signal(Signal::SIGINT);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(process.is_running(), "{}", process.said());
    process.signal(Signal::SIGINT);
    assert_eq!(process.ended(END_S_MAX).code(), Some(130), "{}", process.said());
}
