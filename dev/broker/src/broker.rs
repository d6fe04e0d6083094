//! A broker that runs.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::data::Data;
use crate::distribution::Distribution;
use crate::error::Doing;
use crate::process::Process;
use crate::progress::{Progress, Tell};
use crate::{Error, Options, port, readiness, settings};

/// How long a broker may take to answer, on a machine that has much else to do.
const START_SECONDS_MAX: u64 = 180;
/// How long a broker may take to stop in order before it is killed; what it acknowledged is safe either way.
const STOP_SECONDS_MAX: u64 = 5;
const LOOK_MS: u64 = 20;
/// How often another free port is tried when something takes it between our look and the broker's.
const PORT_TRIES_MAX: u32 = 5;

/// One Apache Kafka node on loopback. It is killed when dropped, and when this process ends in whatever way.
#[derive(Debug)]
pub struct Broker {
    data: Data,
    distribution: Distribution,
    options: Options,
    port: u16,
    process: Option<Process>,
}

impl Broker {
    /// Starts a broker and waits until it answers, telling `progress` each step.
    ///
    /// # Errors
    /// Each error's sentence says what to do. Nothing runs after an error.
    pub async fn start(
        options: Options,
        progress: impl Fn(Progress) + Send + Sync,
    ) -> Result<Self, Error> {
        let data = Data::open(&options.data).await?;
        let distribution = Distribution::find(&options, &progress).await?;
        let mut broker = Self { data, distribution, port: 0, options, process: None };
        for tried in 1.. {
            broker.port = broker.options.port.unwrap_or_else(port::free);
            match broker.launch(&progress).await {
                Err(Error::PortInUse(_))
                    if broker.options.port.is_none() && tried < PORT_TRIES_MAX => {}
                other => {
                    other?;
                    break;
                }
            }
        }
        Ok(broker)
    }

    /// Where clients connect, as `host:port`.
    pub fn bootstrap_servers(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The port on 127.0.0.1; the same after a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// Where the broker logs.
    pub fn log(&self) -> PathBuf {
        self.data.log()
    }

    /// Stops the broker in order (SIGTERM), or by force after some seconds. Its topics stay.
    ///
    /// # Errors
    /// If it can't be signalled or waited for.
    pub async fn stop(&mut self) -> Result<(), Error> {
        let doing = || "stopping Apache Kafka".to_owned();
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.signal(Signal::SIGCONT).doing(doing)?;
        process.signal(Signal::SIGTERM).doing(doing)?;
        process.end(Duration::from_secs(STOP_SECONDS_MAX)).await.doing(doing)?;
        self.process = Some(process);
        self.kill()
    }

    /// Kills the broker at once (SIGKILL). Its topics stay. Started again it takes some 9 s longer than otherwise: its
    /// controller first waits for the session of the dead one to end (`broker.session.timeout.ms`).
    ///
    /// # Errors
    /// If it can't be signalled or waited for.
    pub fn kill(&mut self) -> Result<(), Error> {
        let killed = self.process.take().map_or(Ok(()), |mut it| it.kill());
        killed.doing(|| "killing Apache Kafka".to_owned())?;
        // A container may outlive its command by a moment.
        let deadline = Instant::now() + Duration::from_secs(STOP_SECONDS_MAX);
        while !port::is_free(self.port) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(LOOK_MS));
        }
        Ok(())
    }

    /// Halts the broker without ending it (SIGSTOP): connections stay open and nothing answers.
    ///
    /// # Errors
    /// If it can't be signalled, or runs in Docker.
    pub fn pause(&mut self) -> Result<(), Error> {
        self.signal(Signal::SIGSTOP, "pausing Apache Kafka")
    }

    /// Lets a paused broker go on (SIGCONT).
    ///
    /// # Errors
    /// If it can't be signalled, or runs in Docker.
    pub fn resume(&mut self) -> Result<(), Error> {
        self.signal(Signal::SIGCONT, "resuming Apache Kafka")
    }

    /// Stops the broker if it runs and starts it again on the same port and data.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.stop().await?;
        self.launch(&|_| {}).await
    }

    fn signal(&mut self, signal: Signal, doing: &str) -> Result<(), Error> {
        let sent = match (&self.distribution, &mut self.process) {
            // Docker's own command would get it, not the broker.
            (Distribution::Docker, _) => Err(std::io::ErrorKind::Unsupported.into()),
            (_, None) => Err(std::io::ErrorKind::NotFound.into()),
            (_, Some(process)) => process.signal(signal),
        };
        sent.doing(|| doing.to_owned())
    }

    async fn launch(&mut self, tell: Tell<'_>) -> Result<(), Error> {
        if !port::is_free(self.port) {
            return Err(Error::PortInUse(self.port));
        }
        let topics = self.data.topics();
        let settings = settings::text(
            self.port,
            port::free(),
            &topics.to_string_lossy(),
            &self.options.settings,
        );
        self.data.write_settings(&settings)?;
        self.data.format(&self.distribution, tell).await?;
        tell(Progress::Starting);
        let arguments = [self.data.settings().into()];
        let flags = &self.options.java_flags;
        let command =
            self.distribution.command(self.data.folder(), flags, "kafka.Kafka", &arguments);
        let mut process = self.data.run(&command)?;
        self.answered(&mut process).await?;
        self.process = Some(process);
        tell(Progress::Ready);
        Ok(())
    }

    /// Waits until the broker answers.
    async fn answered(&self, process: &mut Process) -> Result<(), Error> {
        let doing = || "waiting for Apache Kafka".to_owned();
        let log = self.data.log();
        let deadline = Instant::now() + Duration::from_secs(START_SECONDS_MAX);
        while Instant::now() < deadline {
            if let Some(status) = process.end(Duration::from_millis(LOOK_MS)).await.doing(doing)? {
                if process.log().doing(doing)?.contains("Address already in use") {
                    return Err(Error::PortInUse(self.port));
                }
                return Err(Error::Ended {
                    status: status.to_string(),
                    log,
                    last_lines: process.last_lines(),
                });
            }
            if readiness::answers(self.port).await {
                return Ok(());
            }
        }
        Err(Error::Silent { wait_s: START_SECONDS_MAX, log, last_lines: process.last_lines() })
    }
}
