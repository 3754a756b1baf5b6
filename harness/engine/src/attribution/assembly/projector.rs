//! A model of the service, and by how much its functions are known to get faster.

use std::collections::BTreeMap;

use rustworthy_model::attribution::Model;

use super::evidence::{Evidence, RowKind, Serving};
use super::gains::{Gain, gains};
use crate::machine::Sample;
use rustworthy_attribution::Queue;
use rustworthy_attribution::Resamples;
use rustworthy_attribution::{ReplayError, ReplayModel, Shares};

/// What projections are made with.
pub(super) struct Projector<'a> {
    pub(super) evidence: &'a Evidence<'a>,
    pub(super) resamples: &'a Resamples,
    pub(super) model: ReplayModel<'a>,
    /// How far the model is off.
    error: ReplayError,
    /// The share of waiting for the event loop in the median and in p99, where requests wait for one.
    for_loop: Option<[f64; 2]>,
    /// By the names of functions.
    pub(super) gains: BTreeMap<String, Gain>,
    /// Names of the functions, in their order.
    pub(super) names: Vec<String>,
}

impl<'a> Projector<'a> {
    pub(super) fn new(evidence: &'a Evidence<'a>, resamples: &'a Resamples, shares: &Shares) -> Self {
        let model = ReplayModel::new(&evidence.runs(), evidence.timed, evidence.serving.queue, resamples);
        let model = model.nested(evidence.nested.clone());
        let error = model.error();
        let for_loop = evidence.row(RowKind::LoopWait).filter(|_| evidence.serving.on_one_loop).map(|row| {
            [&shares.at_p50, &shares.at_p99].map(|shares| shares.get(row).map_or(0.0, |share| share.estimate))
        });
        let names = evidence.timed.functions.iter().map(|function| function.name.clone()).collect();
        Self { evidence, resamples, model, error, for_loop, gains: gains(evidence, resamples), names }
    }

    /// Whether the model gives what was observed, and would give what was to be observed.
    pub(super) fn is_accepted(&self) -> bool {
        self.error.is_tolerable() && self.too_much_for_loop().is_none()
    }

    /// The shares of waiting for the event loop, where they are too large for a queue of places. Such a wait is in the time that a
    /// place is taken, and a replay has it as it was; but it goes with all that runs on the loop.
    fn too_much_for_loop(&self) -> Option<[f64; 2]> {
        /// More of the latency than what may be neglected.
        const MOST: f64 = 0.05;
        self.for_loop.filter(|shares| shares.iter().any(|share| *share > MOST))
    }

    /// By how much the function with that index is known to get faster.
    pub(super) fn gain(&self, function: usize) -> Option<&Gain> {
        self.gains.get(&self.names[function])
    }

    /// What the model is, and how far it is off.
    pub(super) fn model_report(&self) -> Model {
        let accepted = self.is_accepted();
        let Serving { queue, on_one_loop, others, .. } = &self.evidence.serving;
        let reason = match self.too_much_for_loop() {
            Some(shares) => loop_reason(*queue, shares),
            None => queue_reason(accepted, *queue, *on_one_loop, others.as_ref().filter(|others| others.spoils())),
        };
        Model { accepted, reason: Some(reason), error_p50: Some(self.error.p50), error_p99: Some(self.error.p99) }
    }
}

/// What the model of a queue is, and what may be wrong with one that isn't accepted, where `others` had much of the processors
/// or didn't.
fn queue_reason(accepted: bool, queue: Queue, on_one_loop: bool, others: Option<&Sample>) -> String {
    let model = match queue.servers {
        0 => return "each request is sent when the one before is answered: nothing waits".to_owned(),
        places if on_one_loop => places_on_a_loop(places),
        1 => "first come, first served by 1 server".to_owned(),
        more => format!("first come, first served by {more} servers"),
    };
    let micros = 1e6 * queue.waking;
    match accepted {
        true if micros.round() > 0.0 => {
            format!("{model}; the next request of one that was idle takes {micros:.0} µs longer")
        }
        true => model,
        false => format!("{model} doesn't give what was observed. {}", hint(queue, others)),
    }
}

fn places_on_a_loop(places: usize) -> String {
    format!("first come, first served by one event loop with {places} places")
}

/// Why a queue is no model of requests that wait much for their event loop.
fn loop_reason(queue: Queue, [of_median, of_p99]: [f64; 2]) -> String {
    let model = match queue.servers {
        0 => "each request sent when one is answered".to_owned(),
        places => places_on_a_loop(places),
    };
    format!(
        "{model} doesn't tell what would be: waiting for the event loop makes {:.0} % of the median and {:.0} % of p99, \
         and how long it is goes with all that runs there. Projections need at most 5 %, as at a lower load.",
        100.0 * of_median,
        100.0 * of_p99
    )
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
        let reason = |servers, others| queue_reason(false, Queue { servers, waking: 0.0 }, false, others);
        let busy = reason(1, Some(&others));
        assert!(busy.contains("1.50 of 2 processors busy with others; the host has taken 2.0 %"), "{busy}");
        assert!(busy.contains("--wait-for-quiet") && !busy.contains("GIL"), "{busy}");
        assert!(!reason(1, None).contains("GIL") && reason(2, None).contains("the GIL, a lock or a pool"));
        assert!(!queue_reason(true, Queue { servers: 1, waking: 0.0 }, false, Some(&others)).contains("others"));
    }

    #[test]
    fn a_loop_that_is_waited_for_is_named_with_its_shares() {
        let reason = loop_reason(Queue { servers: 8, waking: 0.0 }, [0.04, 0.312]);
        assert!(
            reason.starts_with("first come, first served by one event loop with 8 places doesn't tell"),
            "{reason}"
        );
        assert!(reason.contains("4 % of the median and 31 % of p99"), "{reason}");
    }
}
