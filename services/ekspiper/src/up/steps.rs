//! Steps of a start or a stop, each shown with the time that it takes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use flow::host::CancellationToken;

use crate::screen::Screen;

/// How often a step's time is redrawn on a terminal.
const TERMINAL_INTERVAL: Duration = Duration::from_millis(100);
/// How often a step is printed where there is no terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// The label of a step, which may change during it.
#[derive(Clone, Debug)]
pub(crate) struct StepLabel(Arc<Mutex<String>>);

/// A step was interrupted by a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped")]
pub(crate) struct Interrupted;

impl StepLabel {
    /// A label.
    pub(crate) fn new(label: &str) -> Self {
        Self(Arc::new(Mutex::new(label.to_owned())))
    }

    /// Changes it.
    pub(crate) fn set(&self, label: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = label;
    }

    fn read(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Shows a step during `work`, then its result and duration.
///
/// # Errors
/// The work's, or [`Interrupted`] when `stop` is cancelled before.
pub(crate) async fn step<T>(
    screen: &mut Screen,
    label: &StepLabel,
    stop: &CancellationToken,
    work: impl Future<Output = anyhow::Result<(T, String)>>,
) -> anyhow::Result<T> {
    let started = Instant::now();
    let mut printed = started;
    let mut ticks = tokio::time::interval(TERMINAL_INTERVAL);
    tokio::pin!(work);
    let outcome = loop {
        tokio::select! {
            biased;
            outcome = &mut work => break outcome,
            () = stop.cancelled() => break Err(Interrupted.into()),
            _ = ticks.tick() => {}
        }
        if screen.is_terminal() || printed.elapsed() >= LINE_INTERVAL {
            printed = Instant::now();
            let line = format!("  · {}{}", label.read(), elapsed(started.elapsed()));
            screen.draw(std::slice::from_ref(&line), &[], || line.clone());
        }
    };
    let (made, what) = outcome.inspect_err(|_| screen.erase())?;
    screen.println(&format!("  ✓ {what}{}", elapsed(started.elapsed())));
    Ok(made)
}

/// The duration of a step; nothing for a short one.
fn elapsed(time: Duration) -> String {
    let s = time.as_secs_f64();
    if s < 0.05 { String::new() } else { format!(" ({s:.1} s)") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_step_ends_when_it_is_stopped() {
        let stop = CancellationToken::default();
        stop.cancel();
        let never = std::future::pending::<anyhow::Result<((), String)>>();
        let label = StepLabel::new("waiting");
        let error = step(&mut Screen::plain(), &label, &stop, never).await.unwrap_err();
        assert!(error.is::<Interrupted>());
    }

    #[test]
    fn a_short_step_shows_no_time() {
        assert_eq!(elapsed(Duration::from_millis(12)), "");
        assert_eq!(elapsed(Duration::from_millis(3_210)), " (3.2 s)");
    }
}
