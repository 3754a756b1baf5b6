//! The rules. Each holds for whole intervals: what an interval leaves open is `inconclusive`.
//!
//! | found | verdict |
//! | --- | --- |
//! | p99 meets its target already | `leave` |
//! | no time at all would be no benefit | `leave` |
//! | its time is native and no contender is faster | `leave` |
//! | a baseline that is unstable or failed, no contender | `inconclusive` |
//! | a library or algorithm is faster, brings enough of what the best Rust does, and is a benefit | `use_library`, `fix_algorithm` |
//! | Rust by some route is faster and a benefit | `migrate` |
//! | the interval of a speedup, of p99 or of the payback reaches over its threshold, or p99 isn't known | `inconclusive` |
//! | a contender that might be it differs or failed | `inconclusive` |
//! | no route is faster, or the faster ones are no benefit | `leave` |

use rustworthy_model::Estimate;
use rustworthy_model::comparison::Kind;
use rustworthy_model::decision::Verdict;

use super::case::{Case, Contender, Standing, Tail};
use super::draws::{self, DRAWS};
use super::price::payback;
use super::{P99_SHARE, Terms};
use crate::manifest::Goal;

/// What an interval says about a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    Unclear,
}

/// Whether something is a benefit, by each of the ways in which it may be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Benefit {
    /// Lower p99; `None` where it isn't about a service.
    pub(super) p99: Option<Answer>,
    /// A payback; `None` without prices.
    pub(super) cost: Option<Answer>,
    /// By what counts.
    pub(super) enough: Answer,
}

/// A verdict, and what it's about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) why: Why,
    /// Place of the contender that the verdict is about among those of the case; the best one where it's about none.
    pub(super) considered: Option<usize>,
    /// That of the next best.
    pub(super) runner_up: Option<usize>,
}

/// The rule that decided.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Why {
    /// p99 is what it has to be.
    AlreadyMet,
    /// Even in no time it would be no benefit.
    NothingToGain,
    /// It's native already.
    Native,
    /// No contender is faster.
    NoneFaster,
    /// Faster, but no benefit.
    TooLittle,
    /// A benefit. Where Rust is another choice: the share of its benefit.
    Enough(Option<Estimate>),
    /// There's nothing to hold against each other.
    Trouble,
    /// Nothing is known of p99, which counts.
    P99Unknown,
    /// What counts can't be told without a scenario, or prices.
    NothingCounts,
    /// The interval of p99 is too wide.
    P99Wide,
    /// That of the payback.
    PaybackWide,
    /// That of the speedup.
    SpeedWide,
    /// It can't be told whether enough of Rust's benefit is had without Rust.
    BetweenTwo(Estimate),
    /// A contender that might be it differs or failed.
    Blocked,
}

/// Judges a case.
pub(super) fn judge(case: &Case, terms: &Terms) -> Judged {
    let Ranked { rust, other } = Ranked::new(case, terms);
    let best = [rust, other].into_iter().flatten().max_by(|one, other| rank(case, terms, one, other));
    let judged = |verdict, why, considered: Option<&Contender>| {
        let considered = considered.or(best);
        Judged {
            verdict,
            why,
            considered: considered.map(|one| index(case, one)),
            runner_up: next(case, terms, considered),
        }
    };
    let leave = |why| judged(Verdict::Leave, why, None);
    let inconclusive = |why, about| judged(Verdict::Inconclusive, why, about);

    if meets_target(case, terms) == Answer::Yes {
        return leave(Why::AlreadyMet);
    }
    if benefit(case, terms, None).enough == Answer::No {
        return leave(Why::NothingToGain);
    }
    let is_faster = |contender: &Contender| contender.speedup.low > 1.0;
    if case.is_native && !case.usable().any(is_faster) {
        return leave(Why::Native);
    }
    if case.trouble.is_some() {
        return inconclusive(Why::Trouble, None);
    }
    let blocked_rust = case.contenders.iter().any(|one| one.kind == Kind::Rust && is_blocked(one));
    let mut open: Option<Judged> = None;
    if let Some(other) = other.filter(|other| is_faster(other)) {
        let rival = rust.filter(|rust| rust.speedup.high > 1.0);
        let share = match (rival, blocked_rust) {
            (None, false) => None,
            (rival, false) => Some(share(case, terms, other, rival)),
            // What Rust would bring isn't known, but it can't be more than everything.
            (_, true) => Some(share(case, terms, other, None)),
        };
        let enough_of_it = share.map_or(Answer::Yes, |share| at_least(&share, terms.enough));
        let gain = benefit(case, terms, Some(other));
        match (enough_of_it, gain.enough) {
            (Answer::Yes, Answer::Yes) => {
                let share = rival.and(share).filter(|_| !blocked_rust);
                return judged(verdict_of(other.kind), Why::Enough(share), Some(other));
            }
            (Answer::Yes, Answer::Unclear) => open = Some(inconclusive(unclear(case, terms, gain), Some(other))),
            (_, Answer::Yes | Answer::Unclear) if blocked_rust => return inconclusive(Why::Blocked, Some(other)),
            (Answer::Unclear, Answer::Yes | Answer::Unclear) => {
                let why = share.map_or(Why::SpeedWide, Why::BetweenTwo);
                open = Some(inconclusive(why, Some(other)));
            }
            _ => {}
        }
    }
    if let Some(rust) = rust.filter(|rust| is_faster(rust)) {
        let gain = benefit(case, terms, Some(rust));
        match gain.enough {
            Answer::Yes if open.as_ref().is_some_and(|open| matches!(open.why, Why::BetweenTwo(_))) => {}
            Answer::Yes => return judged(Verdict::Migrate, Why::Enough(None), Some(rust)),
            Answer::Unclear => open = open.or_else(|| Some(inconclusive(unclear(case, terms, gain), Some(rust)))),
            Answer::No => {}
        }
    }
    if let Some(open) = open {
        return open;
    }
    // One whose interval reaches beyond 1× may be a benefit at its far end.
    let may_be = |contender: &&Contender| {
        let Estimate { high, .. } = contender.speedup;
        let at_best = Contender { speedup: Estimate { estimate: high, low: high, high }, ..(*contender).clone() };
        !is_faster(contender) && high > 1.0 && benefit(case, terms, Some(&at_best)).enough != Answer::No
    };
    if let Some(unclear) = case.usable().filter(may_be).max_by(|one, other| rank(case, terms, one, other)) {
        return inconclusive(Why::SpeedWide, Some(unclear));
    }
    if case.contenders.iter().any(is_blocked) {
        return inconclusive(Why::Blocked, None);
    }
    leave(if case.usable().any(is_faster) { Why::TooLittle } else { Why::NoneFaster })
}

fn is_blocked(contender: &Contender) -> bool {
    matches!(contender.standing, Standing::Blocked(_))
}

fn index(case: &Case, contender: &Contender) -> usize {
    case.contenders.iter().position(|one| one.name == contender.name).unwrap_or_default()
}

/// The best contenders that can be chosen.
struct Ranked<'a> {
    rust: Option<&'a Contender>,
    other: Option<&'a Contender>,
}

impl<'a> Ranked<'a> {
    fn new(case: &'a Case, terms: &Terms) -> Self {
        let best = |is_rust: bool| {
            let these = case.usable().filter(|contender| (contender.kind == Kind::Rust) == is_rust);
            these.max_by(|one, other| rank(case, terms, one, other))
        };
        Self { rust: best(true), other: best(false) }
    }
}

/// The better one is greater: surely faster before perhaps faster, then by what is saved of what counts.
fn rank(case: &Case, terms: &Terms, one: &Contender, other: &Contender) -> std::cmp::Ordering {
    let value = |contender: &Contender| match terms.goal {
        Some(Goal::Cost) => contender.core_saved(case, None),
        _ => contender.saved(case, None),
    };
    let is_faster = |contender: &Contender| contender.speedup.low > 1.0;
    is_faster(one).cmp(&is_faster(other)).then(value(one).total_cmp(&value(other)))
}

/// The next best.
fn next(case: &Case, terms: &Terms, considered: Option<&Contender>) -> Option<usize> {
    let others = case.usable().filter(|one| considered.is_none_or(|considered| considered.name != one.name));
    others.max_by(|one, other| rank(case, terms, one, other)).map(|one| index(case, one))
}

/// The verdict that is named after what wins.
pub(super) fn verdict_of(kind: Kind) -> Verdict {
    match kind {
        Kind::Rust => Verdict::Migrate,
        Kind::Library => Verdict::UseLibrary,
        Kind::Algorithm | Kind::Python => Verdict::FixAlgorithm,
    }
}

/// Whether p99 as it is meets its target; `No` where there is none.
fn meets_target(case: &Case, terms: &Terms) -> Answer {
    match (terms.goal, &case.p99) {
        (Some(Goal::P99(target)), Tail::Known { now, .. }) => at_most(now, target.as_secs_f64()),
        _ => Answer::No,
    }
}

/// Whether a contender is a benefit; without one, whether no time at all would be.
pub(super) fn benefit(case: &Case, terms: &Terms, contender: Option<&Contender>) -> Benefit {
    let p99 = match (&case.p99, case.p99_change(contender)) {
        (Tail::None, _) => None,
        (Tail::Known { now, joint, .. }, Some(change)) => Some(match terms.goal {
            Some(Goal::P99(target)) => {
                let after = |change: f64| now.estimate * (1.0 + change);
                let after =
                    Estimate { estimate: after(change.estimate), low: after(change.low), high: after(change.high) };
                // The set was replayed with the best speedups of Rust.
                let is_of_set = contender.is_none_or(|one| one.kind == Kind::Rust && one.speedup.low > 1.0);
                if joint.is_some() && is_of_set { Answer::Yes } else { at_most(&after, target.as_secs_f64()) }
            }
            _ => at_most(&change, -P99_SHARE),
        }),
        _ => Some(Answer::Unclear),
    };
    let price = case.price.as_ref();
    let cost = price
        .and_then(|price| Some((price.horizon, price.migration?.price())))
        .and_then(|(horizon, migration)| Some(at_most(&payback(migration, &case.saving(contender)?), horizon)));
    let enough = match (terms.goal, p99, cost) {
        (Some(Goal::P99(_)), p99, _) => p99.unwrap_or(Answer::Unclear),
        (Some(Goal::Cost), _, cost) => cost.unwrap_or(Answer::Unclear),
        (None, None, None) => match contender {
            // Speed alone.
            Some(Contender { speedup, .. }) => at_least(speedup, 1.0 / (1.0 - P99_SHARE)),
            None => Answer::Yes,
        },
        (None, p99, cost) => {
            let answers = [p99, cost];
            let has = |answer| answers.contains(&Some(answer));
            match () {
                () if has(Answer::Yes) => Answer::Yes,
                () if has(Answer::Unclear) => Answer::Unclear,
                () => Answer::No,
            }
        }
    };
    Benefit { p99, cost, enough }
}

/// Why a benefit is unclear.
fn unclear(case: &Case, terms: &Terms, benefit: Benefit) -> Why {
    let counts = |goal_is: fn(&Goal) -> bool| terms.goal.as_ref().is_none_or(goal_is);
    let p99_counts = counts(|goal| matches!(goal, Goal::P99(_)));
    let cost_counts = counts(|goal| matches!(goal, Goal::Cost));
    match (benefit.p99.filter(|_| p99_counts), benefit.cost.filter(|_| cost_counts)) {
        (Some(Answer::Unclear), _) if matches!(case.p99, Tail::Unknown(_)) => Why::P99Unknown,
        (Some(Answer::Unclear), _) => Why::P99Wide,
        (_, Some(Answer::Unclear)) => Why::PaybackWide,
        (None, None) if terms.goal.is_some() => Why::NothingCounts,
        _ => Why::SpeedWide,
    }
}

fn at_most(value: &Estimate, most: f64) -> Answer {
    if value.high <= most {
        Answer::Yes
    } else if value.low > most {
        Answer::No
    } else {
        Answer::Unclear
    }
}

fn at_least(value: &Estimate, least: f64) -> Answer {
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
pub(super) fn share(case: &Case, terms: &Terms, contender: &Contender, of: Option<&Contender>) -> Estimate {
    let Benefit { p99, cost, .. } = benefit(case, terms, of);
    let p99_counts = !matches!(terms.goal, Some(Goal::Cost)) && matches!(case.p99, Tail::Known { .. });
    let cost_counts = !matches!(terms.goal, Some(Goal::P99(_))) && case.price.is_some();
    // Where neither is sure to be one, both may be.
    let is_sure = |answer: Option<Answer>| answer == Some(Answer::Yes);
    let any_sure = (p99_counts && is_sure(p99)) || (cost_counts && is_sure(cost));
    let by_p99 = p99_counts && (is_sure(p99) || !any_sure);
    let by_cost = cost_counts && (is_sure(cost) || !any_sure);
    let mut found = Vec::new();
    if let (true, Tail::Known { curve, .. }) = (by_p99, &case.p99) {
        found.push(ratio(case, |draw| {
            let away = draw.map_or(0.0, |draw| case.level.away(draws::P99, draw));
            let all = of.map_or(1.0, |of| of.saved(case, draw));
            (-curve.at(contender.saved(case, draw), away), -curve.at(all, away))
        }));
    }
    if by_cost {
        found.push(ratio(case, |draw| {
            (contender.core_saved(case, draw), of.map_or(1.0, |of| of.core_saved(case, draw)))
        }));
    }
    if found.is_empty() {
        found.push(ratio(case, |draw| (contender.saved(case, draw), of.map_or(1.0, |of| of.saved(case, draw)))));
    }
    let smallest = found.into_iter().min_by(|one, other| one.estimate.total_cmp(&other.estimate));
    smallest.unwrap_or(Estimate { estimate: 1.0, low: 1.0, high: 1.0 })
}

/// A ratio of two benefits. Over one that isn't any, the other is all there is.
fn ratio(case: &Case, of: impl Fn(Option<usize>) -> (f64, f64)) -> Estimate {
    let ratio = |draw| {
        let (own, other) = of(draw);
        if other > 1e-9 { (own / other).clamp(0.0, 10.0) } else { 1.0 }
    };
    case.level.around(ratio(None), (0..DRAWS).map(|draw| ratio(Some(draw))).collect())
}
