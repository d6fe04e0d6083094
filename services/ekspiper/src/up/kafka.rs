//! The brokers of `ekspiper up`: those that were named, or one of its own.

use std::net::{Ipv4Addr, SocketAddr};

use broker::{Broker, Options};

use crate::screen::Doing;
use crate::up::args::UpArgs;

/// Kafka's own port, so that other tools find the broker where they look for one.
const PORT: u16 = 9092;

/// Where Kafka is.
#[derive(Debug)]
pub(crate) struct Kafka {
    /// The broker that was started, unless brokers were named.
    own: Option<Broker>,
    /// As `host:port,host:port`.
    pub(crate) brokers: String,
}

impl Kafka {
    /// Takes the brokers that `args` names, or starts one.
    ///
    /// # Errors
    /// When none can be started, in words that say what to do.
    pub(crate) async fn start(args: &UpArgs, doing: &Doing) -> anyhow::Result<(Self, String)> {
        if let Some(brokers) = &args.kafka_brokers {
            let kafka = Self { own: None, brokers: brokers.clone() };
            let what = format!("Apache Kafka is at {brokers}");
            return Ok((kafka, what));
        }
        let mut options = Options::new(args.data_dir.join("kafka"), &args.cache_dir);
        options.port = Some(PORT);
        let tell = |progress: broker::Progress| doing.set(progress.to_string());
        let broker = match Broker::start(options.clone(), tell).await {
            Err(broker::Error::PortInUse(_)) => {
                options.port = None;
                Broker::start(options, tell).await?
            }
            other => other?,
        };
        let brokers = broker.bootstrap_servers();
        let taken =
            if broker.port() == PORT { String::new() } else { format!(", since {PORT} is taken") };
        let what = format!("Apache Kafka {} runs at {brokers}{taken}", broker::KAFKA_VERSION);
        Ok((Self { own: Some(broker), brokers }, what))
    }

    /// Where the broker that was started listens.
    pub(crate) fn own_address(&self) -> Option<SocketAddr> {
        self.own.as_ref().map(|broker| (Ipv4Addr::LOCALHOST, broker.port()).into())
    }

    /// Stops the broker, if it is one of its own.
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
