//! Draws lines over the ones drawn before.

use std::io::{self, Write as _};

/// Where the window's size can't be told.
const COLUMNS: u16 = 100;
const ROWS: u16 = 40;

/// Lines at the end of a terminal that are drawn anew in place.
#[derive(Debug, Default)]
pub(crate) struct Terminal {
    drawn: usize,
}

impl Terminal {
    /// Replaces the lines drawn before.
    pub(crate) fn redraw(&mut self, lines: &[String]) {
        let (terminal_size::Width(columns), terminal_size::Height(rows)) =
            terminal_size::terminal_size()
                .unwrap_or((terminal_size::Width(COLUMNS), terminal_size::Height(ROWS)));
        // A line that wraps, or that scrolls out of sight, could not be replaced.
        let rows = usize::from(rows.saturating_sub(1).max(1));
        let lines = &lines[..lines.len().min(rows)];
        let mut text = self.erasure();
        for line in lines {
            text.push_str(&cut(line, columns.into()));
            text.push('\n');
        }
        self.drawn = lines.len();
        write(&text);
    }

    /// Puts a line in the place of those drawn before, for good.
    pub(crate) fn settle(&mut self, line: &str) {
        let text = self.erasure() + line + "\n";
        self.drawn = 0;
        write(&text);
    }

    /// Leaves what is drawn as it is, for good.
    pub(crate) fn leave(&mut self) {
        self.drawn = 0;
    }

    fn erasure(&self) -> String {
        if self.drawn == 0 { String::new() } else { format!("\x1b[{}F\x1b[J", self.drawn) }
    }
}

fn write(text: &str) {
    let mut out = io::stdout().lock();
    // A terminal that is gone takes the process along soon enough.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// As much of a line as a window of so many columns shows.
fn cut(line: &str, columns: usize) -> String {
    if line.chars().count() <= columns {
        return line.to_owned();
    }
    let mut cut: String = line.chars().take(columns.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fits_the_window() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 5), "abcd…");
        assert_eq!(cut("ääää", 3), "ää…");
    }

    #[test]
    fn what_was_drawn_is_erased_before_something_else_is() {
        let terminal = Terminal { drawn: 3 };
        assert_eq!(terminal.erasure(), "\x1b[3F\x1b[J");
        assert_eq!(Terminal::default().erasure(), "");
    }
}
