//! Standard output: a block that is redrawn on a terminal, or plain lines.

mod terminal;

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use terminal::Terminal;

/// How often the block is redrawn on a terminal.
const TERMINAL_INTERVAL: Duration = Duration::from_millis(500);
/// How often a line is printed where there is no terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// Standard output, as a terminal or as plain lines.
#[derive(Debug)]
pub(crate) struct Screen {
    terminal: Option<Terminal>,
}

impl Screen {
    /// Standard output as it is: plain lines unless it is a terminal that knows escape sequences.
    pub(crate) fn new() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "it describes the terminal, and is no setting"
        )]
        let term = std::env::var("TERM");
        Self { terminal: has_escapes(term.ok().as_deref()).then(Terminal::default) }
    }

    /// How often to draw.
    pub(crate) fn interval(&self) -> Duration {
        if self.terminal.is_some() { TERMINAL_INTERVAL } else { LINE_INTERVAL }
    }

    /// Replaces the block drawn before; where there is no terminal, prints `line` instead. A block that is higher than the
    /// window is cut above its foot.
    pub(crate) fn draw(&mut self, body: &[String], foot: &[String], line: impl FnOnce() -> String) {
        match &mut self.terminal {
            Some(terminal) => terminal.redraw(body, foot),
            None => print(&line()),
        }
    }

    /// Prints a line in place of the block drawn before.
    pub(crate) fn println(&mut self, line: &str) {
        match &mut self.terminal {
            Some(terminal) => terminal.println(line),
            None => print(line),
        }
    }

    /// Keeps the block as it is drawn.
    pub(crate) fn keep(&mut self) {
        if let Some(terminal) = &mut self.terminal {
            terminal.keep();
        }
    }
}

#[cfg(feature = "up")]
impl Screen {
    /// Standard output as plain lines.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self { terminal: None }
    }

    /// Whether blocks are redrawn.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal.is_some()
    }

    /// Erases the block drawn before.
    pub(crate) fn erase(&mut self) {
        if let Some(terminal) = &mut self.terminal {
            terminal.redraw(&[], &[]);
        }
    }
}

/// Whether standard output is a terminal that knows escape sequences.
fn has_escapes(term: Option<&str>) -> bool {
    !matches!(term, None | Some("" | "dumb")) && std::io::stdout().is_terminal()
}

fn print(line: &str) {
    let mut out = std::io::stdout().lock();
    // A closed pipe does not stop the work.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_without_escapes_gets_plain_lines() {
        for term in [None, Some(""), Some("dumb")] {
            assert!(!has_escapes(term), "{term:?}");
        }
    }
}
