//! The JSON Schema in `schema/` agrees with the types, and results agree with the schema.

mod sample;

use std::path::Path;

use rustworthy_reports::comparison::{Comparison, SCHEMA};
use rustworthy_reports::{comparison_schema, to_json};

fn validator() -> jsonschema::Validator {
    let schema = serde_json::from_str(&comparison_schema()).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

#[test]
fn the_schema_in_the_repository_is_the_one_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/comparison.v1.json");
    let generated = comparison_schema();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        kept, generated,
        "schema/comparison.v1.json is out of date; run: UPDATE_SCHEMA=1 cargo test -p rustworthy-reports"
    );
}

#[test]
fn a_result_is_valid_by_the_schema() {
    let mut result: serde_json::Value = serde_json::from_str(&to_json(&sample::comparison())).unwrap();
    // JSON has no NaN and no infinity; the sample has them to test the other renderings.
    result["workloads"].as_array_mut().unwrap().retain(|workload| workload["name"] != "<script>|hostile");
    let errors: Vec<String> =
        validator().iter_errors(&result).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn unknown_values_are_null_and_not_left_out() {
    let mut result: serde_json::Value = serde_json::from_str(&to_json(&sample::comparison())).unwrap();
    assert!(result["environment"]["governor"].is_null());
    assert!(result["environment"].as_object_mut().unwrap().remove("governor").is_some());
    assert!(!validator().is_valid(&result));
}

#[test]
fn another_format_is_not_valid() {
    let mut result = sample::comparison();
    result.workloads.clear();
    result.schema = "rustworthy.comparison.v2".into();
    assert!(!validator().is_valid(&serde_json::from_str(&to_json(&result)).unwrap()));
    result.schema = SCHEMA.into();
    assert!(validator().is_valid(&serde_json::from_str(&to_json(&result)).unwrap()));
}

#[test]
fn json_reads_back_as_the_same_result() {
    let mut comparison = sample::comparison();
    comparison.workloads.truncate(2);
    let back: Comparison = serde_json::from_str(&to_json(&comparison)).unwrap();
    assert_eq!(back, comparison);
}
