//! Real files of other tools, as these versions wrote them, and broken ones.
//!
//! Of pyperf's files the metadata that names the machine was taken out.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::read::parse;
use super::source::Budget;
use super::*;

mod properties;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/import/tests").join(name)
}

fn imported(name: &str) -> Imported {
    read(&fixture(name)).unwrap_or_else(|error| panic!("{error}"))
}

fn names(imported: &Imported) -> Vec<String> {
    imported.benchmarks.iter().map(|benchmark| benchmark.series.name()).collect()
}

/// The error of a file with this content, without its folder.
fn error(content: impl AsRef<[u8]>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.json");
    fs::write(&file, content).unwrap();
    in_folder(&folder, read(&file).expect_err("a mistake"))
}

fn in_folder(folder: &TempDir, error: ImportError) -> String {
    error.to_string().replace(&folder.path().display().to_string(), "FOLDER").replace("FOLDER/", "")
}

fn near(left: f64, right: f64) -> bool {
    (left / right - 1.0).abs() < 1e-12
}

#[test]
fn every_run_of_pyperf_with_values_is_a_process() {
    let imported = imported("pyperf-2.10.0.json");
    assert_eq!((imported.kind, names(&imported)), (Kind::Pyperf, vec!["sort/pyperf".into(), "sum/pyperf".into()]));
    let sort = &imported.benchmarks[0];
    assert_eq!((&sort.place[..], sort.failed_runs, sort.is_of_single_process()), ("benchmarks[0]", 0, false));
    // The first run calibrated; the warm-ups of the others don't count.
    assert_eq!(sort.series.processes.len(), 3);
    assert_eq!(sort.series.processes[0], [7.522553711059032e-07, 7.17854980458732e-07]);
}

#[test]
fn a_compressed_file_of_pyperf_reads_as_a_plain_one() {
    let imported = imported("pyperf-2.10.0.json.gz");
    assert_eq!((imported.kind, names(&imported)), (Kind::Pyperf, vec!["sort/pyperf".into(), "sum/pyperf".into()]));
}

#[test]
fn a_single_benchmark_of_pyperf_keeps_its_name_with_the_file() {
    assert_eq!(names(&imported("pyperf-2.10.0-one-benchmark.json")), ["only/pyperf"]);
}

#[test]
fn pyperf_wrote_samples_and_common_metadata_before_version_0_9_6() {
    let text = r#"{"version": 5, "benchmarks": [{"common_metadata": {"name": "old", "loops": 2},
                   "runs": [{"samples": [], "warmups": [[1, 0.5]]}, {"samples": [0.25, 0.5]}]}]}"#;
    let (kind, contents) = parse(Path::new("old.json"), text.as_bytes()).unwrap();
    let benchmarks = contents.benchmarks;
    assert_eq!(
        (kind, benchmarks[0].series.name(), benchmarks[0].is_of_single_process()),
        (Kind::Pyperf, "old/pyperf".into(), true)
    );
    assert_eq!(benchmarks[0].series.processes, [[0.25, 0.5]]);
}

#[test]
fn what_pyperf_measured_in_bytes_is_refused() {
    let error = read(&fixture("pyperf-2.10.0-memory.json")).unwrap_err();
    assert_eq!(error.place, Some(JsonLocation::Value("benchmarks[0].runs[0]".into())));
    assert_eq!(error.message, "its unit is 'byte'; only times, of the unit 'second', can be compared");
}

#[test]
fn every_run_of_hyperfine_is_a_process() {
    let imported = imported("hyperfine-1.15.0-parameters.json");
    assert_eq!(imported.kind, Kind::Hyperfine);
    assert_eq!(names(&imported), ["true/n=1", "sleep 0.01/n=1", "true/n=2", "sleep 0.01/n=2"]);
    let first = &imported.benchmarks[0].series;
    assert_eq!((&first.workload[..], &first.contender[..]), ("true", "n=1"));
    assert_eq!(first.processes, [[0.001019752], [0.000966272], [0.001010114], [0.000899066]]);
}

#[test]
fn failing_runs_of_hyperfine_are_counted_and_exported_names_are_taken_apart() {
    let imported = imported("hyperfine-1.15.0-failing.json");
    let [fine, failing] = &imported.benchmarks[..] else { panic!("{imported:?}") };
    assert_eq!((&fine.series.workload[..], &fine.series.contender[..], fine.failed_runs), ("validate", "rust", 0));
    let failing = (&failing.series.workload[..], &failing.series.contender[..], failing.failed_runs);
    assert_eq!(failing, ("sh -c \"exit 3\"", "hyperfine", 3));
}

#[test]
fn a_run_that_took_no_longer_than_its_shell_is_no_time() {
    let imported = imported("hyperfine-1.15.0-shell.json");
    let LeftOut { why, .. } = &imported.left_out[0];
    assert_eq!(why.place, Some(JsonLocation::Value("results[0].times[2]".into())));
    assert!(why.message.ends_with("measure without one: hyperfine --shell=none"), "{why}");
}

#[test]
fn a_folder_of_criterion_has_one_process_for_each_benchmark() {
    let imported = imported("criterion-0.8.2");
    assert_eq!(imported.kind, Kind::Criterion);
    assert_eq!(names(&imported), ["alone/criterion", "sizes/10", "sums/fold/100", "sums/plain/with slash"]);
    assert!(imported.benchmarks.iter().all(|benchmark| benchmark.is_of_single_process()));
    let places: Vec<&str> = imported.benchmarks.iter().map(|benchmark| &benchmark.place[..]).collect();
    assert_eq!(places, ["alone/new", "sizes/10/base", "sums/fold/100/new", "sums/plain_with slash/new"]);
    // Linear sampling: every sample has more iterations than the one before.
    let fold = &imported.benchmarks[2].series.processes[0];
    assert_eq!(fold.len(), 10);
    assert!(near(fold[0], 1818981e-9 / 19681.0) && near(fold[9], 19313385e-9 / 196810.0), "{fold:?}");
}

#[test]
fn a_folder_from_further_up_will_do() {
    let folder = tempfile::tempdir().unwrap();
    let measurement = folder.path().join("criterion/sums/new");
    fs::create_dir_all(&measurement).unwrap();
    for name in ["benchmark.json", "sample.json"] {
        fs::copy(fixture("criterion-0.8.2/alone/new").join(name), measurement.join(name)).unwrap();
    }
    std::os::unix::fs::symlink("..", folder.path().join("criterion/loop")).unwrap();
    assert_eq!(names(&read(folder.path()).unwrap()), ["alone/criterion"]);
}

#[test]
fn broken_folders_of_criterion_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let failure = || in_folder(&folder, read(folder.path()).unwrap_err());
    assert!(failure().starts_with("FOLDER: holds no measurement of criterion; give the folder"), "{}", failure());
    let measurement = folder.path().join("sums/new");
    fs::create_dir_all(&measurement).unwrap();
    let write = |name: &str, text: &str| fs::write(measurement.join(name), text).unwrap();
    write("sample.json", r#"{"sampling_mode":"Flat","iters":[3.0,3.0],"times":[5.0,0.0]}"#);
    assert!(failure().starts_with("sums/new/benchmark.json: can't be read: No such file"), "{}", failure());
    write("benchmark.json", r#"{"group_id":"sums","function_id":null,"value_str":null}"#);
    assert_eq!(failure(), "sums/new/sample.json: times[1]: 0 ns for 3 iterations is no time; both have to be positive");
    write("sample.json", r#"{"sampling_mode":"Flat","iters":[3.0],"times":[5.0,0.0]}"#);
    assert_eq!(failure(), "sums/new/sample.json: times: 2 times of 1 samples; it takes one for each");
    write("sample.json", r#"{"sampling_mode":"Flat","iters":[3.0,"#);
    assert!(failure().starts_with("sums/new/sample.json:1:37: ends too early: EOF"), "{}", failure());
}

#[test]
fn two_benchmarks_of_a_name_are_named_with_both_their_places() {
    let twice = r#"{"results": [{"command": "ls", "times": [1]}, {"command": "ls", "times": [1]}]}"#;
    insta::assert_snapshot!(error(twice), @"old.json: results[1]: has the name of results[0], 'ls/hyperfine'; give each its own with --command-name");
}

#[test]
fn broken_json_is_told_by_line_and_column() {
    insta::assert_snapshot!(error(""), @"old.json:1:0: ends too early: EOF while parsing a value; was it copied whole?");
    insta::assert_snapshot!(error("{\"results\": [\n{]"), @"old.json:2:2: isn't JSON: key must be a string");
    insta::assert_snapshot!(error("{\"results\": [{\"command\": \"a\", \"times\": [NaN]}]}"), @"old.json:1:41: isn't JSON: expected value");
    insta::assert_snapshot!(error("{\"results\": [{\"command\": \"a\", \"times\": [1e999]}]}"), @"old.json:1:45: isn't JSON: number out of range");
    insta::assert_snapshot!(error("{\"results\": [{\"command\": \"a\", \"times\": [\"1\"]}]}"), @r#"old.json:1:43: isn't a file of hyperfine 1: invalid type: string "1", expected f64"#);
    insta::assert_snapshot!(error("\u{0}\u{1}"), @"old.json:1:1: isn't JSON: expected value");
    insta::assert_snapshot!(error([0x1f, 0x8b, 8, 0]), @"old.json: can't be read: unexpected end of file");
}

#[test]
fn files_of_other_tools_are_called_by_their_names_with_what_can_be_done() {
    let readable = "files of pyperf, hyperfine, pytest-benchmark and asv can be read, and folders of criterion";
    for (content, what, remedy) in [
        (r#"{"schema": "rustworthy.comparison.v1"}"#, "a result of rustworthy", "`rustworthy gate --against` takes it"),
        (
            r#"{"context": {}, "benchmarks": []}"#,
            "a file of Google Benchmark",
            "its own tools/compare.py compares two of them",
        ),
        (r#"{"schema_version": 2, "results": []}"#, "a file of hyperfine 2", "export it with hyperfine 1"),
        (r#"{"iters": [1], "times": [1]}"#, "a sample of criterion", "give its whole folder 'target/criterion'"),
        (
            r#"{"commit_hash": "a", "env_name": "x", "results": {"a": 1.0}, "version": 1}"#,
            "a file of asv",
            "`asv update`",
        ),
        (
            r#"[{"jmhVersion": "1.37", "benchmark": "a.B.c", "primaryMetric": {}}]"#,
            "a file of JMH",
            "nothing here can be compared",
        ),
        (
            r#"{"w/rust": {"latency": {"value": 12.0, "lower_value": 11.0}}}"#,
            "a file of Bencher",
            "--export pyperf=FILE",
        ),
        (
            r#"[{"name": "w/rust", "unit": "ns", "value": 12}]"#,
            "a file of github-action-benchmark",
            "--export pyperf=FILE",
        ),
        (r#"[{"traceId": "1", "id": "2"}]"#, "a trace (of Zipkin or Chrome)", "takes Chrome's"),
        (r#"{"resourceSpans": []}"#, "a trace", "`rustworthy attribute --trace` takes it"),
        (r#"{"result": {"resourceSpans": []}}"#, "a trace", "`rustworthy attribute --trace` takes it"),
        (
            "running 1 test\ntest sums ... bench:      12,345 ns/iter (+/- 67)\n",
            "what `cargo bench` prints",
            "target/criterion",
        ),
        (
            "goos: linux\nBenchmarkSum-8   1000   1234 ns/op\n",
            "what `go test -bench` prints",
            "`benchstat` compares two",
        ),
        ("{}", "JSON of something else", readable),
        ("[1]", "a list of something else", readable),
        ("[]", "a list of something else", readable),
    ] {
        let error = error(content);
        assert!(error.starts_with(&format!("old.json: is {what}")) && error.contains(remedy), "{content}: {error}");
    }
}

#[test]
fn what_holds_no_times_is_refused_with_its_place() {
    insta::assert_snapshot!(error(r#"{"results": []}"#), @"old.json: holds no benchmark");
    insta::assert_snapshot!(error(r#"{"results": [{"command": "a", "mean": 1}]}"#), @"old.json: results[0]: has no times, only their summary; a change can't be computed from that");
    let pyperf = |benchmarks: &str| error(format!(r#"{{"version": "1.0", "benchmarks": [{benchmarks}]}}"#));
    insta::assert_snapshot!(pyperf(""), @"old.json: holds no benchmark");
    insta::assert_snapshot!(pyperf(r#"{"runs": [{"values": [1]}]}"#), @"old.json: benchmarks[0]: has no name in its metadata; pyperf gives it one with --name");
    insta::assert_snapshot!(pyperf(r#"{"metadata": {"name": "a"}, "runs": [{"warmups": [[1, 2]]}]}"#), @"old.json: benchmarks[0]: has no run with values, only calibration");
    insta::assert_snapshot!(pyperf(r#"{"metadata": {"name": "a"}, "runs": [{"values": [1]}, {"values": [1, -2]}]}"#), @"old.json: benchmarks[0].runs[1].values[1]: -2 s is no time; a positive number belongs here");
    insta::assert_snapshot!(error(r#"{"version": "7", "benchmarks": []}"#), @r#"old.json: version: format "7" of pyperf isn't known; those that are: "1.0", 6 and 5"#);
}

#[test]
fn sides_have_to_be_two_of_the_same_tool() {
    let message =
        |error: ImportError| error.to_string().replace(&format!("{}/", fixture("").display()).replace("//", "/"), "");
    let [old, new] = ["pyperf-2.10.0.json", "pyperf-2.10.0.json.gz"].map(fixture);
    assert!(pair(&old, &new).is_ok());
    insta::assert_snapshot!(message(pair(&old, &old).unwrap_err()), @"pyperf-2.10.0.json: is old and new side at once; give two, to see what changed between them");
    insta::assert_snapshot!(
        message(pair(&old, &fixture("criterion-0.8.2")).unwrap_err()),
        @"criterion-0.8.2: is of criterion, but the old side, pyperf-2.10.0.json, of pyperf; both have to come from the same tool"
    );
    insta::assert_snapshot!(message(pair(&old, &fixture("none")).unwrap_err()), @"none: can't be read: No such file or directory (os error 2)");
}

#[test]
fn what_is_no_regular_file_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    assert_eq!(in_folder(&folder, read(&pipe).unwrap_err()), "pipe: is no regular file");
    assert_eq!(read(Path::new("/dev/zero")).unwrap_err().message, "is no regular file");
}

#[test]
fn files_are_read_within_limits_compressed_or_not() {
    for name in ["pyperf-2.10.0.json", "pyperf-2.10.0.json.gz"] {
        let failure = |bytes, entries| Budget::of(bytes, entries).read(&fixture(name)).unwrap_err().message;
        assert!(Budget::of(4000, 300).read(&fixture(name)).is_ok(), "{name}");
        assert!(failure(2000, 300).starts_with("is too large: over 256 MiB in all; export fewer"), "{name}");
        assert!(failure(4000, 50).starts_with("is too large: over 4 million values in all"), "{name}");
    }
    let mut budget = Budget::of(5000, 1000);
    assert!(budget.read(&fixture("pyperf-2.10.0.json")).is_ok());
    assert!(budget.read(&fixture("pyperf-2.10.0.json")).is_err(), "the budget is for all files together");
}

fn criterion_folder(benchmarks: &[(&str, &str, f64)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, baseline, nanoseconds) in benchmarks {
        let measurement = folder.path().join(name).join(baseline);
        fs::create_dir_all(&measurement).unwrap();
        let id = format!(r#"{{"group_id":"{name}","function_id":null,"value_str":null}}"#);
        fs::write(measurement.join("benchmark.json"), id).unwrap();
        let sample = format!(r#"{{"sampling_mode":"Flat","iters":[1.0,1.0],"times":[{nanoseconds},{nanoseconds}]}}"#);
        fs::write(measurement.join("sample.json"), sample).unwrap();
    }
    folder
}

#[test]
fn baselines_of_criterion_are_chosen_by_their_name() {
    let folder = criterion_folder(&[("a", "main", 1.0), ("a", "pr", 2.0), ("b", "main", 3.0)]);
    let of = |name: &str| folder.path().join(format!("../{}:{name}", folder.path().file_name().unwrap().display()));
    let seconds = |side: &Imported| side.benchmarks.iter().map(|one| one.series.processes[0][0]).collect::<Vec<_>>();
    let [main, pr] = pair(&of("main"), &of("pr")).unwrap();
    assert_eq!(
        (names(&main), names(&pr)),
        (vec!["a/criterion".into(), "b/criterion".into()], vec!["a/criterion".into()])
    );
    assert!(near(seconds(&main)[0], 1e-9) && near(seconds(&pr)[0], 2e-9));
    assert!(pair(&of("main"), &of("main")).unwrap_err().message.starts_with("is old and new side at once"));
    let missing = in_folder(&folder, read(folder.path()).unwrap_err());
    assert_eq!(
        missing,
        "FOLDER: holds no measurement called 'new' or 'base'; there are main, pr: name one with FOLDER:NAME"
    );
    assert!(read(&of("old")).unwrap_err().message.starts_with("holds no measurement called 'old'; there are main, pr"));
    // A name with a colon is a name, and 'new' is what is meant where nothing is said.
    let folder = criterion_folder(&[("a", "new", 1.0), ("a", "base", 2.0)]);
    let base = PathBuf::from(format!("{}:base", folder.path().display()));
    let [old, new] = pair(&base, folder.path()).unwrap();
    assert!(near(seconds(&old)[0], 2e-9) && near(seconds(&new)[0], 1e-9));
    let new = PathBuf::from(format!("{}:new", folder.path().display()));
    assert!(pair(&new, folder.path()).is_err());
    fs::rename(folder.path().join("a"), folder.path().join("a:b")).unwrap();
    assert_eq!(names(&read(&folder.path().join("a:b")).unwrap()), ["a/criterion"]);
}

#[test]
fn one_benchmark_that_is_no_time_does_not_keep_others_from_being_compared() {
    let left_out = |imported: &Imported| {
        let one = |left_out: &LeftOut| (left_out.name.clone(), left_out.why.message.clone());
        (names(imported), imported.left_out.iter().map(one).collect::<Vec<_>>())
    };
    let folder = criterion_folder(&[("empty", "new", 0.0), ("sums", "new", 3.0)]);
    let nothing = "0 ns for 1 iterations is no time; both have to be positive";
    assert_eq!(
        left_out(&read(folder.path()).unwrap()),
        (vec!["sums/criterion".into()], vec![("empty/criterion".into(), nothing.into())])
    );
    let file = folder.path().join("a.json");
    let pyperf = |benchmarks: &str| {
        fs::write(&file, format!(r#"{{"version": "1.0", "benchmarks": [{benchmarks}]}}"#)).unwrap();
        left_out(&read(&file).unwrap())
    };
    let (read_of, left) = pyperf(
        r#"{"metadata": {"name": "sums"}, "runs": [{"values": [1]}]}, {"metadata": {"name": "empty"}, "runs": [{"values": [0]}]},
           {"metadata": {"name": "peak", "unit": "byte"}, "runs": [{"values": [4096]}]}"#,
    );
    assert_eq!(read_of, ["sums/pyperf"]);
    assert_eq!(
        left,
        [
            ("empty/pyperf".into(), "0 s is no time; a positive number belongs here".to_owned()),
            ("peak/pyperf".into(), "its unit is 'byte'; only times, of the unit 'second', can be compared".to_owned())
        ]
    );
    fs::write(&file, r#"{"results": [{"command": "a", "times": [1]}, {"command": "b", "times": [0.0]}]}"#).unwrap();
    let (read_of, left) = left_out(&read(&file).unwrap());
    assert_eq!((read_of, &left[0].0[..]), (vec!["a/hyperfine".into()], "b/hyperfine"));
}

#[test]
fn files_of_pyperf_tell_where_they_were_measured_and_others_do_not() {
    let of = |name: &str, host: &str, python: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        let text = format!(
            r#"{{"version": "1.0", "metadata": {{"cpu_model_name": "Alpha", "cpu_count": 2, "python_version": "{python}"}},
               "benchmarks": [{{"metadata": {{"name": "a"}}, "runs": [{{"values": [1], "metadata": {{"hostname": "{host}"}}}}]}}]}}"#
        );
        fs::write(&file, text).unwrap();
        read(&file).unwrap().measured_on
    };
    let [old, same, other] =
        [of("a", "one", "3.12.1 (64-bit)"), of("b", "one", "3.12.1 (64-bit)"), of("c", "two", "3.13.0 (64-bit)")];
    assert_eq!((old.changes(&same), old.unknown(&same)), (vec![], vec!["implementation of Python"]));
    assert_eq!(
        old.changes(&other),
        [("host", "one".into(), "two".to_owned()), ("Python", "3.12.1 (64-bit)".into(), "3.13.0 (64-bit)".to_owned())]
    );
    let nothing = imported("hyperfine-1.15.0-parameters.json").measured_on;
    assert_eq!((nothing.changes(&old), nothing.unknown(&old).len()), (vec![], 5));
}

#[test]
fn rounds_of_pytest_benchmark_are_of_one_process() {
    let entry = |name: &str, stats: &str| format!(r#"{{"fullname": "{name}", "name": "x", "stats": {stats}}}"#);
    let file = |entries: &[String]| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("old.json");
        let machine = r#"{"node": "one", "python_version": "3.12.1", "python_implementation": "CPython",
                          "cpu": {"brand_raw": "Alpha", "count": 2}}"#;
        fs::write(&file, format!(r#"{{"machine_info": {machine}, "benchmarks": [{}]}}"#, entries.join(", "))).unwrap();
        read(&file).map_err(|error| in_folder(&folder, error))
    };
    let timed = entry("tests/test_a.py::test_it[large]", r#"{"data": [0.25, 0.5], "mean": 0.3}"#);
    let summary = entry("tests/test_a.py::test_other", r#"{"mean": 0.3}"#);
    let imported = file(&[timed.clone(), summary.clone(), entry("w/rust", r#"{"data": [0.0]}"#)]).unwrap();
    assert_eq!(imported.kind, Kind::PytestBenchmark);
    assert_eq!(names(&imported), ["tests/test_a.py::test_it[large]/pytest-benchmark"]);
    assert_eq!(imported.benchmarks[0].series.processes, [[0.25, 0.5]]);
    let left_out: Vec<&str> = imported.left_out.iter().map(|left_out| &left_out.name[..]).collect();
    assert_eq!(left_out, ["tests/test_a.py::test_other/pytest-benchmark", "w/rust"]);
    assert!(imported.left_out[0].why.message.contains("--benchmark-json=FILE"), "{:?}", imported.left_out);
    assert!(imported.measured_on.unknown(&imported.measured_on).is_empty(), "{:?}", imported.measured_on);
    assert!(file(&[summary]).unwrap_err().starts_with("old.json: benchmarks[0].stats: has no rounds"));
    let twice = file(&[timed.clone(), timed]).unwrap_err();
    assert!(twice.contains("has the name of benchmarks[0]") && twice.contains("one run of the tests"), "{twice}");
    let negative = file(&[entry("a", r#"{"data": [-1.0]}"#)]).unwrap_err();
    assert_eq!(negative, "old.json: benchmarks[0].stats.data[0]: -1 s is no time; a positive number belongs here");
}

#[test]
fn samples_of_asv_are_those_of_its_times_by_parameters() {
    let file = |results: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("old.json");
        let text = format!(
            r#"{{"commit_hash": "ab", "env_name": "x", "params": {{"cpu": "Alpha", "machine": "one", "num_cpu": "2"}}, "python": "3.12",
                "result_columns": ["result", "params", "version", "samples", "profile"], "results": {{{results}}}, "version": 2}}"#
        );
        fs::write(&file, text).unwrap();
        read(&file).map_err(|error| in_folder(&folder, error))
    };
    let imported = file(
        r#""bench.Suite.time_it": [[0.1, NaN, null, 0.2], [["'a'", "'b'"], ["1", "2"]], "v", [[0.1, 0.2], null, null, [0.25]]],
           "bench.time_alone": [[0.1], [], "v", [[0.5]]], "bench.track_NaN": [[3.0], [], "v"], "bench.time_summary": [[0.1], []],
           "bench.time_broken": null"#,
    );
    assert!(imported.unwrap_err().contains("isn't a file of asv"));
    let imported = file(
        r#""bench.Suite.time_it": [[0.1, NaN, null, 0.2], [["'a'", "'b'"], ["1", "2"]], "v", [[0.1, 0.2], null, null, [0.25]]],
           "bench.time_alone": [[0.1], [], "v", [[0.5]]], "bench.track_NaN": [[3.0], [], "v"], "bench.time_summary": [[0.1], []]"#,
    )
    .unwrap();
    assert_eq!(imported.kind, Kind::Asv);
    assert_eq!(
        names(&imported),
        ["bench.Suite.time_it('a', 1)/asv", "bench.Suite.time_it('b', 2)/asv", "bench.time_alone/asv"]
    );
    assert_eq!(imported.benchmarks[0].series.processes, [[0.1, 0.2]]);
    let left_out: Vec<&str> = imported.left_out.iter().map(|left_out| &left_out.name[..]).collect();
    assert_eq!(left_out, ["bench.time_summary/asv", "bench.track_NaN/asv"]);
    assert!(imported.left_out[0].why.message.contains("--record-samples"), "{:?}", imported.left_out);
    assert_eq!(imported.measured_on.unknown(&imported.measured_on), ["implementation of Python"]);
    let unfit = file(r#""bench.time_it": [[0.1], [["1", "2"]], "v", [[0.1]]]"#).unwrap_err();
    assert!(unfit.contains("results.bench.time_it: has samples of 1 combinations of parameters"), "{unfit}");
    let huge = format!("[{}]", vec![r#"["a","b","c","d","e","f","g","h"]"#; 40].join(","));
    assert!(file(&format!(r#""bench.time_it": [[0.1], {huge}, "v", [[0.1]]]"#)).is_err());
    assert!(file(r#""bench.time_it": [[0.1], [], "v", [["0.1"]]]"#).unwrap_err().contains("aren't lists of times"));
}

#[test]
fn real_files_of_pytest_benchmark_and_asv_are_read() {
    let found = imported("pytest-benchmark-5.3.1.json");
    let sorts = ["test_parse.py::test_sort[10]/pytest-benchmark", "test_parse.py::test_sort[20]/pytest-benchmark"];
    assert_eq!((found.kind, names(&found)), (Kind::PytestBenchmark, sorts.map(String::from).to_vec()));
    assert!(found.benchmarks.iter().all(|one| one.is_of_single_process() && one.series.processes[0].len() == 5));
    assert!(found.measured_on.unknown(&found.measured_on).is_empty(), "{:?}", found.measured_on);
    // One of its combinations of parameters was skipped, which asv writes as NaN.
    let found = imported("asv-0.6.6.json");
    let upper = ["'short', 1", "'long', 1", "'long', 2"].map(|values| format!("bench.Suite.time_upper({values})/asv"));
    assert_eq!((found.kind, names(&found)), (Kind::Asv, [&upper[..], &["bench.time_sort/asv".to_owned()]].concat()));
    assert_eq!(found.left_out[0].name, "bench.track_size/asv");
}
