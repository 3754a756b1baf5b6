//! From the results of comparing and attributing to the numbers that the rules need.

use rustworthy_model::Estimate;
use rustworthy_model::attribution::{Attribution, Function, Kind as FunctionKind, NamedSpeedup, Speedup};
use rustworthy_model::comparison::{self, Kind, Remembers, Route, Withheld, Workload};
use rustworthy_model::decision::{Gone, InProduction, Obstacle, P99Doubt};
use rustworthy_model::equivalence::{EquivalenceStatus, Status};
use rustworthy_model::rollout::{self, Switch};
use rustworthy_model::sweep::{SweptPoint, SweptSize};
use rustworthy_model::tried::{Boundary, Form};

use super::curve::Curve;
use super::draws::Level;
use super::evidence::{
    Asleep, BoundaryCeiling, Contender, Eligibility, Evidence, Incomparable, Load, P99, P99Unknown, SizePoint,
    SpeedupsBySize,
};
use super::price::{Migration, Price};
use super::subject::{InScenario, Subject, calls_per_month};
use super::terms::{P99_SHARE, Terms};

/// The level of intervals where neither a comparison nor an attribution gives one.
const LEVEL: f64 = 0.95;

/// Share of p99 that its interval may reach to either side for anything to be decided by it.
const WIDEST: f64 = 0.5;

/// Days that it takes to put what is installed as a package in the place of something.
const DAYS_OF_A_SWAP: f64 = 0.5;

/// What is known of a subject.
pub(super) fn evidence(subject: &Subject<'_>, terms: &Terms) -> Evidence {
    let level = subject.workload.map(|(_, level)| level);
    let level = level.or(subject.in_scenario.map(|scenario| scenario.attribution.run.confidence)).unwrap_or(LEVEL);
    let workload = subject.workload.map(|(workload, _)| workload);
    let contenders = workload.map(|workload| contenders(workload, subject, terms)).unwrap_or_default();
    let unmeasured = subject.unmeasured.map(|name| Incomparable::Unmeasured(name.to_owned()));
    let tried = workload.is_some_and(|workload| workload.tried.is_some());
    let none = contenders.is_empty().then_some(Incomparable::NoContender { tried });
    Evidence {
        level: Level::new(level),
        contenders,
        incomparable: unmeasured.or_else(|| incomparable(workload)).or(none),
        kernel: workload.and_then(kernel),
        boundary: subject.boundary.zip(workload).and_then(boundary),
        p99: p99(subject, terms),
        price: price(subject, terms),
        is_native: subject.row().is_some_and(|row| row.kind == FunctionKind::Native),
        asleep: subject.in_scenario.and_then(asleep),
        gone: subject.in_scenario.and_then(gone),
        sizes: workload.and_then(sizes),
        production: subject.switch.map(production),
        load: subject.in_scenario.and_then(load),
    }
}

/// Contenders that a caller can call, without the baseline.
fn callable(workload: &Workload) -> impl Iterator<Item = (usize, &comparison::Contender)> {
    workload
        .contenders
        .iter()
        .enumerate()
        .filter(|(_, contender)| contender.route != Route::Kernel && contender.name != workload.baseline)
}

fn baseline(workload: &Workload) -> Option<&comparison::Contender> {
    workload.contenders.iter().find(|contender| contender.name == workload.baseline)
}

fn contenders(workload: &Workload, subject: &Subject<'_>, terms: &Terms) -> Vec<Contender> {
    let own = baseline(workload).map_or(1.0, cores);
    let by_default = terms.cost.as_ref().and_then(|cost| cost.migration).map(|migration| migration.days);
    let contender = |(index, contender): (usize, &comparison::Contender)| {
        let listed =
            subject.manifest.and_then(|workload| workload.contenders.iter().find(|one| one.name == contender.name));
        let is_packaged = listed.is_some_and(|one| one.packaged);
        let is_own_rust = contender.kind == Kind::Rust && !is_packaged;
        let eligibility = match (eligibility(contender, terms), subject.switch.and_then(rolled_back)) {
            // It isn't known which of them production runs.
            (Eligibility::Usable, Some(obstacle)) if is_own_rust => Eligibility::Blocked(obstacle),
            (eligibility, _) => eligibility,
        };
        let days = listed.and_then(|one| one.migration_days).or(is_packaged.then_some(DAYS_OF_A_SWAP));
        Contender {
            name: contender.name.clone(),
            kind: contender.kind,
            is_packaged,
            route: contender.route,
            index,
            eligibility,
            speedup: contender.speedup.unwrap_or(Estimate::exactly(1.0)),
            cores: cores(contender) / own,
            days: days.or(by_default),
        }
    };
    callable(workload).map(contender).collect()
}

/// Cores that it keeps busy. Where a service works while the caller waits, the caller's waiting stands for that work.
fn cores(contender: &comparison::Contender) -> f64 {
    let busy = contender.cpu_over_wall.unwrap_or(1.0).max(0.01);
    if contender.route.is_service() { busy.max(1.0) } else { busy }
}

fn eligibility(contender: &comparison::Contender, terms: &Terms) -> Eligibility {
    let detail = || contender.equivalence.detail.clone();
    Eligibility::Blocked(match (contender.status, contender.equivalence.status, contender.remembers) {
        _ if contender.equivalence.expected.is_some() => return Eligibility::Declared,
        (Status::Failed, ..) => Obstacle::Failed { error: first_line(contender) },
        (Status::TimedOut, ..) => Obstacle::TimedOut,
        (Status::Skipped, ..) => Obstacle::NotMeasured,
        (_, EquivalenceStatus::Different, _) => Obstacle::Different { difference: detail() },
        (_, EquivalenceStatus::Unchecked, _) => Obstacle::Unchecked { detail: detail() },
        (.., Some(Remembers { first_over_repeat, .. })) => Obstacle::Remembers { first_over_repeat },
        _ if contender.speedup.is_none() => contender
            .speedup_withheld
            .map_or(Obstacle::TooFewSamples, |Withheld::Embedding { embedded_over_executable }| Obstacle::Embedding {
                embedded_over_executable,
            }),
        _ if terms.isolated && !contender.route.is_isolated() => return Eligibility::NotIsolated,
        _ => return Eligibility::Usable,
    })
}

/// What keeps Rust from being chosen that production has to roll back.
fn rolled_back(switch: &Switch) -> Option<Obstacle> {
    let reason = switch.reasons.first().filter(|_| switch.verdict == rollout::Verdict::RollBack)?;
    let difference = switch.first_difference.as_ref().map(|first| format!("{}: {}", first.path, first.why));
    Some(Obstacle::RolledBack { switch: switch.name.clone(), reason: reason.clone(), difference })
}

fn production(switch: &Switch) -> InProduction {
    InProduction {
        switch: switch.name.clone(),
        calls: switch.calls,
        calls_per_month: calls_per_month(switch),
        compared: switch.equal.saturating_add(switch.different),
        difference_rate: switch.difference_rate,
        speedup: switch.speedup,
        verdict: switch.verdict,
    }
}

/// The first line of an error, which says what was raised; a traceback or output follows.
fn first_line(contender: &comparison::Contender) -> Option<String> {
    contender.error.as_deref()?.lines().next().map(str::to_owned)
}

/// What a function slept, where that is a share of p50 or p99 that counts, and would stay if it were faster.
fn asleep(scenario: InScenario<'_>) -> Option<Asleep> {
    let row = scenario.function.filter(|row| row.waits || !row.is_replaced())?;
    let seconds_per_request = row.asleep_per_request?;
    let share_of_p99 = row.asleep_share_of_p99;
    let share_of_p50 = scenario.attribution.latency.p50.map(|p50| seconds_per_request / p50.estimate);
    let counts = |share: Option<f64>| share.is_some_and(|share| share >= P99_SHARE);
    (row.waits || counts(share_of_p99.map(|share| share.estimate)) || counts(share_of_p50)).then_some(Asleep {
        seconds_per_request,
        share_of_p99,
        is_all: row.waits,
    })
}

/// What of a function is gone where everything is saved.
fn gone(scenario: InScenario<'_>) -> Option<Gone> {
    let row = scenario.function?;
    Some(match scenario.attribution.trace {
        _ if row.is_replaced() => Gone::Everything,
        Some(_) => Gone::OwnTime,
        None => Gone::ProcessorTime,
    })
}

/// Why the baseline can't be held against anything, if it can't.
fn incomparable(workload: Option<&Workload>) -> Option<Incomparable> {
    let Some(workload) = workload else { return Some(Incomparable::NoWorkload) };
    let Some(baseline) = baseline(workload) else {
        return Some(Incomparable::BaselineFailed { is_in_run: false, error: None });
    };
    match (baseline.status, baseline.equivalence.status) {
        (Status::Measured, EquivalenceStatus::Unchecked) => {
            Some(Incomparable::BaselineUnstable(baseline.equivalence.detail.clone()))
        }
        (Status::Measured, _) if baseline.seconds.is_some() => None,
        _ => Some(Incomparable::BaselineFailed { is_in_run: true, error: first_line(baseline) }),
    }
}

/// What no Rust can exceed, where no Rust has been written.
fn boundary((boundary, workload): (&Boundary, &Workload)) -> Option<BoundaryCeiling> {
    let mut contenders = callable(workload);
    if boundary.failure.is_some() || contenders.any(|(_, contender)| contender.kind == Kind::Rust) {
        return None;
    }
    Some(BoundaryCeiling {
        argument: boundary.argument.clone()?,
        result: boundary.result.clone()?,
        speedup: boundary.crossing(Form::Cheapest)?.ceiling?,
    })
}

/// The fastest kernel. It never decides.
fn kernel(workload: &Workload) -> Option<(String, Option<Estimate>)> {
    let kernels = workload.contenders.iter().filter(|contender| contender.route == Route::Kernel);
    let speed = |contender: &&comparison::Contender| contender.speedup.map_or(0.0, |speedup| speedup.estimate);
    let fastest = kernels.max_by(|one, other| speed(one).total_cmp(&speed(other)))?;
    Some((fastest.name.clone(), fastest.speedup))
}

fn p99(subject: &Subject<'_>, terms: &Terms) -> P99 {
    let Some(function) = &subject.function else { return P99::NotApplicable };
    if subject.is_unseen {
        return P99::Unknown(P99Unknown::NotWatched { function: function.clone(), scenario: None });
    }
    let Some(scenario) = subject.in_scenario else { return P99::NotApplicable };
    let attribution = scenario.attribution;
    if let (Some(refused), None) = (&attribution.refused, &attribution.latency.p99) {
        return P99::Unknown(P99Unknown::TooThin {
            requests: attribution.requests,
            requests_needed: refused.requests_needed,
            detail: refused.reason.clone(),
        });
    }
    if !attribution.model.accepted {
        return P99::Unknown(P99Unknown::ModelRejected { detail: attribution.model.reason.clone() });
    }
    let curve = scenario.function.and_then(|row| Some((row, Curve::of(row, migrated(attribution, function))?)));
    match (curve, attribution.latency.p99) {
        (Some((row, curve)), Some(now)) => {
            let joint = joint(attribution, function, terms);
            P99::Known { now, curve, share: row.removable_share_of_p99(), joint, doubt: doubt(attribution, now) }
        }
        _ => P99::Unknown(match (&attribution.trace, scenario.function) {
            (Some(_), Some(row)) => P99Unknown::NotProjected { share_of_p99: row.share_of_p99 },
            (Some(_), None) => {
                P99Unknown::NotInTrace { function: function.clone(), trace: attribution.scenario.clone() }
            }
            (None, _) => {
                P99Unknown::NotWatched { function: function.clone(), scenario: Some(attribution.scenario.clone()) }
            }
        }),
    }
}

/// How many times as fast a function got in the service itself where it was migrated.
fn migrated(attribution: &Attribution, function: &str) -> Option<f64> {
    let migrated = attribution.migrated.as_ref()?;
    let index = migrated.functions.iter().position(|name| name == function)?;
    Some(migrated.speedups.get(index).copied()??.estimate)
}

/// What spoils p99 as it was measured.
fn doubt(attribution: &Attribution, p99: Estimate) -> Option<P99Doubt> {
    if let Some((utilization, asked)) = attribution.missed_load() {
        return Some(P99Doubt::LoadMissed { utilization, asked });
    }
    let arm = (p99.high - p99.estimate).max(p99.estimate - p99.low);
    (arm > WIDEST * p99.estimate).then_some(P99Doubt::IntervalTooWide { p99_seconds: p99 })
}

/// p99 with the smallest set of functions, all at measured speedups, that holds this one and reaches the target.
fn joint(attribution: &Attribution, function: &str, terms: &Terms) -> Option<Estimate> {
    let target = terms.p99_target()?;
    let is_measured = |name: &String| {
        let row = attribution.functions.iter().find(|row| row.name == *name);
        row.is_some_and(Function::is_replaced)
    };
    let reaching = attribution.sets.iter().find(|set| set.what_if.p99.high <= target)?;
    let holds = reaching.functions.iter().any(|one| one == function);
    (holds && reaching.functions.iter().all(is_measured)).then_some(reaching.what_if.p99)
}

fn price(subject: &Subject<'_>, terms: &Terms) -> Option<Price> {
    let cost = terms.cost.as_ref()?;
    let requests = subject.row().zip(cost.requests_per_month);
    let (volume, is_calls, seconds) = match requests {
        Some((row, requests)) => (requests, false, seconds_per_request(row)),
        None => (subject.calls_per_month()?, true, core_seconds_per_call(subject.workload?.0)?),
    };
    Some(Price {
        core_hour: cost.core_hour,
        volume,
        is_calls,
        seconds,
        migration: cost.migration.map(|migration| Migration { day: migration.engineer_day, days: migration.days }),
        horizon_months: cost.horizon_months,
    })
}

/// A function's time in a request. It has no interval of its own: it gets that of the share of processor time, which has
/// the same doubt.
fn seconds_per_request(row: &Function) -> Estimate {
    let seconds = row.removable_per_request();
    let all = Speedup::Named(NamedSpeedup::Infinite);
    let saved = row.what_if.iter().find(|what_if| row.is_replaced() && what_if.speedup == all);
    let share = saved.map(|what_if| what_if.cpu_saved).or(row.cpu_share).filter(|share| share.estimate > 0.0);
    share.map_or(Estimate::exactly(seconds), |share| Estimate {
        estimate: seconds,
        low: seconds * (share.low / share.estimate).max(0.0),
        high: seconds * (share.high / share.estimate),
    })
}

/// Seconds of a core that the baseline takes for a call.
fn core_seconds_per_call(workload: &Workload) -> Option<Estimate> {
    let baseline = baseline(workload)?;
    let cores = cores(baseline);
    Some(baseline.seconds?.map(|seconds| seconds * cores))
}

fn load(scenario: InScenario<'_>) -> Option<Load> {
    let load = scenario.attribution.load.as_ref()?;
    let busy = load.rate? * scenario.function?.removable_per_request();
    let cores = scenario.attribution.environment.as_ref().map_or(1, |environment| environment.cores);
    Some(Load { busy, cores: cores.max(load.servers as usize).max(1) as f64 })
}

fn sizes(workload: &Workload) -> Option<SpeedupsBySize> {
    let sweep = workload.sweep.as_ref()?;
    let swept = |name: &str, index: usize| -> Option<&SweptPoint> {
        sweep.contenders.iter().find(|swept| swept.name == name)?.points.get(index)
    };
    let point = |(index, size): (usize, &SweptSize)| SizePoint {
        size: size.size,
        bytes: size.input_bytes,
        seconds: swept(&workload.baseline, index).and_then(|point| Some(point.seconds?.estimate)),
        speedups: callable(workload).map(|(_, one)| swept(&one.name, index).and_then(|point| point.speedup)).collect(),
    };
    Some(SpeedupsBySize { own: workload.size, points: sweep.sizes.iter().enumerate().map(point).collect() })
}
