//! The interval of a mean by Student's t, for the few values that hardly vary.

use rustworthy_model::Estimate;

use super::distribution::student_reach;

/// The mean of independent values and the interval that misses the true one with this probability; `None` below two values,
/// and for those that aren't finite.
///
/// Values that are all the same leave no doubt: the interval is the value.
pub fn student_interval(values: &[f64], error: f64) -> Option<Estimate> {
    if values.len() < 2 || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let number = values.len() as f64;
    let mean = values.iter().sum::<f64>() / number;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (number - 1.0);
    let reach = student_reach(number - 1.0, error) * (variance / number).sqrt();
    Some(Estimate { estimate: mean, low: mean - reach, high: mean + reach })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_values_have_the_interval_of_the_tables() {
        let interval = student_interval(&[1.0, 2.0, 3.0], 0.05).unwrap();
        let reach = 4.302_652_7 / 3f64.sqrt();
        assert!((interval.estimate - 2.0).abs() < 1e-12 && (interval.high - 2.0 - reach).abs() < 1e-6, "{interval:?}");
        assert!((interval.low - 2.0 + reach).abs() < 1e-6, "{interval:?}");
    }

    #[test]
    fn equal_values_leave_no_doubt_and_one_leaves_all() {
        let interval = student_interval(&[0.25; 3], 0.05).unwrap();
        assert_eq!((interval.low, interval.high), (0.25, 0.25));
        assert_eq!(student_interval(&[0.25], 0.05), None);
        assert_eq!(student_interval(&[0.25, f64::NAN], 0.05), None);
    }
}
