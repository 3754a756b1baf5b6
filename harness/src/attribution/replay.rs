//! A queue, replayed: the same arrivals, first come first served, with other service times.

/// What a replay needs of a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Job {
    /// Seconds since the arrival before; infinite of the first of a round, which finds all servers free.
    pub(super) gap: f64,
    /// Seconds for which a server is busy with it.
    pub(super) service: f64,
}

/// Latencies in seconds, where so many servers take requests in the order of their arrival. Without servers no request waits
/// for another.
pub(super) fn latencies(jobs: impl Iterator<Item = Job>, servers: usize, latencies: &mut Vec<f64>) {
    latencies.clear();
    // When each server is free, counted from the arrival of the request before.
    let mut free = vec![0.0_f64; servers];
    for Job { gap, service } in jobs {
        if servers == 0 {
            latencies.push(service);
            continue;
        }
        let mut first = 0;
        for server in 0..servers {
            free[server] = (free[server] - gap).max(0.0);
            if free[server] < free[first] {
                first = server;
            }
        }
        free[first] += service;
        latencies.push(free[first]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn replayed(jobs: &[(f64, f64)], servers: usize) -> Vec<f64> {
        let mut found = Vec::new();
        latencies(jobs.iter().map(|&(gap, service)| Job { gap, service }), servers, &mut found);
        found
    }

    #[test]
    fn requests_wait_for_those_before_them() {
        let jobs = [(f64::INFINITY, 3.0), (1.0, 3.0), (1.0, 1.0), (10.0, 2.0), (f64::INFINITY, 1.0)];
        assert_eq!(replayed(&jobs, 1), [3.0, 5.0, 5.0, 2.0, 1.0]);
        assert_eq!(replayed(&jobs, 2), [3.0, 3.0, 2.0, 2.0, 1.0]);
        assert_eq!(replayed(&jobs, 0), [3.0, 3.0, 1.0, 2.0, 1.0]);
    }

    /// Mean latency of M/M/1 is service / (1 - utilisation).
    #[test]
    fn the_mean_is_that_of_queueing_theory() {
        let mut random = Pcg64Mcg::seed_from_u64(3);
        let mut exponential = |mean: f64| -mean * (1.0 - random.random::<f64>()).ln();
        let jobs: Vec<(f64, f64)> = (0..400_000).map(|_| (exponential(1.0), exponential(0.7))).collect();
        let found = replayed(&jobs, 1);
        let mean = found.iter().sum::<f64>() / found.len() as f64;
        assert!((mean / (0.7 / 0.3) - 1.0).abs() < 0.05, "{mean}");
    }

    proptest! {
        #[test]
        fn faster_service_never_makes_anybody_slower(
            jobs in prop::collection::vec((0.0..2.0_f64, 0.0..3.0_f64, 0.0..1.0_f64), 1..60),
            servers in 1_usize..4,
        ) {
            let before: Vec<(f64, f64)> = jobs.iter().map(|&(gap, service, _)| (gap, service)).collect();
            let after: Vec<(f64, f64)> = jobs.iter().map(|&(gap, service, less)| (gap, service * less)).collect();
            for (before, after) in replayed(&before, servers).iter().zip(replayed(&after, servers)) {
                prop_assert!(after <= before + 1e-9);
            }
        }
    }
}
