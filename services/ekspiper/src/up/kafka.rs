//! The Kafka of `ekspiper up`: the configured brokers, or one that it starts.

use broker::{Broker, Options};

use crate::up::args::UpArgs;
use crate::up::steps::StepLabel;

/// Kafka's default port, so that other tools find the broker.
const PORT: u16 = 9092;

/// Where Kafka is.
#[derive(Debug)]
pub(crate) struct Kafka {
    /// The broker that was started, unless brokers are configured.
    own: Option<Broker>,
    /// As `host:port,host:port`.
    pub(crate) brokers: String,
}

impl Kafka {
    /// Uses the brokers that `args` name, or starts one.
    ///
    /// # Errors
    /// When none can be started.
    pub(crate) async fn start(args: &UpArgs, label: &StepLabel) -> anyhow::Result<(Self, String)> {
        if let Some(brokers) = &args.kafka_brokers {
            let kafka = Self { own: None, brokers: brokers.clone() };
            return Ok((kafka, format!("Apache Kafka: {brokers}")));
        }
        let mut options = Options::new(args.data_dir.join("kafka"), &args.cache_dir);
        options.port = Some(PORT);
        let progress = |progress: broker::Progress| label.set(progress.to_string());
        let broker = match Broker::start(options.clone(), progress).await {
            Err(broker::Error::PortInUse(_)) => {
                options.port = None;
                Broker::start(options, progress).await?
            }
            other => other?,
        };
        let brokers = broker.bootstrap_servers();
        let taken =
            if broker.port() == PORT { String::new() } else { format!(" ({PORT} is in use)") };
        let what = format!("Apache Kafka {} at {brokers}{taken}", broker::KAFKA_VERSION);
        Ok((Self { own: Some(broker), brokers }, what))
    }

    /// Whether the broker that was started still runs.
    ///
    /// # Errors
    /// When it has exited, with its last log lines.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        match &mut self.own {
            Some(broker) => Ok(broker.check()?),
            None => Ok(()),
        }
    }

    /// Whether a broker was started.
    pub(crate) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Stops the broker that was started.
    ///
    /// # Errors
    /// When it can't be stopped.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        match &mut self.own {
            Some(broker) => Ok(broker.stop().await?),
            None => Ok(()),
        }
    }
}
