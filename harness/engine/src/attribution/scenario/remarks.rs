//! What a reader should know of how a scenario was measured, in words.

use rustworthy_model::attribution::Attribution;

use super::recordings::Recordings;
use crate::machine::Sample;
use rustworthy_attribution::pickups;
use rustworthy_attribution::{Request, Requests};

/// From which share of the median on there is a warning of the cost of recording.
const COSTLY: f64 = 0.05;

/// Statuses by which a server says that a request is wrong.
const REFUSED: std::ops::Range<u16> = 400..500;

/// From which share of what requests take on there is a warning of late servers.
const LATE: f64 = 0.05;

/// What has to be known of how functions were watched, of which some were left out.
pub(super) fn remarks(recordings: &Recordings, left_out: &[String], result: &Attribution) -> Vec<String> {
    let mut notes = Vec::new();
    let refused = recordings.statuses().filter(|(status, _)| REFUSED.contains(status));
    notes.extend(refused.map(|(status, requests)| {
        format!("{requests} of {} requests were answered with status {status}", result.requests)
    }));
    if let Some(overhead) = result.instrumentation_overhead.filter(|overhead| overhead.estimate > COSTLY) {
        notes.push(format!(
            "recording makes the median request {:.1} % slower; what it's known to cost is taken off the shares",
            100.0 * overhead.estimate
        ));
    }
    for name in left_out {
        notes.push(format!("{name} is called too often to be timed; its time counts to those that call it"));
    }
    notes.extend(recordings.remarks().cloned());
    let never = result.functions.iter().filter(|row| row.is_function() && row.calls_per_request == Some(0.0));
    notes.extend(never.map(|function| format!("{} was never called by a request", function.name)));
    notes
}

/// A warning where servers were late for other reasons than the requests before.
pub(super) fn lateness(plain: &Requests, servers: usize) -> Option<String> {
    let number = plain.requests.len() as f64;
    let late = pickups(plain, servers).into_iter().map(|pickup| pickup.late).sum::<f64>() / number;
    let service = plain.requests.iter().map(Request::service).sum::<f64>() / number;
    (late > LATE * service).then(|| {
        format!(
            "servers that were free turned to requests {:.0} µs late on average ({:.0} % of what a request takes): others had \
             the processor, and latencies say much of them",
            1e6 * late,
            100.0 * late / service
        )
    })
}

/// A warning where others had much of the processors.
pub(super) fn busyness(others: &Sample) -> Option<String> {
    others.spoils().then(|| format!("requests were measured with {}: latencies say much of that", others.in_words()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_who_have_the_processors_are_warned_of() {
        let others = |busy| busyness(&Sample { processors: 2, busy, ..Sample::default() });
        assert_eq!(others(0.1), None);
        let warning = others(1.4).expect("they have more than half");
        assert!(warning.contains("1.40 of 2 processors busy with others"), "{warning}");
    }

    #[test]
    fn servers_that_were_free_and_came_late_are_warned_of() {
        let request = |late: f64| Request { arrival: 0.0, start: late, end: late + 1.0, ..Request::default() };
        let requests = |late| Requests { functions: Vec::new(), requests: vec![request(late)] };
        assert_eq!(lateness(&requests(0.04), 1), None);
        let warning = lateness(&requests(0.25), 1).expect("a quarter of a request is late");
        assert!(warning.contains("250000 µs late on average (25 % of what a request takes)"), "{warning}");
        // Without a queue nobody is waited for.
        assert_eq!(lateness(&requests(0.25), 0), None);
    }
}
