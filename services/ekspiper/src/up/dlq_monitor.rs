//! The number of open dead letters, read in the background.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flow::Settings;
use flow_admin::Inspector;

/// How often the topic is read.
const INTERVAL: Duration = Duration::from_secs(10);

/// The last number that was read; the reading ends when this is dropped.
#[derive(Debug)]
pub(crate) struct DlqMonitor(Arc<AtomicU64>);

impl DlqMonitor {
    /// Starts reading the lane's dead letters.
    pub(crate) fn start(settings: &Settings) -> Self {
        let open = Arc::new(AtomicU64::new(0));
        let (shared, settings) = (Arc::downgrade(&open), settings.clone());
        std::thread::spawn(move || {
            let mut inspector = None;
            while let Some(open) = shared.upgrade() {
                match read(&mut inspector, &settings) {
                    Ok(n) => open.store(n, Ordering::Relaxed),
                    Err(error) => tracing::warn!("reading dead letters failed: {error:#}"),
                }
                drop(open);
                std::thread::sleep(INTERVAL);
            }
        });
        Self(open)
    }

    /// The number of open dead letters.
    pub(crate) fn open(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

fn read(inspector: &mut Option<Inspector>, settings: &Settings) -> anyhow::Result<u64> {
    let mut connected = match inspector.take() {
        Some(connected) => connected,
        None => Inspector::new(settings)?,
    };
    let open = connected.count_open_dead_letters()?.values().sum();
    *inspector = Some(connected);
    Ok(open)
}
