//! Where a speedup passes 1×, from speedups at a range of sizes.

use rustworthy_model::Estimate;
use rustworthy_model::sweep::{BreakEven, Crossing, Side};

/// A contender's speedup at one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeedupAt {
    /// The size, at least 1.
    pub size: u64,
    /// The speedup there.
    pub speedup: Estimate,
}

impl SpeedupAt {
    /// The side of 1× that the whole interval is on.
    fn side(&self) -> Option<Side> {
        if self.speedup.low > 1.0 {
            Some(Side::Faster)
        } else if self.speedup.high < 1.0 {
            Some(Side::Slower)
        } else {
            None
        }
    }
}

/// Where the speedup passes 1×, of speedups at ascending sizes; `None` for fewer than two.
///
/// Each interval holds its speedup with the confidence of the run, so the sizes at which the band of intervals
/// meets 1× are those at which "it breaks even here" can't be refuted: an interval for the break-even size by inversion
/// (Fieller, "Some Problems in Interval Estimation", 1954, inverts tests in the same way). Between sizes the band is
/// a line on logarithmic scales, which is exact for powers of the size and errs by less than the distance of
/// neighbouring sizes otherwise.
pub fn break_even(speedups: &[SpeedupAt]) -> Option<BreakEven> {
    let [first, .., last] = speedups else { return None };
    let decided: Vec<(usize, Side)> =
        speedups.iter().enumerate().filter_map(|(index, at)| Some((index, at.side()?))).collect();
    let changes = decided.windows(2).filter(|pair| pair[0].1 != pair[1].1);
    let crossings: Vec<Crossing> =
        changes.filter_map(|pair| crossing(&speedups[pair[0].0..=pair[1].0], pair[1].1)).collect();
    let (from, to) = (first.size, last.size);
    Some(match (crossings.as_slice(), decided.first()) {
        ([Crossing { size, above: Side::Faster }], _) => BreakEven::FasterAbove { size: *size },
        ([Crossing { size, above: Side::Slower }], _) => BreakEven::FasterBelow { size: *size },
        ([], Some((_, Side::Faster))) if decided.len() == speedups.len() => BreakEven::AlwaysFaster { from, to },
        ([], Some((_, Side::Slower))) if decided.len() == speedups.len() => BreakEven::NeverFaster { from, to },
        ([], elsewhere) => BreakEven::Undecided {
            at: speedups.iter().filter(|at| at.side().is_none()).map(|at| at.size).collect(),
            elsewhere: elsewhere.map(|&(_, side)| side),
        },
        _ => BreakEven::Several { crossings },
    })
}

/// Where speedups pass 1× that begin on one side of it and end on the other, `above`.
fn crossing(speedups: &[SpeedupAt], above: Side) -> Option<Crossing> {
    let estimates = passes(speedups, |speedup| speedup.estimate);
    let lows = passes(speedups, |speedup| speedup.low);
    let highs = passes(speedups, |speedup| speedup.high);
    // The band touches 1× where its nearer end passes, and has left it behind once the other has.
    let (enters, leaves) = match above {
        Side::Faster => (highs, lows),
        Side::Slower => (lows, highs),
    };
    let size =
        Estimate { estimate: *estimates.get(estimates.len() / 2)?, low: *enters.first()?, high: *leaves.last()? };
    Some(Crossing { size, above })
}

/// The sizes at which a value passes 1×, ascending.
fn passes(speedups: &[SpeedupAt], value: fn(&Estimate) -> f64) -> Vec<f64> {
    let logs: Vec<(f64, f64)> = speedups.iter().map(|at| ((at.size as f64).ln(), value(&at.speedup).ln())).collect();
    let passing = logs.windows(2).filter(|pair| (pair[0].1 < 0.0) != (pair[1].1 < 0.0));
    passing
        .map(|pair| {
            let [(from, before), (to, after)] = [pair[0], pair[1]];
            (from + (to - from) * before / (before - after)).exp()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Speedups `(low, estimate, high)` at sizes 1, 10, 100 and so on.
    fn at_powers_of_ten(speedups: &[(f64, f64, f64)]) -> Vec<SpeedupAt> {
        let at = |(power, &(low, estimate, high)): (u32, &_)| SpeedupAt {
            size: 10_u64.pow(power),
            speedup: Estimate { estimate, low, high },
        };
        (0..).zip(speedups).map(at).collect()
    }

    /// The speedup of a contender that costs `fixed` a call and `each` an item over one that costs 1 an item, known
    /// within a factor of `doubt`.
    fn line(sizes: &[u64], fixed: f64, each: f64, doubt: f64) -> Vec<SpeedupAt> {
        let at = |&size: &u64| {
            let estimate = size as f64 / (fixed + each * size as f64);
            SpeedupAt { size, speedup: Estimate { estimate, low: estimate / doubt, high: estimate * doubt } }
        };
        sizes.iter().map(at).collect()
    }

    const SLOWER: (f64, f64, f64) = (0.4, 0.5, 0.6);
    const FASTER: (f64, f64, f64) = (1.8, 2.0, 2.2);
    const UNCLEAR: (f64, f64, f64) = (0.9, 1.0, 1.1);

    #[test]
    fn one_size_tells_nothing() {
        assert_eq!(break_even(&[]), None);
        assert_eq!(break_even(&at_powers_of_ten(&[FASTER])), None);
    }

    #[test]
    fn on_one_side_throughout_it_never_breaks_even() {
        assert_eq!(break_even(&at_powers_of_ten(&[FASTER, FASTER])), Some(BreakEven::AlwaysFaster { from: 1, to: 10 }));
        assert_eq!(break_even(&at_powers_of_ten(&[SLOWER; 3])), Some(BreakEven::NeverFaster { from: 1, to: 100 }));
    }

    #[test]
    fn the_direction_is_told() {
        let rising = break_even(&at_powers_of_ten(&[SLOWER, FASTER]));
        let Some(BreakEven::FasterAbove { size }) = rising else { panic!("{rising:?}") };
        assert!((size.estimate - 10_f64.sqrt()).abs() < 1e-9 && size.low < size.estimate && size.estimate < size.high);
        let falling = break_even(&at_powers_of_ten(&[FASTER, SLOWER]));
        let Some(BreakEven::FasterBelow { size }) = falling else { panic!("{falling:?}") };
        assert!((size.estimate - 10_f64.sqrt()).abs() < 1e-9 && size.low < size.estimate && size.estimate < size.high);
    }

    #[test]
    fn an_unclear_size_between_widens_the_interval() {
        let wide = break_even(&at_powers_of_ten(&[SLOWER, UNCLEAR, FASTER]));
        let Some(BreakEven::FasterAbove { size }) = wide else { panic!("{wide:?}") };
        assert!(size.low < 10.0 && 10.0 < size.high && (1.0..100.0).contains(&size.low), "{size:?}");
    }

    #[test]
    fn without_a_crossing_an_unclear_size_leaves_it_undecided() {
        let undecided = |speedups, at: &[u64], elsewhere| {
            let expected = BreakEven::Undecided { at: at.to_vec(), elsewhere };
            assert_eq!(break_even(&at_powers_of_ten(speedups)), Some(expected));
        };
        undecided(&[UNCLEAR, UNCLEAR], &[1, 10], None);
        undecided(&[UNCLEAR, FASTER, FASTER], &[1], Some(Side::Faster));
        undecided(&[SLOWER, UNCLEAR], &[10], Some(Side::Slower));
    }

    #[test]
    fn several_crossings_are_told_one_by_one() {
        let found = break_even(&at_powers_of_ten(&[SLOWER, FASTER, UNCLEAR, SLOWER]));
        let Some(BreakEven::Several { crossings }) = found else { panic!("{found:?}") };
        assert_eq!([crossings[0].above, crossings[1].above], [Side::Faster, Side::Slower]);
        assert!(crossings[0].size.high < 10.0 && crossings[1].size.low > 10.0, "{crossings:?}");
    }

    const SIZES: [u64; 6] = [1, 10, 100, 1_000, 10_000, 100_000];

    proptest! {
        #[test]
        fn the_break_even_of_a_fixed_cost_is_found(truth in 3.0..30_000_f64, each in 0.01..0.7_f64) {
            // fixed + each · n = n where n = fixed / (1 − each)
            let found = break_even(&line(&SIZES, truth * (1.0 - each), each, 1.02));
            let Some(BreakEven::FasterAbove { size }) = found else { panic!("{found:?}") };
            // Between sizes ten times apart the speedup isn't quite a power of the size.
            prop_assert!((size.estimate / truth).ln().abs() < 1.0, "{size:?} for {truth}");
            prop_assert!(size.low <= size.estimate && size.estimate <= size.high);
        }

        #[test]
        fn swapping_the_sides_keeps_the_sizes(truth in 3.0..30_000_f64, doubt in 1.0..1.5_f64) {
            let there = line(&SIZES, truth * 0.9, 0.1, doubt);
            let back: Vec<SpeedupAt> = there
                .iter()
                .map(|SpeedupAt { size, speedup: Estimate { estimate, low, high } }| SpeedupAt {
                    size: *size,
                    speedup: Estimate { estimate: 1.0 / estimate, low: 1.0 / high, high: 1.0 / low },
                })
                .collect();
            match (break_even(&there), break_even(&back)) {
                (Some(BreakEven::FasterAbove { size }), Some(BreakEven::FasterBelow { size: other })) => {
                    for (one, two) in [(size.low, other.low), (size.estimate, other.estimate), (size.high, other.high)] {
                        prop_assert!((one / two - 1.0).abs() < 1e-9);
                    }
                }
                (Some(BreakEven::Undecided { at, .. }), Some(BreakEven::Undecided { at: other, .. })) => {
                    prop_assert_eq!(at, other);
                }
                (there, back) => prop_assert!(false, "{:?} {:?}", there, back),
            }
        }

        #[test]
        fn any_speedups_have_ordered_break_evens(ends in prop::collection::vec((-3.0..3_f64, 0.0..1_f64), 2..8)) {
            let speedups: Vec<(f64, f64, f64)> =
                ends.iter().map(|&(log, doubt)| ((log - doubt).exp(), log.exp(), (log + doubt).exp())).collect();
            let crossings = match break_even(&at_powers_of_ten(&speedups)).unwrap() {
                BreakEven::FasterAbove { size } | BreakEven::FasterBelow { size } => vec![size],
                BreakEven::Several { crossings } => crossings.iter().map(|crossing| crossing.size).collect(),
                _ => Vec::new(),
            };
            for size in &crossings {
                prop_assert!(1.0 <= size.low && size.low <= size.estimate && size.estimate <= size.high);
            }
            prop_assert!(crossings.is_sorted_by(|a, b| a.high <= b.low + 1e-9));
        }
    }
}
