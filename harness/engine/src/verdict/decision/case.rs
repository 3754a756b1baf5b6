//! A subject in numbers alone: what rules are applied to, and what they are solved for.

use rustworthy_model::Estimate;
use rustworthy_model::attribution::{Function, Kind as FunctionKind, NamedSpeedup, Speedup};
use rustworthy_model::comparison::{self, Kind, Route, Workload};
use rustworthy_model::equivalence::{EquivalenceStatus, Status};
use rustworthy_model::sweep::SweptPoint;

use super::Terms;
use super::curve::Curve;
use super::draws::{self, DRAWS, Level};
use super::price::{Migration, Price, saving};
use super::subject::Subject;

/// What is known of a subject.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Case {
    pub(super) level: Level,
    /// Contenders that a caller can call, in the order of the manifest, without the baseline.
    pub(super) contenders: Vec<Contender>,
    /// Why no contender can be held against the baseline, if none can.
    pub(super) trouble: Option<Trouble>,
    /// The fastest kernel: nobody can call it.
    pub(super) kernel: Option<(String, Option<Estimate>)>,
    /// What is known of p99.
    pub(super) p99: Tail,
    /// Prices, where there are all of them but perhaps that of the migration.
    pub(super) price: Option<Price>,
    /// Whether the function's time is spent in native code already.
    pub(super) is_native: bool,
    /// What the size of the input is, and how speedups depend on it.
    pub(super) payload: Option<Payload>,
    /// Cores that the function keeps busy at the rate of the scenario, and how many there are, where that is known.
    pub(super) load: Option<(f64, f64)>,
}

/// A contender.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contender {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) route: Route,
    /// Its place in the workload: the stream of its draws.
    pub(super) place: usize,
    pub(super) standing: Standing,
    /// Meaningless where it isn't usable.
    pub(super) speedup: Estimate,
    /// Cores that it keeps busy, over those that the baseline does.
    pub(super) cores: f64,
}

/// Whether a contender can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Standing {
    /// Measured, with equal output.
    Usable,
    /// Declared to compute something else: no contender.
    Declared,
    /// It differs, failed or wasn't measured, which may be mended.
    Blocked(String),
    /// It doesn't lead into a process of its own, which was asked for.
    NotIsolated,
}

/// Why nothing can be held against the baseline.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Trouble {
    /// The baseline differs from itself.
    Unstable(String),
    /// The baseline couldn't be timed.
    BaselineFailed(String),
    /// There is no workload.
    NoWorkload,
    /// There is one, but it wasn't compared.
    Unmeasured(String),
    /// There is no contender but kernels.
    NoContender,
}

/// What is known of p99.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tail {
    /// It isn't about a service.
    None,
    /// It is, but nothing can be told.
    Unknown(Unknown),
    /// What it becomes.
    Known {
        /// As it is, in seconds.
        now: Estimate,
        curve: Curve,
        /// The function's share of it.
        share: Option<Estimate>,
        /// Whether the goal is reached together with others, by their measured speedups.
        joint: Option<Estimate>,
    },
}

/// Why nothing is known of p99.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Unknown {
    /// Too few requests; so many would do.
    Thin(String, Option<u64>),
    /// The replay doesn't give what was observed.
    Rejected(String),
    /// The function wasn't watched.
    Unseen,
}

/// Speedups by the size of the input.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Payload {
    /// The size that was measured.
    pub(super) size: u64,
    /// Sizes ascending, with the bytes that they have where that is known.
    pub(super) sizes: Vec<(u64, Option<u64>)>,
    /// For each size the seconds of the baseline, and for each contender its speedup.
    pub(super) speedups: Vec<(Option<f64>, Vec<Option<Estimate>>)>,
}

impl Case {
    /// What is known of a subject.
    pub(super) fn new(subject: &Subject<'_>, terms: &Terms) -> Self {
        let level = subject.workload.map(|(_, level)| level);
        let level = level.or(subject.place.map(|place| place.attribution.run.confidence)).unwrap_or(0.95);
        let workload = subject.workload.map(|(workload, _)| workload);
        let mut case = Self {
            level: Level::new(level),
            contenders: workload.map(|workload| contenders(workload, terms)).unwrap_or_default(),
            trouble: subject.unmeasured.map(|name| Trouble::Unmeasured(name.to_owned())).or_else(|| trouble(workload)),
            kernel: workload.and_then(kernel),
            p99: tail(subject, terms),
            price: price(subject, terms),
            is_native: is_native(subject),
            payload: workload.and_then(payload),
            load: load(subject),
        };
        if case.trouble.is_none() && case.contenders.is_empty() {
            case.trouble = Some(Trouble::NoContender);
        }
        case
    }

    /// Those that can be chosen.
    pub(super) fn usable(&self) -> impl Iterator<Item = &Contender> {
        self.contenders
            .iter()
            .filter(|contender| contender.standing == Standing::Usable && contender.too_busy(self).is_none())
    }

    /// Change of p99 with a contender; with everything saved without one. `None` where nothing is known of p99.
    pub(super) fn p99_change(&self, contender: Option<&Contender>) -> Option<Estimate> {
        let Tail::Known { curve, .. } = &self.p99 else { return None };
        let Some(contender) = contender else { return Some(curve.ceiling()) };
        let saved = contender.saved(self, None);
        if contender.kind == Kind::Rust
            && let Some(change) = curve.replayed(saved)
        {
            return Some(change);
        }
        let drawn = (0..DRAWS)
            .map(|draw| curve.at(contender.saved(self, Some(draw)), self.level.away(draws::P99, draw)))
            .collect();
        Some(self.level.around(curve.at(saved, 0.0), drawn))
    }

    /// Saving in a month with a contender; of all time without one.
    pub(super) fn saving(&self, contender: Option<&Contender>) -> Option<Estimate> {
        self.price.as_ref().map(|price| saving(self, price, contender))
    }
}

impl Contender {
    /// The share of the function's time that it saves, as a caller sees it.
    pub(super) fn saved(&self, case: &Case, draw: Option<usize>) -> f64 {
        1.0 - 1.0 / self.drawn(case, draw)
    }

    /// The share of the processor time that it saves.
    pub(super) fn core_saved(&self, case: &Case, draw: Option<usize>) -> f64 {
        self.core_saved_at(self.drawn(case, draw))
    }

    /// The same at a speedup.
    pub(super) fn core_saved_at(&self, speedup: f64) -> f64 {
        1.0 - self.cores / speedup.max(f64::MIN_POSITIVE)
    }

    /// Which share of all cores it would keep busy at the rate of the scenario, if that is more than there are.
    pub(super) fn too_busy(&self, case: &Case) -> Option<f64> {
        let (busy, cores) = case.load?;
        let share = busy * self.cores / self.speedup.estimate.max(1e-9) / cores;
        (share >= 1.0).then_some(share)
    }

    fn drawn(&self, case: &Case, draw: Option<usize>) -> f64 {
        let speedup = match draw {
            Some(draw) => case.level.positive(&self.speedup, draws::of_contender(self.place), draw),
            None => self.speedup.estimate,
        };
        speedup.max(1e-9)
    }
}

fn contenders(workload: &Workload, terms: &Terms) -> Vec<Contender> {
    let baseline = workload.contenders.iter().find(|contender| contender.name == workload.baseline);
    let own = baseline.map_or(1.0, cores);
    let callable = workload
        .contenders
        .iter()
        .enumerate()
        .filter(|(_, contender)| contender.route != Route::Kernel && contender.name != workload.baseline);
    callable
        .map(|(place, contender)| Contender {
            name: contender.name.clone(),
            kind: contender.kind,
            route: contender.route,
            place,
            standing: standing(contender, terms),
            speedup: contender.speedup.unwrap_or(Estimate { estimate: 1.0, low: 1.0, high: 1.0 }),
            cores: cores(contender) / own,
        })
        .collect()
}

/// Cores that it keeps busy. Where a service works while the caller waits, the caller's waiting stands for that work.
fn cores(contender: &comparison::Contender) -> f64 {
    let busy = contender.cpu_over_wall.unwrap_or(1.0).max(0.01);
    match contender.route {
        Route::Http | Route::Grpc => busy.max(1.0),
        _ => busy,
    }
}

fn standing(contender: &comparison::Contender, terms: &Terms) -> Standing {
    let detail = || contender.equivalence.detail.clone().map(|detail| format!(": {detail}")).unwrap_or_default();
    let error =
        || contender.error.as_deref().and_then(|error| error.lines().last()).unwrap_or("it isn't known why").to_owned();
    match (contender.status, contender.equivalence.status) {
        _ if contender.equivalence.expected.is_some() => Standing::Declared,
        (Status::Failed, _) => Standing::Blocked(format!("failed ({})", error())),
        (Status::TimedOut, _) => Standing::Blocked("took longer than it may".to_owned()),
        (Status::Skipped, _) => Standing::Blocked("wasn't measured".to_owned()),
        (_, EquivalenceStatus::Different) => Standing::Blocked(format!("computes something else{}", detail())),
        (_, EquivalenceStatus::Unchecked) => {
            Standing::Blocked(format!("has an output that couldn't be checked{}", detail()))
        }
        _ if contender.speedup.is_none() => Standing::Blocked("was timed too few times".to_owned()),
        _ if terms.isolated && !is_isolated(contender.route) => Standing::NotIsolated,
        _ => Standing::Usable,
    }
}

/// Whether it leads into a process of its own, whose end isn't that of its caller.
fn is_isolated(route: Route) -> bool {
    matches!(route, Route::Subprocess | Route::Http | Route::Grpc)
}

fn trouble(workload: Option<&Workload>) -> Option<Trouble> {
    let Some(workload) = workload else { return Some(Trouble::NoWorkload) };
    let baseline = workload.contenders.iter().find(|contender| contender.name == workload.baseline);
    match baseline.map(|baseline| (baseline.status, baseline.equivalence.status, baseline)) {
        Some((Status::Measured, EquivalenceStatus::Unchecked, baseline)) => {
            Some(Trouble::Unstable(baseline.equivalence.detail.clone().unwrap_or_default()))
        }
        Some((Status::Measured, _, baseline)) if baseline.seconds.is_some() => None,
        Some((.., baseline)) => {
            let error = baseline.error.as_deref().and_then(|error| error.lines().last());
            Some(Trouble::BaselineFailed(error.unwrap_or("it wasn't timed").to_owned()))
        }
        None => Some(Trouble::BaselineFailed("it isn't in the run".to_owned())),
    }
}

/// The fastest kernel. It never decides.
fn kernel(workload: &Workload) -> Option<(String, Option<Estimate>)> {
    let kernels = workload.contenders.iter().filter(|contender| contender.route == Route::Kernel);
    let speed = |contender: &&comparison::Contender| contender.speedup.map_or(0.0, |speedup| speedup.estimate);
    let fastest = kernels.max_by(|one, other| speed(one).total_cmp(&speed(other)))?;
    Some((fastest.name.clone(), fastest.speedup))
}

fn tail(subject: &Subject<'_>, terms: &Terms) -> Tail {
    let Some(place) = subject.place else { return Tail::None };
    let attribution = place.attribution;
    if let (Some(refused), None) = (&attribution.refused, &attribution.latency.p99) {
        return Tail::Unknown(Unknown::Thin(refused.reason.clone(), refused.requests_needed));
    }
    if !attribution.model.accepted {
        let reason = attribution.model.reason.clone();
        return Tail::Unknown(Unknown::Rejected(
            reason.unwrap_or_else(|| "replayed, the requests don't give what was observed".to_owned()),
        ));
    }
    let Some(function) = place.function else { return Tail::Unknown(Unknown::Unseen) };
    match (Curve::of(function), attribution.latency.p99) {
        (Some(curve), Some(now)) => {
            Tail::Known { now, curve, share: function.removable_share_of_p99(), joint: joint(subject, terms) }
        }
        _ => Tail::Unknown(Unknown::Unseen),
    }
}

/// p99 with the smallest set of functions, all at measured speedups, that holds this one and reaches the target.
fn joint(subject: &Subject<'_>, terms: &Terms) -> Option<Estimate> {
    let Some(crate::manifest::Goal::P99(target)) = terms.goal else { return None };
    let attribution = subject.place?.attribution;
    let is_measured = |name: &String| {
        let function = attribution.functions.iter().find(|function| function.name == *name);
        function.is_some_and(Function::is_replaced)
    };
    let name = subject.function.as_ref()?;
    let reaching = attribution.sets.iter().find(|set| set.what_if.p99.high <= target.as_secs_f64())?;
    let holds = reaching.functions.iter().any(|function| function == name);
    (holds && reaching.functions.iter().all(is_measured)).then_some(reaching.what_if.p99)
}

fn price(subject: &Subject<'_>, terms: &Terms) -> Option<Price> {
    let cost = terms.cost.as_ref()?;
    let migration = cost.migration.map(|migration| Migration { day: migration.engineer_day, days: migration.days });
    let rest = |volume, is_calls, seconds| Price {
        core_hour: cost.core_hour,
        volume,
        is_calls,
        seconds,
        migration,
        horizon: cost.horizon_months,
    };
    let function = subject.place.and_then(|place| place.function);
    if let (Some(function), Some(requests)) = (function, cost.requests_per_month) {
        let seconds = function.removable_per_request();
        // Of its time per request no interval is told, but of its share of processor time, which has the same doubt.
        let all = Speedup::Named(NamedSpeedup::Infinite);
        let saved = function.what_if.iter().find(|what_if| function.is_replaced() && what_if.speedup == all);
        let share = saved.map(|what_if| what_if.cpu_saved).or(function.cpu_share);
        let interval = share.filter(|share| share.estimate > 0.0).map(|share| Estimate {
            estimate: seconds,
            low: seconds * (share.low / share.estimate).max(0.0),
            high: seconds * share.high / share.estimate,
        });
        let seconds = interval.unwrap_or(Estimate { estimate: seconds, low: seconds, high: seconds });
        return Some(rest(requests, false, seconds));
    }
    let calls = subject.calls_per_month?;
    let (workload, _) = subject.workload?;
    let baseline = workload.contenders.iter().find(|contender| contender.name == workload.baseline)?;
    let (seconds, cores) = (baseline.seconds?, cores(baseline));
    let Estimate { estimate, low, high } = seconds;
    Some(rest(calls, true, Estimate { estimate: estimate * cores, low: low * cores, high: high * cores }))
}

fn is_native(subject: &Subject<'_>) -> bool {
    let function = subject.place.and_then(|place| place.function);
    function.is_some_and(|function| function.kind == FunctionKind::Native)
}

fn load(subject: &Subject<'_>) -> Option<(f64, f64)> {
    let place = subject.place?;
    let load = place.attribution.load.as_ref()?;
    let busy = load.rate? * place.function?.removable_per_request();
    let cores = place.attribution.environment.as_ref().map_or(1, |environment| environment.cores);
    Some((busy, cores.max(load.servers as usize).max(1) as f64))
}

fn payload(workload: &Workload) -> Option<Payload> {
    let sweep = workload.sweep.as_ref()?;
    let swept = |name: &str| sweep.contenders.iter().find(|swept| swept.name == name);
    let point = |name: &str, place: usize| -> Option<&SweptPoint> { swept(name)?.points.get(place) };
    let callable: Vec<&str> = workload
        .contenders
        .iter()
        .filter(|contender| contender.route != Route::Kernel && contender.name != workload.baseline)
        .map(|contender| contender.name.as_str())
        .collect();
    let at = |place: usize| {
        let baseline = point(&workload.baseline, place).and_then(|point| Some(point.seconds?.estimate));
        (baseline, callable.iter().map(|name| point(name, place).and_then(|point| point.speedup)).collect())
    };
    Some(Payload {
        size: workload.size,
        sizes: sweep.sizes.iter().map(|size| (size.size, size.input_bytes)).collect(),
        speedups: (0..sweep.sizes.len()).map(at).collect(),
    })
}
