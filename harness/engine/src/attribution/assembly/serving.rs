//! How busy the servers were, what waited for them, and what recording has cost.

use rustworthy_model::Estimate;
use rustworthy_model::attribution::Waiting;

use super::evidence::Evidence;
use rustworthy_attribution::Resamples;
use rustworthy_attribution::{Shares, as_share};
use rustworthy_stats::quantile;

/// The share of the time that a server was busy.
pub(super) fn utilization(evidence: &Evidence<'_>, resamples: &Resamples) -> Estimate {
    let servers = evidence.serving.servers;
    let requests = &evidence.plain.requests;
    let utilization = |indices: &[usize]| {
        let (mut busy, mut span) = (0.0, 0.0);
        for &index in indices {
            let request = &requests[index];
            busy += request.service();
            let next = requests.get(index + 1).filter(|next| next.round == request.round);
            // The last request of a round is waited for until its end.
            span += next.map_or(request.latency(), |next| next.arrival - request.arrival);
        }
        busy / (span * f64::from(servers)).max(f64::MIN_POSITIVE)
    };
    let all: Vec<usize> = (0..requests.len()).collect();
    let mut resampled: Vec<f64> = resamples.all().map(|indices| utilization(&indices)).collect();
    as_share(resamples.around(utilization(&all), &mut resampled, 1.0))
}

/// How much longer the median request took with recording.
pub(super) fn overhead(evidence: &Evidence<'_>, resamples: &Resamples) -> Estimate {
    let recorded = evidence.serving.recorded;
    let pairs = evidence.plain.requests.iter().zip(&recorded.requests);
    let ratios: Vec<f64> =
        pairs.map(|(plain, recorded)| recorded.service() / plain.service().max(f64::MIN_POSITIVE) - 1.0).collect();
    let median = |indices: &mut dyn Iterator<Item = usize>| {
        let mut drawn: Vec<f64> = indices.filter_map(|index| ratios.get(index).copied()).collect();
        drawn.sort_unstable_by(f64::total_cmp);
        quantile(&drawn, 0.5).unwrap_or_default()
    };
    let estimate = median(&mut (0..ratios.len()));
    let mut resampled: Vec<f64> = resamples.all().map(|indices| median(&mut indices.into_iter())).collect();
    resamples.around(estimate, &mut resampled, 1.0)
}

/// What waited for a server, whose share follows those of the functions.
pub(super) fn waiting(evidence: &Evidence<'_>, shares: &Shares) -> Waiting {
    let last = |shares: &[Estimate]| {
        let functions = evidence.timed.functions.len();
        shares.get(functions).copied()
    };
    Waiting {
        share_of_p50: last(&shares.at_p50),
        share_of_p99: last(&shares.at_p99),
        share_of_top: last(&shares.of_top),
    }
}
