//! A size sweep as text.

use rustworthy_model::comparison::{Contender, Workload};
use rustworthy_model::equivalence::EquivalenceStatus;
use rustworthy_model::sweep::{BreakEven, Cost, CostFit, CostUnit, Crossing, Side, Sweep, SweptContender, SweptPoint};
use rustworthy_model::{Estimate, figures};

use crate::measure::Measure;
use crate::verdict::{Tone, Verdict};
use crate::visible::{name, note};

/// A size sweep in words.
pub(crate) struct SweepView {
    /// The sizes at which something was measured, ascending.
    pub(crate) sizes: Vec<u64>,
    /// The same as column headings, `n = 5,700`.
    pub(crate) headings: Vec<String>,
    /// The contenders in the order of the workload's rows.
    pub(crate) rows: Vec<SweepRow>,
    /// What is said of sizes that were left out.
    pub(crate) warnings: Vec<String>,
}

/// One contender over all sizes.
pub(crate) struct SweepRow {
    pub(crate) contender: String,
    pub(crate) is_baseline: bool,
    /// What was found at each size: the speedup, or in its place a word; times of the baseline.
    pub(crate) cells: Vec<SweepCell>,
    /// Where it breaks even, in words.
    pub(crate) break_even: Option<String>,
    /// The break-even sizes themselves, for charts.
    pub(crate) crossings: Vec<Estimate>,
    /// What its calls cost, in words.
    pub(crate) cost: Option<String>,
    /// What went wrong at some sizes alone.
    pub(crate) notes: Vec<String>,
}

/// One contender at one size.
pub(crate) struct SweepCell {
    /// The value with its interval, where there is one.
    pub(crate) measure: Option<Measure>,
    pub(crate) verdict: Verdict,
}

impl SweepView {
    /// Puts the sweep of a workload into words, its contenders in this order.
    pub(super) fn new(sweep: &Sweep, workload: &Workload, order: &[&Contender]) -> Self {
        let measured: Vec<bool> = sweep.sizes.iter().map(|size| size.left_out.is_none()).collect();
        let kept: Vec<u64> = sweep.sizes.iter().filter(|size| size.left_out.is_none()).map(|size| size.size).collect();
        let left_out = sweep.sizes.iter().filter_map(|size| Some((size.size, size.left_out.as_ref()?)));
        let row = |contender: &&Contender| {
            let swept = sweep.contenders.iter().find(|swept| swept.name == contender.name)?;
            let points: Vec<&SweptPoint> =
                swept.points.iter().zip(&measured).filter(|(_, measured)| **measured).map(|(point, _)| point).collect();
            Some(SweepRow::new(contender, swept, &kept, &points, workload.baseline == contender.name))
        };
        Self {
            rows: order.iter().filter_map(row).collect(),
            headings: kept.iter().map(|size| format!("n = {}", figures::count(*size))).collect(),
            sizes: kept,
            warnings: left_out
                .map(|(size, why)| note(&format!("n = {} is left out: {}", figures::count(size), first_line(why))))
                .collect(),
        }
    }
}

impl SweepRow {
    fn new(
        contender: &Contender,
        swept: &SweptContender,
        sizes: &[u64],
        points: &[&SweptPoint],
        is_baseline: bool,
    ) -> Self {
        let cells: Vec<SweepCell> = points.iter().map(|point| SweepCell::new(contender, point)).collect();
        Self {
            contender: name(&contender.name),
            is_baseline,
            break_even: swept.break_even.as_ref().map(break_even),
            crossings: swept.break_even.as_ref().map(crossings).unwrap_or_default(),
            cost: swept.cost.as_ref().map(cost),
            notes: notes(sizes, &cells, &Verdict::of(contender)),
            cells,
        }
    }
}

impl SweepCell {
    fn new(contender: &Contender, point: &SweptPoint) -> Self {
        let SweptPoint { status, error, equivalence, seconds, speedup } = point;
        let at_this_size = Contender {
            status: *status,
            error: error.clone(),
            equivalence: equivalence.clone(),
            seconds: *seconds,
            speedup: *speedup,
            ..contender.clone()
        };
        let measure = match equivalence.status {
            EquivalenceStatus::Baseline => seconds.map(|seconds| Measure::new(seconds, figures::seconds)),
            _ => speedup.map(|speedup| Measure::new(speedup, figures::factor)),
        };
        Self { measure, verdict: Verdict::of(&at_this_size) }
    }

    /// The value, or the word in its place.
    pub(crate) fn value(&self) -> String {
        self.measure.as_ref().map_or_else(|| self.verdict.headline.into(), |measure| measure.value.to_string())
    }

    /// The interval, where there is a value.
    pub(crate) fn interval(&self) -> &str {
        self.measure.as_ref().map_or("", |measure| &measure.interval)
    }

    /// Value and interval, or the word in their place.
    pub(crate) fn text(&self) -> String {
        self.measure.as_ref().map_or_else(|| self.verdict.headline.into(), Measure::text)
    }
}

/// What went wrong at some sizes but not in the same way at the largest, where the workload's own row says it.
fn notes(sizes: &[u64], cells: &[SweepCell], at_largest: &Verdict) -> Vec<String> {
    let mut notes: Vec<(String, Vec<String>)> = Vec::new();
    for (size, cell) in sizes.iter().zip(cells) {
        if cell.verdict.tone != Tone::Problem || cell.verdict.headline == at_largest.headline {
            continue;
        }
        let (phrase, size) = (cell.verdict.phrase(), figures::count(*size));
        match notes.iter_mut().find(|(known, _)| *known == phrase) {
            Some((_, sizes)) => sizes.push(size),
            None => notes.push((phrase, vec![size])),
        }
    }
    notes.into_iter().map(|(phrase, sizes)| format!("at n = {}: {phrase}", listed(&sizes))).collect()
}

fn crossings(break_even: &BreakEven) -> Vec<Estimate> {
    match break_even {
        BreakEven::FasterAbove { size } | BreakEven::FasterBelow { size } => vec![*size],
        BreakEven::Several { crossings } => crossings.iter().map(|crossing| crossing.size).collect(),
        BreakEven::AlwaysFaster { .. } | BreakEven::NeverFaster { .. } | BreakEven::Undecided { .. } => Vec::new(),
    }
}

fn break_even(found: &BreakEven) -> String {
    let range = |from: u64, to: u64| format!("n = {} to {}", figures::count(from), figures::count(to));
    match found {
        BreakEven::FasterAbove { size } => format!("faster above n ≈ {}", about(size)),
        BreakEven::FasterBelow { size } => format!("faster below n ≈ {}, slower above", about(size)),
        BreakEven::Several { crossings } => {
            let parts =
                crossings.iter().map(|Crossing { size, above }| format!("{} above n ≈ {}", side(*above), about(size)));
            parts.collect::<Vec<_>>().join(", ")
        }
        BreakEven::AlwaysFaster { from, to } => format!("faster at every size, {}", range(*from, *to)),
        BreakEven::NeverFaster { from, to } => format!("slower at every size, {}", range(*from, *to)),
        BreakEven::Undecided { elsewhere: None, .. } => "undecided at every size: intervals include 1×".into(),
        BreakEven::Undecided { at, elsewhere: Some(elsewhere) } => {
            let at: Vec<String> = at.iter().map(|size| figures::count(*size)).collect();
            format!("undecided at n = {}; {} at all others", listed(&at), side(*elsewhere))
        }
    }
}

/// `5, 30 and 910`
fn listed(words: &[String]) -> String {
    match words {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        _ => words.concat(),
    }
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Faster => "faster",
        Side::Slower => "slower",
    }
}

/// A size with its interval, `120 (95 to 160)`.
fn about(Estimate { estimate, low, high }: &Estimate) -> String {
    let [estimate, low, high] = [estimate, low, high].map(|size| figures::size(*size));
    format!("{estimate} ({low} to {high})")
}

fn cost(Cost { over_kernel, unit, fit }: &Cost) -> String {
    let what = match over_kernel {
        Some(kernel) => format!("boundary (beyond {})", name(kernel)),
        None => "call".into(),
    };
    let unit = match unit {
        CostUnit::Byte => "a byte",
        CostUnit::Size => "a unit of n",
    };
    match fit {
        CostFit::Line { fixed_seconds, seconds_per_unit, .. } => {
            format!("{what}: {} + {} {unit}", duration(fixed_seconds), duration(seconds_per_unit))
        }
        CostFit::NoLine { deviation } => {
            format!(
                "{what}: no fixed cost and cost {unit}; times stray {}% from any line",
                figures::percent(*deviation)
            )
        }
        CostFit::TooFewSizes => format!("{what}: too few sizes for a fixed cost and a cost {unit}"),
    }
}

/// `12.3 µs ±5%`, or `at most 3.20 µs` where it may be nothing at all.
fn duration(seconds: &Estimate) -> String {
    if seconds.low > 0.0 {
        Measure::new(*seconds, figures::seconds).text()
    } else {
        format!("at most {}", figures::seconds(seconds.high))
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
