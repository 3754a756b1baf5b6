//! Requests as a queue sees them.

use crate::replay::{Job, Stall};
use crate::request::{Request, Requests};
use rustworthy_stats::quantile;

/// How many times as long as the same request in another run one takes that has met a stall of the machine. Processors that
/// change their speed make it up to 1.7.
const STALLED: f64 = 2.0;

/// Requests that found a server idle, without which nothing is said about these.
const FEWEST: usize = 30;

/// How a server picked up a request.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pickup {
    /// Seconds from when the server was free and the request was there until it turned to it.
    pub late: f64,
    /// Whether the server had nothing to do before.
    pub was_idle: bool,
}

/// How so many servers picked up the requests, each in its turn.
pub fn pickups(requests: &Requests, servers: usize) -> Vec<Pickup> {
    let mut round = None;
    let mut ends = vec![0.0_f64; servers];
    let pickup = |request: &Request| {
        if round.replace(request.round) != Some(request.round) {
            ends.fill(f64::NEG_INFINITY);
        }
        // The one that is free first takes it.
        let Some(free) = ends.iter_mut().min_by(|one, other| one.total_cmp(other)) else { return Pickup::default() };
        let late = (request.start - request.arrival.max(*free)).max(0.0);
        let was_idle = *free < request.arrival;
        *free = request.end;
        Pickup { late, was_idle }
    };
    requests.requests.iter().map(pickup).collect()
}

/// Requests as a queue of so many servers sees them. What is due to the machine rather than to the request is kept apart: how
/// late a free server turned to it, and what it took far longer than the same request did `again`.
pub(super) fn jobs(requests: &Requests, again: &Requests, servers: usize) -> Vec<Job> {
    let pickups = pickups(requests, servers);
    let requests = &requests.requests;
    let idle: Vec<f64> = pickups.iter().filter(|pickup| pickup.was_idle).map(|pickup| pickup.late).collect();
    let mut others = idle.iter().copied().cycle();
    let job = |(index, (request, pickup)): (usize, (&Request, &Pickup))| {
        let again = again.requests.get(index).map_or(f64::INFINITY, Request::service);
        let before = index.checked_sub(1).map(|index| &requests[index]).filter(|before| before.round == request.round);
        let gap = before.map_or(f64::INFINITY, |before| request.arrival - before.arrival);
        let (service, stall) = apart(request, pickup, again, index);
        // A request that finds a server idle only in the replay waits for it as others did.
        let late = if pickup.was_idle { pickup.late } else { others.next().unwrap_or_default() };
        Job { gap, late, service, was_idle: pickup.was_idle, stall }
    };
    requests.iter().zip(&pickups).enumerate().map(job).collect()
}

/// What a request took, and the stall that it met.
fn apart(request: &Request, pickup: &Pickup, again: f64, index: usize) -> (f64, Option<Stall>) {
    let service = request.service();
    let begin = request.start - request.arrival;
    if service > STALLED * again {
        // Nobody knows when; spread evenly, as multiples of the golden ratio are.
        let share = (index as f64 * 0.618_033_988_749_895).fract();
        return (again, Some(Stall { after: begin + share * again, length: service - again }));
    }
    let is_late = !pickup.was_idle && pickup.late > 0.0;
    (service, is_late.then_some(Stall { after: begin - pickup.late, length: pickup.late }))
}

/// Seconds that a server which was idle takes longer for the next request: the median by which such requests take longer in
/// the service as it is than where each follows the answer to the one before, less the same of requests that had to wait.
/// Nothing where too few of either kind are known.
pub fn waking(plain: &Requests, busy: &Requests, servers: usize) -> f64 {
    let mut differences: [Vec<f64>; 2] = Default::default();
    let pairs = plain.requests.iter().zip(&busy.requests);
    for ((plain, busy), pickup) in pairs.zip(pickups(plain, servers)) {
        differences[usize::from(pickup.was_idle)].push(plain.service() - busy.service());
    }
    let [queued, idle] = differences.map(|mut differences| {
        differences.sort_unstable_by(f64::total_cmp);
        quantile(&differences, 0.5).filter(|_| differences.len() >= FEWEST)
    });
    idle.map_or(0.0, |idle| (idle - queued.unwrap_or_default()).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_had_to_wait_finds_an_idle_server_as_late_as_others_did() {
        let request = |arrival: f64, start: f64, end: f64| Request {
            round: 0,
            arrival,
            start,
            end,
            cpu: end - start,
            ..Request::default()
        };
        let requests = Requests {
            functions: Vec::new(),
            requests: vec![request(0.0, 0.5, 2.5), request(1.0, 2.5, 3.5), request(5.0, 5.25, 6.25)],
        };
        let found = jobs(&requests, &requests, 1);
        let late: Vec<f64> = found.iter().map(|job| job.late).collect();
        assert_eq!(late, [0.5, 0.5, 0.25]);
        let service: Vec<f64> = found.iter().map(|job| job.service).collect();
        assert_eq!(service, [2.0, 1.0, 1.0]);
    }
}
