//! The JSON Schemas in `schema/` agree with the types, and results agree with the schemas.

mod sample;
#[path = "sample/attribution.rs"]
mod sample_attribution;
#[path = "sample/decision.rs"]
mod sample_decision;
#[path = "sample/gate.rs"]
mod sample_gate;
mod validation;

use std::path::Path;

use rustworthy_model::Report;
use rustworthy_model::attribution::{self, Attribution};
use rustworthy_model::capture::Capture;
use rustworthy_model::comparison::{self, Comparison};
use rustworthy_model::decision::{self, Decision, version_1};
use rustworthy_model::gate::{self, Gate};
use rustworthy_model::new_crate::NewCrate;
use rustworthy_model::profile::Profile;
use rustworthy_model::rollout::Rollout;
use rustworthy_reports::decision::{in_words, to_version_1};
use rustworthy_reports::{schema_json, to_json};
use serde_json::Value;
use validation::{assert_valid, violations};

fn is_valid<R: Report>(result: &Value) -> bool {
    violations::<R>(result).is_none()
}

fn value(report: &impl Report) -> Value {
    serde_json::from_str(&to_json(report)).unwrap()
}

fn assert_kept<R: Report>(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema").join(file);
    let generated = schema_json::<R>();
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, generated, "schema/{file} is out of date; run: UPDATE_GENERATED=1 cargo test --workspace");
}

#[test]
fn the_schemas_in_the_repository_are_those_of_the_types() {
    assert_kept::<Attribution>("attribution.v1.json");
    assert_kept::<Capture>("capture.v1.json");
    assert_kept::<Comparison>("comparison.v1.json");
    assert_kept::<version_1::Decision>("decision.v1.json");
    assert_kept::<Decision<String>>("decision.v2.json");
    assert_kept::<Gate>("gate.v1.json");
    assert_kept::<NewCrate>("crate.v1.json");
    assert_kept::<Profile>("profile.v1.json");
    assert_kept::<Rollout>("rollout.v1.json");
}

#[test]
fn a_result_is_valid_by_the_schema() {
    let mut result = value(&sample::comparison());
    // JSON has no NaN and no infinity; the sample has them to test the other renderings.
    result["workloads"].as_array_mut().unwrap().retain(|workload| workload["name"] != "<script>|hostile");
    assert_valid::<Comparison>(&result);
    assert_valid::<Decision<String>>(&value(&in_words(&sample_decision::decision())));
    assert_valid::<version_1::Decision>(&value(&to_version_1(&sample_decision::decision())));
    assert_valid::<Gate>(&value(&sample_gate::gate()));
    for attribution in [
        sample_attribution::attribution(),
        sample_attribution::thin(),
        sample_attribution::rejected(),
        sample_attribution::trace(),
        sample_attribution::hostile(),
    ] {
        assert_valid::<Attribution>(&value(&attribution));
    }
}

#[test]
fn unknown_values_are_null_and_not_left_out() {
    let mut result = value(&sample::comparison());
    assert!(result["environment"]["governor"].is_null());
    assert!(result["environment"].as_object_mut().unwrap().remove("governor").is_some());
    assert!(!is_valid::<Comparison>(&result));

    let mut result = value(&Gate { environment: None, ..sample_gate::gate() });
    assert_valid::<Gate>(&result);
    assert!(result.as_object_mut().unwrap().remove("environment").is_some());
    assert!(!is_valid::<Gate>(&result));

    let mut result = value(&sample_attribution::trace());
    assert!(result["utilization"].is_null());
    assert!(result.as_object_mut().unwrap().remove("utilization").is_some());
    assert!(!is_valid::<Attribution>(&result));
}

#[test]
fn another_format_is_not_valid() {
    let mut result = sample::comparison();
    result.workloads.clear();
    result.schema = "rustworthy.comparison.v2".into();
    assert!(!is_valid::<Comparison>(&value(&result)));
    result.schema = comparison::SCHEMA.into();
    assert!(is_valid::<Comparison>(&value(&result)));

    let mut result = sample_gate::gate();
    result.schema = "rustworthy.gate.v2".into();
    assert!(!is_valid::<Gate>(&value(&result)));
    result.schema = gate::SCHEMA.into();
    assert!(is_valid::<Gate>(&value(&result)));

    let mut result = in_words(&sample_decision::decision());
    result.schema = "rustworthy.decision.v3".into();
    assert!(!is_valid::<Decision<String>>(&value(&result)));
    result.schema = decision::SCHEMA.into();
    assert!(is_valid::<Decision<String>>(&value(&result)));
    assert!(!is_valid::<version_1::Decision>(&value(&result)));

    let mut result = sample_attribution::attribution();
    result.schema = "rustworthy.attribution.v2".into();
    assert!(!is_valid::<Attribution>(&value(&result)));
    result.schema = attribution::SCHEMA.into();
    assert!(is_valid::<Attribution>(&value(&result)));
}

#[test]
fn json_reads_back_as_the_same_result() {
    let mut comparison = sample::comparison();
    comparison.workloads.truncate(2);
    let back: Comparison = serde_json::from_str(&to_json(&comparison)).unwrap();
    assert_eq!(back, comparison);

    let gate = sample_gate::gate();
    let back: Gate = serde_json::from_str(&to_json(&gate)).unwrap();
    assert_eq!(back, gate);

    let decision = sample_decision::decision();
    let back: Decision = serde_json::from_str(&to_json(&in_words(&decision))).unwrap();
    assert_eq!(back, decision);

    for attribution in [sample_attribution::attribution(), sample_attribution::trace(), sample_attribution::thin()] {
        let back: Attribution = serde_json::from_str(&to_json(&attribution)).unwrap();
        assert_eq!(back, attribution);
    }
}
