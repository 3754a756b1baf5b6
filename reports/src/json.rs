//! JSON and its schema.

use rustworthy_model::{Report, json_schema};
use serde::Serialize;

/// The result as indented JSON with a line break at its end.
///
/// Numbers that JSON cannot hold (NaN, infinities) become `null`.
pub fn to_json(report: &impl Report) -> String {
    pretty(report)
}

/// Several results as one array.
pub fn all_to_json(reports: &[impl Report]) -> String {
    pretty(&reports)
}

/// The JSON Schema of what [`to_json`] writes, as indented JSON.
pub fn schema_json<R: Report>() -> String {
    pretty(&json_schema::<R>())
}

/// Types with string keys and infallible fields alone come through here, so nothing can fail.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("result types have string keys and plain values");
    text.push('\n');
    text
}
