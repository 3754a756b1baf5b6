//! Results against the JSON Schemas of their types.

use boon::{Compiler, Schemas};
use rustworthy_model::{Report, json_schema};
use serde_json::Value;

mod sound;

/// A result agrees with the schema of its type, and its numbers with each other.
#[track_caller]
pub(crate) fn assert_valid<R: Report>(result: &Value) {
    let violations = violations::<R>(result);
    assert!(violations.is_none(), "{}: {result:#}", violations.unwrap_or_default());
    let contradictions = sound::contradictions(result);
    assert!(contradictions.is_empty(), "{contradictions:?}: {result:#}");
}

/// What of a result doesn't agree with the schema of its type.
pub(crate) fn violations<R: Report>(result: &Value) -> Option<String> {
    violations_of(serde_json::to_value(json_schema::<R>()).unwrap(), result)
}

/// What of a value doesn't agree with a schema.
pub(crate) fn violations_of(schema: Value, value: &Value) -> Option<String> {
    const PLACE: &str = "schema.json";
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource(PLACE, schema).unwrap();
    let schema = compiler.compile(PLACE, &mut schemas).unwrap();
    schemas.validate(value, schema).err().map(|error| format!("{error:#}"))
}
