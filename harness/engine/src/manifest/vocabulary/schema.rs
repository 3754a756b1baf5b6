//! The JSON Schema of manifests, for editors.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::form::{Bounds, Form};
use super::project::FILE;
use super::table::{Key, Need, Table};

/// The JSON Schema of `rustworthy.toml`, as indented JSON.
///
/// It is of draft 7, which editors of TOML understand best. Whatever the reader accepts is valid by it; the reader knows
/// more, such as which files and contenders there are.
pub fn json_schema() -> String {
    let mut definitions = BTreeMap::new();
    let Value::Object(file) = table(&FILE, &mut definitions) else { unreachable!("a table is an object") };
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    schema.insert("title".to_owned(), json!("Manifest of rustworthy"));
    schema.extend(file);
    schema.insert("definitions".to_owned(), definitions.into_iter().collect());
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema has string keys and plain values");
    text.push('\n');
    text
}

type Definitions = BTreeMap<String, Value>;

fn table(of: &'static Table, definitions: &mut Definitions) -> Value {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("description".to_owned(), json!(of.about));
    let properties: Map<String, Value> =
        of.keys.iter().map(|key| (key.name.to_owned(), property(key, definitions))).collect();
    schema.insert("properties".to_owned(), properties.into());
    let further = match &of.others {
        Some(others) => {
            schema.insert("propertyNames".to_owned(), json!({"pattern": others.pattern}));
            form(&others.form, definitions)
        }
        None => json!(false),
    };
    schema.insert("additionalProperties".to_owned(), further);
    needs(of, &mut schema);
    schema.into()
}

/// Which keys have to be there.
fn needs(of: &Table, schema: &mut Map<String, Value>) {
    let mut required = Vec::new();
    let mut together = Map::new();
    let mut alternatives: &[&str] = &[];
    for key in of.keys {
        match key.need {
            Need::Required { .. } => required.push(key.name),
            Need::With(other) => {
                together.insert(key.name.to_owned(), json!([other]));
            }
            Need::OneOf(keys) => alternatives = keys,
            Need::Optional | Need::Default(_) => {}
        }
    }
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    if !together.is_empty() {
        schema.insert("dependencies".to_owned(), together.into());
    }
    if !alternatives.is_empty() {
        let alternatives: Vec<Value> = alternatives.iter().map(|key| json!({"required": [key]})).collect();
        schema.insert("oneOf".to_owned(), alternatives.into());
    }
}

fn property(key: &'static Key, definitions: &mut Definitions) -> Value {
    let mut property = Map::new();
    property.insert("description".to_owned(), json!(key.about));
    if let Need::Default(literal) = key.need {
        property.insert("default".to_owned(), value(literal));
    }
    match form(&key.form, definitions) {
        // Beside a reference, editors read nothing.
        reference @ Value::Object(_) if reference.get("$ref").is_some() => {
            property.insert("allOf".to_owned(), json!([reference]));
        }
        Value::Object(form) => property.extend(form),
        _ => unreachable!("a form is an object"),
    }
    property.into()
}

fn form(of: &'static Form, definitions: &mut Definitions) -> Value {
    match of {
        Form::Text(_) => json!({"type": "string", "pattern": r"\S"}),
        Form::Written(notation) => match notation.pattern {
            Some(pattern) => json!({"type": "string", "pattern": pattern, "examples": [notation.example]}),
            None => json!({"type": "string"}),
        },
        Form::Choice(choice) => {
            let (words, meanings): (Vec<_>, Vec<_>) = choice.words().into_iter().unzip();
            // The name by which the language server for TOML finds what values mean.
            json!({"type": "string", "enum": words, "x-taplo": {"docs": {"enumValues": meanings}}})
        }
        Form::Boolean => json!({"type": "boolean"}),
        Form::Whole(least) => json!({"type": "integer", "minimum": least}),
        Form::Number(Bounds::Positive) => json!({"type": "number", "exclusiveMinimum": 0}),
        Form::Number(Bounds::NotNegative) => json!({"type": "number", "minimum": 0}),
        Form::Number(Bounds::Share) => json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
        Form::List { of, least, .. } => json!({"type": "array", "items": form(of, definitions), "minItems": least}),
        Form::Table { table: of, .. } => {
            if !definitions.contains_key(of.id) {
                // Tables don't contain themselves, so this is no circle.
                let definition = table(of, definitions);
                definitions.insert(of.id.to_owned(), definition);
            }
            json!({"$ref": format!("#/definitions/{}", of.id)})
        }
        Form::Either { forms, .. } => {
            json!({"anyOf": forms.iter().map(|one| form(one, definitions)).collect::<Vec<_>>()})
        }
    }
}

/// The JSON of a TOML value.
fn value(literal: &str) -> Value {
    let document = format!("value = {literal}");
    let table: Map<String, Value> = toml::from_str(&document).expect("a default of the vocabulary is TOML");
    table.into_iter().next().map(|(_, value)| value).expect("the one value of the document")
}
