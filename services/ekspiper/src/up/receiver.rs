//! The receiver of `ekspiper up`: one that was named, or one of its own that acknowledges and counts.

use std::time::Duration;

use anyhow::Context as _;
use fluent::{Receiver, ReceiverSettings};

/// How long a sender that is in the middle of a chunk may go on when everything stops.
const GRACE: Duration = Duration::from_millis(500);

/// Where records go.
pub(crate) struct Receiving {
    own: Option<Receiver>,
    /// How the sink writes there.
    pub(crate) fluent: fluent_sink::Args,
}

impl Receiving {
    /// Takes the receivers that are named, or starts one, which is trusted as it is.
    ///
    /// # Errors
    /// When no port can be had.
    pub(crate) async fn start(fluent: fluent_sink::Args) -> anyhow::Result<(Self, String)> {
        if let [address, others @ ..] = &*fluent.fluent_address {
            let or = if others.is_empty() {
                String::new()
            } else {
                format!(", or {}", others.join(", "))
            };
            let what = format!("records go to the Fluent receiver at {address}{or}");
            return Ok((Self { own: None, fluent }, what));
        }
        let settings = ReceiverSettings { grace: GRACE, ..ReceiverSettings::default() };
        // Its own counts are all that it keeps.
        let own = Receiver::start("127.0.0.1:0", settings, |_| async { Ok(()) })
            .await
            .context("starting a Fluent receiver")?;
        let address = own.address().to_string();
        let what = format!(
            "a Fluent receiver that counts runs at {address} (`--fluent-address`: your own)"
        );
        let fluent = fluent_sink::Args {
            fluent_address: vec![address],
            trust: Default::default(),
            ..fluent
        };
        Ok((Self { own: Some(own), fluent }, what))
    }

    /// Stops the receiver, if it is one of its own.
    pub(crate) async fn stop(self) {
        if let Some(own) = self.own {
            own.stop().await;
        }
    }
}
