//! What is known of a subject, in numbers: what the rules are applied to, and solved for.

use rustworthy_model::Estimate;
use rustworthy_model::comparison::{Kind, Route};
use rustworthy_model::decision::{Gone, InProduction, Obstacle, P99Doubt, Verdict};

use super::curve::Curve;
use super::draws::{self, DRAWS, Level};
use super::price::{Migration, Price, payback};
use super::terms::P99_SHARE;

/// What is known of a subject.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Evidence {
    pub(super) level: Level,
    /// Contenders that a caller can call, in the order of the manifest, without the baseline.
    pub(super) contenders: Vec<Contender>,
    /// Why no contender can be held against the baseline, if none can.
    pub(super) incomparable: Option<Incomparable>,
    /// The fastest kernel, which nobody can call, and its speedup.
    pub(super) kernel: Option<(String, Option<Estimate>)>,
    /// What no Rust can exceed, where there is none yet and that was tried.
    pub(super) boundary: Option<BoundaryCeiling>,
    /// What is known of p99.
    pub(super) p99: P99,
    /// Prices, where there are all of them but perhaps that of the migration.
    pub(super) price: Option<Price>,
    /// Whether the function's time is spent in native code already.
    pub(super) is_native: bool,
    /// What it slept where that counts, and what was replayed has it as before.
    pub(super) asleep: Option<Asleep>,
    /// What of it is gone where everything is saved, if it is in a scenario.
    pub(super) gone: Option<Gone>,
    /// How speedups depend on the size of the input.
    pub(super) sizes: Option<SpeedupsBySize>,
    /// What a switch has recorded of it in production.
    pub(super) production: Option<InProduction>,
    /// How busy the function keeps the machine at the rate of the scenario, where that is known.
    pub(super) load: Option<Load>,
}

/// What no Rust behind a boundary can exceed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BoundaryCeiling {
    pub(super) argument: String,
    pub(super) result: String,
    /// The largest speedup.
    pub(super) speedup: Estimate,
}

impl BoundaryCeiling {
    /// The best Rust that there can be, as a contender.
    pub(super) fn best_rust(&self) -> Contender {
        Contender {
            name: String::new(),
            kind: Kind::Rust,
            is_packaged: false,
            route: Route::Pyo3,
            index: 0,
            eligibility: Eligibility::Usable,
            speedup: Estimate::exactly(self.speedup.high),
            cores: 1.0,
            days: None,
        }
    }
}

/// A contender.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contender {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Whether it comes from a package index.
    pub(super) is_packaged: bool,
    pub(super) route: Route,
    /// Its index in the workload, which chooses its stream of draws.
    pub(super) index: usize,
    pub(super) eligibility: Eligibility,
    /// Meaningless where it isn't usable.
    pub(super) speedup: Estimate,
    /// Cores that it keeps busy, over those that the baseline does.
    pub(super) cores: f64,
    /// Days that putting it in place takes, where that is known.
    pub(super) days: Option<f64>,
}

/// Whether a contender can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Eligibility {
    /// Measured, with equal output.
    Usable,
    /// Declared to compute something else, so it is no contender.
    Declared,
    /// It differs, failed, remembers its results or wasn't measured, which may be mended.
    Blocked(Obstacle),
    /// It doesn't lead into a process of its own, which was asked for.
    NotIsolated,
}

/// Why nothing can be held against the baseline.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Incomparable {
    /// The baseline differs from itself; the first difference.
    BaselineUnstable(Option<String>),
    /// The baseline couldn't be timed.
    BaselineFailed { is_in_run: bool, error: Option<String> },
    /// There is no workload.
    NoWorkload,
    /// There is one of this name, but it wasn't compared.
    Unmeasured(String),
    /// There is no contender but kernels; whether `try` looked for some.
    NoContender { tried: bool },
}

/// What is known of p99.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum P99 {
    /// It isn't about a service.
    NotApplicable,
    /// It is, but nothing is known of it.
    Unknown(P99Unknown),
    /// What it becomes.
    Known {
        /// As it is, in seconds.
        now: Estimate,
        curve: Curve,
        /// The function's share of it.
        share: Option<Estimate>,
        /// p99 in seconds with a set of functions that reaches the goal, all at their measured speedups.
        joint: Option<Estimate>,
        /// What spoils it, so that nothing may be decided by it.
        doubt: Option<P99Doubt>,
    },
}

/// Why nothing is known of p99.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum P99Unknown {
    /// Too few requests.
    TooThin { requests: u64, requests_needed: Option<u64>, detail: String },
    /// The replay doesn't give what was observed.
    ModelRejected { detail: Option<String> },
    /// The function wasn't watched in the scenario.
    NotWatched { function: String, scenario: Option<String> },
    /// Of all that is in a trace others have larger shares, of which alone it's projected.
    NotProjected { share_of_p99: Option<Estimate> },
    /// No span of a trace is one of the function.
    NotInTrace { function: String, trace: String },
}

/// What a function slept, or waited for I/O, with all that it calls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Asleep {
    /// Seconds of a request, on average.
    pub(super) seconds_per_request: f64,
    pub(super) share_of_p99: Option<Estimate>,
    /// It does nothing else: no time is left that could be saved.
    pub(super) is_all: bool,
}

/// Speedups by the size of the input.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SpeedupsBySize {
    /// The size that was measured.
    pub(super) own: u64,
    /// Sizes ascending.
    pub(super) points: Vec<SizePoint>,
}

/// What was measured at one size.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SizePoint {
    pub(super) size: u64,
    /// Bytes that the input has, where that is known.
    pub(super) bytes: Option<u64>,
    /// Seconds of the baseline.
    pub(super) seconds: Option<f64>,
    /// Speedups of the contenders.
    pub(super) speedups: Vec<Option<Estimate>>,
}

/// How busy a function keeps a machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Load {
    /// Cores that it keeps busy.
    pub(super) busy: f64,
    /// Cores that there are.
    pub(super) cores: f64,
}

impl Evidence {
    /// Whether all that is blocked is so by a Python whose embedding isn't as fast as its executable.
    pub(super) fn is_blocked_by_embedding(&self) -> bool {
        let mut blocked = self.contenders.iter().filter(|one| one.is_blocked());
        blocked.all(|one| matches!(one.eligibility, Eligibility::Blocked(Obstacle::Embedding { .. })))
    }

    /// Contenders that can be chosen.
    pub(super) fn usable(&self) -> impl Iterator<Item = &Contender> {
        self.contenders
            .iter()
            .filter(|contender| contender.eligibility == Eligibility::Usable && contender.too_busy(self).is_none())
    }

    /// What spoils the p99 that there is, or that there is with a contender.
    pub(super) fn p99_doubt(&self, contender: Option<&Contender>) -> Option<P99Doubt> {
        let P99::Known { doubt, .. } = &self.p99 else { return None };
        // A mean may be that of a single request for which the host had the processor elsewhere.
        let may_sleep_at_p99 = |asleep: &Asleep| asleep.share_of_p99.is_none_or(|share| share.high >= P99_SHARE);
        let asleep = self.asleep.filter(may_sleep_at_p99).zip(contender);
        doubt.or(asleep.map(|(asleep, _)| P99Doubt::Asleep { share_of_p99: asleep.share_of_p99 }))
    }

    /// Change of p99 with a contender; with everything saved without one. `None` where nothing is known of p99.
    pub(super) fn p99_change(&self, contender: Option<&Contender>) -> Option<Estimate> {
        let P99::Known { curve, .. } = &self.p99 else { return None };
        let Some(contender) = contender else { return Some(curve.ceiling()) };
        let saved = contender.saved(self, None);
        if let Some(change) = self.replayed(contender) {
            return Some(change);
        }
        let drawn = (0..DRAWS)
            .map(|draw| curve.at(contender.saved(self, Some(draw)), self.level.away(draws::P99, draw)))
            .collect();
        Some(self.level.around(curve.at(saved, 0.0), drawn))
    }

    /// Change of p99 as it was replayed with the speedup of just this contender, which is that of the best Rust; `None` for
    /// others.
    pub(super) fn replayed(&self, contender: &Contender) -> Option<Estimate> {
        let P99::Known { curve, .. } = &self.p99 else { return None };
        curve.replayed(contender.saved(self, None)).filter(|_| contender.kind == Kind::Rust)
    }

    /// What it costs to put a contender in place; without one, what the cheapest would. `None` where days have no price.
    pub(super) fn migration(&self, contender: Option<&Contender>) -> Option<Migration> {
        let by_default = self.price.as_ref()?.migration?;
        let days = match contender {
            Some(contender) => contender.days,
            None => self.contenders.iter().filter_map(|one| one.days).min_by(f64::total_cmp),
        };
        Some(Migration { days: days.unwrap_or(by_default.days), ..by_default })
    }

    /// Saving in a month with a contender; of all time without one. `None` without prices.
    pub(super) fn saving(&self, contender: Option<&Contender>) -> Option<Estimate> {
        let saved = |draw| contender.map_or(1.0, |contender| contender.core_saved(self, draw));
        self.price.as_ref().map(|price| price.saving(self.level, saved))
    }

    /// Months until that has paid for the migration; `None` without prices or that of a migration.
    pub(super) fn payback(&self, contender: Option<&Contender>) -> Option<Estimate> {
        Some(payback(self.migration(contender)?.price(), &self.saving(contender)?))
    }
}

impl Contender {
    /// Whether it is Rust that has to be written and kept, not merely installed.
    pub(super) fn is_own_rust(&self) -> bool {
        self.kind == Kind::Rust && !self.is_packaged
    }

    /// The verdict that is named after it where it wins.
    pub(super) fn verdict(&self) -> Verdict {
        match self.kind {
            _ if self.is_packaged => Verdict::UseLibrary,
            Kind::Rust => Verdict::Migrate,
            Kind::Library => Verdict::UseLibrary,
            Kind::Algorithm | Kind::Python => Verdict::FixAlgorithm,
            Kind::Compiler => Verdict::Compile,
            Kind::Interpreter => Verdict::UpgradePython,
        }
    }

    /// Whether it is surely faster than the baseline.
    pub(super) fn is_faster(&self) -> bool {
        self.speedup.low > 1.0
    }

    /// Whether something that may be mended stands in its way.
    pub(super) fn is_blocked(&self) -> bool {
        matches!(self.eligibility, Eligibility::Blocked(_))
    }

    /// The share of the function's time that it saves, as a caller sees it.
    pub(super) fn saved(&self, evidence: &Evidence, draw: Option<usize>) -> f64 {
        1.0 - 1.0 / self.drawn(evidence, draw)
    }

    /// The share of the processor time that it saves.
    pub(super) fn core_saved(&self, evidence: &Evidence, draw: Option<usize>) -> f64 {
        self.core_saved_at(self.drawn(evidence, draw))
    }

    /// The same at a speedup.
    pub(super) fn core_saved_at(&self, speedup: f64) -> f64 {
        1.0 - self.cores / speedup.max(f64::MIN_POSITIVE)
    }

    /// Which share of all cores it would keep busy at the rate of the scenario, if that is more than there are.
    pub(super) fn too_busy(&self, evidence: &Evidence) -> Option<Estimate> {
        let Load { busy, cores } = evidence.load?;
        let share = |speedup: f64| busy * self.cores / speedup.max(1e-9) / cores;
        let Estimate { estimate, low, high } = self.speedup;
        let share = Estimate { estimate: share(estimate), low: share(high), high: share(low) };
        (share.estimate >= 1.0).then_some(share)
    }

    fn drawn(&self, evidence: &Evidence, draw: Option<usize>) -> f64 {
        let speedup = match draw {
            Some(draw) => evidence.level.positive(&self.speedup, draws::of_contender(self.index), draw),
            None => self.speedup.estimate,
        };
        speedup.max(1e-9)
    }
}
