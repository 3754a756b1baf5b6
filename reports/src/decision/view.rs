//! A decision as text: the one source of all its renderings.
//!
//! Everything that came from outside (names, errors) has been made visible here; a rendering has only its own syntax left
//! to escape.

use rustworthy_model::comparison::Route;
use rustworthy_model::decision::{
    Candidate, Cost, Decision, Goal, How, InputSize, NEVER, Plan, RunnerUp, Source, Step, Terms, Verdict,
};
use rustworthy_model::{Estimate, figures};

use super::{in_words, phrases};
use crate::measure::Measure;
use crate::verdict::{Tone, Toned};
use crate::view::{RunView, incomplete, machine};
use crate::visible::{name, note};
use crate::words::{NOTHING, Worded};

/// What to do, in words that renderings share.
pub(crate) mod heading {
    pub(crate) const CANDIDATE: &str = "function or workload";
    pub(crate) const WITH: &str = "with";
    pub(crate) const SIZE: &str = "size";
    pub(crate) const PAYBACK: &str = "payback";
    pub(crate) const SAVES: &str = "saves a month";
    pub(crate) const MANIFEST: &str = "To add to the manifest, with an input and a contender of yours";
    pub(crate) const PLAN: &str = "Order of work";
    pub(crate) const STEP: &str = "step";
    pub(crate) const SO_FAR: &str = "p99 so far";
}

/// A decision in words.
pub(crate) struct DecisionView {
    /// `2 to migrate, 1 to leave`
    pub(crate) finding: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) plans: Vec<PlanView>,
    /// What counts as a benefit.
    pub(crate) rule: String,
    /// What was reused and what was measured.
    pub(crate) sources: Vec<String>,
    pub(crate) warnings: Vec<String>,
    pub(crate) notes: Vec<String>,
    pub(crate) run: RunView,
    pub(crate) machine: Option<String>,
}

/// One candidate.
pub(crate) struct Row {
    pub(crate) name: String,
    /// `service:validate in api`
    pub(crate) place: Option<String>,
    pub(crate) verdict: &'static str,
    pub(crate) tone: Tone,
    /// `batch (pyo3)`
    pub(crate) with: String,
    /// `500 (default)`: of the input that speedups and prices are of
    pub(crate) size: String,
    /// `14.2× ±4.0%`
    pub(crate) speedup: String,
    /// `−31.2% (−33.9 to −28.1)`
    pub(crate) p99: String,
    /// `310 USD (280 to 340)`
    pub(crate) saves: String,
    /// `12.9 months (11.8 to 14.2)`
    pub(crate) payback: String,
    pub(crate) reasons: Vec<String>,
    pub(crate) flips: Vec<String>,
    pub(crate) runner_up: Option<String>,
    pub(crate) sensitivity: Option<String>,
    /// What would settle it, on a line of its own.
    pub(crate) command: Option<String>,
    /// What to add to the manifest, line by line.
    pub(crate) manifest: Vec<String>,
}

/// An order of work.
pub(crate) struct PlanView {
    /// `api: p99 is 137 ms`
    pub(crate) title: String,
    pub(crate) steps: Vec<StepView>,
    pub(crate) ended: String,
}

/// One step of it.
pub(crate) struct StepView {
    /// `1. migrate validate (pyo3)`
    pub(crate) what: String,
    pub(crate) p99: String,
    pub(crate) change: String,
    /// `500 (default)`
    pub(crate) size: String,
    pub(crate) saves: String,
    pub(crate) payback: String,
}

impl DecisionView {
    /// Puts a decision into words.
    pub(crate) fn new(decision: &Decision) -> Self {
        let decision = in_words(decision);
        let currency = decision.terms.currency.as_deref().map(name).unwrap_or_default();
        Self {
            finding: finding(&decision.candidates),
            rows: decision.candidates.iter().map(|candidate| Row::new(candidate, &currency)).collect(),
            plans: decision.plans.iter().map(|plan| PlanView::new(plan, &decision.candidates, &currency)).collect(),
            rule: rule(&decision.terms, &currency),
            sources: decision.sources.iter().map(source).collect(),
            warnings: incomplete(&decision.run).into_iter().collect(),
            notes: decision.notes.iter().map(|about| note(&about.text)).collect(),
            run: RunView::new(&decision.run),
            machine: decision.environment.as_ref().map(machine),
        }
    }
}

impl Worded for Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Migrate => "migrate",
            Self::UseLibrary => "use library",
            Self::FixAlgorithm => "fix algorithm",
            Self::Compile => "compile",
            Self::UpgradePython => "upgrade python",
            Self::Leave => "leave",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl Toned for Verdict {
    fn tone(self) -> Tone {
        match self {
            Self::Migrate | Self::UseLibrary | Self::FixAlgorithm | Self::Compile | Self::UpgradePython => Tone::Good,
            Self::Leave => Tone::Plain,
            Self::Inconclusive => Tone::Slow,
        }
    }
}

impl Row {
    fn new(candidate: &Candidate<String>, currency: &str) -> Self {
        let function = candidate.function.as_deref().filter(|function| *function != candidate.name).map(name);
        let scenario = candidate.scenario.as_deref().map(|scenario| format!("in {}", name(scenario)));
        let place: Vec<String> = function.into_iter().chain(scenario).collect();
        let with = match (&candidate.contender, &candidate.considered) {
            (Some(contender), _) => called(contender, candidate.route),
            // Figures without a verdict for it are still about somebody.
            (None, Some(considered)) => format!("({})", name(considered)),
            (None, None) => NOTHING.to_owned(),
        };
        let cost = candidate.cost.as_ref();
        Self {
            name: name(&candidate.name),
            place: (!place.is_empty()).then(|| place.join(" ")),
            verdict: candidate.verdict.word(),
            tone: candidate.verdict.tone(),
            with,
            size: size(candidate),
            speedup: candidate.speedup.map_or_else(dash, factor),
            p99: candidate.p99_change.as_ref().map_or_else(dash, change),
            saves: cost.map_or_else(dash, |cost| money(&cost.saving_per_month, currency)),
            payback: cost.and_then(|cost| cost.payback_months).map_or_else(dash, |payback| months(&payback)),
            reasons: candidate.reasons.iter().map(|reason| note(&reason.text)).collect(),
            flips: candidate.flips.iter().map(|flip| note(&flip.text)).collect(),
            runner_up: candidate.runner_up.as_ref().map(|one| runner_up(one, candidate.size.as_ref(), currency)),
            sensitivity: cost.and_then(|Cost { sensitivity, .. }| Some(note(&sensitivity.as_ref()?.text))),
            command: candidate.command.as_deref().map(note),
            manifest: candidate.manifest.iter().flat_map(|block| block.lines()).map(note).collect(),
        }
    }
}

impl PlanView {
    fn new(plan: &Plan<String>, candidates: &[Candidate<String>], currency: &str) -> Self {
        let now = plan.p99.map(|p99| format!("p99 is {}", Measure::new(p99, figures::seconds).text()));
        let title = match (&plan.scenario, now) {
            (Some(scenario), Some(now)) => format!("{}: {now}", name(scenario)),
            (Some(scenario), None) => name(scenario),
            (None, _) => "workloads outside of scenarios".to_owned(),
        };
        let steps = plan.steps.iter().zip(1..).map(|(step, number)| {
            // It's that of what is saved, where anything is.
            let candidate = candidates.iter().find(|candidate| candidate.name == step.name);
            let candidate = candidate.filter(|_| step.saving_per_month.is_some());
            StepView::new(step, number, candidate.map_or_else(dash, size), currency)
        });
        Self { title, steps: steps.collect(), ended: note(&plan.ended.text) }
    }
}

impl StepView {
    fn new(step: &Step, number: u32, size: String, currency: &str) -> Self {
        let with = step.contender.as_deref().map(|contender| format!(" with {}", name(contender)));
        let supposed = if step.supposed { ", if 10× can be had" } else { "" };
        let verb = match step.verdict {
            Verdict::Inconclusive => "settle",
            other => other.word(),
        };
        Self {
            what: format!("{number}. {verb}: {}{}{supposed}", name(&step.name), with.unwrap_or_default()),
            p99: step.p99.map_or_else(dash, |p99| Measure::new(p99, figures::seconds).text()),
            change: step.p99_change.as_ref().map_or_else(dash, change),
            size,
            saves: step.saving_per_month.as_ref().map_or_else(dash, |saving| money(saving, currency)),
            payback: step.payback_months.as_ref().map_or_else(dash, months),
        }
    }
}

/// How many candidates came to which verdict.
fn finding(candidates: &[Candidate<String>]) -> String {
    let all = [
        (Verdict::Migrate, "to migrate"),
        (Verdict::UseLibrary, "to replace by a library"),
        (Verdict::FixAlgorithm, "whose algorithm to fix"),
        (Verdict::Compile, "to compile"),
        (Verdict::UpgradePython, "to run in another Python"),
        (Verdict::Leave, "to leave"),
        (Verdict::Inconclusive, "inconclusive"),
    ];
    let counted = all.into_iter().filter_map(|(verdict, words)| {
        let number = candidates.iter().filter(|candidate| candidate.verdict == verdict).count();
        (number > 0).then(|| format!("{number} {words}"))
    });
    let counted: Vec<String> = counted.collect();
    if counted.is_empty() { "There is nothing to decide.".to_owned() } else { counted.join(", ") }
}

/// What counts as a benefit.
fn rule(terms: &Terms, currency: &str) -> String {
    let p99 = match terms.p99_target {
        Some(target) => format!("p99 within {}", figures::seconds(target)),
        None => format!("p99 lower by at least {}", figures::chosen_percent(terms.p99_share)),
    };
    let cost = match terms.horizon_months {
        Some(months) => format!("a payback within {} months", figures::plain(months)),
        None => "a payback, which nothing here has a price for".to_owned(),
    };
    let benefit = match terms.goal {
        Goal::Any => format!("{p99}, or {cost}"),
        Goal::P99 => p99,
        Goal::Cost => cost,
    };
    let isolated = if terms.isolated { " Routes had to lead into a process of their own." } else { "" };
    let prices = if currency.is_empty() {
        String::new()
    } else {
        format!(
            " Prices are in {currency}; outside of scenarios they are of calls, each with an input of the size beside it."
        )
    };
    format!(
        "Benefit: {benefit}. A library, an algorithm, a compiler or another Python is chosen where it brings {} of what the best Rust does.{isolated}{prices}",
        figures::chosen_percent(terms.enough)
    )
}

fn source(source: &Source) -> String {
    let how = match source.how {
        How::Reused => "reused from",
        How::Measured => "measured in",
        How::Named => "taken from",
    };
    let of: Vec<String> = source.of.iter().map(|of| name(of)).collect();
    format!("{}: {how} run {} of {}", of.join(", "), name(&source.run), name(&source.started))
}

fn runner_up(runner_up: &RunnerUp, size: Option<&InputSize>, currency: &str) -> String {
    let p99 = runner_up.p99_change.as_ref().map(|p99| format!("p99 {}", change(p99)));
    let saves = runner_up.saving_per_month.as_ref().map(|saving| format!("saves {} a month", money(saving, currency)));
    let figures: Vec<String> = [Some(factor(runner_up.speedup)), p99, saves].into_iter().flatten().collect();
    let at = note(&phrases::at(size));
    format!("runner-up: {}, {}{at}", called(&runner_up.contender, Some(runner_up.route)), figures.join(", "))
}

/// The size of the input that the figures of a candidate are of.
fn size(candidate: &Candidate<String>) -> String {
    candidate.size.as_ref().map_or_else(dash, |size| note(&phrases::size(size)))
}

/// Name and route, `batch (pyo3)`.
fn called(contender: &str, route: Option<Route>) -> String {
    let name = name(contender);
    route.map(|route| phrases::called(&name, route)).unwrap_or(name)
}

fn factor(speedup: Estimate) -> String {
    Measure::new(speedup, figures::factor).text()
}

fn change(change: &Estimate) -> String {
    let (figure, interval) = figures::change(change);
    format!("{figure} {interval}")
}

fn money(amount: &Estimate, currency: &str) -> String {
    let Estimate { estimate, low, high } = *amount;
    let figure = |value: f64| figures::plain(value).replace('-', "−");
    format!("{} {currency} ({} to {})", figure(estimate), figure(low), figure(high))
}

fn months(payback: &Estimate) -> String {
    if payback.low >= NEVER {
        return "never".to_owned();
    }
    let figure = |value: f64| if value >= NEVER { "never".to_owned() } else { figures::plain(value) };
    let unit = if payback.estimate >= NEVER { "" } else { " months" };
    format!("{}{unit} ({} to {})", figure(payback.estimate), figure(payback.low), figure(payback.high))
}

fn dash() -> String {
    NOTHING.to_owned()
}
