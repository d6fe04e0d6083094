//! The metrics of a process, read back from the text that Prometheus gets: who watches sees what is scraped.

use crate::histogram::Histogram;

/// What all metrics of a process stand at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Readings(Vec<Sample>);

#[derive(Clone, Debug, PartialEq)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

/// A label and the value that it has to have.
pub(crate) type Label<'a> = (&'a str, &'a str);

impl Readings {
    /// Reads the text format of OpenMetrics. Lines that are not samples are passed over.
    pub(crate) fn parse(text: &str) -> Self {
        Self(text.lines().filter(|line| !line.starts_with('#')).filter_map(sample).collect())
    }

    /// The sum of all samples of `name` that have `labels`.
    pub(crate) fn sum(&self, name: &str, labels: &[Label<'_>]) -> f64 {
        self.samples(name, labels).map(|sample| sample.value).sum()
    }

    /// The largest sample of `name` that has `labels`.
    pub(crate) fn max(&self, name: &str, labels: &[Label<'_>]) -> Option<f64> {
        self.samples(name, labels).map(|sample| sample.value).max_by(f64::total_cmp)
    }

    /// The histogram `name` with `labels`.
    pub(crate) fn histogram(&self, name: &str, labels: &[Label<'_>]) -> Histogram {
        let buckets = self.samples(name, labels).filter_map(|sample| {
            let (_, limit) = sample.labels.iter().find(|(label, _)| label == "le")?;
            let limit = if limit == "+Inf" { f64::INFINITY } else { limit.parse().ok()? };
            Some((limit, sample.value))
        });
        Histogram::of(buckets.collect())
    }

    fn samples<'a>(&'a self, name: &str, labels: &[Label<'_>]) -> impl Iterator<Item = &'a Sample> {
        let has = |sample: &Sample, (label, value): Label<'_>| {
            sample.labels.iter().any(|(own, is)| own == label && is == value)
        };
        self.0.iter().filter(move |sample| {
            sample.name == name && labels.iter().all(|label| has(sample, *label))
        })
    }
}

/// `name{label="value",…} number`
fn sample(line: &str) -> Option<Sample> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = Vec::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        while !rest.starts_with('}') {
            let (label, value) = rest.trim_start_matches(',').split_once("=\"")?;
            let (value, after) = quoted(value)?;
            labels.push((label.to_owned(), value));
            rest = after;
        }
        rest = &rest[1..];
    }
    let value = rest.split_whitespace().next()?.parse().ok()?;
    Some(Sample { name: name.to_owned(), labels, value })
}

/// A text up to its closing quote, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"# HELP emitted Records.
# TYPE emitted counter
emitted_total{flow="a",topic="x"} 12
emitted_total{flow="a",topic="y"} 30
emitted_total{topic="x",flow="b"} 5
up{endpoint="ws://h/{a,b}=\"c\\d"} 1
plain 7.5
seconds_bucket{le="0.5",flow="a"} 1
seconds_bucket{le="+Inf",flow="a"} 2
broken{
# EOF
"#;

    #[test]
    fn samples_are_summed_by_their_labels() {
        let readings = Readings::parse(TEXT);
        assert_eq!(readings.sum("emitted_total", &[("flow", "a")]), 42.0);
        assert_eq!(readings.sum("emitted_total", &[("topic", "x"), ("flow", "b")]), 5.0);
        assert_eq!(readings.sum("emitted_total", &[("flow", "c")]), 0.0);
        assert_eq!(readings.max("emitted_total", &[("flow", "a")]), Some(30.0));
        assert_eq!(readings.max("missing", &[]), None);
        assert_eq!(readings.sum("plain", &[]), 7.5);
    }

    #[test]
    fn a_label_may_hold_whatever_separates_labels() {
        let readings = Readings::parse(TEXT);
        assert_eq!(readings.sum("up", &[("endpoint", "ws://h/{a,b}=\"c\\d")]), 1.0);
    }

    #[test]
    fn buckets_make_a_histogram() {
        let histogram = Readings::parse(TEXT).histogram("seconds_bucket", &[("flow", "a")]);
        assert_eq!(histogram.count(), 2.0);
        assert_eq!(histogram.quantile(0.25), Some(0.25));
    }

    #[test]
    fn what_the_runtime_writes_is_read() {
        let metrics = flow::Metrics::default();
        flow::MetricsHandle::new("fluent-sink", &metrics).acknowledged(7, 900);
        let readings = Readings::parse(&metrics.render());
        assert_eq!(readings.sum("ekspiper_acknowledged_total", &[("flow", "fluent-sink")]), 7.0);
    }
}
