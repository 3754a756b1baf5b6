//! Why a verdict is what it is, and the figures that it is about. Nothing is decided here.

use rustworthy_model::Estimate;
use rustworthy_model::decision::{Obstacle, Payback, Reason, Saving, Speed, Verdict};

use super::benefit::{after, share};
use super::evidence::{Asleep, Contender, Eligibility, Evidence, Incomparable, P99, P99Unknown};
use super::rules::{Judgement, Rule};
use super::subject::Subject;
use super::terms::{P99_SHARE, Terms};

/// From which share of p99 on something that isn't a function is named as what makes p99.
const MAKES_P99: f64 = 0.25;

/// Effects on p99 count as larger than a share of it when they are so many times as large.
const MUCH_MORE: f64 = 2.0;

/// How many contenders are named where none is faster.
const NAMED: usize = 3;

/// All that reasons are made of.
pub(super) struct Reasons<'a> {
    pub(super) subject: &'a Subject<'a>,
    pub(super) evidence: &'a Evidence,
    pub(super) judgement: &'a Judgement,
    pub(super) terms: &'a Terms,
    pub(super) considered: Option<&'a Contender>,
    pub(super) runner_up: Option<&'a Contender>,
}

impl Reasons<'_> {
    /// The most important first.
    pub(super) fn all(&self) -> Vec<Reason> {
        let rule = &self.judgement.rule;
        let mut found = self.of_rule(rule);
        let says_boundary = matches!(rule, Rule::BoundaryTooDear | Rule::NothingToGain | Rule::Asleep | Rule::GoalMet);
        found.extend(self.boundary().filter(|_| !says_boundary));
        found.extend(self.evidence.production.clone().map(Reason::InProduction));
        found.extend(self.share_of_p99());
        found.extend(self.what_else_makes_p99());
        if !matches!(rule, Rule::Blocked | Rule::NothingToGain | Rule::Asleep | Rule::GoalMet) {
            found.extend(self.not_chosen());
        }
        found.extend(self.kernel());
        found.extend(self.interpolation());
        found
    }

    /// What the rule that decided says itself, then the figures that it goes by.
    fn of_rule(&self, rule: &Rule) -> Vec<Reason> {
        let figures = match rule {
            Rule::GoalMet => Vec::new(),
            Rule::Asleep if self.evidence.asleep.is_some_and(|asleep| asleep.is_all) => Vec::new(),
            Rule::NothingToGain | Rule::Asleep | Rule::AlreadyNative | Rule::NoneFaster => self.ceiling(),
            Rule::BoundaryTooDear => Vec::new(),
            Rule::Incomparable => [self.p99_unknown(), self.ceiling()].concat(),
            Rule::TooLittle | Rule::P99Doubtful(_) | Rule::P99TooWide(_) | Rule::PaybackTooWide(_) => {
                [self.effects(), self.speed()].concat()
            }
            Rule::SpeedTooWide => self.effects(),
            Rule::Enough(share) => [self.speed(), self.effects(), self.alternative(share.as_ref())].concat(),
            Rule::P99Unknown | Rule::GoalUnknown | Rule::ShareOfRustTooWide(_) | Rule::Blocked => {
                [self.speed(), self.effects()].concat()
            }
        };
        [self.rule_itself(rule), figures].concat()
    }

    /// What the rule says itself. Some are said by their figures alone.
    fn rule_itself(&self, rule: &Rule) -> Vec<Reason> {
        let reason = match rule {
            Rule::NothingToGain | Rule::TooLittle | Rule::Enough(_) => None,
            Rule::BoundaryTooDear => self.boundary(),
            Rule::GoalMet => self.goal_met(),
            Rule::Asleep => self.evidence.asleep.map(|Asleep { seconds_per_request, share_of_p99, is_all }| {
                Reason::Asleep { seconds_per_request, share_of_p99, waits: is_all }
            }),
            Rule::AlreadyNative => Some(Reason::AlreadyNative),
            Rule::NoneFaster => Some(self.none_faster()),
            Rule::Incomparable => self.incomparable(),
            Rule::P99Unknown => return self.p99_unknown(),
            Rule::GoalUnknown if self.terms.p99_target().is_some() => Some(Reason::GoalWithoutScenario),
            Rule::GoalUnknown => Some(Reason::GoalWithoutPrices),
            Rule::P99Doubtful(doubt) => Some(Reason::P99Doubtful { doubt: *doubt }),
            Rule::P99TooWide(change) => {
                Some(Reason::P99TooWide { change: *change, threshold: self.terms.p99_threshold() })
            }
            Rule::PaybackTooWide(months) => self.payback_too_wide(*months),
            Rule::SpeedTooWide => self.considered.map(|one| Reason::SpeedTooWide {
                contender: one.name.clone(),
                route: one.route,
                speedup: one.speedup,
            }),
            Rule::ShareOfRustTooWide(share) => self.considered.map(|one| Reason::ShareOfRustTooWide {
                contender: one.name.clone(),
                route: one.route,
                share: *share,
                enough: self.terms.enough,
            }),
            Rule::Blocked => return self.blocked(),
        };
        reason.into_iter().collect()
    }

    /// How fast the considered contender is.
    fn speed(&self) -> Vec<Reason> {
        let compared = self.considered.zip(self.subject.workload);
        let speed = compared.map(|(one, (workload, _))| Reason::Speed {
            contender: one.name.clone(),
            route: one.route,
            speedup: one.speedup,
            baseline: workload.baseline.clone(),
        });
        speed.into_iter().collect()
    }

    /// What it does to p99 and to the bill, against what would count.
    fn effects(&self) -> Vec<Reason> {
        let Some(one) = self.considered else { return Vec::new() };
        let mut found = Vec::new();
        if let (P99::Known { now, .. }, Some(change)) = (&self.evidence.p99, self.evidence.p99_change(Some(one))) {
            found.push(Reason::P99Effect {
                p99_seconds: *now,
                after_seconds: after(now, &change),
                change,
                threshold: self.terms.p99_threshold(),
            });
        }
        if let (P99::Known { joint: Some(joint), .. }, Some(goal_seconds)) =
            (&self.evidence.p99, self.terms.p99_target())
        {
            found.push(Reason::P99WithPlan { p99_seconds: *joint, goal_seconds });
        }
        found.extend(self.saving(Some(one)).map(Reason::Saving));
        if found.is_empty() && self.evidence.p99 == P99::NotApplicable {
            found.push(Reason::SpeedAlone);
        }
        found
    }

    /// What a contender saves; without one, what there is to save.
    fn saving(&self, contender: Option<&Contender>) -> Option<Saving> {
        let price = self.evidence.price.as_ref()?;
        Some(Saving {
            saving_per_month: self.evidence.saving(contender)?,
            currency: self.terms.cost.as_ref()?.currency.clone(),
            payback: self.evidence.migration(contender).zip(self.evidence.payback(contender)).map(
                |(migration, months)| Payback {
                    migration: migration.price(),
                    months,
                    horizon_months: price.horizon_months,
                },
            ),
        })
    }

    fn goal_met(&self) -> Option<Reason> {
        let P99::Known { now, .. } = &self.evidence.p99 else { return None };
        Some(Reason::GoalMet { p99_seconds: *now, goal_seconds: self.terms.p99_target()? })
    }

    /// The largest effects that a speedup could have.
    fn ceiling(&self) -> Vec<Reason> {
        let p99 = self.evidence.p99_change(None);
        let (gone, threshold) = (self.evidence.gone, self.terms.p99_threshold());
        let p99 = p99.map(|change| Reason::P99Ceiling { gone, change, threshold });
        p99.into_iter().chain(self.saving(None).map(Reason::SavingCeiling)).collect()
    }

    /// What no Rust can exceed, where none has been written.
    fn boundary(&self) -> Option<Reason> {
        let boundary = self.evidence.boundary.as_ref()?;
        Some(Reason::BoundaryCeiling {
            argument: boundary.argument.clone(),
            result: boundary.result.clone(),
            speedup: boundary.speedup,
            p99_change: self.evidence.p99_change(Some(&boundary.best_rust())),
        })
    }

    fn none_faster(&self) -> Reason {
        let mut usable: Vec<&Contender> = self.evidence.usable().collect();
        usable.sort_by(|one, other| other.speedup.estimate.total_cmp(&one.speedup.estimate));
        if usable.is_empty() {
            return Reason::NoneLeft;
        }
        Reason::NoneFaster { fastest: usable.into_iter().take(NAMED).map(speed_of).collect() }
    }

    /// How something that isn't Rust compares with it.
    fn alternative(&self, share_of_rust: Option<&Estimate>) -> Vec<Reason> {
        let enough = self.terms.enough;
        let alternative = if self.judgement.verdict == Verdict::Migrate {
            let others = self.evidence.usable().filter(|one| !one.is_own_rust() && one.is_faster());
            let best = others.max_by(|one, other| one.speedup.estimate.total_cmp(&other.speedup.estimate));
            best.map(|best| Reason::WithoutRust {
                contender: best.name.clone(),
                route: best.route,
                share: share(self.evidence, self.terms, best, self.considered),
                enough,
            })
        } else {
            let rust = self.runner_up.filter(|one| one.is_own_rust()).map(speed_of);
            share_of_rust.map(|share| Reason::ShareOfRust { rust, share: *share, enough })
        };
        alternative.into_iter().collect()
    }

    /// Why nothing can be held against the baseline.
    fn incomparable(&self) -> Option<Reason> {
        Some(match self.evidence.incomparable.clone()? {
            Incomparable::BaselineUnstable(difference) => Reason::BaselineUnstable { difference },
            Incomparable::BaselineFailed { is_in_run, error } => Reason::BaselineFailed { is_in_run, error },
            Incomparable::NoWorkload => Reason::NoWorkload,
            Incomparable::Unmeasured(workload) => Reason::WorkloadNotMeasured { workload },
            Incomparable::NoContender { tried } => match &self.evidence.kernel {
                Some((kernel, _)) => Reason::KernelOnly { kernel: kernel.clone() },
                None => Reason::NoContender { tried },
            },
        })
    }

    fn p99_unknown(&self) -> Vec<Reason> {
        let P99::Unknown(unknown) = self.evidence.p99.clone() else { return Vec::new() };
        vec![match unknown {
            P99Unknown::TooThin { requests, requests_needed, detail } => {
                Reason::TailTooThin { requests, requests_needed, detail }
            }
            P99Unknown::ModelRejected { detail } => Reason::ModelRejected { detail },
            P99Unknown::NotWatched { function, scenario } => Reason::NotWatched { function, scenario },
            P99Unknown::NotProjected { share_of_p99 } => Reason::NotProjected { share_of_p99 },
            P99Unknown::NotInTrace { function, trace } => Reason::NotInTrace { function, trace },
        }]
    }

    fn payback_too_wide(&self, payback_months: Estimate) -> Option<Reason> {
        let horizon_months = self.evidence.price.as_ref()?.horizon_months;
        Some(Reason::PaybackTooWide { payback_months, horizon_months })
    }

    /// What might be it, and why it isn't.
    fn blocked(&self) -> Vec<Reason> {
        let blocked = self.evidence.contenders.iter().filter_map(|one| match &one.eligibility {
            Eligibility::Blocked(obstacle) => {
                Some(Reason::Blocked { contender: one.name.clone(), route: one.route, obstacle: obstacle.clone() })
            }
            _ => None,
        });
        blocked.collect()
    }

    /// Those that couldn't be chosen, and why.
    fn not_chosen(&self) -> Vec<Reason> {
        let obstacle = |one: &Contender| match &one.eligibility {
            Eligibility::Declared => None,
            Eligibility::Blocked(obstacle) => Some(obstacle.clone()),
            Eligibility::NotIsolated => Some(Obstacle::NotIsolated),
            Eligibility::Usable => {
                one.too_busy(self.evidence).map(|processors_share| Obstacle::TooBusy { processors_share })
            }
        };
        let not_chosen = self.evidence.contenders.iter().filter_map(|one| {
            Some(Reason::NotChosen { contender: one.name.clone(), route: one.route, obstacle: obstacle(one)? })
        });
        not_chosen.collect()
    }

    /// The function's share of p99, and whether its effect is larger, since others wait behind it.
    fn share_of_p99(&self) -> Option<Reason> {
        let P99::Known { share: Some(share), .. } = &self.evidence.p99 else { return None };
        let ceiling = self.evidence.p99_change(None)?;
        let row = self.subject.row()?;
        Some(Reason::ShareOfP99 {
            share: *share,
            with_callees: row.is_replaced() && row.spends_in_others(),
            others_wait: -ceiling.estimate > MUCH_MORE * share.estimate && ceiling.high < -P99_SHARE,
        })
    }

    /// What makes p99 where the function doesn't.
    fn what_else_makes_p99(&self) -> Option<Reason> {
        let attribution = self.subject.in_scenario?.attribution;
        if self.judgement.verdict != Verdict::Leave
            || !matches!(self.judgement.rule, Rule::NothingToGain | Rule::TooLittle | Rule::AlreadyNative)
        {
            return None;
        }
        let others = attribution.functions.iter().filter(|row| !row.is_function());
        let others = others.filter_map(|row| Some((Some(row.name.clone()), row.share_of_p99?)));
        let waiting = attribution.waiting.share_of_p99.map(|share| (None, share));
        let (row, share) = others.chain(waiting).max_by(|one, other| one.1.estimate.total_cmp(&other.1.estimate))?;
        (share.estimate >= MAKES_P99).then_some(Reason::P99MadeBy { row, share })
    }

    /// A kernel that is faster than all that can be called. It never decides.
    fn kernel(&self) -> Option<Reason> {
        let (kernel, speedup) = self.evidence.kernel.as_ref()?;
        let speedup = (*speedup)?;
        let best = self.considered.map_or(1.0, |one| one.speedup.estimate);
        let is_faster = speedup.low > best.max(1.0);
        (is_faster && self.judgement.verdict != Verdict::FixAlgorithm)
            .then(|| Reason::KernelFaster { kernel: kernel.clone(), speedup })
    }

    /// Whether the figures of p99 lie between speedups that were replayed.
    fn interpolation(&self) -> Option<Reason> {
        let one = self.considered?;
        let P99::Known { .. } = &self.evidence.p99 else { return None };
        (self.evidence.replayed(one).is_none()
            && !matches!(self.judgement.rule, Rule::NothingToGain | Rule::Asleep | Rule::GoalMet))
        .then(|| Reason::P99Interpolated { contender: one.name.clone() })
    }
}

fn speed_of(contender: &Contender) -> Speed {
    Speed { contender: contender.name.clone(), route: contender.route, speedup: contender.speedup }
}
