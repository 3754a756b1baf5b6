//! A queue, replayed: the same arrivals, first come first served, with other service times.

use std::collections::VecDeque;

/// Most that a request of an idle server may have taken longer for that, as a share of what it took.
const WAKING: f64 = 0.5;

/// What a replay needs of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Job {
    /// Seconds since the arrival before; infinite of the first of a round, which finds all servers free.
    pub(crate) gap: f64,
    /// Seconds for which a server is busy with it.
    pub(crate) service: f64,
    /// Seconds after which a server turns to it that has nothing else to do.
    pub(crate) late: f64,
    /// Whether the service is that of a server that was idle.
    pub(crate) was_idle: bool,
    /// When the machine stood still for a server, and for how long, if it did.
    pub(crate) stall: Option<Stall>,
}

/// A while in which a server gets nowhere, whatever it does: others have the processor, or the host has it. It happens at a
/// moment of the clock, not in a request: whatever runs then is late, and if nothing runs, what comes next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stall {
    /// Seconds after the arrival of a request.
    pub(crate) after: f64,
    /// Seconds.
    pub(crate) length: f64,
}

/// What requests queue for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Queue {
    /// So many servers take requests in the order of their arrival. Without any no request waits for another.
    pub servers: usize,
    /// Seconds that a server which was idle takes longer for the next request: its caches are cold and its processor was
    /// asleep.
    pub waking: f64,
}

/// Latencies in seconds.
pub(crate) fn latencies(jobs: impl Iterator<Item = Job>, queue: Queue, latencies: &mut Vec<f64>) {
    let Queue { servers, waking } = queue;
    latencies.clear();
    // When each server is free, and the stalls to come, counted from the arrival of the request before.
    let mut free = vec![0.0_f64; servers];
    let mut stalls: VecDeque<Stall> = VecDeque::new();
    for Job { gap, service, late, was_idle, stall } in jobs {
        if servers == 0 {
            latencies.push(service + stall.map_or(0.0, |stall| stall.length));
            continue;
        }
        let mut first = 0;
        for server in 0..servers {
            free[server] = (free[server] - gap).max(0.0);
            if free[server] < free[first] {
                first = server;
            }
        }
        if gap.is_infinite() {
            stalls.clear();
        }
        stalls.iter_mut().for_each(|stall| stall.after -= gap);
        stalls.extend(stall);
        let is_idle = free[first] <= 0.0;
        let service = match (was_idle, is_idle) {
            (false, true) => service + waking,
            (true, false) => service - waking.min(WAKING * service),
            (false, false) | (true, true) => service,
        };
        let mut start = free[first] + if is_idle { late } else { 0.0 };
        let mut end = start + service;
        while let Some(&Stall { after, length }) = stalls.front().filter(|stall| stall.after < end) {
            stalls.pop_front();
            if after > start {
                end += length;
            } else if after + length > start {
                let late = after + length - start;
                (start, end) = (start + late, end + late);
            }
        }
        free[first] = end;
        latencies.push(end);
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
        let queue = Queue { servers, waking: 0.0 };
        latencies(jobs.iter().map(|&(gap, service)| Job { gap, service, ..Job::default() }), queue, &mut found);
        found
    }

    #[test]
    fn requests_wait_for_those_before_them() {
        let jobs = [(f64::INFINITY, 3.0), (1.0, 3.0), (1.0, 1.0), (10.0, 2.0), (f64::INFINITY, 1.0)];
        assert_eq!(replayed(&jobs, 1), [3.0, 5.0, 5.0, 2.0, 1.0]);
        assert_eq!(replayed(&jobs, 2), [3.0, 3.0, 2.0, 2.0, 1.0]);
        assert_eq!(replayed(&jobs, 0), [3.0, 3.0, 1.0, 2.0, 1.0]);
    }

    #[test]
    fn who_finds_a_server_idle_wakes_it() {
        let mut found = Vec::new();
        let mut replayed = |was_idle| {
            let job = |gap| Job { gap, service: 2.0, late: 0.25, was_idle, stall: None };
            latencies([f64::INFINITY, 1.0, 5.0].map(job).into_iter(), Queue { servers: 1, waking: 0.5 }, &mut found);
            found.clone()
        };
        assert_eq!(replayed(false), [2.75, 3.75, 2.75]);
        // What was measured of a server that was idle has that in it already.
        assert_eq!(replayed(true), [2.25, 2.75, 2.25]);
    }

    #[test]
    fn stalls_happen_when_they_happen() {
        let stall = |after| Some(Stall { after, length: 5.0 });
        let replayed = |jobs: &[Job]| {
            let mut found = Vec::new();
            latencies(jobs.iter().copied(), Queue { servers: 1, waking: 0.0 }, &mut found);
            found
        };
        let (first, next) = (f64::INFINITY, Job { gap: 4.0, service: 1.0, ..Job::default() });
        // Within a request; before it begins; after it has ended, when the next one comes; and when none does.
        let one = |service, after| Job { gap: first, service, stall: stall(after), ..Job::default() };
        assert_eq!(replayed(&[one(2.0, 1.0), next]), [7.0, 4.0]);
        assert_eq!(replayed(&[one(2.0, 0.0), next]), [7.0, 4.0]);
        assert_eq!(replayed(&[one(2.0, 3.0), next]), [2.0, 5.0]);
        assert_eq!(replayed(&[one(2.0, 10.0), next]), [2.0, 1.0]);
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
