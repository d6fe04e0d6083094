//! A sender or a receiver of another make, as a process.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long anything may take that a partner does.
const DEADLINE: Duration = Duration::from_secs(60);

/// The process; it ends with this value.
pub(crate) struct Partner {
    process: Child,
    lines: mpsc::Receiver<String>,
}

impl Partner {
    /// Runs a script of `tests/partners`; `None`, and a line that says so, if that isn't possible here.
    pub(crate) fn run(script: &str, arguments: &[&str]) -> Option<Self> {
        if Command::new("node").arg("--version").stdout(Stdio::null()).status().is_err() {
            eprintln!("skipped: node is not installed");
            return None;
        }
        let mut command = Command::new("node");
        command.arg(installed().join(script)).args(arguments);
        Some(Self::start(command))
    }

    /// Runs a program that prints lines, and ends when its standard input does.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (line, lines) = mpsc::channel();
        thread::spawn(move || output.lines().map_while(Result::ok).all(|it| line.send(it).is_ok()));
        Self { process, lines }
    }

    /// The next line that it prints.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(DEADLINE).expect("the partner prints a line")
    }

    /// Waits until it ends, and tells whether it is content.
    pub(crate) fn succeeds(mut self) -> bool {
        while self.lines.recv_timeout(DEADLINE).is_ok() {}
        self.process.wait().unwrap().success()
    }
}

impl Drop for Partner {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The folder of the scripts, with what they need: made once for each version of them, and left alone while they run.
fn installed() -> PathBuf {
    const FILES: [&str; 4] = ["package.json", "package-lock.json", "server.mjs", "client.mjs"];
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/partners");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("partners");
    fs::create_dir_all(&target).unwrap();
    let lock = File::create(target.join(".lock")).unwrap();
    lock.lock().unwrap();
    let wanted = FILES.map(|file| fs::read(source.join(file)).unwrap()).concat();
    let done = target.join(".installed");
    if fs::read(&done).ok().as_ref() != Some(&wanted) {
        for file in FILES {
            fs::copy(source.join(file), target.join(file)).unwrap();
        }
        let npm = Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&target)
            .output();
        let npm = npm.expect("npm comes with node");
        assert!(npm.status.success(), "npm ci: {}", String::from_utf8_lossy(&npm.stderr));
        fs::write(&done, wanted).unwrap();
    }
    target
}
