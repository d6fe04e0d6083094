//! A running broker.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::data_dir::DataDir;
use crate::distribution::Distribution;
use crate::error::IoContext as _;
use crate::process::Process;
use crate::progress::{Progress, ProgressFn};
use crate::{Error, Options, port, readiness, settings};

/// The time limit of a start, on a busy machine.
const START_SECONDS_MAX: u64 = 180;
/// The time limit of an orderly stop, after which the broker is killed; what it acknowledged is safe either way.
const STOP_SECONDS_MAX: u64 = 5;
const POLL_MS: u64 = 20;
/// How often another free port is tried if one is taken between the check and the start.
const PORT_TRIES_MAX: u32 = 5;

/// One Apache Kafka node on loopback. It is killed when this is dropped, and when this process exits or is killed.
#[derive(Debug)]
pub struct Broker {
    data: DataDir,
    distribution: Distribution,
    options: Options,
    port: u16,
    process: Option<Process>,
}

impl Broker {
    /// Starts a broker and waits until it responds, with each step reported to `progress`.
    ///
    /// # Errors
    /// When there is no Kafka or Java, or the broker exits. Nothing runs after an error.
    pub async fn start(
        options: Options,
        progress: impl Fn(Progress) + Send + Sync,
    ) -> Result<Self, Error> {
        let data = DataDir::open(&options.data).await?;
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

    /// The address for clients, as `host:port`.
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

    /// The log file.
    pub fn log(&self) -> PathBuf {
        self.data.log()
    }

    /// Checks that the broker still runs.
    ///
    /// # Errors
    /// When it has exited by itself.
    pub fn check(&mut self) -> Result<(), Error> {
        let Some(process) = &mut self.process else { return Ok(()) };
        let status = process.try_wait().context(|| "checking Apache Kafka".to_owned())?;
        match status {
            Some(status) => Err(self.data.exit_error(process, &status.to_string())),
            None => Ok(()),
        }
    }

    /// Stops the broker by SIGTERM, or by SIGKILL after some seconds. Its topics stay.
    ///
    /// # Errors
    /// When it can't be signalled or waited for.
    pub async fn stop(&mut self) -> Result<(), Error> {
        let context = || "stopping Apache Kafka".to_owned();
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.signal(Signal::SIGCONT).context(context)?;
        process.signal(Signal::SIGTERM).context(context)?;
        process.wait(Duration::from_secs(STOP_SECONDS_MAX)).await.context(context)?;
        self.process = Some(process);
        self.kill()
    }

    /// Kills the broker by SIGKILL. Its topics stay. The next start takes some 9 s longer: the controller waits for the
    /// session of the killed broker to expire (`broker.session.timeout.ms`).
    ///
    /// # Errors
    /// When it can't be signalled or waited for.
    pub fn kill(&mut self) -> Result<(), Error> {
        let killed = self.process.take().map_or(Ok(()), |mut it| it.kill());
        killed.context(|| "killing Apache Kafka".to_owned())?;
        // A container may outlive its command for a moment.
        let deadline = Instant::now() + Duration::from_secs(STOP_SECONDS_MAX);
        while !port::is_free(self.port) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(POLL_MS));
        }
        Ok(())
    }

    /// Pauses the broker by SIGSTOP: connections stay open without responses.
    ///
    /// # Errors
    /// When it can't be signalled, or runs in Docker.
    pub fn pause(&mut self) -> Result<(), Error> {
        self.signal(Signal::SIGSTOP, "pausing Apache Kafka")
    }

    /// Resumes a paused broker by SIGCONT.
    ///
    /// # Errors
    /// When it can't be signalled, or runs in Docker.
    pub fn resume(&mut self) -> Result<(), Error> {
        self.signal(Signal::SIGCONT, "resuming Apache Kafka")
    }

    /// Stops the broker if it runs, and starts it on the same port and data.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.stop().await?;
        self.launch(&|_| {}).await
    }

    fn signal(&mut self, signal: Signal, context: &str) -> Result<(), Error> {
        let sent = match (&self.distribution, &mut self.process) {
            // The signal would go to the `docker` command, not the broker.
            (Distribution::Docker, _) => Err(std::io::ErrorKind::Unsupported.into()),
            (_, None) => Err(std::io::ErrorKind::NotFound.into()),
            (_, Some(process)) => process.signal(signal),
        };
        sent.context(|| context.to_owned())
    }

    async fn launch(&mut self, progress: ProgressFn<'_>) -> Result<(), Error> {
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
        self.data.format(&self.distribution, progress).await?;
        progress(Progress::Starting);
        let arguments = [self.data.settings().into()];
        let flags = &self.options.java_flags;
        let command =
            self.distribution.command(self.data.folder(), flags, "kafka.Kafka", &arguments);
        let mut process = self.data.run(&command)?;
        self.wait_until_ready(&mut process).await?;
        self.process = Some(process);
        progress(Progress::Ready);
        Ok(())
    }

    /// Waits until the broker responds.
    async fn wait_until_ready(&self, process: &mut Process) -> Result<(), Error> {
        let context = || "waiting for Apache Kafka".to_owned();
        let deadline = Instant::now() + Duration::from_secs(START_SECONDS_MAX);
        while Instant::now() < deadline {
            if let Some(status) =
                process.wait(Duration::from_millis(POLL_MS)).await.context(context)?
            {
                if process.log().context(context)?.contains("Address already in use") {
                    return Err(Error::PortInUse(self.port));
                }
                return Err(self.data.exit_error(process, &status.to_string()));
            }
            if readiness::is_ready(self.port).await {
                return Ok(());
            }
        }
        Err(Error::NotResponding {
            wait_s: START_SECONDS_MAX,
            log: self.data.log(),
            last_lines: process.last_lines(),
        })
    }
}
