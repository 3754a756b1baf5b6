//! What tests make of a few words.

use super::facts::{Binding, DefaultValue, Facts, Parameter, ParameterKind};

/// A plain function of module `lib`, with that name, those parameters and that code.
pub(crate) fn facts(name: &str, given: &str, source: &str) -> Facts {
    Facts {
        function: format!("lib:{name}"),
        name: name.to_owned(),
        kind: Binding::Function,
        class_name: None,
        is_async: false,
        is_recursive: false,
        is_decorated: false,
        parameters: parameters(given),
        returns: None,
        line: 1,
        source: source.to_owned(),
        patterns: Vec::new(),
    }
}

/// The parameters of `def f(…)`: names, `/`, `*`, `*args`, `**kwargs`, and defaults that are `None`, whole numbers, texts in single
/// quotes, or something else.
pub(crate) fn parameters(text: &str) -> Vec<Parameter> {
    let mut all: Vec<Parameter> = Vec::new();
    let mut kind = ParameterKind::Positional;
    for word in text.split(", ").filter(|word| !word.is_empty()) {
        let (name, own) = match word {
            "/" => {
                all.iter_mut().for_each(|one| one.kind = ParameterKind::PositionalOnly);
                continue;
            }
            "*" => {
                kind = ParameterKind::Named;
                continue;
            }
            _ => match (word.strip_prefix("**"), word.strip_prefix('*')) {
                (Some(name), _) => (name, ParameterKind::Others),
                (None, Some(name)) => {
                    kind = ParameterKind::Named;
                    (name, ParameterKind::Rest)
                }
                (None, None) => (word, kind),
            },
        };
        let (name, default) = name.split_once('=').map_or((name, None), |(name, text)| (name, Some(text)));
        all.push(Parameter { name: name.to_owned(), kind: own, default: default.map(default_value), annotation: None });
    }
    all
}

fn default_value(text: &str) -> DefaultValue {
    let within = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    let kind = match text {
        "None" => "NoneType",
        _ if text.parse::<i64>().is_ok() => "int",
        _ if within.is_some() => "str",
        _ => "other",
    };
    let value = within.map_or(serde_json::Value::Null, |text| text.replace("\\\"", "\"").into());
    DefaultValue { kind: kind.to_owned(), text: text.to_owned(), value }
}
