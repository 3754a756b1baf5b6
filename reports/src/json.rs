//! JSON and its schema.

use schemars::generate::SchemaSettings;

use crate::comparison::Comparison;

/// The comparison as indented JSON with a line break at its end.
///
/// Numbers that JSON cannot hold (NaN, infinities) become `null`.
pub fn to_json(comparison: &Comparison) -> String {
    pretty(comparison)
}

/// The JSON Schema (draft 2020-12) of what [`to_json`] writes, as indented JSON.
pub fn comparison_schema() -> String {
    schema::<Comparison>()
}

/// The JSON Schema (draft 2020-12) of what a result is written as, as indented JSON.
pub(crate) fn schema<Result: schemars::JsonSchema>() -> String {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    pretty(&generator.into_root_schema_for::<Result>())
}

/// A result as indented JSON with a line break at its end.
///
/// Types with string keys and infallible fields alone come through here, so nothing can fail.
pub(crate) fn pretty(value: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("result types have string keys and plain values");
    text.push('\n');
    text
}
