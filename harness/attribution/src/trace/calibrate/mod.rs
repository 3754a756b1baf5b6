//! Weights of requests that were chosen by a rule nobody has written down, from a histogram of the latencies of all.
//!
//! This is post-stratification (Holt & Smith, "Post Stratification", JRSS A 142, 1979): within a class of latency each request that
//! was kept stands for as many as the histogram has there for each that was kept. It is right where, within a class, what was kept
//! is like what wasn't. A sampler that goes by latency alone makes it so, but for the class in which its threshold lies; one that
//! keeps all that failed does not.

mod histogram;
mod otlp;
mod prometheus;

use std::path::PathBuf;

use rustworthy_model::attribution::Trace;

use super::error::TraceError;
use super::sampling::{Calibrated, Sampling};
use super::traced::{ClassWeights, TracedRequests, class};
use crate::ranked::Summary;
use crate::source::RequestSource;
use histogram::Histogram;

/// A histogram of the latencies of all requests, those included that weren't kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calibration {
    /// The file that it is in: metrics of OTLP in JSON, or the text that Prometheus reads.
    pub file: PathBuf,
    /// Its name; `None` for the duration of requests to a server, or the only one that there is.
    pub metric: Option<String>,
}

/// Share of the requests that may be in classes in which none was kept, or of those kept that may be where there were none: what
/// was measured at different places is off by as much at the bounds of classes.
const ELSEWHERE: f64 = 0.01;

/// Weighs requests so that their latencies are those of a histogram.
///
/// # Errors
/// For a histogram that can't be read, and one of other requests.
pub(super) fn calibrate(
    calibration: &Calibration,
    requests: &mut TracedRequests,
    trace: &mut Trace,
    sampling: &mut Sampling,
) -> Result<(), TraceError> {
    let failed = |message: String| TraceError::file(&calibration.file, message);
    let (metric, histogram) = histogram::read(calibration)?;
    let mut kept = vec![0.0; histogram.counts.len()];
    requests.visit(|_, request| kept[class(&histogram.bounds, request.latency())] += request.weight)?;
    let (weights, classes) = weights(&kept, histogram).map_err(failed)?;
    requests.weigh(weights);
    let summary = Summary::of(requests)?;
    *sampling = Sampling { calibrated: Some(Calibrated { metric, classes }), ..Sampling::default() };
    trace.sampled = true;
    trace.weights = Some("histogram".to_owned());
    trace.represented_requests = Some(summary.represented);
    trace.effective_requests = Some(summary.effective);
    Ok(())
}

/// By what requests are weighed of which so many were kept in each class, and in how many classes.
fn weights(kept: &[f64], histogram: Histogram) -> Result<(ClassWeights, usize), String> {
    let all: Vec<f64> = histogram.counts.iter().map(|count| *count as f64).collect();
    check(&all, kept, &histogram)?;
    let joined = joined(&all, kept);
    let mut sums = vec![(0.0, 0.0); all.len()];
    for (class, into) in joined.iter().enumerate() {
        sums[*into].0 += all[class];
        sums[*into].1 += kept[class];
    }
    let classes = joined.into_iter().map(|class| sums[class]).collect();
    Ok((ClassWeights { bounds: histogram.bounds, classes }, sums.iter().filter(|(all, _)| *all > 0.0).count()))
}

/// Sees that requests and histogram can be of the same.
fn check(all: &[f64], kept: &[f64], histogram: &Histogram) -> Result<(), String> {
    let share = |of: &[f64], beside: &[f64]| {
        let alone = of.iter().zip(beside).filter(|(_, beside)| **beside == 0.0).map(|(of, _)| of).sum::<f64>();
        alone / of.iter().sum::<f64>().max(f64::MIN_POSITIVE)
    };
    let first = |of: &[f64], beside: &[f64]| {
        let class = of.iter().zip(beside).position(|(of, beside)| *of > 0.0 && *beside == 0.0);
        class.map(|class| histogram.class(class)).unwrap_or_default()
    };
    let (not_kept, nowhere) = (share(all, kept), share(kept, all));
    if not_kept > ELSEWHERE {
        return Err(format!(
            "{:.1} % of its requests are of classes of latency in which none was kept, the first of {}: nothing tells what these \
             did. Keep some of all requests, whatever their latency",
            100.0 * not_kept,
            first(all, kept)
        ));
    }
    if nowhere > ELSEWHERE {
        return Err(format!(
            "{:.1} % of the requests that were kept have latencies that none of its have, such as {}: it is of other requests, or of \
             another time",
            100.0 * nowhere,
            first(kept, all)
        ));
    }
    Ok(())
}

/// The class that each is taken together with: itself, or where one side has nothing the next slower one in which both have, or else
/// the next faster one.
fn joined(all: &[f64], kept: &[f64]) -> Vec<usize> {
    let is_whole = |class: &usize| all[*class] > 0.0 && kept[*class] > 0.0;
    let classes = 0..all.len();
    let nearest = |class: usize| (class..all.len()).find(is_whole).or_else(|| (0..class).rev().find(is_whole));
    classes.map(|class| nearest(class).unwrap_or(class)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Request, Requests};

    fn histogram(bounds: &[f64], counts: &[u64]) -> Histogram {
        Histogram { bounds: bounds.to_vec(), counts: counts.to_vec() }
    }

    /// The weights of requests with these latencies, and in how many classes they were weighed.
    fn weighed(latencies: &[f64], histogram: Histogram) -> Result<(Vec<f64>, usize), String> {
        let mut kept = vec![0.0; histogram.counts.len()];
        latencies.iter().for_each(|latency| kept[class(&histogram.bounds, *latency)] += 1.0);
        let (weights, classes) = weights(&kept, histogram)?;
        let requests = latencies.iter().map(|latency| Request { end: *latency, ..Request::default() }).collect();
        let mut requests = TracedRequests::Memory(Requests { functions: Vec::new(), requests });
        requests.weigh(weights);
        let mut found = Vec::new();
        requests.visit(|_, request| found.push(request.weight)).map_err(|error| error.to_string())?;
        Ok((found, classes))
    }

    #[test]
    fn classes_weigh_what_the_histogram_has_in_them() {
        let weighed = weighed(&[0.01, 0.02, 0.5, 0.6, 2.0], histogram(&[0.1, 1.0], &[900, 90, 10])).unwrap();
        assert_eq!(weighed, (vec![450.0, 450.0, 45.0, 45.0, 10.0], 3));
    }

    #[test]
    fn a_class_with_nothing_kept_goes_with_a_neighbour_where_it_is_small() {
        let (weights, _) = weighed(&[0.01, 0.02, 2.0], histogram(&[0.1, 1.0], &[985, 5, 10])).unwrap();
        assert_eq!(weights[2], 15.0);
        let refused = weighed(&[0.01], histogram(&[0.1, 1.0], &[900, 90, 10])).unwrap_err();
        assert!(refused.contains("10.0 % of its requests") && refused.contains("0.1 to 1 s"), "{refused}");
        let refused = weighed(&[0.01, 0.5], histogram(&[0.1, 1.0], &[900, 0, 0])).unwrap_err();
        assert!(refused.contains("50.0 % of the requests that were kept"), "{refused}");
    }
}
