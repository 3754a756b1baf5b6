//! Whether a contender is a benefit, and which share of another's benefit it brings.

use rustworthy_model::Estimate;
use rustworthy_model::comparison::Kind;

use super::draws::{self, DRAWS};
use super::evidence::{Contender, Evidence, P99};
use super::terms::{P99_SHARE, Terms};
use crate::manifest::Goal;

/// What an interval says about a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    Unclear,
}

/// Whether something is a benefit, by each of the ways in which it may be one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Benefit {
    /// Whether p99 is low enough, and its change where that is known; `None` where it isn't about a service.
    pub(super) p99: Option<(Answer, Option<Estimate>)>,
    /// Whether it pays back in time, and the months that it takes; `None` without prices.
    pub(super) payback: Option<(Answer, Estimate)>,
    /// By what counts.
    pub(super) enough: Answer,
}

/// Whether a contender is a benefit; without one, whether no time at all would be.
pub(super) fn benefit(evidence: &Evidence, terms: &Terms, contender: Option<&Contender>) -> Benefit {
    let p99 = by_p99(evidence, terms, contender);
    let horizon = evidence.price.as_ref().map(|price| price.horizon_months);
    let payback = evidence.payback(contender).zip(horizon);
    let payback = payback.map(|(months, horizon)| (at_most(&months, horizon), months));
    let answers = [p99.map(|(answer, _)| answer), payback.map(|(answer, _)| answer)];
    let enough = match (terms.goal, answers) {
        (Some(Goal::P99(_)), [p99, _]) => p99.unwrap_or(Answer::Unclear),
        (Some(Goal::Cost), [_, payback]) => payback.unwrap_or(Answer::Unclear),
        // Speed alone.
        (None, [None, None]) => {
            contender.map_or(Answer::Yes, |contender| at_least(&contender.speedup, 1.0 / (1.0 - P99_SHARE)))
        }
        (None, answers) if answers.contains(&Some(Answer::Yes)) => Answer::Yes,
        (None, answers) if answers.contains(&Some(Answer::Unclear)) => Answer::Unclear,
        (None, _) => Answer::No,
    };
    Benefit { p99, payback, enough }
}

fn by_p99(evidence: &Evidence, terms: &Terms, contender: Option<&Contender>) -> Option<(Answer, Option<Estimate>)> {
    let (now, joint) = match &evidence.p99 {
        P99::NotApplicable => return None,
        P99::Unknown(_) => return Some((Answer::Unclear, None)),
        P99::Known { now, joint, .. } => (now, joint),
    };
    let Some(change) = evidence.p99_change(contender) else { return Some((Answer::Unclear, None)) };
    // The set of functions that reaches a goal together was replayed with the best speedups of Rust.
    let is_of_set = contender.is_none_or(|one| one.kind == Kind::Rust && one.is_faster());
    let answer = match terms.p99_target() {
        _ if evidence.p99_doubt(contender).is_some() => Answer::Unclear,
        Some(_) if joint.is_some() && is_of_set => Answer::Yes,
        Some(target) => at_most(&after(now, &change), target),
        None => at_most(&change, -P99_SHARE),
    };
    Some((answer, Some(change)))
}

/// p99 after a change.
pub(super) fn after(now: &Estimate, change: &Estimate) -> Estimate {
    change.map(|change| now.estimate * (1.0 + change))
}

pub(super) fn at_most(value: &Estimate, most: f64) -> Answer {
    if value.high <= most {
        Answer::Yes
    } else if value.low > most {
        Answer::No
    } else {
        Answer::Unclear
    }
}

pub(super) fn at_least(value: &Estimate, least: f64) -> Answer {
    if value.low >= least {
        Answer::Yes
    } else if value.high < least {
        Answer::No
    } else {
        Answer::Unclear
    }
}

/// The share that a contender brings of the benefit of another, or of all that could be had: the smallest of those by the
/// ways in which the other is a benefit.
pub(super) fn share(evidence: &Evidence, terms: &Terms, contender: &Contender, of: Option<&Contender>) -> Estimate {
    let Benefit { p99, payback, .. } = benefit(evidence, terms, of);
    let p99_counts = terms.counts_p99() && matches!(evidence.p99, P99::Known { .. });
    let cost_counts = terms.counts_cost() && evidence.price.is_some();
    // Where neither is sure to be a benefit, both may be.
    let p99_is_sure = p99_counts && p99.is_some_and(|(answer, _)| answer == Answer::Yes);
    let cost_is_sure = cost_counts && payback.is_some_and(|(answer, _)| answer == Answer::Yes);
    let is_any_sure = p99_is_sure || cost_is_sure;
    let by_p99 = p99_counts && (p99_is_sure || !is_any_sure);
    let by_cost = cost_counts && (cost_is_sure || !is_any_sure);
    let saved = |draw| (contender.saved(evidence, draw), of.map_or(1.0, |of| of.saved(evidence, draw)));
    let mut found = Vec::new();
    if let (true, P99::Known { curve, .. }) = (by_p99, &evidence.p99) {
        found.push(ratio(evidence, |draw| {
            let away = draw.map_or(0.0, |draw| evidence.level.away(draws::P99, draw));
            let (own, all) = saved(draw);
            (-curve.at(own, away), -curve.at(all, away))
        }));
    }
    if by_cost {
        found.push(ratio(evidence, |draw| {
            (contender.core_saved(evidence, draw), of.map_or(1.0, |of| of.core_saved(evidence, draw)))
        }));
    }
    let smallest = found.into_iter().min_by(|one, other| one.estimate.total_cmp(&other.estimate));
    smallest.unwrap_or_else(|| ratio(evidence, saved))
}

/// A ratio of two benefits. Where the second is none, the first is all there is.
fn ratio(evidence: &Evidence, of: impl Fn(Option<usize>) -> (f64, f64)) -> Estimate {
    let ratio = |draw| {
        let (own, other) = of(draw);
        if other > 1e-9 { (own / other).clamp(0.0, 10.0) } else { 1.0 }
    };
    evidence.level.around(ratio(None), (0..DRAWS).map(|draw| ratio(Some(draw))).collect())
}
