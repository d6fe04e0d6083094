//! A block of lines at the end of a terminal, redrawn in place.

use std::io::{self, Write as _};

/// The window's size where the terminal does not report it.
const COLUMNS: u16 = 100;
const ROWS: u16 = 40;

/// The block that is drawn.
#[derive(Debug, Default)]
pub(crate) struct Terminal {
    /// Rows of the window that it takes.
    drawn: usize,
}

impl Terminal {
    /// Replaces the block.
    pub(crate) fn redraw(&mut self, body: &[String], foot: &[String]) {
        let (terminal_size::Width(columns), terminal_size::Height(rows)) =
            terminal_size::terminal_size()
                .unwrap_or((terminal_size::Width(COLUMNS), terminal_size::Height(ROWS)));
        let (block, drawn) = block(body, foot, columns.into(), rows.into());
        let text = self.erasure() + &block;
        self.drawn = drawn;
        write(&text);
    }

    /// Prints a line in place of the block.
    pub(crate) fn println(&mut self, line: &str) {
        let text = self.erasure() + line + "\n";
        self.drawn = 0;
        write(&text);
    }

    /// Keeps the block as it is.
    pub(crate) fn keep(&mut self) {
        self.drawn = 0;
    }

    fn erasure(&self) -> String {
        if self.drawn == 0 { String::new() } else { format!("\x1b[{}F\x1b[J", self.drawn) }
    }
}

fn write(text: &str) {
    let mut out = io::stdout().lock();
    // A terminal that is gone ends the process by SIGHUP.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// The text of a block and the rows that it takes. Lines are wrapped by the terminal, never cut, so that a command in one can
/// be copied. The end of `body` is left out if there are too many: what scrolls out of sight can't be replaced.
fn block(body: &[String], foot: &[String], columns: usize, rows: usize) -> (String, usize) {
    let height = |line: &String| line.chars().count().div_ceil(columns.max(1)).max(1);
    // The cursor is in the last row.
    let mut left = rows.saturating_sub(1);
    let mut fits = |line: &&String| {
        let fits = height(line) <= left;
        left = left.saturating_sub(height(line));
        fits
    };
    let foot: Vec<&String> = foot.iter().take_while(&mut fits).collect();
    let body: Vec<&String> = body.iter().take_while(&mut fits).collect();
    let lines = body.into_iter().chain(foot);
    lines.fold((String::new(), 0), |(text, drawn), line| (text + line + "\n", drawn + height(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn a_long_line_is_wrapped_and_not_cut() {
        let command =
            "ekspiper status --network sim --kafka-brokers 127.0.0.1:9092 --lane backfill";
        let (text, drawn) = block(&lines(&["title"]), &lines(&[command]), 60, 20);
        assert_eq!(text, format!("title\n{command}\n"));
        assert_eq!(drawn, 3);
    }

    #[test]
    fn the_foot_stays_in_a_window_that_is_too_low() {
        let body: Vec<String> = (0..30).map(|n| n.to_string()).collect();
        let (text, drawn) = block(&body, &lines(&["", "command"]), 60, 6);
        assert_eq!((&*text, drawn), ("0\n1\n2\n\ncommand\n", 5));
    }

    #[test]
    fn the_block_is_erased_before_something_else_is_drawn() {
        let terminal = Terminal { drawn: 3 };
        assert_eq!(terminal.erasure(), "\x1b[3F\x1b[J");
        assert_eq!(Terminal::default().erasure(), "");
    }
}
