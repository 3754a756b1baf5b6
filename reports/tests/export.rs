//! The formats of other tools. What their readers need was found with pyperf 2.10, hyperfine 1.15, and the sources of
//! Bencher's and github-action-benchmark's parsers.

use proptest::prelude::*;
use rustworthy_model::{Estimate, Series};
use rustworthy_reports::export::{Format, export};
use serde_json::Value;

fn series() -> Vec<Series> {
    let series = |contender: &str, seconds, processes: &[&[f64]]| Series {
        workload: "validate".into(),
        contender: contender.into(),
        seconds,
        processes: processes.iter().map(|times| times.to_vec()).collect(),
    };
    vec![
        series(
            "python",
            Some(Estimate { estimate: 0.0412, low: 0.0409, high: 0.0416 }),
            &[&[0.0411, 0.0413, 0.0412], &[0.0409, 0.0418], &[0.041]],
        ),
        series("rust \"pyo3\"\n", None, &[&[9.4e-8, 9.6e-8], &[], &[9.5e-8, f64::NAN, 0.0]]),
        series("single", None, &[&[1.5]]),
        series("failed", None, &[&[], &[f64::INFINITY]]),
    ]
}

fn exported(format: Format) -> Value {
    serde_json::from_str(&export(format, &series())).unwrap()
}

#[test]
fn pyperf() {
    insta::assert_snapshot!(export(Format::Pyperf, &series()));
}

#[test]
fn hyperfine() {
    insta::assert_snapshot!(export(Format::Hyperfine, &series()));
}

#[test]
fn bencher() {
    insta::assert_snapshot!(export(Format::Bencher, &series()));
}

#[test]
fn github_action_benchmark() {
    insta::assert_snapshot!(export(Format::GithubActionBenchmark, &series()));
}

#[test]
fn pyperf_refuses_values_that_are_not_positive_so_none_is_written() {
    let suite = exported(Format::Pyperf);
    for benchmark in suite["benchmarks"].as_array().unwrap() {
        let name = benchmark["metadata"]["name"].as_str().unwrap();
        assert!(!name.contains('\n'), "newlines in metadata are refused too");
        for run in benchmark["runs"].as_array().unwrap() {
            let values = run["values"].as_array().unwrap();
            assert!(!values.is_empty() && values.iter().all(|value| value.as_f64().unwrap() > 0.0));
        }
    }
}

#[test]
fn hyperfine_has_an_exit_code_for_each_time_and_no_deviation_of_a_single_one() {
    let results = exported(Format::Hyperfine);
    for result in results["results"].as_array().unwrap() {
        let times = result["times"].as_array().unwrap();
        assert_eq!(times.len(), result["exit_codes"].as_array().unwrap().len());
        assert_eq!(result["stddev"].is_null(), times.len() == 1);
    }
}

#[test]
fn a_format_is_known_by_its_name() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    let error = "pypref".parse::<Format>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown export format 'pypref'; known are pyperf, hyperfine, bencher, github-action-benchmark"
    );
}

proptest! {
    #[test]
    fn any_name_and_time_can_be_exported(
        name in any::<String>(),
        times in prop::collection::vec(prop::collection::vec(any::<f64>(), 0..6), 0..6),
    ) {
        let series = Series { workload: name.clone(), contender: name, seconds: None, processes: times };
        for format in Format::ALL {
            let text = export(format, std::slice::from_ref(&series));
            prop_assert!(serde_json::from_str::<Value>(&text).is_ok());
        }
    }
}
