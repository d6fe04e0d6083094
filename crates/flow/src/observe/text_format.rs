//! The text format of Prometheus 0.0.4, for scrapers that do not ask for OpenMetrics.

/// Converts OpenMetrics to the older text format: a counter's comments name it with `_total`, units and the end are not marked.
pub(crate) fn from_open_metrics(text: &str) -> String {
    let mut converted = String::with_capacity(text.len());
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line == "# EOF" || line.starts_with("# UNIT ") {
            continue;
        }
        let counter = |line: &str| {
            let name = line.strip_prefix("# TYPE ")?.strip_suffix(" counter")?;
            Some(name.to_owned())
        };
        let named = match line.strip_prefix("# HELP ") {
            Some(help) => lines.peek().and_then(|next| counter(next)).and_then(|name| {
                let help = help.strip_prefix(&name)?;
                Some(format!("# HELP {name}_total{help}"))
            }),
            None => counter(line).map(|name| format!("# TYPE {name}_total counter")),
        };
        converted.push_str(named.as_deref().unwrap_or(line));
        converted.push('\n');
    }
    converted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_named_with_total_in_their_comments_too() {
        let open = "# HELP a Things.\n# TYPE a counter\na_total{b=\"c\"} 1\n\
                    # HELP d Levels.\n# TYPE d gauge\n# UNIT d seconds\nd 2\n# EOF\n";
        let text = "# HELP a_total Things.\n# TYPE a_total counter\na_total{b=\"c\"} 1\n\
                    # HELP d Levels.\n# TYPE d gauge\nd 2\n";
        assert_eq!(from_open_metrics(open), text);
    }
}
