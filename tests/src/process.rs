//! A binary of the workspace as a process: started, watched, signalled, and killed at the end.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::eventually;

/// So many lines of a process are kept.
const LINES_MAX: usize = 5_000;
/// So many of them are shown when a test fails.
const SHOWN: usize = 40;
/// And so much of each.
const SHOWN_CHARS: usize = 400;

/// The path of a binary of the workspace, built beside this test.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder =
        test.ancestors().find(|folder| folder.ends_with("release") || folder.ends_with("debug"));
    let path = folder.expect("tests lie in the target directory").join(name);
    assert!(
        path.exists(),
        "{} is not built: cargo build --release --workspace --bins",
        path.display()
    );
    path
}

/// A running process. Killed when dropped; what it said last is shown if the test fails.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    lines: Arc<Mutex<VecDeque<String>>>,
    readers: Vec<std::thread::JoinHandle<()>>,
}

impl Process {
    /// Starts `command`, taking up what it writes.
    pub fn start(name: &str, mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let out = take_up(&lines, child.stdout.take().expect("it is piped"));
        let err = take_up(&lines, child.stderr.take().expect("it is piped"));
        Self { name: name.to_owned(), child, lines, readers: vec![out, err] }
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The first line that holds `text`, waited for.
    #[track_caller]
    pub fn line(&self, limit_s: u64, text: &str) -> String {
        eventually(limit_s, &format!("{} says `{text}`", self.name), || self.find(text))
    }

    /// The first line that holds `text` so far.
    pub fn find(&self, text: &str) -> Option<String> {
        self.lines.lock().unwrap().iter().find(|line| line.contains(text)).cloned()
    }

    /// All that it has said.
    pub fn said(&self) -> String {
        self.lines.lock().unwrap().iter().cloned().collect::<Vec<_>>().join("\n")
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("process ids fit"));
        kill(pid, signal).unwrap();
    }

    /// Ends it at once (SIGKILL).
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end (SIGTERM); returns how long that took, and how it ended.
    #[track_caller]
    pub fn terminate(&mut self, limit_s: u64) -> (Duration, ExitStatus) {
        let asked = Instant::now();
        self.signal(Signal::SIGTERM);
        let status = self.ended(limit_s);
        (asked.elapsed(), status)
    }

    /// Waits until it ends by itself.
    #[track_caller]
    pub fn ended(&mut self, limit_s: u64) -> ExitStatus {
        let what = format!("the end of {}", self.name);
        let status = eventually(limit_s, &what, || self.child.try_wait().unwrap());
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        status
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// How it ended, if it has.
    pub fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// The last line that it has said.
    pub fn last_line(&self) -> String {
        self.lines.lock().unwrap().back().cloned().unwrap_or_default()
    }

    /// Seconds of processor time that it has taken so far.
    pub fn cpu_s(&self) -> f64 {
        cpu_s(self.pid())
    }

    /// The most memory that it has had resident, in bytes.
    pub fn peak_bytes(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// The memory that it has resident now, in bytes.
    pub fn resident_bytes(&self) -> u64 {
        self.memory("VmRSS:")
    }

    fn memory(&self, what: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with(what)).expect("Linux tells");
        line.split_whitespace().nth(1).expect("a number").parse::<u64>().unwrap() * 1024
    }
}

/// Seconds of processor time that a process has taken so far.
pub fn cpu_s(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields = stat.rsplit(") ").next().expect("a name in brackets").split(' ');
    let ticks: u32 = fields.skip(11).take(2).map(|ticks| ticks.parse::<u32>().unwrap()).sum();
    // Linux counts in hundredths whatever its clock does.
    f64::from(ticks) / 100.0
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let lines = self.lines.lock().unwrap();
            eprintln!("--- {} {} said last:", self.name, self.child.id());
            for line in lines.iter().skip(lines.len().saturating_sub(SHOWN)) {
                eprintln!("{}", line.chars().take(SHOWN_CHARS).collect::<String>());
            }
        }
    }
}

fn take_up(
    lines: &Arc<Mutex<VecDeque<String>>>,
    from: impl std::io::Read + Send + 'static,
) -> std::thread::JoinHandle<()> {
    let lines = Arc::clone(lines);
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut lines = lines.lock().unwrap();
            if lines.len() == LINES_MAX {
                lines.pop_front();
            }
            lines.push_back(line);
        }
    })
}
