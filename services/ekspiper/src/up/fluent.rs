//! The Fluent receiver of `ekspiper up`: the configured ones, or a demo receiver that counts and discards.

use std::time::Duration;

use anyhow::Context as _;
use fluent_receiver::{Receiver, ReceiverSettings};

/// How long a sender in the middle of a chunk may take when everything stops.
const GRACE: Duration = Duration::from_millis(500);

/// Where records are written to.
pub(crate) struct Fluent {
    demo: Option<Receiver>,
    /// The sink's settings.
    pub(crate) args: fluent_sink::Args,
}

impl Fluent {
    /// Uses the receivers that `args` name, or starts a demo receiver, without TLS and credentials.
    ///
    /// # Errors
    /// When there is no free port.
    pub(crate) async fn start(args: fluent_sink::Args) -> anyhow::Result<(Self, String)> {
        if let [address, others @ ..] = &*args.fluent_address {
            let failover = match others {
                [] => String::new(),
                others => format!(", failover to {}", others.join(", ")),
            };
            let what = format!("Fluent receiver: {address}{failover}");
            return Ok((Self { demo: None, args }, what));
        }
        let settings = ReceiverSettings { grace: GRACE, ..ReceiverSettings::default() };
        // Its own counts are all that it keeps.
        let demo = Receiver::start("127.0.0.1:0", settings, |_| async { Ok(()) })
            .await
            .context("starting the demo Fluent receiver")?;
        let address = demo.address().to_string();
        let what = format!(
            "demo Fluent receiver at {address}, discards records (for a real one: --fluent-address)"
        );
        let args =
            fluent_sink::Args { fluent_address: vec![address], trust: Default::default(), ..args };
        Ok((Self { demo: Some(demo), args }, what))
    }

    /// Whether there is a demo receiver.
    pub(crate) fn is_demo(&self) -> bool {
        self.demo.is_some()
    }

    /// Stops the demo receiver, if there is one.
    pub(crate) async fn stop(self) {
        if let Some(demo) = self.demo {
            demo.stop().await;
        }
    }
}
