//! A function that gets faster, and how sure that is.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use rustworthy_model::Estimate;

use rustworthy_stats::{Confidence, normal_quantile};

/// A function, and how much faster it gets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FasterFunction<'a> {
    /// Its index among the functions of the requests.
    pub function: usize,
    /// Whether it is replaced with all that it calls; otherwise what it calls takes as long as before.
    pub is_inclusive: bool,
    /// The factor over all requests, and how sure that is.
    pub speedup: Estimate,
    /// What was measured of what stands in its place; otherwise all requests get faster alike.
    pub after: Option<Successor<'a>>,
}

/// What stands in the place of a function that was replaced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Successor<'a> {
    /// Seconds in it and in all that it calls, in each request.
    pub seconds: &'a [f64],
    /// What of these was on the processor.
    pub processor_seconds: &'a [f64],
}

/// What a function takes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    /// Time, sleep included where it is replaced.
    Time,
    /// Time on the processor.
    Processor,
}

impl FasterFunction<'_> {
    /// One that gets faster by exactly this factor.
    pub fn times(function: usize, speedup: f64) -> Self {
        let speedup = Estimate { estimate: speedup, low: speedup, high: speedup };
        Self { function, is_inclusive: false, speedup, after: None }
    }

    /// Seconds that are left of those that it takes of something in a request, by the request's index, if the speedup is smaller
    /// by the factor `slower`.
    pub(super) fn left(&self, of: Resource, request: usize, seconds: f64, slower: f64) -> f64 {
        let after = self.after.map(|after| match of {
            Resource::Time => after.seconds,
            Resource::Processor => after.processor_seconds,
        });
        let measured = after.and_then(|after| after.get(request));
        slower * measured.copied().unwrap_or(seconds / self.speedup.estimate)
    }

    /// Whether its speedup is only known to lie within an interval.
    pub(super) fn is_uncertain(&self) -> bool {
        self.speedup.low < self.speedup.high
    }

    /// Draws by which factor the true speedup is smaller than the estimate. The logarithm of the speedup is taken to be
    /// normally distributed, with its interval at that level.
    pub(super) fn draw_slower(&self, confidence: Confidence, random: &mut Pcg64Mcg) -> f64 {
        let Estimate { estimate, low, high } = self.speedup;
        if !(estimate.is_finite() && low > 0.0 && low < high) {
            return 1.0;
        }
        let reach = normal_quantile(f64::midpoint(1.0, confidence.level()));
        let away = normal_quantile(random.random_range(1e-9..1.0 - 1e-9)) / reach;
        let side = if away < 0.0 { estimate / low } else { high / estimate };
        side.powf(-away)
    }
}
