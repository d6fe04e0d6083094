//! A histogram's buckets, and the quantiles that can be told from them.

/// Cumulative counts up to each limit, the limits ascending.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Histogram(Vec<(f64, f64)>);

impl Histogram {
    /// A histogram of pairs of limit and cumulative count, in any order.
    pub(crate) fn of(mut buckets: Vec<(f64, f64)>) -> Self {
        buckets.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        Self(buckets)
    }

    /// How many values it has.
    pub(crate) fn count(&self) -> f64 {
        self.0.last().map_or(0.0, |(_, count)| *count)
    }

    /// What came since `earlier`, which has the same limits or none.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let before = |limit: f64| {
            earlier.0.iter().find(|(other, _)| *other == limit).map_or(0.0, |(_, count)| *count)
        };
        Self(self.0.iter().map(|(limit, count)| (*limit, count - before(*limit))).collect())
    }

    /// The value below which the share `q` lies, taking values to be spread evenly within a bucket, as Prometheus does.
    /// In the last bucket, which has no upper limit, it is the lower one.
    pub(crate) fn quantile(&self, q: f64) -> Option<f64> {
        let rank = q * self.count();
        let (mut lower, mut below) = (0.0, 0.0);
        for (limit, count) in &self.0 {
            if *count >= rank && *count > 0.0 {
                if limit.is_infinite() {
                    return Some(lower);
                }
                let share = if *count > below { (rank - below) / (count - below) } else { 1.0 };
                return Some(lower + (limit - lower) * share);
            }
            (lower, below) = (*limit, *count);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(counts: [f64; 4]) -> Histogram {
        Histogram::of([0.1, 0.2, 1.0, f64::INFINITY].into_iter().zip(counts).collect())
    }

    #[test]
    fn quantiles_lie_within_their_bucket() {
        let histogram = histogram([0.0, 50.0, 100.0, 100.0]);
        assert_eq!(histogram.quantile(0.5), Some(0.2));
        let p99 = histogram.quantile(0.99).unwrap();
        assert!((0.98..0.99).contains(&p99), "{p99}");
    }

    #[test]
    fn a_value_above_all_limits_is_told_as_the_largest_limit() {
        assert_eq!(histogram([0.0, 0.0, 1.0, 100.0]).quantile(0.99), Some(1.0));
    }

    #[test]
    fn without_values_there_is_no_quantile() {
        assert_eq!(histogram([0.0; 4]).quantile(0.5), None);
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    #[test]
    fn what_came_since_is_a_histogram_too() {
        let (earlier, now) = (histogram([5.0, 5.0, 5.0, 5.0]), histogram([5.0, 15.0, 15.0, 15.0]));
        assert_eq!(now.since(&earlier), histogram([0.0, 10.0, 10.0, 10.0]));
        assert_eq!(now.since(&Histogram::default()), now);
    }
}
