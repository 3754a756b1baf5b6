//! An attribution as text: the one source of all its renderings.
//!
//! Everything that came from outside (names, messages) has been made visible here; a rendering has only its own
//! syntax left to escape.

mod check;
mod estimate;
mod stack;

use rustworthy_model::attribution::{Attribution, Class, Function, Kind, Model, NamedSpeedup, Speedup, WhatIf};
use rustworthy_model::figures;

use super::words;
use crate::view::{RunView, incomplete, machine};
use crate::visible::{name, note};
use crate::words::heading;

pub(super) use check::{Check, CheckRow};
pub(super) use estimate::EstimateText;
pub(super) use stack::{Part, PartKind, Stack};

/// Functions that a rendering lists; the result has all.
const LISTED: usize = 20;
/// Most kinds of failures that are listed separately.
const FAILURES: usize = 3;

/// A row of the table of what latency consists of.
pub(super) struct Row {
    pub(super) name: String,
    /// `python`; none of waiting.
    pub(super) kind: Option<&'static str>,
    /// `1.0`
    pub(super) calls: Option<String>,
    /// `service.py:12`
    pub(super) place: Option<String>,
    pub(super) cpu: Option<EstimateText>,
    pub(super) p50: Option<EstimateText>,
    pub(super) p99: Option<EstimateText>,
    /// The share of p99 including called functions, where any row has one that is larger.
    pub(super) inclusive: Option<EstimateText>,
    /// The share of p99 for which it and what it calls were off the processor, where that is noticeable.
    pub(super) asleep: Option<EstimateText>,
    /// How much of its own time that was, `98% asleep`.
    pub(super) asleep_of_own: Option<String>,
    pub(super) top: Option<EstimateText>,
    pub(super) excess: Option<EstimateText>,
    /// Changes of p99, in the order of [`COLUMNS`].
    pub(super) changes: [Option<EstimateText>; 4],
}

/// The what-ifs that have a column of their own beside the shares, and its heading.
pub(super) const COLUMNS: [(Speedup, &str); 4] = [
    (Speedup::Named(NamedSpeedup::Measured), "p99 if measured"),
    (Speedup::Factor(2.0), "p99 if 2×"),
    (Speedup::Factor(10.0), "p99 if 10×"),
    (Speedup::Named(NamedSpeedup::Infinite), "p99 if ∞"),
];

/// Latency if something were faster.
pub(super) struct Projection {
    /// The function; of a set, what it adds to the one before.
    pub(super) name: String,
    /// `10× as fast`
    pub(super) how: String,
    pub(super) p50: EstimateText,
    pub(super) p90: EstimateText,
    pub(super) p99: EstimateText,
    pub(super) p999: Option<EstimateText>,
    pub(super) change: EstimateText,
    pub(super) cpu: EstimateText,
    /// `1.31×`
    pub(super) load: Option<String>,
    /// Whether it is shown even where there's little room.
    pub(super) is_brief: bool,
}

/// A quantile of latency as measured.
pub(super) struct Quantile {
    pub(super) name: &'static str,
    /// Which, 0.99; none of the maximum.
    pub(super) at: Option<f64>,
    pub(super) seconds: Option<EstimateText>,
}

/// An attribution in words.
pub(super) struct AttributionView {
    pub(super) name: String,
    /// How requests came in, and how many; none of a profile, which has none.
    pub(super) load: Option<String>,
    /// How much the instrumentation costs.
    pub(super) overhead: Option<String>,
    /// Empty where there are no requests.
    pub(super) latency: Vec<Quantile>,
    /// The slowest request.
    pub(super) max: String,
    /// The median and the tail of latency, in a sentence; none where there are no requests.
    pub(super) finding: Option<String>,
    /// Why nothing is said about p99.
    pub(super) refusal: Option<String>,
    /// Why nothing is projected.
    pub(super) rejection: Option<String>,
    /// The model behind projections, and how well it reproduces what was observed.
    pub(super) model: Option<String>,
    /// What the shares are of.
    pub(super) shares: String,
    /// What a what-if is.
    pub(super) projections: String,
    /// Waiting, then functions, then what remains.
    pub(super) rows: Vec<Row>,
    /// What isn't listed.
    pub(super) unlisted: Option<String>,
    pub(super) what_if: Vec<Projection>,
    pub(super) sets: Vec<Projection>,
    /// Projected beside measured.
    pub(super) checks: Vec<Check>,
    pub(super) trace: Option<String>,
    /// Classes of latency: from, to, and how many requests.
    pub(super) classes: Vec<[String; 3]>,
    pub(super) stack: Stack,
    /// What is wrong with the run as a whole.
    pub(super) warnings: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) run: RunView,
    /// The environment on one line, where one is known.
    pub(super) machine: Option<String>,
}

impl AttributionView {
    /// Puts an attribution into words.
    pub(super) fn new(attribution: &Attribution) -> Self {
        let has_requests = attribution.requests > 0;
        let latency = if has_requests { quantiles(attribution) } else { Vec::new() };
        let (rows, unlisted) = rows(attribution);
        let what_if: Vec<Projection> = attribution.functions.iter().take(LISTED).flat_map(projections).collect();
        Self {
            name: name(&attribution.scenario),
            load: has_requests.then(|| load(attribution)),
            overhead: attribution.instrumentation_overhead.map(|overhead| {
                format!(
                    "Latency is measured without instrumentation, which would add {} to the median.",
                    EstimateText::share(overhead).text()
                )
            }),
            finding: has_requests.then(|| finding(&latency, attribution)),
            latency,
            max: figures::seconds(attribution.latency.max).to_string(),
            refusal: refusal(attribution),
            rejection: rejection(&attribution.model),
            model: attribution.model.accepted.then(|| model(&attribution.model)),
            shares: match has_requests {
                true => words::shares(
                    attribution.trace.is_some(),
                    rows.iter().any(|row| row.p99.is_some()),
                    rows.iter().any(|row| row.inclusive.is_some()),
                    attribution.functions.iter().any(|function| function.kind == Kind::Span),
                    rows.iter().any(|row| row.asleep.is_some()),
                ),
                false => words::SHARES_OF_PROFILE.to_owned(),
            },
            projections: words::projections(
                attribution.trace.is_some(),
                attribution.functions.iter().any(Function::is_replaced),
                what_if.iter().any(|projection| projection.load.is_some()),
            ),
            rows,
            unlisted,
            what_if,
            sets: sets(attribution),
            checks: check::checks(attribution),
            trace: attribution.trace.as_ref().map(words::trace),
            classes: attribution.distribution.iter().filter(|class| class.requests > 0).map(class).collect(),
            stack: Stack::new(attribution),
            warnings: [incomplete(&attribution.run), missed_load(attribution), failures(attribution)]
                .into_iter()
                .flatten()
                .collect(),
            notes: attribution.notes.iter().map(|text| note(text)).collect(),
            run: RunView::new(&attribution.run),
            machine: attribution.environment.as_ref().map(machine),
        }
    }

    /// p99 of the real migration.
    pub(super) fn migration(&self) -> Option<&CheckRow> {
        let check = self.checks.iter().find(|check| check.title == check::MIGRATION)?;
        check.rows.iter().find(|row| row.quantile == heading::P99)
    }

    /// The function that alone would lower p99 most, in a sentence.
    pub(super) fn promise(&self) -> Option<String> {
        let best = self.what_if.iter().filter(|projection| projection.is_brief);
        let best = best.min_by(|a, b| a.p99.estimate.estimate.total_cmp(&b.p99.estimate.estimate))?;
        Some(format!(
            "Of single functions, {} does most: {}, p99 would be {}, which is {}.",
            best.name,
            best.how,
            best.p99.text(),
            best.change.text()
        ))
    }

    /// The heading of what a what-if saves.
    pub(super) fn saved(&self) -> &'static str {
        if self.trace.is_some() { heading::TIME_SAVED } else { heading::CPU_SAVED }
    }

    /// Whether any row has a what-if of its own.
    pub(super) fn has_projections(&self) -> bool {
        !self.what_if.is_empty() || !self.sets.is_empty()
    }
}

fn quantiles(attribution: &Attribution) -> Vec<Quantile> {
    let latency = &attribution.latency;
    [
        (heading::P50, 0.5, latency.p50),
        (heading::P90, 0.9, latency.p90),
        (heading::P99, 0.99, latency.p99),
        (heading::P999, 0.999, latency.p999),
    ]
    .map(|(name, at, seconds)| Quantile { name, at: Some(at), seconds: seconds.map(EstimateText::seconds) })
    .into()
}

/// `poisson arrivals at 231/s, 1 server, 3,000 requests, utilisation 71% (68 to 74)`
fn load(attribution: &Attribution) -> String {
    let requests = words::number(attribution.requests, "request", "requests");
    let asked = attribution.load.as_ref().and_then(|load| load.utilization);
    let asked = asked.map(|share| format!(", {}% asked for", figures::percent(share))).unwrap_or_default();
    let busy = attribution.utilization;
    let busy = busy.map(|share| format!("utilisation {}{asked}", EstimateText::share(share).text()));
    attribution.load.as_ref().map(words::load).into_iter().chain([requests]).chain(busy).collect::<Vec<_>>().join(", ")
}

/// That latency is that of another load than was asked for.
fn missed_load(attribution: &Attribution) -> Option<String> {
    let (reached, asked) = attribution.missed_load()?;
    Some(format!(
        "Utilisation was {} where {}% was asked for: latency is that of the load that was measured.",
        EstimateText::share(reached).text(),
        figures::percent(asked)
    ))
}

/// What half of the requests take, and what the slowest do.
fn finding(latency: &[Quantile], attribution: &Attribution) -> String {
    let seconds = |name: &str| latency.iter().find(|quantile| quantile.name == name)?.seconds.as_ref();
    match (seconds(heading::P50), seconds(heading::P99)) {
        (Some(p50), Some(p99)) => {
            format!("Half of the requests take up to {}; one in a hundred takes {} or more.", p50.text(), p99.text())
        }
        (Some(p50), None) => {
            let max = figures::seconds(attribution.latency.max);
            format!("Half of the requests take up to {}; the slowest took {max}.", p50.text())
        }
        (None, _) => "There are too few requests to tell their latency.".to_owned(),
    }
}

fn class(class: &Class) -> [String; 3] {
    let [from, to] = [class.from, class.to].map(|seconds| figures::seconds(seconds).to_string());
    [from, to, figures::count(class.requests)]
}

fn refusal(attribution: &Attribution) -> Option<String> {
    let refusal = attribution.refused.as_ref()?;
    let needed = refusal.requests_needed.map(|needed| format!("; {} would do", figures::count(needed)));
    Some(format!("Nothing is said about p99: {}{}.", sentence(&refusal.reason), needed.unwrap_or_default()))
}

/// By how much a replay of the observed requests deviates from their latencies.
fn replayed(model: &Model) -> Option<String> {
    let strays: Vec<String> = [(heading::P50, model.error_p50), (heading::P99, model.error_p99)]
        .into_iter()
        .filter_map(|(name, error)| Some(format!("{name} {}", figures::stray(error?))))
        .collect();
    (!strays.is_empty())
        .then(|| format!("the requests as they were, replayed, differ from observed by {}", strays.join(", ")))
}

fn rejection(model: &Model) -> Option<String> {
    if model.accepted {
        return None;
    }
    let reason = model.reason.as_deref().map(sentence).unwrap_or_else(|| "the model of the queue was rejected".into());
    let replayed = replayed(model).map(|text| format!(" ({text})")).unwrap_or_default();
    Some(format!("Nothing is projected: {reason}{replayed}."))
}

fn model(model: &Model) -> String {
    let what = model.reason.as_deref().map_or_else(|| "the same arrivals, first come, first served".into(), sentence);
    let replayed = replayed(model).map(|text| format!("; {text}")).unwrap_or_default();
    format!("Projections: {what}{replayed}.")
}

/// A text for the middle of a sentence.
fn sentence(text: &str) -> String {
    note(text).trim_end_matches('.').to_owned()
}

fn failures(attribution: &Attribution) -> Option<String> {
    if attribution.failed_requests == 0 {
        return None;
    }
    let kinds = attribution.failures.iter().take(FAILURES);
    let kinds: Vec<String> =
        kinds.map(|failure| format!("{} × {}", figures::count(failure.requests), name(&failure.message))).collect();
    let causes = if kinds.is_empty() { String::new() } else { format!(": {}", kinds.join("; ")) };
    let requests = words::number(attribution.requests, "request", "requests");
    Some(format!("{} of {requests} failed{causes}", figures::count(attribution.failed_requests)))
}

/// From which share on sleep is told of.
const NOTICEABLE: f64 = 0.01;

/// Waiting, the functions with the largest shares, and the time outside of functions.
fn rows(attribution: &Attribution) -> (Vec<Row>, Option<String>) {
    let waiting = &attribution.waiting;
    let waits = [waiting.share_of_p50, waiting.share_of_p99, waiting.share_of_top];
    let waiting = waits.iter().any(Option::is_some).then(|| {
        let [p50, p99, top] = waits.map(|share| share.map(EstimateText::share));
        Row {
            name: words::WAITING.to_owned(),
            kind: None,
            calls: None,
            place: None,
            cpu: None,
            p50,
            p99,
            inclusive: None,
            asleep: None,
            asleep_of_own: None,
            top,
            excess: None,
            changes: [None, None, None, None],
        }
    });
    let (functions, rest): (Vec<_>, Vec<_>) = attribution.functions.iter().partition(|function| function.is_function());
    let unlisted = functions.len().saturating_sub(LISTED);
    let unlisted = (unlisted > 0).then(|| {
        format!("{} with smaller shares aren't shown.", words::number(unlisted as u64, "function", "functions"))
    });
    let has_others = |function: &Function| function.spends_in_others() || function.kind == Kind::Span;
    let with_calls = attribution.functions.iter().any(has_others);
    let is_called = |function: &Function| function.is_function() || function.kind == Kind::Span;
    let row = |function: &Function| Row::new(function, attribution.trace.is_some(), with_calls && is_called(function));
    let rows = functions.into_iter().take(LISTED).chain(rest).map(row);
    (waiting.into_iter().chain(rows).collect(), unlisted)
}

impl Row {
    fn new(function: &Function, is_trace: bool, with_calls: bool) -> Self {
        let change = |wanted: Speedup| {
            let what_if = function.what_if.iter().find(|what_if| what_if.speedup == wanted)?;
            Some(EstimateText::change(what_if.p99_change))
        };
        Self {
            name: name(&function.name),
            // A call of another service does nothing else.
            kind: Some(if function.waits { "waits" } else { words::kind(function.kind, is_trace) }),
            calls: function.calls_per_request.map(figures::size),
            place: crate::profile::words::place(function.file.as_deref(), function.line),
            cpu: function.cpu_share.map(EstimateText::share),
            p50: function.share_of_p50.map(EstimateText::share),
            p99: function.share_of_p99.map(EstimateText::share),
            inclusive: function.inclusive_share_of_p99.filter(|_| with_calls).map(EstimateText::share),
            asleep: function.asleep_share_of_p99.filter(|share| share.estimate >= NOTICEABLE).map(EstimateText::share),
            asleep_of_own: asleep_of_own(function),
            top: function.share_of_top.map(EstimateText::share),
            excess: function.excess.map(EstimateText::longer),
            changes: COLUMNS.map(|(speedup, _)| change(speedup)),
        }
    }

    /// Kind, calls and sleep, `python, 1.0 calls, 98% asleep`.
    pub(super) fn what(&self) -> String {
        let calls = self.calls.as_ref().map(|calls| format!("{calls} calls"));
        let parts = self.kind.map(str::to_owned).into_iter().chain(calls).chain(self.asleep_of_own.clone());
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// How much of the time of a function, with all that it calls, was off the processor, where that is noticeable.
fn asleep_of_own(function: &Function) -> Option<String> {
    let share = function.asleep_per_request? / function.inclusive_per_request;
    (share >= NOTICEABLE && !function.waits).then(|| format!("{}% asleep", figures::percent(share.min(1.0))))
}

/// The projected latency for each speedup of a function.
fn projections(function: &Function) -> Vec<Projection> {
    let is = |wanted: Speedup| function.what_if.iter().any(|what_if| what_if.speedup == wanted);
    let measured = Speedup::Named(NamedSpeedup::Measured);
    let first = if is(measured) { measured } else { Speedup::Factor(10.0) };
    let infinite = Speedup::Named(NamedSpeedup::Infinite);
    let projection = |what_if: &WhatIf| {
        let is_brief = [first, infinite].contains(&what_if.speedup);
        Projection::new(name(&function.name), words::how(what_if.speedup), what_if, is_brief)
    };
    function.what_if.iter().map(projection).collect()
}

/// The sets, each by what it adds to the one before.
fn sets(attribution: &Attribution) -> Vec<Projection> {
    let mut known: &[String] = &[];
    let mut sets = Vec::new();
    for set in &attribution.sets {
        let added: Vec<String> =
            set.functions.iter().filter(|function| !known.contains(function)).map(|text| name(text)).collect();
        let sign = if sets.is_empty() { "" } else { "+ " };
        let together = words::number(set.functions.len() as u64, "function", "functions");
        sets.push(Projection::new(format!("{sign}{}", added.join(", ")), together, &set.what_if, true));
        known = &set.functions;
    }
    sets
}

impl Projection {
    fn new(name: String, how: String, what_if: &WhatIf, is_brief: bool) -> Self {
        Self {
            name,
            how,
            p50: EstimateText::seconds(what_if.p50),
            p90: EstimateText::seconds(what_if.p90),
            p99: EstimateText::seconds(what_if.p99),
            p999: what_if.p999.map(EstimateText::seconds),
            change: EstimateText::change(what_if.p99_change),
            cpu: EstimateText::share(what_if.cpu_saved),
            load: what_if.load.map(|factor| figures::factor(factor).to_string()),
            is_brief,
        }
    }
}
