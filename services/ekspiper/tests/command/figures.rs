//! The plain lines of `ekspiper up`, parsed.

/// The figures of a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) ledger: Option<u64>,
    pub(crate) acknowledged: u64,
    pub(crate) flows_ready: String,
}

/// The lines with figures among all that was said.
pub(crate) fn figures(said: &str) -> Vec<Line> {
    said.lines().filter(|line| line.contains(" flows ready")).map(read).collect()
}

fn read(line: &str) -> Line {
    let part = |what: &str| line.split("; ").find(|part| part.contains(what)).unwrap_or_default();
    let number = |text: &str| text.replace(',', "").parse::<u64>();
    let first = part("acknowledged").split(' ').next().unwrap_or_default();
    Line {
        ledger: part("verified").split(' ').nth(1).and_then(|text| number(text).ok()),
        acknowledged: number(first).unwrap(),
        flows_ready: part(" flows ready").to_owned(),
    }
}
