//! What recorded calls gave: of each parameter the types, and of each call what Rust may see otherwise.

use std::collections::BTreeMap;

use serde_json::Value;

use super::facts::{Parameter, ParameterKind};

/// The type of a value, as far as it matters for how it crosses the boundary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    None,
    Bool,
    /// A whole number that 64 bits hold.
    Int,
    /// One that they don't.
    LongInt,
    Float,
    Text,
    /// A text with lone surrogates, which UTF-8 can't hold.
    SurrogateText,
    Bytes,
    ByteArray,
    List,
    Tuple,
    Dict,
    Set,
    FrozenSet,
    /// An array of NumPy's: element type as Rust has it, and dimensions.
    Array(&'static str, usize),
    /// Anything else, by the name of its class or kind.
    Other(String),
}

/// What was given for one parameter.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Given {
    /// In how many recorded calls each type was given.
    pub(crate) shapes: BTreeMap<Shape, u64>,
    /// Types of what lists and such hold, in how many of them each was met.
    pub(crate) elements: BTreeMap<Shape, u64>,
    /// Calls that gave nothing.
    pub(crate) omitted: u64,
    /// Calls that have changed it.
    pub(crate) changed: u64,
}

/// What recorded calls gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Seen {
    /// Calls that were looked at.
    pub(crate) calls: u64,
    /// Of each parameter, in its order; those of `*args` and `**kwargs` are left out.
    pub(crate) parameters: Vec<Given>,
    /// Calls that give more by position, and by name, than there are parameters for.
    pub(crate) further: [u64; 2],
    /// Calls that the parameters can't take.
    pub(crate) unfit: u64,
}

impl Shape {
    /// Of a value as captures write it.
    pub(crate) fn of(value: &Value) -> Self {
        let tagged = match value {
            Value::Null => return Self::None,
            Value::Bool(_) => return Self::Bool,
            Value::Number(number) if number.is_f64() => return Self::Float,
            Value::Number(_) => return Self::Int,
            Value::String(_) => return Self::Text,
            Value::Array(_) => return Self::List,
            Value::Object(tagged) => tagged,
        };
        let text = |name: &str| tagged.get(name).and_then(Value::as_str).unwrap_or_default();
        match text("$") {
            "" | "dict" => Self::Dict,
            "int" if text("text").parse::<i64>().is_ok() => Self::Int,
            "int" => Self::LongInt,
            "float" => Self::Float,
            "str" => Self::SurrogateText,
            "bytes" => Self::Bytes,
            "bytearray" => Self::ByteArray,
            "tuple" => Self::Tuple,
            "set" => Self::Set,
            "frozenset" => Self::FrozenSet,
            "array" => array(tagged),
            "object" | "enum" | "pickle" => Self::Other(text("class").to_owned()),
            kind => Self::Other(kind.to_owned()),
        }
    }
}

/// An array whose elements lie in memory as Rust has them; one of a single number is no array.
fn array(tagged: &serde_json::Map<String, Value>) -> Shape {
    let dimensions = tagged.get("shape").and_then(Value::as_array).map_or(0, Vec::len);
    let is_scalar = tagged.get("scalar").and_then(Value::as_bool).unwrap_or(false);
    let dtype = tagged.get("dtype").and_then(Value::as_str).unwrap_or_default();
    let element = match dtype {
        "<f8" => "f64",
        "<f4" => "f32",
        "<i8" => "i64",
        "<i4" => "i32",
        "<i2" => "i16",
        "|i1" => "i8",
        "<u8" => "u64",
        "<u4" => "u32",
        "<u2" => "u16",
        "|u1" => "u8",
        "|b1" => "bool",
        _ => "",
    };
    match (is_scalar, element, dimensions) {
        (false, element, 1..=6) if !element.is_empty() => Shape::Array(element, dimensions),
        _ => Shape::Other(format!("numpy {dtype}")),
    }
}

/// Looks at recorded calls, each a line of `calls.jsonl`, of a function with those parameters.
pub(crate) fn seen(calls: &[Value], parameters: &[Parameter]) -> Seen {
    let own = parameters.iter().filter(|one| !matches!(one.kind, ParameterKind::Rest | ParameterKind::Others));
    let mut seen = Seen { parameters: vec![Given::default(); own.count()], ..Seen::default() };
    for call in calls {
        seen.calls += 1;
        match bound(call, parameters) {
            Some(bound) => {
                for (count, is_further) in seen.further.iter_mut().zip(further(call, parameters)) {
                    *count += u64::from(is_further);
                }
                let changed = bound_after(call, parameters);
                for (place, given) in seen.parameters.iter_mut().enumerate() {
                    given.add(bound[place], changed.as_ref().and_then(|after| after.get(place).copied().flatten()));
                }
            }
            None => seen.unfit += 1,
        }
    }
    seen
}

impl Given {
    fn add(&mut self, value: Option<&Value>, after: Option<&Value>) {
        let Some(value) = value else {
            self.omitted += 1;
            return;
        };
        *self.shapes.entry(Shape::of(value)).or_default() += 1;
        self.changed += u64::from(after.is_some_and(|after| after != value));
        let mut within: Vec<Shape> = elements(value).map(Shape::of).collect();
        within.sort();
        within.dedup();
        for shape in within {
            *self.elements.entry(shape).or_default() += 1;
        }
    }
}

/// What a container holds: the items of lists, tuples and sets, and the values of dicts.
fn elements(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(tagged) => match tagged.get("$").and_then(Value::as_str) {
            None => Box::new(tagged.values()),
            Some("tuple" | "set" | "frozenset") => {
                Box::new(tagged.get("items").and_then(Value::as_array).into_iter().flatten())
            }
            Some("dict") => {
                let pairs = tagged.get("items").and_then(Value::as_array).into_iter().flatten();
                Box::new(pairs.filter_map(|pair| pair.get(1)))
            }
            Some(_) => Box::new(std::iter::empty()),
        },
        _ => Box::new(std::iter::empty()),
    }
}

/// Whether a call gives more by position, and by name, than there are parameters for.
fn further(call: &Value, parameters: &[Parameter]) -> [bool; 2] {
    let args = call.get("args").and_then(Value::as_array).map_or(0, Vec::len);
    let by_position = |kind| matches!(kind, ParameterKind::PositionalOnly | ParameterKind::Positional);
    let is_known = |name: &String| {
        parameters
            .iter()
            .any(|one| one.name == *name && matches!(one.kind, ParameterKind::Positional | ParameterKind::Named))
    };
    let names = call.get("kwargs").and_then(Value::as_object);
    [
        args > parameters.iter().filter(|one| by_position(one.kind)).count(),
        names.is_some_and(|names| names.keys().any(|name| !is_known(name))),
    ]
}

/// The argument of each parameter, `None` where it's omitted; `None` altogether where the parameters can't take the call.
fn bound<'a>(call: &'a Value, parameters: &[Parameter]) -> Option<Vec<Option<&'a Value>>> {
    bind(call.get("args")?.as_array()?, call.get("kwargs")?.as_object()?, parameters)
}

/// The same after the call, where it has changed them.
fn bound_after<'a>(call: &'a Value, parameters: &[Parameter]) -> Option<Vec<Option<&'a Value>>> {
    let after = call.get("after")?;
    bind(after.get(0)?.as_array()?, after.get(1)?.as_object()?, parameters)
}

fn bind<'a>(
    args: &'a [Value],
    kwargs: &'a serde_json::Map<String, Value>,
    parameters: &[Parameter],
) -> Option<Vec<Option<&'a Value>>> {
    let (mut args, mut taken) = (args.iter(), 0);
    let (mut takes_rest, mut takes_others) = (false, false);
    let mut bound = Vec::new();
    for parameter in parameters {
        let by_position = match parameter.kind {
            ParameterKind::PositionalOnly | ParameterKind::Positional => args.next(),
            ParameterKind::Named => None,
            ParameterKind::Rest => {
                takes_rest = true;
                continue;
            }
            ParameterKind::Others => {
                takes_others = true;
                continue;
            }
        };
        let by_name = match parameter.kind {
            ParameterKind::PositionalOnly => None,
            _ => kwargs.get(&parameter.name),
        };
        taken += usize::from(by_name.is_some());
        let value = match (by_position, by_name) {
            (Some(_), Some(_)) => return None,
            (by_position, by_name) => by_position.or(by_name),
        };
        if value.is_none() && parameter.default.is_none() {
            return None;
        }
        bound.push(value);
    }
    let is_left = args.next().is_some() && !takes_rest || taken < kwargs.len() && !takes_others;
    (!is_left).then_some(bound)
}

#[cfg(test)]
mod tests {
    use super::super::testing::parameters;
    use super::*;
    use serde_json::json;

    #[test]
    fn arguments_find_their_parameters() {
        let calls = [
            json!({"args": ["a", 1], "kwargs": {}, "after": null}),
            json!({"args": ["b"], "kwargs": {"most": {"$": "int", "text": "9223372036854775808"}}, "after": null}),
            json!({"args": [{"$": "str", "utf16": "d800"}], "kwargs": {}, "after": null}),
        ];
        let seen = seen(&calls, &parameters("text, most=40"));
        assert_eq!((seen.calls, seen.unfit), (3, 0));
        assert_eq!(seen.parameters[0].shapes, [(Shape::Text, 2), (Shape::SurrogateText, 1)].into());
        assert_eq!(seen.parameters[1].shapes, [(Shape::Int, 1), (Shape::LongInt, 1)].into());
        assert_eq!(seen.parameters[1].omitted, 1);
    }

    #[test]
    fn calls_that_the_parameters_cannot_take_are_counted() {
        let call = |args: Value, kwargs: Value| json!({"args": args, "kwargs": kwargs, "after": null});
        let calls = [
            call(json!([]), json!({})),
            call(json!([1, 2]), json!({})),
            call(json!([1]), json!({"a": 1})),
            call(json!([1]), json!({"b": 1})),
            call(json!([1]), json!({})),
        ];
        assert_eq!(super::seen(&calls, &parameters("a")).unfit, 4);
        let seen = seen(&calls, &parameters("a, /, *rest, **others"));
        assert_eq!((seen.unfit, seen.further), (1, [1, 2]));
    }

    #[test]
    fn changed_arguments_and_elements_are_seen() {
        let call = json!({"args": [[2, "a"]], "kwargs": {}, "after": [[["a", 2]], {}]});
        let seen = seen(&[call], &parameters("items"));
        assert_eq!(seen.parameters[0].changed, 1);
        assert_eq!(seen.parameters[0].elements, [(Shape::Int, 1), (Shape::Text, 1)].into());
    }

    #[test]
    fn arrays_are_known_by_their_elements_and_dimensions() {
        let array = |dtype: &str, shape: Value| json!({"$": "array", "dtype": dtype, "shape": shape, "scalar": false});
        assert_eq!(Shape::of(&array("<f8", json!([3, 2]))), Shape::Array("f64", 2));
        assert_eq!(Shape::of(&array(">f8", json!([3]))), Shape::Other("numpy >f8".to_owned()));
        assert_eq!(Shape::of(&array("<i4", json!([]))), Shape::Other("numpy <i4".to_owned()));
    }
}
