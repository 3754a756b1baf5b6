//! The rules. Each holds for whole intervals: what an interval leaves open is `inconclusive`.
//!
//! | found | verdict |
//! | --- | --- |
//! | p99 meets its target already | `leave` |
//! | nothing left of what a rewrite could save would be no benefit | `leave` |
//! | its time is native and no contender is faster | `leave` |
//! | no contender is faster, and no Rust that reads all of its argument could be a benefit, the boundary being what it is | `leave` |
//! | a baseline that is unstable or failed, no contender | `inconclusive` |
//! | something else than Rust of one's own is faster, brings enough of what the best such Rust does, and is a benefit | `use_library`, `fix_algorithm`, `compile`, `upgrade_python` |
//! | Rust by some route is faster and a benefit | `migrate` |
//! | the interval of a speedup, of p99 or of the payback reaches over its threshold, or p99 is spoiled or isn't known | `inconclusive` |
//! | a contender that might be it differs, failed or remembers its results | `inconclusive` |
//! | no route is faster, or the faster ones are no benefit | `leave` |
//!
//! Of several that suffice the cheapest wins, of those with one price the fastest.

use std::cmp::Ordering;

use rustworthy_model::Estimate;
use rustworthy_model::decision::{P99Doubt, Verdict};

use super::benefit::{Answer, Benefit, at_least, at_most, benefit, share};
use super::evidence::{Contender, Evidence, Incomparable, P99};
use super::terms::Terms;
use crate::manifest::Goal;

/// A verdict, and what it's about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judgement {
    pub(super) verdict: Verdict,
    pub(super) rule: Rule,
    /// Index of the contender that the verdict is about among those of the evidence; the best one where it's about none.
    pub(super) considered: Option<usize>,
    /// That of the next best.
    pub(super) runner_up: Option<usize>,
}

/// The rule that decided.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rule {
    /// p99 is what it has to be.
    GoalMet,
    /// Even with nothing left of what a rewrite could save it would be no benefit.
    NothingToGain,
    /// The same of what slept for a share that counts, or does nothing but wait.
    Asleep,
    /// It's native already.
    AlreadyNative,
    /// What crossing the boundary costs leaves no benefit to Rust, and there is nothing else that is faster.
    BoundaryTooDear,
    /// No contender is faster.
    NoneFaster,
    /// Something is faster, but no benefit.
    TooLittle,
    /// A benefit. Where Rust is another choice: the share of Rust's benefit.
    Enough(Option<Estimate>),
    /// There's nothing to hold against each other.
    Incomparable,
    /// Nothing is known of p99, which counts.
    P99Unknown,
    /// The benefit that counts is unknown without a scenario, or without prices.
    GoalUnknown,
    /// What was measured of p99 is spoiled.
    P99Doubtful(P99Doubt),
    /// The interval of the change of p99 is too wide.
    P99TooWide(Estimate),
    /// The interval of the payback, in months, is too wide.
    PaybackTooWide(Estimate),
    /// The interval of the speedup is too wide.
    SpeedTooWide,
    /// It is uncertain whether enough of Rust's benefit is reached without Rust.
    ShareOfRustTooWide(Estimate),
    /// A contender that might be it differs or failed.
    Blocked,
}

/// What a part of the rules comes to.
enum Outcome {
    /// They decide.
    Settled(Judgement),
    /// They leave it to the rest of the rules; without any of these, it comes to this.
    Open(Option<Judgement>),
}

/// Judges the evidence.
pub(super) fn judge(evidence: &Evidence, terms: &Terms) -> Judgement {
    let judge = Judge::new(evidence, terms);
    if let Some(judgement) = judge.without_contenders() {
        return judgement;
    }
    let open = match judge.by_something_else() {
        Outcome::Settled(judgement) => return judgement,
        Outcome::Open(open) => open,
    };
    let open = match judge.by_rust(open) {
        Outcome::Settled(judgement) => return judgement,
        Outcome::Open(open) => open,
    };
    open.or_else(|| judge.by_what_may_be_faster()).unwrap_or_else(|| judge.otherwise())
}

/// Evidence, and the contenders of it that would be chosen.
struct Judge<'a> {
    evidence: &'a Evidence,
    terms: &'a Terms,
    /// Of Rust that would have to be written.
    rust: Option<&'a Contender>,
    /// Of all else, packaged Rust among it.
    other: Option<&'a Contender>,
}

/// What contenders are ordered by where several suffice; one of which no days are known is the dearest.
fn cost(contender: &Contender) -> f64 {
    contender.days.unwrap_or(f64::INFINITY)
}

impl<'a> Judge<'a> {
    fn new(evidence: &'a Evidence, terms: &'a Terms) -> Self {
        let mut judge = Self { evidence, terms, rust: None, other: None };
        let (rust, other) = evidence.usable().partition(|contender| contender.is_own_rust());
        (judge.rust, judge.other) = (judge.cheapest_of_what_suffices(rust), judge.cheapest_of_what_suffices(other));
        judge
    }

    /// Of those that are a benefit the best, or a cheaper one that surely brings enough of what that does; where none is sure
    /// to be a benefit, the best.
    fn cheapest_of_what_suffices(&self, contenders: Vec<&'a Contender>) -> Option<&'a Contender> {
        if let [] | [_] = contenders.as_slice() {
            return contenders.into_iter().next();
        }
        let is_sure = |one: &&Contender| one.is_faster() && self.benefit(Some(one)).enough == Answer::Yes;
        let sure: Vec<&Contender> = contenders.iter().copied().filter(is_sure).collect();
        let Some(best) = self.best(sure.clone()) else { return self.best(contenders) };
        let suffices = |one: &&Contender| one.name == best.name || self.brings_enough_of(one, best);
        let by_cost = |one: &&Contender, other: &&Contender| cost(one).total_cmp(&cost(other));
        sure.into_iter().filter(suffices).min_by(|one, other| by_cost(one, other).then_with(|| self.rank(other, one)))
    }

    fn brings_enough_of(&self, one: &Contender, other: &Contender) -> bool {
        at_least(&share(self.evidence, self.terms, one, Some(other)), self.terms.enough) == Answer::Yes
    }

    fn best(&self, contenders: Vec<&'a Contender>) -> Option<&'a Contender> {
        contenders.into_iter().max_by(|one, other| self.rank(one, other))
    }

    /// The better one is greater: surely faster before perhaps faster, then by what is saved of what counts.
    fn rank(&self, one: &Contender, other: &Contender) -> Ordering {
        let value = |contender: &Contender| match self.terms.goal {
            Some(Goal::Cost) => contender.core_saved(self.evidence, None),
            _ => contender.saved(self.evidence, None),
        };
        one.is_faster().cmp(&other.is_faster()).then(value(one).total_cmp(&value(other)))
    }

    fn judgement(&self, verdict: Verdict, rule: Rule, considered: Option<&Contender>) -> Judgement {
        let best = || self.best([self.rust, self.other].into_iter().flatten().collect());
        let considered = considered.or_else(best);
        let is_other = |one: &&Contender| considered.is_none_or(|considered| considered.name != one.name);
        let others = self.evidence.usable().filter(is_other).filter(|one| one.is_faster());
        let runner_up = self.best(others.collect());
        let index = |contender: &Contender| self.evidence.contenders.iter().position(|one| one.name == contender.name);
        Judgement { verdict, rule, considered: considered.and_then(index), runner_up: runner_up.and_then(index) }
    }

    fn leave(&self, rule: Rule) -> Judgement {
        self.judgement(Verdict::Leave, rule, None)
    }

    fn inconclusive(&self, rule: Rule, about: Option<&Contender>) -> Judgement {
        self.judgement(Verdict::Inconclusive, rule, about)
    }

    fn benefit(&self, contender: Option<&Contender>) -> Benefit {
        benefit(self.evidence, self.terms, contender)
    }

    /// What decides whatever the contenders are.
    fn without_contenders(&self) -> Option<Judgement> {
        if self.meets_target() == Answer::Yes {
            return Some(self.leave(Rule::GoalMet));
        }
        if self.evidence.asleep.is_some_and(|asleep| asleep.is_all) || self.benefit(None).enough == Answer::No {
            match (self.evidence.asleep, self.evidence.usable().any(Contender::is_faster)) {
                (None, _) => return Some(self.leave(Rule::NothingToGain)),
                (Some(_), false) => return Some(self.leave(Rule::Asleep)),
                // What is faster may do without the sleep.
                (Some(_), true) => {}
            }
        }
        if self.evidence.is_native && !self.evidence.usable().any(Contender::is_faster) {
            return Some(self.leave(Rule::AlreadyNative));
        }
        if self.is_boundary_too_dear() {
            return Some(self.leave(Rule::BoundaryTooDear));
        }
        self.evidence.incomparable.is_some().then(|| self.inconclusive(Rule::Incomparable, None))
    }

    /// Whether no Rust that has yet to be written can be a benefit, and nothing else has been found to be or might be.
    fn is_boundary_too_dear(&self) -> bool {
        let Evidence { boundary: Some(boundary), contenders, incomparable, .. } = self.evidence else { return false };
        let is_open = |one: &Contender| one.is_blocked() || one.speedup.high > 1.0;
        matches!(incomparable, None | Some(Incomparable::NoContender { .. }))
            && !contenders.iter().any(is_open)
            && self.benefit(Some(&boundary.best_rust())).enough == Answer::No
    }

    /// Whether p99 as it is meets its target; `No` where there is none.
    fn meets_target(&self) -> Answer {
        match (self.terms.p99_target(), &self.evidence.p99) {
            (Some(target), P99::Known { now, doubt: None, .. }) => at_most(now, target),
            _ => Answer::No,
        }
    }

    /// Whether something that isn't Rust, or is Rust to be installed, brings enough of what Rust does.
    fn by_something_else(&self) -> Outcome {
        let Some(other) = self.other.filter(|other| other.is_faster()) else { return Outcome::Open(None) };
        let rust_is_blocked = self.evidence.contenders.iter().any(|one| one.is_own_rust() && one.is_blocked());
        // Rust that is no benefit at its price is nothing to be held against.
        let may_be = |rust: &&Contender| rust.speedup.high > 1.0 && self.benefit(Some(rust)).enough != Answer::No;
        let rust = self.rust.filter(may_be);
        let is_cheaper = |rust: &Contender| cost(rust) < cost(other) && self.brings_enough_of(rust, other);
        if rust.is_some_and(is_cheaper) {
            return Outcome::Open(None);
        }
        let share = match (rust, rust_is_blocked) {
            (None, false) => None,
            (rust, false) => Some(share(self.evidence, self.terms, other, rust)),
            // What Rust would bring isn't known, but it can't be more than everything.
            (_, true) => Some(share(self.evidence, self.terms, other, None)),
        };
        let is_enough = share.map_or(Answer::Yes, |share| at_least(&share, self.terms.enough));
        let gain = self.benefit(Some(other));
        match (is_enough, gain.enough) {
            (Answer::Yes, Answer::Yes) => {
                let share = rust.and(share).filter(|_| !rust_is_blocked);
                Outcome::Settled(self.judgement(other.verdict(), Rule::Enough(share), Some(other)))
            }
            (Answer::Yes, Answer::Unclear) => Outcome::Open(Some(self.unclear(gain, other))),
            (_, Answer::Yes | Answer::Unclear) if rust_is_blocked => {
                Outcome::Settled(self.inconclusive(Rule::Blocked, Some(other)))
            }
            (Answer::Unclear, Answer::Yes | Answer::Unclear) => {
                let rule = share.map_or(Rule::SpeedTooWide, Rule::ShareOfRustTooWide);
                Outcome::Open(Some(self.inconclusive(rule, Some(other))))
            }
            _ => Outcome::Open(None),
        }
    }

    /// Whether Rust is a benefit, where the rules so far have left this open.
    fn by_rust(&self, open: Option<Judgement>) -> Outcome {
        let Some(rust) = self.rust.filter(|rust| rust.is_faster()) else { return Outcome::Open(open) };
        let gain = self.benefit(Some(rust));
        let may_do_without = open.as_ref().is_some_and(|open| matches!(open.rule, Rule::ShareOfRustTooWide(_)));
        match gain.enough {
            Answer::Yes if !may_do_without => {
                Outcome::Settled(self.judgement(Verdict::Migrate, Rule::Enough(None), Some(rust)))
            }
            Answer::Unclear => Outcome::Open(open.or_else(|| Some(self.unclear(gain, rust)))),
            Answer::Yes | Answer::No => Outcome::Open(open),
        }
    }

    /// A contender whose interval reaches beyond 1× may be a benefit at its far end.
    fn by_what_may_be_faster(&self) -> Option<Judgement> {
        let may_be = |contender: &&Contender| {
            let high = contender.speedup.high;
            let at_best = Contender { speedup: Estimate::exactly(high), ..(*contender).clone() };
            !contender.is_faster() && high > 1.0 && self.benefit(Some(&at_best)).enough != Answer::No
        };
        let unclear = self.best(self.evidence.usable().filter(may_be).collect())?;
        Some(self.inconclusive(Rule::SpeedTooWide, Some(unclear)))
    }

    fn otherwise(&self) -> Judgement {
        if self.evidence.contenders.iter().any(Contender::is_blocked) {
            return self.inconclusive(Rule::Blocked, None);
        }
        let is_any_faster = self.evidence.usable().any(Contender::is_faster);
        self.leave(if is_any_faster { Rule::TooLittle } else { Rule::NoneFaster })
    }

    /// Why the benefit of a contender is unclear.
    fn unclear(&self, benefit: Benefit, contender: &Contender) -> Judgement {
        let p99 = benefit.p99.filter(|_| self.terms.counts_p99());
        let payback = benefit.payback.filter(|_| self.terms.counts_cost());
        let rule = match (p99, payback) {
            (Some((Answer::Unclear, None)), _) => Rule::P99Unknown,
            (Some((Answer::Unclear, Some(change))), _) => {
                self.evidence.p99_doubt(Some(contender)).map_or(Rule::P99TooWide(change), Rule::P99Doubtful)
            }
            (_, Some((Answer::Unclear, payback))) => Rule::PaybackTooWide(payback),
            (None, None) if self.terms.goal.is_some() => Rule::GoalUnknown,
            _ => Rule::SpeedTooWide,
        };
        self.inconclusive(rule, Some(contender))
    }
}
