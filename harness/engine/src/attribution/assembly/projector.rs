//! A model of the service, and by how much its functions are known to get faster.

use std::collections::BTreeMap;

use rustworthy_model::attribution::Model;

use super::evidence::Evidence;
use super::gains::{Gain, gains};
use crate::machine::Sample;
use rustworthy_attribution::Queue;
use rustworthy_attribution::Resamples;
use rustworthy_attribution::{ReplayError, ReplayModel};

/// What projections are made with.
pub(super) struct Projector<'a> {
    pub(super) evidence: &'a Evidence<'a>,
    pub(super) resamples: &'a Resamples,
    pub(super) model: ReplayModel<'a>,
    /// How far the model is off; `None` where there is no queue to replay.
    error: Option<ReplayError>,
    /// By the names of functions.
    pub(super) gains: BTreeMap<String, Gain>,
    /// Names of the functions, in their order.
    pub(super) names: Vec<String>,
}

impl<'a> Projector<'a> {
    pub(super) fn new(evidence: &'a Evidence<'a>, resamples: &'a Resamples) -> Self {
        let model = ReplayModel::new(&evidence.runs(), evidence.timed, evidence.queue(), resamples);
        let model = model.nested(evidence.nested.clone());
        let error = evidence.serving.is_some().then(|| model.error());
        let names = evidence.timed.functions.iter().map(|function| function.name.clone()).collect();
        Self { evidence, resamples, model, error, gains: gains(evidence, resamples), names }
    }

    /// Whether the model gives what was observed.
    pub(super) fn is_accepted(&self) -> bool {
        self.error.is_none_or(ReplayError::is_tolerable)
    }

    /// By how much the function with that index is known to get faster.
    pub(super) fn gain(&self, function: usize) -> Option<&Gain> {
        self.gains.get(&self.names[function])
    }

    /// What the model is, and how far it is off.
    pub(super) fn model_report(&self) -> Model {
        let accepted = self.is_accepted();
        let reason = match self.error {
            Some(_) => {
                let others = self.evidence.serving.as_ref().and_then(|serving| serving.others.as_ref());
                queue_reason(accepted, self.evidence.queue(), others.filter(|others| others.spoils()))
            }
            None => "less time on the critical path; a trace doesn't tell what waited in a queue".to_owned(),
        };
        Model {
            accepted,
            reason: Some(reason),
            error_p50: self.error.map(|error| error.p50),
            error_p99: self.error.map(|error| error.p99),
        }
    }
}

/// What the model of a queue is, and what may be wrong with one that isn't accepted, where `others` had much of the processors
/// or didn't.
fn queue_reason(accepted: bool, queue: Queue, others: Option<&Sample>) -> String {
    let servers = match queue.servers {
        0 => return "each request is sent when the one before is answered: nothing waits".to_owned(),
        1 => "1 server".to_owned(),
        more => format!("{more} servers"),
    };
    let model = format!("first come, first served by {servers}");
    let micros = 1e6 * queue.waking;
    match accepted {
        true if micros.round() > 0.0 => {
            format!("{model}; the next request of one that was idle takes {micros:.0} µs longer")
        }
        true => model,
        false => format!("{model} doesn't give what was observed. {}", hint(queue, others)),
    }
}

/// What may have kept requests, and what to do about it. A single thread waits for no other to let go of the GIL.
fn hint(queue: Queue, others: Option<&Sample>) -> String {
    match (others, queue.servers) {
        (Some(others), _) => format!(
            "It was measured with {}: end what else runs, or let `--wait-for-quiet 5m` wait for its end, and measure again.",
            others.in_words()
        ),
        (None, 1) => {
            "Does something keep requests beside the one that is served, such as a thread of the service's own?"
                .to_owned()
        }
        (None, _) => "Do requests wait for something else, such as the GIL, a lock or a pool?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_is_not_accepted_names_what_was_seen_and_what_to_do() {
        let others = Sample { processors: 2, busy: 1.5, stolen: 0.02, ..Sample::default() };
        let reason = |servers, others| queue_reason(false, Queue { servers, waking: 0.0 }, others);
        let busy = reason(1, Some(&others));
        assert!(busy.contains("1.50 of 2 processors busy with others; the host has taken 2.0 %"), "{busy}");
        assert!(busy.contains("--wait-for-quiet") && !busy.contains("GIL"), "{busy}");
        assert!(!reason(1, None).contains("GIL") && reason(2, None).contains("the GIL, a lock or a pool"));
        assert!(!queue_reason(true, Queue { servers: 1, waking: 0.0 }, Some(&others)).contains("others"));
    }
}
