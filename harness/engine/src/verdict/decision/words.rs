//! Reasons and remedies in words. Nothing is decided here.

use rustworthy_model::attribution::{Attribution, Kind as FunctionKind};
use rustworthy_model::comparison::{Kind, Route};
use rustworthy_model::decision::{Candidate, Ceiling, FlipInput, NEVER, RunnerUp, Verdict};
use rustworthy_model::{Estimate, figures};

use super::case::{Case, Contender, Standing, Tail, Trouble, Unknown};
use super::flips::flips;
use super::price::{self, Price};
use super::rules::{Judged, Why, share};
use super::subject::Subject;
use super::{Measured, P99_SHARE, Terms};
use crate::manifest::Goal;

/// Days of a month.
const DAYS: f64 = 30.44;

/// From which share of p99 on something that isn't a function is named as what makes p99.
const MAKES_P99: f64 = 0.25;

/// How many times as many requests make an interval half as wide.
const MORE_REQUESTS: u64 = 4;

/// The candidate that a subject has become.
pub(super) fn candidate(subject: &Subject<'_>, case: &Case, judged: &Judged, terms: &Terms) -> Candidate {
    let considered = judged.considered.and_then(|place| case.contenders.get(place));
    let runner_up = judged.runner_up.and_then(|place| case.contenders.get(place));
    let is_chosen = !matches!(judged.verdict, Verdict::Leave | Verdict::Inconclusive);
    let chosen = considered.filter(|_| is_chosen);
    Candidate {
        name: subject.name().to_owned(),
        workload: subject.workload.map(|(workload, _)| workload.name.clone()),
        function: subject.function.clone(),
        scenario: subject
            .place
            .filter(|place| place.function.is_some())
            .map(|place| place.attribution.scenario.clone()),
        verdict: judged.verdict,
        contender: chosen.map(|one| one.name.clone()),
        route: chosen.map(|one| one.route),
        reasons: Reasons { subject, case, judged, terms, considered, runner_up }.all(),
        flips: flips(case, judged, terms),
        command: command(subject, case, judged),
        p99_change: considered.and_then(|one| case.p99_change(Some(one))),
        speedup: considered.map(|one| one.speedup),
        cost: considered.and_then(|one| Some(price::cost(case, case.price.as_ref()?, Some(one)))),
        considered: considered.map(|one| one.name.clone()),
        ceiling: Ceiling { p99_change: case.p99_change(None), saving_per_month: case.saving(None) },
        runner_up: runner_up.map(|one| RunnerUp {
            contender: one.name.clone(),
            kind: one.kind,
            route: one.route,
            speedup: one.speedup,
            p99_change: case.p99_change(Some(one)),
            saving_per_month: case.saving(Some(one)),
        }),
    }
}

/// All that reasons are made of.
struct Reasons<'a> {
    subject: &'a Subject<'a>,
    case: &'a Case,
    judged: &'a Judged,
    terms: &'a Terms,
    considered: Option<&'a Contender>,
    runner_up: Option<&'a Contender>,
}

impl Reasons<'_> {
    /// The most important first.
    fn all(&self) -> Vec<String> {
        let mut found = match &self.judged.why {
            Why::AlreadyMet => vec![self.already_met()],
            Why::NothingToGain => self.nothing_to_gain(),
            Why::Native => {
                let native =
                    "Its time is spent in native code already: a rewrite has nothing to take out of the interpreter.";
                [vec![native.to_owned()], self.nothing_to_gain()].concat()
            }
            Why::NoneFaster => [self.none_faster(), self.nothing_to_gain()].concat(),
            Why::TooLittle => [self.effects(), self.speed()].concat(),
            Why::Enough(share) => [self.speed(), self.effects(), self.alternative(share.as_ref())].concat(),
            Why::Trouble => self.trouble(),
            Why::P99Unknown => [self.p99_unknown(), self.speed(), self.effects()].concat(),
            Why::NothingCounts => [vec![self.nothing_counts()], self.speed(), self.effects()].concat(),
            Why::P99Wide | Why::PaybackWide => [vec![self.too_wide()], self.effects(), self.speed()].concat(),
            Why::SpeedWide => [vec![self.speed_wide()], self.effects()].concat(),
            Why::BetweenTwo(share) => [vec![self.between_two(share)], self.speed(), self.effects()].concat(),
            Why::Blocked => [self.blocked(), self.speed(), self.effects()].concat(),
        };
        found.extend(self.share_and_queue());
        found.extend(self.what_else_makes_p99());
        if !matches!(self.judged.why, Why::Blocked | Why::NothingToGain | Why::AlreadyMet) {
            found.extend(self.not_chosen());
        }
        found.extend(self.kernel());
        found.extend(self.assumption());
        found
    }

    /// How fast the considered contender is.
    fn speed(&self) -> Vec<String> {
        let Some(one) = self.considered else { return Vec::new() };
        let baseline = self.subject.workload.map(|(workload, _)| workload.baseline.as_str()).unwrap_or("the baseline");
        vec![format!(
            "{} is {} as fast as {baseline}, call and conversion included, with equal output.",
            called(one),
            times(&one.speedup)
        )]
    }

    /// What it does to p99 and to the bill, against what would count.
    fn effects(&self) -> Vec<String> {
        let Some(one) = self.considered else { return Vec::new() };
        let mut found = Vec::new();
        if let (Tail::Known { now, .. }, Some(change)) = (&self.case.p99, self.case.p99_change(Some(one))) {
            let after = now.estimate * (1.0 + change.estimate);
            let goal = match self.terms.goal {
                Some(Goal::P99(target)) => format!("; the goal is {}", figures::seconds(target.as_secs_f64())),
                _ => format!("; {} lower is what counts", percent(P99_SHARE)),
            };
            found.push(format!(
                "p99 goes from {} to {}: {}{goal}.",
                figures::seconds(now.estimate),
                figures::seconds(after),
                self::change(&change)
            ));
        }
        if let (Tail::Known { joint: Some(joint), .. }, Some(Goal::P99(target))) = (&self.case.p99, self.terms.goal) {
            found.push(format!(
                "With the others of the plan p99 is {}, within {}.",
                figures::seconds(joint.estimate),
                figures::seconds(target.as_secs_f64())
            ));
        }
        found.extend(self.case.price.as_ref().map(|price| self.price(price, Some(one))));
        if found.is_empty() {
            found.push(
                "This goes by speed alone: no scenario tells what it does to p99, and no prices what it is worth."
                    .to_owned(),
            );
        }
        found
    }

    /// What a contender saves, or no time at all.
    fn price(&self, price: &Price, one: Option<&Contender>) -> String {
        let currency = self.terms.cost.as_ref().map_or("", |cost| cost.currency.as_str());
        let saving = price::saving(self.case, price, one);
        let saves = if one.is_some() { "It saves" } else { "It would save" };
        let amount_of = format!(
            "{} {currency} a month ({} to {})",
            amount(saving.estimate),
            amount(saving.low),
            amount(saving.high)
        );
        match price.migration {
            None => {
                format!("{saves} {amount_of}; engineer-day and migration-days in [cost] would tell when that pays.")
            }
            Some(migration) => {
                let payback = price::payback(migration.price(), &saving);
                let when = match payback.low >= NEVER {
                    true => "are never paid back".to_owned(),
                    false => format!(
                        "are paid back in {} ({} to {})",
                        months(payback.estimate),
                        number_of_months(payback.low),
                        number_of_months(payback.high)
                    ),
                };
                format!(
                    "{saves} {amount_of}: {} {currency} of migration {when}; within {} is what counts.",
                    amount(migration.price()),
                    months(price.horizon)
                )
            }
        }
    }

    fn already_met(&self) -> String {
        let Tail::Known { now, .. } = &self.case.p99 else { return String::new() };
        let target = match self.terms.goal {
            Some(Goal::P99(target)) => target.as_secs_f64(),
            _ => 0.0,
        };
        format!(
            "p99 is {} ({} to {}) and has to be {}: there is nothing to do.",
            figures::seconds(now.estimate),
            figures::seconds(now.low),
            figures::seconds(now.high),
            figures::seconds(target)
        )
    }

    /// The largest effects that even an infinite speedup could have.
    fn nothing_to_gain(&self) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(change) = self.case.p99_change(None) {
            let counts = match self.terms.goal {
                Some(Goal::P99(target)) => format!("the goal is {}", figures::seconds(target.as_secs_f64())),
                _ => format!("{} lower is what counts", percent(P99_SHARE)),
            };
            found.push(format!(
                "Even if it took no time at all, p99 would change by {}; {counts}.",
                self::change(&change)
            ));
        }
        if let Some(price) = &self.case.price {
            found.push(format!("In no time at all: {}", lower_first(&self.price(price, None))));
        }
        found
    }

    fn none_faster(&self) -> Vec<String> {
        let mut usable: Vec<&Contender> = self.case.usable().collect();
        usable.sort_by(|one, other| other.speedup.estimate.total_cmp(&one.speedup.estimate));
        if usable.is_empty() {
            return vec!["No contender is left that could be chosen.".to_owned()];
        }
        let told: Vec<String> =
            usable.iter().take(3).map(|one| format!("{} {}", called(one), times(&one.speedup))).collect();
        vec![format!("No route is faster than the baseline, call and conversion included: {}.", told.join(", "))]
    }

    /// How a library or an algorithm compares with Rust.
    fn alternative(&self, share: Option<&Estimate>) -> Vec<String> {
        let enough = percent(self.terms.enough);
        if self.judged.verdict == Verdict::Migrate {
            let others = self.case.usable().filter(|one| one.kind != Kind::Rust && one.speedup.low > 1.0);
            let best = others.max_by(|one, other| one.speedup.estimate.total_cmp(&other.speedup.estimate));
            return best
                .map(|one| {
                    let share = share_of(self.case, self.terms, one, self.considered);
                    format!("Without Rust, {} brings {share} of that; {enough} would be enough.", called(one))
                })
                .into_iter()
                .collect();
        }
        let rust = self.runner_up.filter(|one| one.kind == Kind::Rust);
        let rust = rust.map_or("the best Rust".to_owned(), called);
        share
            .map(|share| format!("That is {} of what {rust} brings; {enough} is enough.", share_in_words(share)))
            .into_iter()
            .collect()
    }

    fn trouble(&self) -> Vec<String> {
        let first = match &self.case.trouble {
            Some(Trouble::Unstable(detail)) => {
                format!(
                    "The baseline's output isn't stable, so nothing can be equal to it: {}.",
                    detail.trim_end_matches('.')
                )
            }
            Some(Trouble::BaselineFailed(error)) => format!("The baseline couldn't be measured: {error}."),
            Some(Trouble::NoWorkload) => {
                "No workload stands for it, so no contender of it has been measured: add one to the manifest, with a contender \
                 and `replaces` naming the function."
                    .to_owned()
            }
            Some(Trouble::Unmeasured(name)) => format!("Workload {name} stands for it, but has not been measured."),
            Some(Trouble::NoContender) => match &self.case.kernel {
                Some(_) => "Only a kernel was measured, which nobody can call.".to_owned(),
                None => "It has no contender.".to_owned(),
            },
            None => String::new(),
        };
        let mut found = vec![first];
        if let Tail::Unknown(unknown) = &self.case.p99 {
            found.push(self.unknown(unknown));
        }
        let ceiling = self.nothing_to_gain();
        found.extend(ceiling);
        found
    }

    fn unknown(&self, unknown: &Unknown) -> String {
        match unknown {
            Unknown::Thin(reason, _) => format!("Too few requests tell of p99: {reason}."),
            Unknown::Rejected(reason) => {
                format!("The model of the queue was rejected, so p99 can't be projected: {reason}.")
            }
            Unknown::Unseen => {
                let scenario = self.subject.place.map_or("the scenario", |place| place.attribution.scenario.as_str());
                format!(
                    "{} isn't among the functions that were watched in {scenario}, so its part in p99 isn't known.",
                    self.subject.function.as_deref().unwrap_or("It")
                )
            }
        }
    }

    fn p99_unknown(&self) -> Vec<String> {
        match &self.case.p99 {
            Tail::Unknown(unknown) => vec![self.unknown(unknown)],
            _ => Vec::new(),
        }
    }

    fn nothing_counts(&self) -> String {
        match self.terms.goal {
            Some(Goal::Cost) => "The goal is a payback, which can't be told without [cost] and a volume.".to_owned(),
            _ => "The goal is p99, and it's in no scenario that was attributed.".to_owned(),
        }
    }

    fn too_wide(&self) -> String {
        match self.judged.why {
            Why::P99Wide => "The interval of p99 is too wide: it reaches over what would count.".to_owned(),
            _ => "The interval of the payback is too wide: it reaches over the horizon.".to_owned(),
        }
    }

    fn speed_wide(&self) -> String {
        let one = self.considered.map(|one| format!("{} is {} as fast", called(one), times(&one.speedup)));
        format!(
            "{}: the interval is too wide to tell.",
            one.unwrap_or_else(|| "It isn't known how fast it gets".to_owned())
        )
    }

    fn between_two(&self, share: &Estimate) -> String {
        let one = self.considered.map_or("It".to_owned(), called);
        format!(
            "{one} brings {} of what the best Rust does: whether that is {} can't be told.",
            share_in_words(share),
            percent(self.terms.enough)
        )
    }

    /// What might be it, and why it isn't.
    fn blocked(&self) -> Vec<String> {
        let blocked = self.case.contenders.iter().filter_map(|one| match &one.standing {
            Standing::Blocked(why) => {
                Some(format!("{} {}; no speedup without equality.", called(one), why.trim_end_matches('.')))
            }
            _ => None,
        });
        blocked.collect()
    }

    /// Those that couldn't be chosen, and why.
    fn not_chosen(&self) -> Vec<String> {
        let why = |one: &Contender| match &one.standing {
            Standing::Declared => None,
            Standing::Blocked(why) => Some(format!("{}.", why.trim_end_matches('.'))),
            Standing::NotIsolated => Some("has no process of its own, which was asked for.".to_owned()),
            Standing::Usable => one.too_busy(self.case).map(|share| {
                format!("can't keep up: at this rate it would need {} of all processors.", percent(share))
            }),
        };
        self.case.contenders.iter().filter_map(|one| Some(format!("{} {}", called(one), why(one)?))).collect()
    }

    /// A small share with a large effect, or the share where that is what there is.
    fn share_and_queue(&self) -> Option<String> {
        let Tail::Known { share: Some(share), .. } = &self.case.p99 else { return None };
        let ceiling = self.case.p99_change(None)?;
        let function = self.subject.place?.function?;
        let it =
            if function.is_replaced() && function.spends_in_others() { "With all that it calls, it" } else { "It" };
        let what = format!("{it} takes {} of p99", share_in_words(share));
        Some(if -ceiling.estimate > 2.0 * share.estimate && ceiling.high < -P99_SHARE {
            format!("{what}, but others wait in the queue behind it: faster, it shortens their waiting too.")
        } else {
            format!("{what}.")
        })
    }

    /// What makes p99 where the function doesn't.
    fn what_else_makes_p99(&self) -> Option<String> {
        let attribution = self.subject.place?.attribution;
        if self.judged.verdict != Verdict::Leave
            || !matches!(self.judged.why, Why::NothingToGain | Why::TooLittle | Why::Native)
        {
            return None;
        }
        let others = attribution
            .functions
            .iter()
            .filter(|row| matches!(row.kind, FunctionKind::Gc | FunctionKind::Unattributed));
        let others = others.filter_map(|row| Some((row.name.trim_matches(['(', ')']).to_owned(), row.share_of_p99?)));
        let waiting = attribution.waiting.share_of_p99.map(|share| ("waiting in the queue".to_owned(), share));
        let (name, share) = others.chain(waiting).max_by(|one, other| one.1.estimate.total_cmp(&other.1.estimate))?;
        (share.estimate >= MAKES_P99).then(|| {
            let nothing = if name == "asleep" { ": waiting for others, which no rewrite shortens" } else { "" };
            format!("What makes p99 is {name}, {} of it{nothing}.", share_in_words(&share))
        })
    }

    /// A kernel never decides.
    fn kernel(&self) -> Option<String> {
        let (name, speedup) = self.case.kernel.as_ref()?;
        let speedup = (*speedup)?;
        let best = self.considered.map_or(1.0, |one| one.speedup.estimate);
        (speedup.low > best.max(1.0) && self.judged.verdict != Verdict::FixAlgorithm).then(|| {
            format!(
                "The kernel {name} alone is {} as fast, without its boundary: nobody can call it at that price.",
                times(&speedup)
            )
        })
    }

    /// What the figures take for granted.
    fn assumption(&self) -> Option<String> {
        let one = self.considered?;
        let Tail::Known { curve, .. } = &self.case.p99 else { return None };
        let is_replayed = one.kind == Kind::Rust && curve.replayed(one.saved(self.case, None)).is_some();
        (!is_replayed && !matches!(self.judged.why, Why::NothingToGain | Why::AlreadyMet)).then(|| {
            format!(
                "p99 with {} lies between speedups that were replayed, by the share of time that it saves.",
                one.name
            )
        })
    }
}

/// What would settle an inconclusive verdict.
fn command(subject: &Subject<'_>, case: &Case, judged: &Judged) -> Option<String> {
    if judged.verdict != Verdict::Inconclusive {
        return None;
    }
    let workload = subject.workload.map(|(workload, _)| shell(&workload.name));
    let compare = |options: &str| workload.as_ref().map(|workload| format!("rustworthy compare {workload}{options}"));
    let attribution = subject.place.map(|place| place.attribution);
    let attribute = |requests: Option<u64>| {
        let attribution = attribution?;
        let requests = requests.map(|requests| format!(" --requests {requests}")).unwrap_or_default();
        Some(format!("rustworthy attribute {}{requests}", shell(&attribution.scenario)))
    };
    let more = |attribution: &Attribution| attribution.requests.saturating_mul(MORE_REQUESTS).max(1_000);
    match &judged.why {
        Why::P99Unknown => match &case.p99 {
            Tail::Unknown(Unknown::Thin(_, needed)) => attribute(Some(needed.unwrap_or(more(attribution?)))),
            // The function has to be named among the candidates first, which the reason says.
            Tail::Unknown(Unknown::Unseen) => attribute(None),
            _ => attribute(Some(more(attribution?))),
        },
        Why::P99Wide => attribute(Some(more(attribution?))),
        // The workload has to be in the manifest first, which the reason says.
        Why::Trouble if case.trouble == Some(Trouble::NoWorkload) => {
            subject.function.as_ref().map(|function| format!("rustworthy decide {}", shell(function)))
        }
        Why::Trouble | Why::Blocked => match &case.trouble {
            Some(Trouble::Unmeasured(name)) => Some(format!("rustworthy compare {}", shell(name))),
            _ => compare(""),
        },
        Why::PaybackWide | Why::SpeedWide | Why::BetweenTwo(_) => compare(" --precision 1% --budget 300s"),
        Why::NothingCounts => {
            Some("rustworthy decide".to_owned() + &workload.map(|name| format!(" {name}")).unwrap_or_default())
        }
        _ => None,
    }
}

/// Which numbers would allow a price, and what else is missing.
pub(super) fn missing_prices(measured: &Measured<'_>, subjects: &[Subject<'_>], terms: &Terms) -> Vec<String> {
    if subjects.is_empty() {
        return Vec::new();
    }
    let mut missing = Vec::new();
    let is_in_scenario = |subject: &Subject<'_>| subject.place.is_some_and(|place| place.function.is_some());
    match &terms.cost {
        None => missing.push("[cost] with core-hour, engineer-day and migration-days".to_owned()),
        Some(cost) if cost.migration.is_none() => missing.push("engineer-day and migration-days in [cost]".to_owned()),
        Some(_) => {}
    }
    let has_requests = terms.cost.as_ref().is_some_and(|cost| cost.requests_per_month.is_some());
    if subjects.iter().any(is_in_scenario) && !has_requests {
        missing.push("requests-per-month in [cost]".to_owned());
    }
    let without_calls: Vec<&str> = subjects
        .iter()
        .filter(|subject| subject.workload.is_some() && subject.calls_per_month.is_none())
        .filter(|subject| !(is_in_scenario(subject) && has_requests))
        .map(Subject::name)
        .collect();
    if !without_calls.is_empty() && !(subjects.iter().all(is_in_scenario)) {
        missing.push(format!("calls-per-month of {}", without_calls.join(", ")));
    }
    let unknown_scenarios = measured
        .project
        .scenarios
        .iter()
        .filter(|scenario| !measured.attributions.iter().any(|attribution| attribution.scenario == scenario.name));
    let mut notes = Vec::new();
    if !missing.is_empty() {
        notes.push(format!("What would allow a price: {}.", missing.join("; ")));
    }
    notes.extend(unknown_scenarios.map(|scenario| {
        format!("Scenario {} isn't part of this: `rustworthy attribute {0}` tells what p99 is made of.", scenario.name)
    }));
    notes
}

/// A flip in words. Volumes are told by the day.
pub(super) fn flip(verdict: Verdict, input: FlipInput, above: bool, value: f64, case: &Case) -> String {
    let becomes = becomes(verdict);
    let side = if above { "above" } else { "below" };
    match input {
        FlipInput::Volume => {
            let unit = if case.price.as_ref().is_some_and(|price| price.is_calls) { "calls" } else { "requests" };
            format!("{becomes} {side} {} {unit} a day.", amount(value / DAYS))
        }
        FlipInput::MigrationDays => format!("{becomes} if the migration takes {} {} days.", than(above), amount(value)),
        FlipInput::Payload => format!("{becomes} with inputs {side} {}.", amount(value)),
        FlipInput::ShareOfP99 => match above {
            true => {
                format!("{becomes} if it exceeds {} of p99, and takes as much more in all requests.", percent(value))
            }
            false => {
                format!("{becomes} if it takes less than {} of p99, and as much less in all requests.", percent(value))
            }
        },
        FlipInput::Speedup => match above {
            true => format!("{becomes} if Rust were {}× as fast as the baseline or more.", amount(value)),
            false => format!("{becomes} if Rust were less than {}× as fast as the baseline.", amount(value)),
        },
    }
}

/// The same of the size of the input.
pub(super) fn payload_flip(verdict: Verdict, above: bool, size: f64, bytes: Option<f64>) -> String {
    let side = if above { "over" } else { "under" };
    match bytes {
        Some(bytes) => {
            format!("{} with payloads {side} {}.", becomes(verdict), figures::bytes(bytes.round().max(1.0) as u64))
        }
        None => format!("{} with inputs of a size {side} {}.", becomes(verdict), amount(size)),
    }
}

fn becomes(verdict: Verdict) -> String {
    let word = match verdict {
        Verdict::Migrate => "migrate",
        Verdict::UseLibrary => "use_library",
        Verdict::FixAlgorithm => "fix_algorithm",
        Verdict::Leave => "leave",
        Verdict::Inconclusive => "inconclusive",
    };
    format!("Becomes `{word}`")
}

fn than(above: bool) -> &'static str {
    if above { "more than" } else { "less than" }
}

fn share_of(case: &Case, terms: &Terms, one: &Contender, of: Option<&Contender>) -> String {
    share_in_words(&share(case, terms, one, of))
}

fn share_in_words(share: &Estimate) -> String {
    format!("{} ({} to {})", percent(share.estimate), number_of_percent(share.low), number_of_percent(share.high))
}

/// Name and route, `batch (pyo3)`.
fn called(contender: &Contender) -> String {
    let route = match contender.route {
        Route::InProcess | Route::Kernel => return contender.name.clone(),
        Route::Pyo3 => "pyo3",
        Route::Subprocess => "subprocess",
        Route::Http => "http",
        Route::Grpc => "grpc",
    };
    if contender.name.contains(route) { contender.name.clone() } else { format!("{} ({route})", contender.name) }
}

/// A speedup with its interval, `14.2× (13.1 to 15.6)`.
fn times(speedup: &Estimate) -> String {
    format!("{}× ({} to {})", amount(speedup.estimate), amount(speedup.low), amount(speedup.high))
}

/// A change with its interval, `−31% (−34 to −28)`.
fn change(change: &Estimate) -> String {
    let share = |share: f64| {
        let text = number_of_percent(share.abs());
        let sign = if text.chars().all(|digit| matches!(digit, '0' | '.')) {
            ""
        } else if share < 0.0 {
            "−"
        } else {
            "+"
        };
        format!("{sign}{text}")
    };
    format!("{}% ({} to {})", share(change.estimate), share(change.low), share(change.high))
}

fn percent(share: f64) -> String {
    format!("{}%", number_of_percent(share))
}

fn number_of_percent(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = match percent.abs() {
        tiny if tiny < 0.0095 => 3,
        small if small < 0.095 => 2,
        usual if usual < 9.95 => 1,
        _ => 0,
    };
    let text = format!("{percent:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A number of about three digits: `3.1 million`, `12.4`, `0.02`.
pub(super) fn amount(value: f64) -> String {
    if !value.is_finite() {
        return "?".to_owned();
    }
    let (scaled, unit) = match value.abs() {
        huge if huge >= 1e12 => return format!("{value:.2e}"),
        billions if billions >= 9.995e8 => (value / 1e9, " billion"),
        millions if millions >= 9.995e5 => (value / 1e6, " million"),
        _ => (value, ""),
    };
    let text = match scaled.abs() {
        0.0 => "0".to_owned(),
        large if large >= 99.95 => return grouped(scaled) + unit,
        tens if tens >= 9.995 => format!("{scaled:.1}"),
        ones if ones >= 0.1 => format!("{scaled:.2}"),
        hundredths if hundredths >= 1e-4 => format!("{scaled:.4}"),
        _ => return format!("{scaled:.1e}"),
    };
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    text + unit
}

/// A whole number of three significant digits with its thousands set apart.
fn grouped(value: f64) -> String {
    let digits = value.abs().log10().floor() as i32 - 2;
    let unit = 10_f64.powi(digits.max(0));
    let whole = figures::count(((value.abs() / unit).round() * unit) as u64);
    if value < 0.0 { format!("-{whole}") } else { whole }
}

/// `12.9 months`, `never`
pub(super) fn months(value: f64) -> String {
    match number_of_months(value) {
        never if value >= NEVER => never,
        number => format!("{number} {}", if number == "1" { "month" } else { "months" }),
    }
}

fn number_of_months(value: f64) -> String {
    if value >= NEVER { "never".to_owned() } else { amount(value) }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// A word as a POSIX shell reads it back.
fn shell(word: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./:=@%+,".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
