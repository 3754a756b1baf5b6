//! A number together with its uncertainty.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An estimate and its two-sided confidence interval, at the confidence level of the run (95 % unless set otherwise).
///
/// The unit is that of the field that holds it: seconds for times, a plain factor for ratios and shares.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The point estimate.
    pub estimate: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Estimate {
    /// A value without any doubt.
    pub fn exactly(value: f64) -> Self {
        Self { estimate: value, low: value, high: value }
    }

    /// The estimate and both ends of its interval after an operation that keeps their order.
    pub fn map(self, operation: impl Fn(f64) -> f64) -> Self {
        Self { estimate: operation(self.estimate), low: operation(self.low), high: operation(self.high) }
    }

    /// The same of something that can't be beyond these bounds: what rounding or an interval puts there is taken back.
    pub fn within(self, least: f64, most: f64) -> Self {
        self.map(|value| value.clamp(least, most))
    }

    /// Half the width of the interval as a share of the estimate: 0.02 reads "± 2 %".
    /// Infinite where the estimate is zero, unless that is without any doubt.
    pub fn relative_half_width(&self) -> f64 {
        if self.low == self.high {
            return 0.0;
        }
        if self.estimate == 0.0 {
            return f64::INFINITY;
        }
        ((self.high - self.low) / 2.0 / self.estimate).abs()
    }
}
