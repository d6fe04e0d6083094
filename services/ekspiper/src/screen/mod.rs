//! What a person sees: steps while things begin and end, and figures while they run.

mod block;
mod figures;
mod line;
mod terminal;

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use flow::CancellationToken;

pub(crate) use figures::{Count, Figures, Latency, NewestLedger};
use terminal::Terminal;

/// How often a step's time is drawn anew.
const STEP_TICK: Duration = Duration::from_millis(100);
/// How often a step that takes long is told of where there is no terminal.
const STEP_LINE: Duration = Duration::from_secs(5);
/// How often figures are drawn on a terminal.
const BLOCK: Duration = Duration::from_millis(500);
/// How often figures are told where there is no terminal.
const LINE: Duration = Duration::from_secs(5);

/// Standard output, as a terminal or as plain lines.
#[derive(Debug)]
pub(crate) struct Screen {
    terminal: Option<Terminal>,
}

/// What a step is doing, which may change while it does it.
#[derive(Clone, Debug)]
pub(crate) struct Doing(Arc<Mutex<String>>);

/// A step was left because it was asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped")]
pub(crate) struct Interrupted;

impl Screen {
    /// Standard output as it is.
    pub(crate) fn new() -> Self {
        Self { terminal: std::io::stdout().is_terminal().then(Terminal::default) }
    }

    /// How often figures are to be shown.
    pub(crate) fn pace(&self) -> Duration {
        if self.terminal.is_some() { BLOCK } else { LINE }
    }

    /// Shows a step while `work` is done, and then what came of it with the time that it took.
    ///
    /// # Errors
    /// The work's, or [`Interrupted`] when `stop` is raised before the work is done.
    pub(crate) async fn step<T>(
        &mut self,
        doing: &Doing,
        stop: &CancellationToken,
        work: impl Future<Output = anyhow::Result<(T, String)>>,
    ) -> anyhow::Result<T> {
        let started = Instant::now();
        let mut told = started;
        let mut ticks = tokio::time::interval(STEP_TICK);
        tokio::pin!(work);
        let outcome = loop {
            tokio::select! {
                biased;
                outcome = &mut work => break outcome,
                () = stop.cancelled() => break Err(Interrupted.into()),
                _ = ticks.tick() => self.tick(doing, started, &mut told),
            }
        };
        let (made, what) = match outcome {
            Ok(made) => made,
            Err(error) => {
                self.erase();
                return Err(error);
            }
        };
        self.settle(&format!("  ✓ {what}{}", took(started.elapsed())));
        Ok(made)
    }

    fn tick(&mut self, doing: &Doing, started: Instant, told: &mut Instant) {
        let line = || format!("  · {}{}", doing.read(), took(started.elapsed()));
        match &mut self.terminal {
            Some(terminal) => terminal.redraw(&[line()]),
            None if told.elapsed() >= STEP_LINE => {
                *told = Instant::now();
                plain(&line());
            }
            None => {}
        }
    }

    /// Shows figures in the place of those shown before.
    pub(crate) fn show(&mut self, title: &str, figures: &Figures, foot: &[String]) {
        match &mut self.terminal {
            Some(terminal) => terminal.redraw(&block::lines(title, figures, foot)),
            None => plain(&line::line(figures)),
        }
    }

    /// Shows lines in the place of those shown before; where there is no terminal, the first of them only.
    pub(crate) fn progress(&mut self, lines: &[String]) {
        match &mut self.terminal {
            Some(terminal) => terminal.redraw(lines),
            None => lines.iter().take(1).for_each(|line| plain(line)),
        }
    }

    /// Writes a line for good, in the place of what was drawn.
    pub(crate) fn settle(&mut self, line: &str) {
        match &mut self.terminal {
            Some(terminal) => terminal.settle(line),
            None => plain(line),
        }
    }

    /// Leaves what is drawn as it is.
    pub(crate) fn leave(&mut self) {
        if let Some(terminal) = &mut self.terminal {
            terminal.leave();
        }
    }

    fn erase(&mut self) {
        if let Some(terminal) = &mut self.terminal {
            terminal.redraw(&[]);
        }
    }
}

impl Doing {
    /// What is being done at first.
    pub(crate) fn new(what: &str) -> Self {
        Self(Arc::new(Mutex::new(what.to_owned())))
    }

    /// Says what is being done now.
    pub(crate) fn set(&self, what: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }

    fn read(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How long a step took; nothing where it took no time to speak of.
fn took(time: Duration) -> String {
    let s = time.as_secs_f64();
    if s < 0.05 { String::new() } else { format!(" ({s:.1} s)") }
}

fn plain(line: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever read it may have gone; the work goes on.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_step_ends_when_it_is_asked_to_stop() {
        let stop = CancellationToken::default();
        stop.cancel();
        let never = std::future::pending::<anyhow::Result<((), String)>>();
        let mut screen = Screen { terminal: None };
        let error = screen.step(&Doing::new("waiting"), &stop, never).await.unwrap_err();
        assert!(error.is::<Interrupted>());
    }

    #[test]
    fn a_time_that_nobody_notices_is_not_told() {
        assert_eq!(took(Duration::from_millis(12)), "");
        assert_eq!(took(Duration::from_millis(3_210)), " (3.2 s)");
    }
}
