//! A comparison as text: the one source of the table, the Markdown and the page.
//!
//! Everything that came from outside (names, messages) has gone through [`visible`] here; a rendering has only
//! its own syntax left to escape.

mod source;
pub(crate) mod spread;
mod sweep;

use rustworthy_model::Run;
use rustworthy_model::comparison::{Comparison, Contender, Latency, Scheme, Workload};
use rustworthy_model::environment::{EMBEDDING_TOLERANCE, Environment, PythonHost};
use rustworthy_model::equivalence::{EquivalenceStatus, Hint, Status};
use rustworthy_model::figures::{self, Figure};

use crate::audit::Audit;
use crate::doctor::words::floor;
use crate::measure::Measure;
use crate::summary::{Summary, fastest};
use crate::verdict::{Verdict, error_headline};
use crate::visible::{name, note};
use crate::{command, tried, visible, words};

pub(crate) use source::SourceView;
pub(crate) use spread::Spread;
pub(crate) use sweep::{SweepCell, SweepRow, SweepView};

/// CPU over wall time within this of 1 is what a single busy thread shows, and not worth a reader's time.
const USUAL_CPU_OVER_WALL: std::ops::RangeInclusive<f64> = 0.9..=1.1;
/// Share of a call's time that the system's kernel takes from which it is worth a reader's time: memory that has to be provided
/// anew for every call makes one function have several speedups.
const MUCH_SYSTEM: f64 = 0.1;
/// Most lines of a traceback that any rendering shows.
const LONGEST_TRACE: usize = 200;

/// A comparison in words.
pub(crate) struct ComparisonView {
    pub(crate) run: RunView,
    /// What is wrong with the run as a whole.
    pub(crate) warnings: Vec<String>,
    pub(crate) workloads: Vec<WorkloadView>,
    /// What each workload comes to; empty where there is only one, which says so itself.
    pub(crate) summary: Vec<Summary>,
    /// Published figures beside the measured ones, if there are any.
    pub(crate) audit: Option<Audit>,
    /// The environment on one line.
    pub(crate) machine: String,
}

/// When and how the run was made.
pub(crate) struct RunView {
    pub(crate) id: String,
    /// The command as one would type it.
    pub(crate) command: String,
    /// `2026-11-22 12:56 UTC`
    pub(crate) started: String,
    /// How long it took, where it ended.
    pub(crate) took: Option<String>,
    pub(crate) seed: u64,
    /// Confidence level, `95%`.
    pub(crate) confidence: String,
}

/// A labelled value.
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) value: String,
}

/// One workload.
pub(crate) struct WorkloadView {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// Size and input, `n = 5,000,000 (article) · input 40 B, sha256 9f86d081`.
    pub(crate) input: String,
    /// The best contender in a sentence.
    pub(crate) finding: String,
    /// The baseline, then those with a speedup, fastest first, then the rest: timed ones, fastest first, last
    /// those that could not be timed.
    pub(crate) rows: Vec<Row>,
    pub(crate) warnings: Vec<String>,
    /// What was tried at no cost, a line each; none of other runs.
    pub(crate) tried: Vec<String>,
    /// The same at other sizes, where that was asked for.
    pub(crate) sweep: Option<SweepView>,
}

/// One contender.
pub(crate) struct Row {
    pub(crate) contender: String,
    pub(crate) is_baseline: bool,
    /// Kind and route, `rust/pyo3`, or the Python of its own, `interpreter/3.13.0`.
    pub(crate) way: String,
    pub(crate) time: Option<Measure>,
    pub(crate) speedup: Option<Measure>,
    pub(crate) verdict: Verdict,
    pub(crate) p99: Option<Figure>,
    pub(crate) memory: Option<Figure>,
    /// CPU over wall time where it isn't about 1.
    pub(crate) cpu: Option<Figure>,
    /// Share of a call's time that the system's kernel takes, and pages of memory that it has to provide for one, where that
    /// is much.
    pub(crate) system: Option<Figure>,
    pub(crate) faults: Option<Figure>,
    pub(crate) throughput: Option<Figure>,
    /// How its output compares with the baseline's, `equal`.
    pub(crate) output: &'static str,
    /// Wall times of single calls in seconds, by percentile.
    pub(crate) percentiles: Vec<(&'static str, f64)>,
    /// Peak memory in bytes.
    pub(crate) memory_bytes: Option<u64>,
    /// How many samples the figures are computed from, `240 blocks of calls in 6 processes`; none where nothing was
    /// timed.
    pub(crate) samples: Option<String>,
    /// How the samples spread.
    pub(crate) spread: Option<Spread>,
    /// Its code, from what Python calls inwards.
    pub(crate) sources: Vec<SourceView>,
    /// Measures this row alone again, as one would type it.
    pub(crate) command: String,
    /// Warnings about the row.
    pub(crate) notes: Vec<String>,
    /// Where it failed, a line each; empty without a traceback.
    pub(crate) trace: Vec<String>,
}

impl ComparisonView {
    /// Puts a comparison into words.
    pub(crate) fn new(comparison: &Comparison) -> Self {
        let Comparison { schema: _, run, environment, workloads } = comparison;
        Self {
            run: RunView::new(run),
            warnings: incomplete(run)
                .into_iter()
                .chain(embedding_warning(comparison))
                .chain(
                    environment.spoiling.iter().map(|found| note(&format!("what is measured is disturbed: {found}"))),
                )
                .collect(),
            workloads: workloads.iter().map(|workload| WorkloadView::new(workload, run)).collect(),
            summary: if workloads.len() > 1 { workloads.iter().map(Summary::new).collect() } else { Vec::new() },
            audit: Audit::new(workloads.iter()),
            machine: machine(environment),
        }
    }
}

impl RunView {
    pub(crate) fn new(run: &Run) -> Self {
        let took = run.finished.map(|finished| run.started.duration_until(finished).as_secs_f64());
        Self {
            id: name(&run.id),
            command: note(&command::typed(run.command.iter().map(String::as_str))),
            started: run.started.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            took: took.map(duration),
            seed: run.seed,
            confidence: format!("{}%", figures::percent(run.confidence)),
        }
    }
}

impl WorkloadView {
    fn new(workload: &Workload, run: &Run) -> Self {
        let contenders = in_reading_order(workload);
        let error = workload.error.as_deref().and_then(error_headline).map(note).into_iter();
        let stopped = words::stopped(workload.stopped).map(str::to_owned).or_else(|| too_wide(workload));
        Self {
            name: name(&workload.name),
            description: workload.description.as_deref().map(note),
            input: input(workload),
            finding: finding(workload),
            sweep: workload.sweep.as_ref().map(|sweep| SweepView::new(sweep, workload, &contenders)),
            rows: contenders.into_iter().map(|contender| Row::new(contender, &workload.name, run)).collect(),
            tried: tried::lines(workload),
            warnings: error.chain(workload.warnings.iter().map(|text| note(text))).chain(stopped).collect(),
        }
    }
}

impl Row {
    fn new(contender: &Contender, workload: &str, run: &Run) -> Self {
        let usual = |ratio: &f64| USUAL_CPU_OVER_WALL.contains(ratio);
        let share = |system: f64| Some(system / contender.seconds?.estimate);
        let system = contender.system_seconds.and_then(share).filter(|share| *share >= MUCH_SYSTEM);
        Self {
            contender: name(&contender.name),
            is_baseline: contender.equivalence.status == EquivalenceStatus::Baseline,
            way: words::way(contender),
            time: contender.seconds.map(|seconds| Measure::new(seconds, figures::seconds)),
            speedup: contender.speedup.map(|speedup| Measure::new(speedup, figures::factor)),
            verdict: Verdict::of(contender),
            p99: contender.latency.as_ref().and_then(|Latency { p99, .. }| *p99).map(figures::seconds),
            memory: contender.peak_memory_bytes.map(figures::bytes),
            cpu: contender.cpu_over_wall.filter(|ratio| !usual(ratio)).map(figures::factor),
            system: system.map(figures::part),
            faults: contender.page_faults.filter(|_| system.is_some()).map(figures::average),
            throughput: contender.throughput.as_ref().map(|rate| figures::rate(rate.per_second, &name(&rate.unit))),
            output: words::output(contender.equivalence.status),
            percentiles: contender.latency.as_ref().map(percentiles).unwrap_or_default(),
            memory_bytes: contender.peak_memory_bytes,
            samples: samples(contender),
            spread: contender.distribution.as_ref().and_then(Spread::new),
            sources: contender.sources.iter().map(SourceView::new).collect(),
            command: note(&command::alone(&run.command, workload, &contender.name)),
            notes: notes(contender),
            trace: trace(contender),
        }
    }

    /// The rest of the verdict, beside the speedup or the headline that stands in its place.
    pub(crate) fn remarks(&self) -> impl Iterator<Item = String> + '_ {
        self.verdict.detail.iter().chain(&self.notes).cloned()
    }
}

/// The percentiles of single calls that are known.
fn percentiles(latency: &Latency) -> Vec<(&'static str, f64)> {
    let Latency { count: _, p50, p90, p99, max } = *latency;
    let known = [("p50", Some(p50)), ("p90", Some(p90)), ("p99", p99), ("max", Some(max))];
    known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// How many samples the figures of a contender are computed from.
fn samples(contender: &Contender) -> Option<String> {
    let Contender { samples, processes, scheme, .. } = contender;
    let plural = |number: u64, one: &str, more: &str| {
        format!("{} {}", figures::count(number), if number == 1 { one } else { more })
    };
    let how = match scheme {
        Some(Scheme::WholeCalls) => ", in whole calls",
        Some(Scheme::Turns) | None => "",
    };
    let text = format!(
        "{} in {}{how}",
        plural(*samples, "block of calls", "blocks of calls"),
        plural(*processes, "process", "processes")
    );
    (*samples > 0).then_some(text)
}

/// The contenders of a workload in the order in which they are read.
pub(crate) fn in_reading_order(workload: &Workload) -> Vec<&Contender> {
    let mut contenders: Vec<&Contender> = workload.contenders.iter().collect();
    contenders.sort_by(|a, b| reading_group(a).cmp(&reading_group(b)).then(time(a).total_cmp(&time(b))));
    contenders
}

/// Groups of rows in the order they are read: baseline, with a speedup, timed, not timed.
fn reading_group(contender: &Contender) -> u8 {
    match (contender.equivalence.status, contender.speedup, contender.seconds) {
        (EquivalenceStatus::Baseline, ..) => 0,
        (_, Some(_), _) => 1,
        (_, None, Some(_)) => 2,
        (_, None, None) => 3,
    }
}

/// Time of a call in seconds, 0 where unknown: orders the rows of one group.
fn time(contender: &Contender) -> f64 {
    contender.seconds.map_or(0.0, |seconds| seconds.estimate)
}

/// A warning where something is missing.
pub(crate) fn incomplete(run: &Run) -> Option<String> {
    (!run.complete).then(|| "this run is incomplete: not everything that was asked for was measured".into())
}

/// A warning where the embedded interpreter isn't as fast, or as slow, as the one that users run. Where speedups are withheld for
/// that, the workloads say so.
pub fn embedding_warning(comparison: &Comparison) -> Option<String> {
    let ratio = comparison.environment.python.embedded_over_executable?;
    let stray = ratio.estimate - 1.0;
    let mut contenders = comparison.workloads.iter().flat_map(|workload| &workload.contenders);
    let is_known = ratio.low > 1.0 || ratio.high < 1.0;
    if stray.abs() <= EMBEDDING_TOLERANCE
        || !is_known
        || contenders.any(|contender| contender.speedup_withheld.is_some())
    {
        return None;
    }
    let (speed, effect) = if stray > 0.0 { ("slower", "too large") } else { ("faster", "too small") };
    Some(format!(
        "the embedded Python takes {} {} of the executable's time: it is {speed}, so speedups are {effect} by about as much",
        figures::factor(ratio.estimate),
        figures::interval(&ratio),
    ))
}

/// Size and input of a workload on one line.
fn input(workload: &Workload) -> String {
    let mut text = format!("n = {}", figures::count(workload.size));
    if let Some(size) = &workload.size_name {
        text += &format!(" ({})", name(size));
    }
    let bytes = workload.input.bytes.map(|bytes| figures::bytes(bytes).to_string());
    let digest =
        workload.input.sha256.as_deref().map(|digest| format!("sha256 {}", name(digest.get(..12).unwrap_or(digest))));
    let known: Vec<String> = bytes.into_iter().chain(digest).collect();
    if !known.is_empty() {
        text += &format!(" · input {}", known.join(", "));
    }
    text
}

/// The best contender in a sentence.
fn finding(workload: &Workload) -> String {
    match fastest(workload).and_then(|contender| Some((contender, contender.speedup?))) {
        Some((contender, speedup)) => format!(
            "{} is {} as fast as {}, with equal output.",
            name(&contender.name),
            Measure::new(speedup, figures::factor).text(),
            name(&workload.baseline)
        ),
        None if workload.contenders.iter().any(|contender| contender.speedup_withheld.is_some()) => {
            format!("Speedups over {} are withheld.", name(&workload.baseline))
        }
        None => format!("No contender with equal output was found to be faster than {}.", name(&workload.baseline)),
    }
}

/// Warnings about a row beside its verdict.
fn notes(contender: &Contender) -> Vec<String> {
    let equivalence = &contender.equivalence;
    let tolerance = (equivalence.status == EquivalenceStatus::WithinTolerance).then(|| match &equivalence.detail {
        Some(detail) => format!("equal within tolerance: {detail}"),
        None => "equal within tolerance".into(),
    });
    let hint = equivalence.hint.as_ref().map(|Hint { equal, because }| {
        let equal = if equal.starts_with('{') { equal.clone() } else { format!("\"{equal}\"") };
        format!("it would be equal under `equal = {equal}`, which allows for {because}")
    });
    let test = equivalence.test.as_ref().map(|file| format!("a test that fails on that call: {file}"));
    tolerance
        .into_iter()
        .chain(hint)
        .chain(test)
        .chain(contender.warnings.iter().cloned())
        .map(|text| note(&text))
        .collect()
}

/// Which intervals are wider than was asked, in a sentence for them all.
fn too_wide(workload: &Workload) -> Option<String> {
    let measured = |contender: &&Contender| contender.status == Status::Measured && contender.seconds.is_some();
    let measured: Vec<&Contender> = workload.contenders.iter().filter(measured).collect();
    let is_wide = |contender: &&&Contender| !contender.converged && contender.settled.is_none();
    let wide: Vec<String> = measured.iter().filter(is_wide).map(|contender| name(&contender.name)).collect();
    let which = if wide.len() == measured.len() {
        "all intervals are".into()
    } else {
        format!("intervals of {} are", wide.join(", "))
    };
    (!wide.is_empty()).then(|| format!("{which} wider than asked; more time (--budget) narrows them"))
}

/// The lines of an error that is more than one line.
fn trace(contender: &Contender) -> Vec<String> {
    let lines: Vec<String> = contender.error.iter().flat_map(|error| visible::lines(error)).collect();
    if lines.len() < 2 {
        return Vec::new();
    }
    let first = lines.len().saturating_sub(LONGEST_TRACE);
    lines[first..].iter().map(|line| note(line)).collect()
}

/// The environment as labelled values.
pub(crate) fn facts(environment: &Environment) -> Vec<Fact> {
    let Environment { cpu, cores, memory_bytes, os, governor, python, rustworthy, spoiling, noise } = environment;
    let fact = |label, value: &str| Fact { label, value: note(value) };
    let unknown = || words::NOTHING.to_owned();
    let mut facts = vec![
        fact("Processor", cpu),
        fact("Cores", &cores.to_string()),
        fact("Memory", &figures::bytes(*memory_bytes).to_string()),
        fact("System", os),
        fact("Frequency governor", &governor.clone().unwrap_or_else(unknown)),
        fact("Python", &python.version),
        fact("Executable", &python.executable),
        fact("Library", python.libpython.as_deref().unwrap_or("linked statically")),
        fact(
            "Embedded ÷ executable",
            &python
                .embedded_over_executable
                .map_or_else(|| no_ratio(python.host), |ratio| Measure::new(ratio, figures::factor).text()),
        ),
        fact("rustworthy", &program(environment)),
        fact("Build profile", &rustworthy.profile),
        fact("Noise floor", &noise.as_ref().map_or_else(|| words::NO_NOISE.to_owned(), floor)),
    ];
    if !spoiling.is_empty() {
        facts.push(fact("Spoils measurements", &spoiling.join("; ")));
    }
    facts
}

/// Why there is no ratio of the embedded interpreter's time to the executable's.
fn no_ratio(host: PythonHost) -> String {
    match host {
        PythonHost::Embedded => words::NOTHING,
        PythonHost::Python => "not embedded: the executable itself runs workers",
    }
    .to_owned()
}

/// The environment on one line.
pub(crate) fn machine(environment: &Environment) -> String {
    let Environment { cpu, cores, python, rustworthy, .. } = environment;
    let cores = if *cores == 1 { "1 core".into() } else { format!("{cores} cores") };
    let of_host = match python.host {
        PythonHost::Embedded => "",
        PythonHost::Python => " of the executable",
    };
    let embedded = python.embedded_over_executable.map_or_else(
        || of_host.to_owned(),
        |ratio| format!(", embedded ÷ executable {}", Measure::new(ratio, figures::factor).text()),
    );
    let python = format!("Python {}{embedded}", python.version);
    note(&format!("{cpu}, {cores} · {python} · rustworthy {}, {}", program(environment), rustworthy.profile))
}

/// Version and commit of the measuring program.
fn program(environment: &Environment) -> String {
    let program = &environment.rustworthy;
    match &program.commit {
        Some(commit) => format!("{} ({})", program.version, commit.get(..9).unwrap_or(commit)),
        None => program.version.clone(),
    }
}

/// `1 h 2 min`, `2 min 3 s`, `12.3 s`
fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => figures::seconds(seconds).to_string(),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}
