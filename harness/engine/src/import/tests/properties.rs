//! Whatever a file holds, reading it ends, and what was read are times.

use proptest::prelude::*;

use super::super::criterion;
use super::super::imported::Contents;
use super::*;

const FILES: [&str; 6] = [
    include_str!("pyperf-2.10.0.json"),
    include_str!("pyperf-2.10.0-memory.json"),
    include_str!("hyperfine-1.15.0-failing.json"),
    include_str!("hyperfine-1.15.0-shell.json"),
    include_str!("pytest-benchmark-5.3.1.json"),
    include_str!("asv-0.6.6.json"),
];
const ID: &str = include_str!("criterion-0.8.2/sums/fold/100/new/benchmark.json");
const SAMPLE: &str = include_str!("criterion-0.8.2/sums/fold/100/new/sample.json");

/// Cut, overwritten, or with tokens put in, that JSON gives a meaning to.
fn mutated(text: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let token =
        prop::sample::select(vec!["[", "]", "{", "}", ",", ":", "-", "0", "e9", "null", "\"", "1e-320", "\u{ff}"]);
    let change = (any::<prop::sample::Index>(), 0..4_usize, token);
    let changes = prop::collection::vec(change, 0..6);
    (changes, prop::option::weighted(0.2, any::<prop::sample::Index>())).prop_map(move |(changes, end)| {
        let mut bytes = text.as_bytes().to_vec();
        for (at, removed, token) in changes {
            let at = at.index(bytes.len());
            let until = (at + removed).min(bytes.len());
            bytes.splice(at..until, token.bytes());
        }
        bytes.truncate(end.map_or(bytes.len(), |end| end.index(bytes.len())));
        bytes
    })
}

fn are_times(processes: &[Vec<f64>]) -> bool {
    let is_time = |seconds: &f64| seconds.is_finite() && *seconds > 0.0;
    !processes.is_empty() && processes.iter().all(|values| !values.is_empty() && values.iter().all(is_time))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn mutated_files_give_times_or_an_error(bytes in prop::sample::select(FILES.to_vec()).prop_flat_map(mutated)) {
        if let Ok((_, contents)) = parse(Path::new("a.json"), &bytes) {
            prop_assert!(contents.benchmarks.iter().all(|benchmark| are_times(&benchmark.series.processes)));
        }
    }

    #[test]
    fn mutated_samples_of_criterion_give_times_or_an_error(id in mutated(ID), sample in mutated(SAMPLE)) {
        drop(criterion::names(Path::new("benchmark.json"), &id));
        if let Ok(Ok(seconds)) = criterion::seconds(Path::new("sample.json"), &sample) {
            prop_assert!(are_times(&[seconds]));
        }
    }

    #[test]
    fn any_bytes_give_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(parse(Path::new("a.json"), &bytes).is_err());
    }

    #[test]
    fn any_times_are_read_as_they_were_written(runs in prop::collection::vec(prop::collection::vec(1e-9..1e3_f64, 1..5), 1..5)) {
        let runs_written: Vec<_> = runs.iter().map(|values| serde_json::json!({ "values": values })).collect();
        let file = serde_json::json!({
            "version": "1.0",
            "benchmarks": [{ "metadata": { "name": "parse/rust" }, "runs": runs_written }],
        });
        let (kind, Contents { benchmarks, .. }) = parse(Path::new("a.json"), file.to_string().as_bytes()).unwrap();
        prop_assert_eq!((kind, benchmarks[0].series.name()), (Kind::Pyperf, "parse/rust".to_owned()));
        let read = benchmarks[0].series.processes.iter().flatten().zip(runs.iter().flatten());
        prop_assert!(read.into_iter().all(|(read, written)| near(*read, *written)));
    }
}
