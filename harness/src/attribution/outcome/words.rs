//! What is told in words.

use rustworthy_model::Estimate;
use rustworthy_model::attribution::Function;

use super::Measured;
use crate::attribution::project::servers;
use crate::attribution::replay::Queue;
use crate::attribution::request::{Request, Requests};

/// From which share of the median on the cost of recording is warned of.
const COSTLY: f64 = 0.05;

/// From which share of what requests take on late servers are told of.
const LATE: f64 = 0.05;

/// What the model is, and what may be wrong with one that isn't accepted.
pub(super) fn reason(accepted: bool, queue: Queue) -> String {
    let servers = match queue.servers {
        0 => return "each request is sent when the one before is answered: nothing waits".to_owned(),
        1 => "1 server".to_owned(),
        more => format!("{more} servers"),
    };
    let model = format!("first come, first served by {servers}");
    if accepted {
        let micros = 1e6 * queue.waking;
        return match micros.round() > 0.0 {
            true => format!("{model}; the next request of one that was idle takes {micros:.0} µs longer"),
            false => model,
        };
    }
    format!(
        "{model} doesn't give what was observed. Do requests wait for something else, such as the GIL, a lock or a pool?"
    )
}

/// Says so where servers were late for other reasons than the requests before.
pub(super) fn lateness(plain: &Requests, count: usize) -> Option<String> {
    let number = plain.requests.len() as f64;
    let late = servers(plain, count).into_iter().map(|server| server.late).sum::<f64>() / number;
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

/// What else a reader should know of how functions were watched.
pub(super) fn remarks(measured: &Measured<'_>, overhead: &Estimate, functions: &[Function]) -> Vec<String> {
    let mut notes = Vec::new();
    if overhead.estimate > COSTLY {
        notes.push(format!(
            "recording makes the median request {:.1} % slower; what it's known to cost is taken off the shares",
            100.0 * overhead.estimate
        ));
    }
    for name in &measured.left_out {
        notes.push(format!("{name} is called too often to be timed; its time counts to those that call it"));
    }
    let mut told: Vec<&String> = measured.runs.iter().flat_map(|run| &run.opened.remarks).collect();
    told.sort();
    told.dedup();
    notes.extend(told.into_iter().cloned());
    let never = functions.iter().filter(|function| function.calls_per_request == Some(0.0));
    notes.extend(never.map(|function| format!("{} was never called by a request", function.name)));
    notes
}
