//! The gate as JUnit XML, for the test views of CI services.

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};
use rustworthy_model::Estimate;
use rustworthy_model::gate::{Benchmark, Gate, Metric};

use super::view::{GateView, Row, Standing};
use crate::visible::name;
use crate::words::Worded;

/// The gate as JUnit XML: a test suite for each workload, a test case for each benchmark and metric.
///
/// A regression is a failure. So is what could not be judged and what is missing, each of a `type` of its own: the gate
/// doesn't pass with them, and a report must not look better than the exit code. What fails by itself, or whose output
/// isn't what it was, is an error; what the old side doesn't have, or whose instructions can't be counted, is skipped; what improved
/// passes. The figures are properties of the test cases, under the names of the JSON format, in seconds, bytes or
/// instructions.
pub fn junit(gate: &Gate) -> String {
    let view = GateView::new(gate);
    let mut suites: Vec<(&str, TestSuite)> = Vec::new();
    for benchmark in &gate.benchmarks {
        let test_case = test_case(benchmark, &Row::new(benchmark, gate));
        match suites.iter_mut().find(|(workload, _)| *workload == benchmark.workload) {
            Some((_, suite)) => {
                suite.add_test_case(test_case);
            }
            None => {
                let mut suite = suite(&benchmark.workload, &view);
                suite.add_test_case(test_case);
                suites.push((&benchmark.workload, suite));
            }
        }
    }
    let mut report = Report::new("rustworthy gate");
    report.add_test_suites(suites.into_iter().map(|(_, suite)| suite));
    report.to_string().expect("plain strings can be written to memory as XML")
}

/// A suite without tests so far. JUnit has no place for what is about the whole run, so it stands with each.
fn suite(workload: &str, view: &GateView) -> TestSuite {
    let mut suite = TestSuite::new(name(workload));
    suite.set_system_out([&view.finding, &view.tally, &view.levels].map(String::as_str).join("\n"));
    if !view.warnings.is_empty() {
        suite.set_system_err(view.warnings.join("\n"));
    }
    suite
}

fn test_case(benchmark: &Benchmark, row: &Row) -> TestCase {
    let title = match row.metric {
        Metric::Time => row.contender.clone(),
        other => format!("{} {}", row.contender, other.word()),
    };
    let mut test_case = TestCase::new(title, status(row));
    test_case.set_classname(&row.workload);
    test_case.add_properties(properties(benchmark));
    test_case
}

fn status(row: &Row) -> TestCaseStatus {
    let mut status = match row.standing {
        Standing::Regressed | Standing::Inconclusive | Standing::Missing => {
            TestCaseStatus::non_success(NonSuccessKind::Failure)
        }
        Standing::Failed | Standing::Different => TestCaseStatus::non_success(NonSuccessKind::Error),
        Standing::New | Standing::Skipped => TestCaseStatus::skipped(),
        Standing::Improved | Standing::Fewer | Standing::Unchanged => return TestCaseStatus::success(),
    };
    status.set_type(row.standing.word());
    let lines = row.lines();
    status.set_message(&lines[0]);
    status.set_description(lines.join("\n"));
    status
}

/// What is known of a benchmark, as numbers.
fn properties(benchmark: &Benchmark) -> Vec<Property> {
    let estimate = |name: &str, value: Option<Estimate>| {
        let ends = value.map(|value| [("", value.estimate), ("_low", value.low), ("_high", value.high)]);
        ends.into_iter()
            .flatten()
            .map(|(end, number)| Property::new(format!("{name}{end}"), number.to_string()))
            .collect()
    };
    let figures: [Vec<Property>; 4] = [
        estimate("change", benchmark.change),
        estimate("old", benchmark.old),
        estimate("new", benchmark.new),
        estimate("confirmation", benchmark.confirmation),
    ];
    let limit = Property::new("fail_over", benchmark.fail_over.to_string());
    let rounds = Property::new("rounds", benchmark.rounds.to_string());
    figures.into_iter().flatten().chain([limit, rounds]).collect()
}
