//! Times of single calls, kept as a histogram.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

/// Times beyond a day, in nanoseconds, count as a day.
const LONGEST_NS: u64 = 24 * 3600 * 1_000_000_000;

/// A histogram of nanoseconds from 1 ns to a day, to three significant digits; longer times count as a day.
pub(crate) fn latency_histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_NS, 3).expect("these bounds are valid")
}

/// Values to three significant digits, with how often each occurred.
///
/// The histogram only says which values are alike: most of its bins are empty, and passing over them after every block would
/// take longer than many a block.
pub(crate) fn latencies(each_ns: &[u64]) -> Vec<(u64, u64)> {
    let bins = latency_histogram();
    let mut counts = BTreeMap::new();
    for &ns in each_ns {
        *counts.entry(bins.highest_equivalent(ns.clamp(1, LONGEST_NS))).or_default() += 1;
    }
    counts.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_what_a_histogram_has_recorded(each_ns in prop::collection::vec(0..LONGEST_NS, 0..50)) {
            let mut histogram = latency_histogram();
            each_ns.iter().for_each(|&ns| histogram.record(ns.max(1)).unwrap());
            let recorded = histogram.iter_recorded().map(|value| (value.value_iterated_to(), value.count_at_value()));
            prop_assert_eq!(latencies(&each_ns), recorded.collect::<Vec<_>>());
        }
    }
}
