//! Every rendering of a size sweep that has everything a rendering may meet.

mod sample;
#[allow(dead_code)]
mod validation;

use rustworthy_model::Estimate;
use rustworthy_model::comparison::Comparison;
use rustworthy_model::equivalence::{Equivalence, EquivalenceStatus, Status};
use rustworthy_model::sweep::*;
use rustworthy_reports::{TableOptions, html, markdown, table, to_json};
use unicode_width::UnicodeWidthStr;

const SIZES: [u64; 6] = [1, 5, 30, 170, 910, 5_000];

/// A contender's seconds at all sizes but the first, which has no input.
type Seconds = [f64; 5];

const BASELINE: Seconds = [42e-6, 251e-6, 1.43e-3, 7.6e-3, 41.2e-3];

fn near(value: f64, relative: f64) -> Estimate {
    Estimate { estimate: value, low: value * (1.0 - relative), high: value * (1.0 + relative) }
}

fn equivalence(status: EquivalenceStatus, detail: Option<&str>) -> Equivalence {
    Equivalence { status, detail: detail.map(str::to_owned), expected: None, hint: None, test: None }
}

fn left_out() -> SweptPoint {
    SweptPoint {
        status: Status::Skipped,
        error: Some("making the input failed: raised ValueError: too small".into()),
        equivalence: equivalence(EquivalenceStatus::Unchecked, None),
        seconds: None,
        speedup: None,
    }
}

fn swept(name: &str, seconds: Seconds, break_even: Option<BreakEven>, cost: Option<Cost>) -> SweptContender {
    let point = |(seconds, baseline): (f64, f64)| SweptPoint {
        status: Status::Measured,
        error: None,
        equivalence: equivalence(EquivalenceStatus::Equal, None),
        seconds: Some(near(seconds, 0.02)),
        speedup: Some(near(baseline / seconds, 0.04)),
    };
    let points = [left_out()].into_iter().chain(seconds.into_iter().zip(BASELINE).map(point)).collect();
    SweptContender { name: name.into(), points, break_even, cost }
}

fn line(over_kernel: Option<&str>, fixed: Estimate, per_byte: Estimate) -> Option<Cost> {
    let fit = CostFit::Line { fixed_seconds: fixed, seconds_per_unit: per_byte, deviation: 0.06 };
    Some(Cost { over_kernel: over_kernel.map(str::to_owned), unit: CostUnit::Byte, fit })
}

/// The sample's second workload over many sizes.
fn comparison() -> Comparison {
    let mut comparison = sample::comparison();
    comparison.workloads.truncate(2);
    let mut prices = comparison.workloads.remove(1);
    prices.size = 5_000;
    prices.contenders.truncate(6);
    comparison.workloads = vec![prices];

    let mut baseline = swept("pandas-apply", BASELINE, None, line(None, near(4e-6, 0.3), near(12e-9, 0.04)));
    for point in &mut baseline.points[1..] {
        point.speedup = None;
        point.equivalence.status = EquivalenceStatus::Baseline;
    }
    let mut bytes = swept("pyo3-bytes", [50e-6; 5], None, None);
    for point in &mut bytes.points[1..] {
        point.speedup = None;
        point.equivalence.expected = Some("counts bytes, not characters".into());
    }
    let mut service = swept(
        "service",
        [1.5e-3, 1.5e-3, 1.6e-3, 1.6e-3, 1.7e-3],
        Some(BreakEven::FasterAbove { size: Estimate { estimate: 187.4, low: 171.2, high: 219.9 } }),
        line(Some("kernel"), near(1.5e-3, 0.05), Estimate { estimate: 0.0, low: 0.0, high: 2e-10 }),
    );
    service.points[2] = SweptPoint {
        equivalence: equivalence(EquivalenceStatus::Different, Some("[2].price: 3.5 ≠ 3.4")),
        speedup: None,
        ..service.points[2].clone()
    };
    let cost = |fit| Some(Cost { over_kernel: None, unit: CostUnit::Size, fit });
    comparison.workloads[0].sweep = Some(Sweep {
        sizes: SIZES
            .map(|size| SweptSize {
                size,
                input_bytes: (size > 1).then_some(size * 67),
                left_out: (size == 1)
                    .then(|| "making the input failed: raised ValueError: too small\nat line 3".into()),
            })
            .into(),
        contenders: vec![
            baseline,
            swept(
                "pandas-vectorised",
                [210e-6, 230e-6, 310e-6, 700e-6, 3.1e-3],
                Some(BreakEven::FasterAbove { size: Estimate { estimate: 26.3, low: 8.4, high: 31.0 } }),
                line(None, near(205e-6, 0.04), near(8.6e-9, 0.02)),
            ),
            swept(
                "polars",
                [41e-6, 250e-6, 1.2e-3, 7.5e-3, 41.1e-3],
                Some(BreakEven::Undecided { at: vec![5, 30, 910, 5_000], elsewhere: Some(Side::Faster) }),
                cost(CostFit::NoLine { deviation: 0.41 }),
            ),
            swept(
                "pyo3-callback-per-row",
                [22e-6, 300e-6, 1.1e-3, 9.1e-3, 58.3e-3],
                Some(BreakEven::Several {
                    crossings: vec![
                        Crossing { size: near(14.0, 0.1), above: Side::Slower },
                        Crossing { size: near(61.0, 0.1), above: Side::Faster },
                        Crossing { size: near(420.0, 0.1), above: Side::Slower },
                    ],
                }),
                cost(CostFit::TooFewSizes),
            ),
            bytes,
            service,
        ],
    });
    comparison
}

fn plain(width: usize) -> String {
    table(&comparison(), &TableOptions { color: false, width })
}

#[test]
fn the_table_reads_well_at_80_columns() {
    insta::assert_snapshot!(plain(80));
}

#[test]
fn the_table_uses_the_room_of_160_columns() {
    insta::assert_snapshot!(plain(160));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [60, 80, 100, 120, 160] {
        for line in plain(width).lines() {
            assert!(line.width() <= width, "{} > {width}: {line}", line.width());
        }
    }
}

#[test]
fn markdown_for_github() {
    insta::assert_snapshot!(markdown(&comparison()));
}

#[test]
fn the_section_of_the_page() {
    let page = html(&comparison());
    let (_, section) = page.split_once("<h4>Speedup by size</h4>").expect("a section");
    insta::assert_snapshot!(section.split_once("</section>").expect("its end").0);
}

#[test]
fn names_in_the_chart_are_text() {
    let mut comparison = comparison();
    let hostile = "<script>\"&\u{202E}";
    comparison.workloads[0].contenders[1].name = hostile.into();
    comparison.workloads[0].sweep.as_mut().unwrap().contenders[1].name = hostile.into();
    let page = html(&comparison);
    assert!(page.matches("<script").count() == 2 && !page.contains('\u{202E}'));
}

#[test]
fn a_single_size_has_no_chart() {
    let mut comparison = comparison();
    let sweep = comparison.workloads[0].sweep.as_mut().unwrap();
    sweep.sizes.drain(1..5);
    for contender in &mut sweep.contenders {
        contender.points.drain(1..5);
    }
    assert!(!html(&comparison).contains("Speedups of prices over the baseline by size"));
    assert!(table(&comparison, &TableOptions::default()).contains("n = 5,000"));
}

#[test]
fn a_sweep_is_valid_by_the_schema_and_reads_back() {
    let text = to_json(&comparison());
    validation::assert_valid::<Comparison>(&serde_json::from_str(&text).unwrap());
    assert_eq!(serde_json::from_str::<Comparison>(&text).unwrap(), comparison());
}

#[test]
fn a_result_without_a_sweep_does_not_mention_any() {
    let comparison = sample::comparison();
    assert!(!to_json(&comparison).contains("sweep"));
    assert!(!table(&comparison, &TableOptions::default()).contains("Speedup by size"));
    assert!(!html(&comparison).contains("by size"));
}
