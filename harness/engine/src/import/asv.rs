//! Results of asv: `results/MACHINE/COMMIT-ENVIRONMENT.json` in the format 2, with the samples that `--record-samples` keeps.

use std::collections::BTreeMap;
use std::path::Path;

use rustworthy_model::Series;
use serde::Deserialize;
use serde_json::Value;

use super::environment::MeasuredOn;
use super::error::ImportError;
use super::imported::{Benchmark, Contents, Kind, LeftOut};
use super::times::first_that_is_none;

/// The key by which its results are known.
const COLUMNS: &str = "result_columns";

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    params: Value,
    #[serde(default)]
    python: Value,
    result_columns: Vec<String>,
    /// Of each benchmark the values of these columns; columns without a value at the end are missing.
    results: BTreeMap<String, Vec<Value>>,
}

/// Seconds of a call, for each combination of parameters; `null` for one that failed or was skipped.
type Samples = Option<Vec<Option<Vec<f64>>>>;

/// Where in `params` it tells what changes times.
const MACHINE: [(&str, &str); 3] = [("processor", "/cpu"), ("host", "/machine"), ("number of processors", "/num_cpu")];

/// What names of benchmarks of times begin with.
const TIMES: [&str; 4] = ["time_", "timeraw_", "Time", "Timeraw"];

/// Whether a file looks like one of asv.
pub(super) fn is_likely(contents: &[u8]) -> bool {
    let key = format!("\"{COLUMNS}\"");
    contents.windows(key.len()).any(|window| window == key.as_bytes())
}

/// The file with `null` for `NaN`, which asv writes for benchmarks that were skipped, and which is no JSON.
pub(super) fn without_nan(contents: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(contents.len());
    let (mut in_text, mut is_escaped) = (false, false);
    let mut rest = contents;
    while let [byte, after @ ..] = rest {
        if !in_text && let Some(after) = rest.strip_prefix(b"NaN") {
            plain.extend_from_slice(b"null");
            rest = after;
            continue;
        }
        in_text ^= *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && in_text && !is_escaped;
        plain.push(*byte);
        rest = after;
    }
    plain
}

/// The benchmarks of a file, one for each combination of parameters. The samples of a benchmark are taken for those of one process:
/// the file doesn't tell processes apart.
pub(super) fn parse(file: &Path, contents: &[u8]) -> Result<Contents, ImportError> {
    let document: Document = serde_json::from_slice(contents)
        .map_err(|error| ImportError::json(file, "a file of asv with results of the format 2", &error))?;
    let mut measured_on = MeasuredOn::read(&document.params, &MACHINE);
    measured_on.extend(MeasuredOn::read(&document.python, &[("Python", "")]));
    let column = |name: &str| document.result_columns.iter().position(|column| column == name);
    let columns = [column("params"), column("samples")];
    let mut found = Vec::new();
    for (name, values) in document.results {
        let place = format!("results.{name}");
        let value = |column: Option<usize>| column.and_then(|column| values.get(column)).cloned().unwrap_or_default();
        found.extend(benchmarks(file, &place, &name, columns.map(value))?);
    }
    Ok(Contents { measured_on, ..Contents::of(found.into_iter().map(Ok))? })
}

/// What a row says of each combination of parameters.
fn benchmarks(
    file: &Path,
    place: &str,
    name: &str,
    [params, samples]: [Value; 2],
) -> Result<Vec<Result<Benchmark, LeftOut>>, ImportError> {
    let unfit = |what: &str, error: serde_json::Error| ImportError::at(file, place, format!("{what}: {error}"));
    let params: Option<Vec<Vec<String>>> =
        serde_json::from_value(params).map_err(|error| unfit("its parameters aren't lists of texts", error))?;
    let samples: Samples =
        serde_json::from_value(samples).map_err(|error| unfit("its samples aren't lists of times", error))?;
    let left_out =
        |why: &str| LeftOut { name: series(name, Vec::new()).name(), why: ImportError::at(file, place, why) };
    if !TIMES.iter().any(|times| name.rsplit('.').next().unwrap_or(name).starts_with(times)) {
        return Ok(vec![Err(left_out(
            "isn't a benchmark of times, whose names begin with time_; only times can be compared",
        ))]);
    }
    let Some(samples) = samples else {
        return Ok(vec![Err(left_out(
            "has no samples, only their summary, without which no change can be tested; measure with \
             asv run --record-samples. One that failed has none either",
        ))]);
    };
    let params = params.unwrap_or_default();
    let combinations = params.iter().try_fold(1_usize, |product, values| product.checked_mul(values.len()));
    if combinations != Some(samples.len()) {
        let message = format!("has samples of {} combinations of parameters, and other parameters", samples.len());
        return Err(ImportError::at(file, place, message));
    }
    let mut found = Vec::new();
    for (index, seconds) in samples.into_iter().enumerate() {
        // What failed or was skipped isn't there, on whichever side.
        let Some(seconds) = seconds.filter(|seconds| !seconds.is_empty()) else { continue };
        let name = with_parameters(name, &params, index);
        let place = format!("{place}[{index}]");
        found.push(match first_that_is_none(file, &place, &seconds)? {
            Ok(()) => Ok(Benchmark { series: series(&name, vec![seconds]), place, failed_runs: 0 }),
            Err(why) => Err(LeftOut { name: series(&name, Vec::new()).name(), why }),
        });
    }
    Ok(found)
}

/// Names of Python aren't those of a manifest, and are never taken apart.
fn series(name: &str, processes: Vec<Vec<f64>>) -> Series {
    Series { workload: name.to_owned(), contender: Kind::Asv.to_string(), seconds: None, processes }
}

/// The name with the parameters of a combination, in the order of `itertools.product`: the last one changes fastest.
fn with_parameters(name: &str, params: &[Vec<String>], index: usize) -> String {
    if params.is_empty() {
        return name.to_owned();
    }
    let mut left = index;
    let mut values: Vec<&str> = Vec::new();
    for choices in params.iter().rev() {
        values.push(&choices[left % choices.len()]);
        left /= choices.len();
    }
    values.reverse();
    format!("{name}({})", values.join(", "))
}
