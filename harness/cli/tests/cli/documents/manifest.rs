//! The reference of the manifest and its JSON Schema are those of the program, and manifests that people copy are valid.

use std::fs;

use rustworthy_engine::manifest::vocabulary::{json_schema, reference};

use super::{assert_kept, root};
use crate::validation::violations_of;

#[test]
fn the_schema_of_the_manifest_is_that_of_the_program() {
    assert_kept("docs/manifest.schema.json", &json_schema());
}

#[test]
fn the_reference_of_the_manifest_is_that_of_the_program() {
    assert_kept("docs/src/manifest-keys.md", &reference());
}

#[test]
fn manifests_in_the_repository_are_valid_by_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(&json_schema()).expect("JSON");
    for folder in ["python_baselines", "benches/services", "examples/service", "examples/starlette"] {
        let file = root().join(folder).join("rustworthy.toml");
        let text = fs::read_to_string(&file).expect("a manifest");
        let manifest: serde_json::Value = toml::from_str(&text).expect("TOML");
        let violations = violations_of(schema.clone(), &manifest);
        assert!(violations.is_none(), "{}: {}", file.display(), violations.unwrap_or_default());
    }
}
