//! A child process that never outlives this one, with its output in a file.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

/// The command becomes the child itself. Beside it a shell waits for the end of standard input, whose other end only
/// this process has: it comes when this process exits or is killed, and the shell kills the process group.
pub(crate) const WATCHED: &str =
    "exec 3<&0; (read -r _; kill -KILL 0) <&3 >/dev/null 2>&1 & exec \"$@\" <&3";

/// How often an exit is polled.
const POLL_MS: u64 = 20;
/// The number of log lines in an error.
const LINES_MAX: usize = 8;

/// A running child, killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    status: Option<ExitStatus>,
    log: PathBuf,
    log_start: u64,
}

impl Process {
    /// Runs a command in a process group of its own, so that Ctrl-C does not reach it. Its standard error is added to
    /// `log`; its standard output goes to `output`, which stays open as long as it runs.
    pub(crate) fn start(command: &[OsString], output: File, log: &Path) -> io::Result<Self> {
        let errors = File::options().create(true).append(true).open(log)?;
        let log_start = errors.metadata()?.len();
        let child = Command::new("sh")
            .args(["-c", WATCHED, "sh"])
            .args(command)
            // Java takes the encoding of file names from it.
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()?;
        Ok(Self { child, status: None, log: log.to_owned(), log_start })
    }

    /// The process id of the command.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The exit status of the command, or `None` while it runs.
    pub(crate) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.status.is_none() {
            self.status = self.child.try_wait()?;
        }
        Ok(self.status)
    }

    /// Waits for the exit, up to `limit`.
    pub(crate) async fn wait(&mut self, limit: Duration) -> io::Result<Option<ExitStatus>> {
        let deadline = Instant::now() + limit;
        loop {
            let status = self.try_wait()?;
            if status.is_some() || Instant::now() >= deadline {
                return Ok(status);
            }
            tokio::time::sleep(Duration::from_millis(POLL_MS)).await;
        }
    }

    /// Sends a signal to the command, unless it has exited.
    pub(crate) fn signal(&mut self, signal: Signal) -> io::Result<()> {
        if self.try_wait()?.is_none() {
            kill(pid(self.child.id()), signal)?;
        }
        Ok(())
    }

    /// Kills the process group and waits for the exit.
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        // The watching shell lives until our end of its pipe closes, so the group cannot be another's by now.
        match killpg(pid(self.child.id()), Signal::SIGKILL) {
            Ok(()) | Err(nix::errno::Errno::ESRCH) => {}
            Err(error) => return Err(error.into()),
        }
        if self.status.is_none() {
            self.status = Some(self.child.wait()?);
        }
        Ok(())
    }

    /// The log since the start.
    pub(crate) fn log(&self) -> io::Result<String> {
        let mut bytes = Vec::new();
        let mut file = File::open(&self.log)?;
        file.seek(SeekFrom::Start(self.log_start))?;
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The lines of the log from its first error on, or its last ones.
    pub(crate) fn last_lines(&self) -> String {
        let log = self.log().unwrap_or_else(|error| error.to_string());
        let of_a_stack = |line: &&str| line.starts_with("\tat ");
        let lines: Vec<String> =
            log.lines().filter(|it| !of_a_stack(it)).map(|it| format!("  {it}")).collect();
        let is_error =
            |line: &String| ["ERROR", "FATAL", "Exception"].iter().any(|it| line.contains(it));
        let first =
            lines.iter().position(is_error).unwrap_or(lines.len().saturating_sub(LINES_MAX));
        lines[first..].iter().take(LINES_MAX).cloned().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            tracing::warn!(pid = self.child.id(), %error, "killing a child process failed");
        }
    }
}

fn pid(id: u32) -> Pid {
    Pid::from_raw(i32::try_from(id).expect("process ids are positive 32-bit numbers"))
}
