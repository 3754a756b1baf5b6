//! The vocabulary and the reader agree, whatever a manifest holds.

use std::collections::BTreeSet;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Map, Value as Json};
use toml::{Table as Toml, Value};

use super::form::{Form, Notation};
use super::table::{Need, Table};
use super::{FILE, json_schema, reference};
use crate::manifest::tests::{BUILT_IN, load_named};
use crate::manifest::{parse_duration, parse_memory, parse_percent};

const FULL: &str = include_str!("../tests/full.toml");

/// A schema that is itself valid.
struct Validator {
    schemas: Schemas,
    schema: SchemaIndex,
}

impl Validator {
    fn new(schema: Json) -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("schema.json", schema).unwrap();
        let schema = compiler.compile("schema.json", &mut schemas).unwrap();
        Self { schemas, schema }
    }

    fn is_valid(&self, value: &Json) -> bool {
        self.schemas.validate(value, self.schema).is_ok()
    }
}

fn validator() -> Validator {
    Validator::new(serde_json::from_str(&json_schema()).unwrap())
}

/// A document as a validator of JSON sees it.
fn json(value: &Value) -> Json {
    match value {
        Value::Datetime(datetime) => Json::String(datetime.to_string()),
        Value::Array(elements) => elements.iter().map(json).collect(),
        Value::Table(table) => {
            table.iter().map(|(key, value)| (key.clone(), json(value))).collect::<Map<_, _>>().into()
        }
        plain => serde_json::to_value(plain).unwrap(),
    }
}

/// A table of a document: what it is, and the keys and indices that lead to it.
struct Site {
    table: &'static Table,
    path: Vec<String>,
}

/// Every table of a document.
fn sites(table: &'static Table, value: &Value, path: Vec<String>, sites: &mut Vec<Site>) {
    let entries = value.as_table().expect("a table");
    for (name, value) in entries {
        let others = table.others.as_ref().map(|others| &others.form);
        let form = table.key(name).map(|key| &key.form).or(others).expect("a known key");
        let below = |name: &str| path.iter().cloned().chain([name.to_owned()]).collect::<Vec<_>>();
        match form.member(|form| matches!(form, Form::Table { .. })) {
            Form::Table { table, .. } if value.is_table() => self::sites(table, value, below(name), sites),
            Form::List { of: Form::Table { table, .. }, .. } => {
                let first = &value.as_array().expect("an array")[0];
                self::sites(table, first, [below(name), vec!["0".to_owned()]].concat(), sites);
            }
            _ => {}
        }
    }
    sites.push(Site { table, path });
}

/// The table at a path.
fn at<'a>(document: &'a mut Value, path: &[String]) -> &'a mut Toml {
    let found = path.iter().fold(document, |value, step| match value {
        Value::Array(elements) => &mut elements[step.parse::<usize>().unwrap()],
        value => &mut value[step.as_str()],
    });
    found.as_table_mut().expect("a table")
}

fn full() -> (Value, Vec<Site>) {
    let document = Value::Table(FULL.parse().unwrap());
    let mut found = Vec::new();
    sites(&FILE, &document, Vec::new(), &mut found);
    (document, found)
}

/// Values of every type, one of which at most is right for a key.
fn probes() -> Vec<Value> {
    let text = "a = [true, 3, -3, 0.5, -0.5, '', 'x', 'a:b', '5s', '5%', '1GiB', [], [1], ['a:b'], {}, { default = 1 }, \
                { x = 'a:b' }, 1979-05-27]";
    text.parse::<Toml>().unwrap()["a"].as_array().unwrap().clone()
}

/// Gives a key another value, without what excludes that key.
fn replace(table: &mut Toml, vocabulary: &Table, key: &str, value: Value) {
    if let Some(Need::OneOf(keys)) = vocabulary.key(key).map(|key| &key.need) {
        keys.iter().for_each(|key| drop(table.remove(*key)));
    }
    if key == "rate" {
        table.remove("utilization");
    }
    table.insert(key.to_owned(), value);
}

#[test]
fn whatever_the_reader_accepts_is_valid_by_the_schema() {
    let validator = validator();
    let (document, sites) = full();
    assert!(validator.is_valid(&json(&document)));
    let mut accepted = 0;
    for site in &sites {
        let others = site.table.others.iter().map(|_| "another");
        for key in site.table.keys.iter().map(|key| key.name).chain(others) {
            for probe in probes() {
                let mut changed = document.clone();
                let table = at(&mut changed, &site.path);
                replace(table, site.table, key, probe.clone());
                let text = toml::to_string(&changed).unwrap();
                if load_named("rustworthy.toml", &text, BUILT_IN).is_ok() {
                    accepted += 1;
                    assert!(validator.is_valid(&json(&changed)), "{} {key} = {probe}", site.table.heading);
                }
            }
        }
    }
    assert!(accepted > 50, "{accepted} changes were accepted");
}

#[test]
fn every_key_of_the_vocabulary_is_read_and_its_type_is_checked_by_both() {
    let validator = validator();
    let (document, sites) = full();
    let mut explained = BTreeSet::new();
    for site in &sites {
        explained.insert(site.table.id);
        for key in site.table.keys {
            let mut types = 0;
            for probe in probes() {
                let mut changed = document.clone();
                let table = at(&mut changed, &site.path);
                replace(table, site.table, key.name, probe.clone());
                let text = toml::to_string(&changed).unwrap();
                let errors = load_named("rustworthy.toml", &text, BUILT_IN).err().unwrap_or_default();
                let wrong = format!("{}: expected", key.name);
                let is_refused = errors.lines().any(|line| line.contains(&wrong) && line.contains(", found a"));
                types += usize::from(is_refused);
                let is_valid = validator.is_valid(&json(&changed));
                assert!(!is_refused || !is_valid || probe.is_datetime(), "{} = {probe}\n{errors}", key.name);
            }
            assert!(types > 3, "{}: the reader doesn't look at {}", site.table.heading, key.name);
        }
    }
    let all: BTreeSet<String> = serde_json::from_str::<Json>(&json_schema()).unwrap()["definitions"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .chain(["manifest".to_owned()])
        .collect();
    assert_eq!(explained.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), all);
}

#[test]
fn a_key_that_the_schema_lacks_is_unknown_to_both() {
    let validator = validator();
    let (document, sites) = full();
    for site in sites.iter().filter(|site| site.table.others.is_none()) {
        let mut changed = document.clone();
        at(&mut changed, &site.path).insert("surely-unknown".to_owned(), true.into());
        let text = toml::to_string(&changed).unwrap();
        let errors = load_named("rustworthy.toml", &text, BUILT_IN).unwrap_err();
        assert!(errors.contains("surely-unknown: unknown key"), "{}: {errors}", site.table.heading);
        assert!(!validator.is_valid(&json(&changed)), "{}", site.table.heading);
    }
}

/// Every example of the vocabulary, and every string that the reader of a notation takes, is written as its pattern says.
#[test]
fn patterns_hold_for_what_is_read() {
    let check = |notation: &Notation, texts: &[&str]| {
        let schema = serde_json::json!({"pattern": notation.pattern.unwrap()});
        let validator = Validator::new(schema);
        for text in texts.iter().chain([&notation.example]) {
            assert!(validator.is_valid(&Json::from(*text)), "{text} isn't like {}", notation.example);
        }
        for text in ["", "x", "-1s", "s", "1..2%", "ftp://127.0.0.1/"] {
            assert!(!validator.is_valid(&Json::from(text)), "{text} is like {}", notation.example);
        }
    };
    let durations = ["60s", "500ms", "1.5s", "2m", "1h", "800 us", " 0.1µs "];
    assert!(durations.iter().all(|text| parse_duration(text).is_ok()));
    check(&super::form::DURATION, &durations);
    check(&super::form::LATENCY, &durations);
    let sizes = ["4GiB", "512MiB", "1GB", "1.5 kib", "4096B", "1b"];
    assert!(sizes.iter().all(|text| parse_memory(text).is_ok()));
    check(&super::form::MEMORY, &sizes);
    check(&super::form::PUBLISHED_MEMORY, &sizes);
    let shares = ["5%", "2.5 %", "150%"];
    assert!(shares.iter().all(|text| parse_percent(text).is_ok()));
    check(&super::form::PERCENT, &shares);
    check(&super::form::TARGET, &["app.inputs:Maker.make", "größe:_f2"]);
    check(&super::form::EQUALITY, &["exact", "value", "checks:same"]);
    check(&super::form::LOOPBACK_URL, &["http://localhost:8080", "http://[::1]:{port}/?a=b", "http://127.0.0.2/"]);
}

#[test]
fn the_reference_explains_every_key_once_and_its_links_lead_somewhere() {
    let text = reference();
    let (_, sites) = full();
    for key in sites.iter().flat_map(|site| site.table.keys) {
        assert!(text.contains(&format!("| `{}` |", key.name)), "{}", key.name);
    }
    for link in text.split("](#").skip(1) {
        let id = link.split(')').next().unwrap();
        assert_eq!(text.matches(&format!("<a id=\"{id}\">")).count(), 1, "{id}");
    }
}
