//! A table as aligned text or Markdown.

/// Rows of cells, the first of them the heading.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with a heading.
    pub(crate) fn new(heading: &[&str]) -> Self {
        Self { rows: vec![heading.iter().map(|cell| (*cell).to_owned()).collect()] }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// As aligned text: two spaces between columns, no space at the ends of lines.
    pub(crate) fn to_text(&self) -> String {
        let mut widths = Vec::new();
        for row in &self.rows {
            widths.resize(widths.len().max(row.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
        };
        self.rows.iter().map(line).collect()
    }

    /// As Markdown, the heading in words.
    pub(crate) fn to_markdown(&self) -> String {
        let line = |cells: &Vec<String>| format!("| {} |\n", cells.join(" | "));
        let Some((heading, rows)) = self.rows.split_first() else { return String::new() };
        let rule = line(&vec!["---".to_owned(); heading.len()]);
        let words = heading.iter().map(|cell| cell.to_lowercase().replace('-', " ")).collect();
        line(&words) + &rule + &rows.iter().map(line).collect::<String>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["flow", "behind"]);
        table.row(["ledger-details".to_owned(), "12".to_owned()]);
        table.row(["x".to_owned(), String::new()]);
        table
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        assert_eq!(table().to_text(), "flow            behind\nledger-details  12\nx\n");
    }

    #[test]
    fn markdown_has_the_same_cells() {
        let markdown = "| flow | behind |\n| --- | --- |\n| ledger-details | 12 |\n| x |  |\n";
        assert_eq!(table().to_markdown(), markdown);
    }
}
