//! Results against the JSON Schemas of their types.
//!
//! Packages that validate turn on features of others, `serde_json`'s among them, that the program is built without. Tests would
//! then be of another program, and take a second build of nearly all of it. So this knows the part of draft 2020-12 that the
//! schemas use, and refuses any other.

use rustworthy_model::{Report, json_schema};
use serde_json::Value;

/// A result agrees with the schema of its type.
#[track_caller]
pub(crate) fn assert_valid<R: Report>(result: &Value) {
    let violations = violations::<R>(result);
    assert!(violations.is_empty(), "{violations:#?}: {result:#}");
}

/// What of a result doesn't agree with the schema of its type.
pub(crate) fn violations<R: Report>(result: &Value) -> Vec<String> {
    let root = serde_json::to_value(json_schema::<R>()).unwrap();
    check(&root, &root, result, "")
}

fn check(root: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let keywords = schema.as_object().expect("a schema is an object");
    keywords.iter().flat_map(|(keyword, told)| check_keyword(root, keyword, told, value, path)).collect()
}

fn check_keyword(root: &Value, keyword: &str, told: &Value, value: &Value, path: &str) -> Vec<String> {
    let no_less = |value: &Value| value.as_f64().is_none_or(|number| number >= told.as_f64().unwrap());
    let holds = match keyword {
        "$schema" | "$defs" | "title" | "description" | "format" => true,
        "$ref" => {
            let place = told.as_str().unwrap().strip_prefix('#').unwrap();
            return check(root, root.pointer(place).expect("a definition"), value, path);
        }
        "properties" => {
            let properties = told.as_object().unwrap().iter();
            let found = properties.filter_map(|(name, schema)| Some((name, schema, value.get(name)?)));
            return found
                .flat_map(|(name, schema, value)| check(root, schema, value, &format!("{path}/{name}")))
                .collect();
        }
        "items" => {
            let items = value.as_array().into_iter().flatten().enumerate();
            return items.flat_map(|(place, item)| check(root, told, item, &format!("{path}/{place}"))).collect();
        }
        "required" => {
            let mut names = told.as_array().unwrap().iter().filter_map(Value::as_str);
            value.as_object().is_none_or(|object| names.all(|name| object.contains_key(name)))
        }
        "anyOf" => matching(root, told, value, path) > 0,
        "oneOf" => matching(root, told, value, path) == 1,
        "const" => told == value,
        "minimum" => no_less(value),
        "type" => {
            let kinds = told.as_array().map_or(std::slice::from_ref(told), Vec::as_slice);
            kinds.iter().any(|kind| is_of(value, kind.as_str().unwrap()))
        }
        other => panic!("{other} isn't among the keywords that are checked"),
    };
    if holds { Vec::new() } else { vec![format!("{path}: {keyword} must be {told}")] }
}

/// With how many of the alternatives a value agrees.
fn matching(root: &Value, alternatives: &Value, value: &Value, path: &str) -> usize {
    let alternatives = alternatives.as_array().unwrap().iter();
    alternatives.filter(|alternative| check(root, alternative, value, path).is_empty()).count()
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type of JSON"),
    }
}
