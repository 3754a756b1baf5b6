//! Files of other tools that can't be imported: called by their names, with what can be done instead.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// The keys of an object.
pub(super) type Keys = BTreeMap<String, IgnoredAny>;

/// What a file of Bencher has of a benchmark, by the name of the measure.
#[derive(Deserialize)]
struct Figure {
    #[serde(rename = "value")]
    _value: f64,
}

const SUMMARY: &str = "which has one figure for each benchmark and not the runs, without which no change can be tested; \
                       where rustworthy wrote it, --export pyperf=FILE or hyperfine=FILE keeps the runs";
const READABLE: &str = "files of pyperf, hyperfine, pytest-benchmark and asv can be read, and folders of criterion";

/// What an object with such keys is, if it is of a known tool whose files can't be read.
pub(super) fn named(keys: &Keys) -> Option<String> {
    let has = |key| keys.contains_key(key);
    let is = |what: &str, remedy: &str| Some(format!("is {what}; {remedy}"));
    if has("schema") {
        is("a result of rustworthy", "`rustworthy gate --against` takes it")
    } else if has("context") && has("benchmarks") {
        is("a file of Google Benchmark", "its own tools/compare.py compares two of them")
    } else if (has("commit_hash") || has("env_name")) && !has("result_columns") {
        is("a file of asv in an old format", "`asv update` writes it anew")
    } else if has("results") && has("schema_version") {
        is("a file of hyperfine 2, which this program doesn't know yet", "export it with hyperfine 1")
    } else if has("iters") && has("times") {
        is("a sample of criterion", "give its whole folder 'target/criterion'")
    } else if ["resourceSpans", "batches", "traceEvents", "data", "result"].into_iter().any(has) {
        is("a trace", "`rustworthy attribute --trace` takes it")
    } else {
        None
    }
}

/// What is said of any other object that can't be read.
pub(super) fn unknown(contents: &[u8]) -> String {
    let figures: Result<BTreeMap<String, BTreeMap<String, Figure>>, _> = serde_json::from_slice(contents);
    match figures {
        Ok(figures) if !figures.is_empty() => format!("is a file of Bencher, {SUMMARY}"),
        _ => format!("is JSON of something else; {READABLE}"),
    }
}

/// What a list of such objects is.
pub(super) fn listed(keys: &Keys) -> String {
    let has = |key| keys.contains_key(key);
    if has("jmhVersion") {
        "is a file of JMH, which measures Java; nothing here can be compared with it".to_owned()
    } else if has("unit") && has("value") {
        format!("is a file of github-action-benchmark, {SUMMARY}")
    } else if has("traceId") || has("ph") {
        "is a trace (of Zipkin or Chrome), no times of benchmarks; `rustworthy attribute --trace` takes Chrome's"
            .to_owned()
    } else {
        format!("is a list of something else; {READABLE}")
    }
}

/// What a text that is no JSON is, if it is known.
pub(super) fn text(contents: &[u8]) -> Option<&'static str> {
    let holds = |part: &str| contents.windows(part.len()).any(|window| window == part.as_bytes());
    if holds("... bench:") {
        Some(
            "is what `cargo bench` prints, which has no runs; give the folder 'target/criterion' of criterion's benchmarks",
        )
    } else if holds(" ns/op") {
        Some("is what `go test -bench` prints; `benchstat` compares two of them")
    } else {
        None
    }
}
