//! JSON and its schema.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use crate::attribution::Attribution;
use crate::comparison::Comparison;
use crate::decision::{Decision, version_1};
use crate::doctor::Doctor;
use crate::gate::Gate;
use crate::profile::Profile;

/// A result with a JSON format of its own, whose schema is kept in `schema/`.
pub trait Report: Serialize + JsonSchema {}

impl Report for Attribution {}
impl Report for Comparison {}
/// Without its words it isn't the format yet.
impl Report for Decision<String> {}
impl Report for version_1::Decision {}
impl Report for Doctor {}
impl Report for Gate {}
impl Report for Profile {}

/// The result as indented JSON with a line break at its end.
///
/// Numbers that JSON cannot hold (NaN, infinities) become `null`.
pub fn to_json(report: &impl Report) -> String {
    pretty(report)
}

/// The JSON Schema (draft 2020-12) of what [`to_json`] writes, as indented JSON.
pub fn json_schema<R: Report>() -> String {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    pretty(&generator.into_root_schema_for::<R>())
}

/// Types with string keys and infallible fields alone come through here, so nothing can fail.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("result types have string keys and plain values");
    text.push('\n');
    text
}
