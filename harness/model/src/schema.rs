//! The JSON formats of results, and their schemas.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use crate::attribution::Attribution;
use crate::capture::Capture;
use crate::comparison::Comparison;
use crate::decision::{Decision, version_1};
use crate::doctor::Doctor;
use crate::gate::Gate;
use crate::new_crate::{Check, NewCrate};
use crate::profile::Profile;
use crate::rollout::Rollout;

/// A result with a JSON format of its own.
///
/// All keys are text and all values plain, so that turning one into JSON can't fail.
pub trait Report: Serialize + JsonSchema {}

impl Report for Attribution {}
impl Report for Capture {}
impl Report for Check {}
impl Report for Comparison {}
/// Without its words it isn't the format yet.
impl Report for Decision<String> {}
impl Report for version_1::Decision {}
impl Report for Doctor {}
impl Report for Gate {}
impl Report for NewCrate {}
impl Report for Profile {}
impl Report for Rollout {}

/// The JSON Schema (draft 2020-12) of a result as it is written.
pub fn json_schema<R: Report>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<R>()
}
