//! Proposes how each argument crosses the boundary: the cheapest type that takes what was recorded. Other values are left to Python.

use super::facts::{DefaultValue, Parameter, ParameterKind};
use super::seen::{Given, Seen, Shape};

/// Share of the recorded calls that a type has to take; the others are answered by Python, and counted.
const ENOUGH: f64 = 0.9;

/// How an argument crosses the boundary.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Proposal {
    /// Name of the parameter in Python.
    pub(crate) name: String,
    pub(crate) kind: ParameterKind,
    /// Its type in the body.
    pub(crate) rust: String,
    /// An expression that reads it, or has `None` where its value has another type. `@` stands for what was given.
    pub(crate) read: String,
    /// Types of `pyo3::types` that are named.
    pub(crate) imports: Vec<&'static str>,
    /// Types of `numpy` that are named.
    pub(crate) of_numpy: Vec<String>,
    /// What was recorded of it, in words.
    pub(crate) seen: String,
    /// Recorded calls that give it.
    pub(crate) given: u64,
    /// Recorded calls that Python would answer because of it.
    pub(crate) left: u64,
}

/// A type for values that Rust reads in one way.
struct Reading {
    rust: String,
    reader: String,
    imports: Vec<&'static str>,
    of_numpy: Vec<String>,
    takes: Vec<Shape>,
}

/// A type for each parameter, in their order.
pub(crate) fn propose(parameters: &[Parameter], seen: &Seen) -> Vec<Proposal> {
    let mut given = seen.parameters.iter();
    let nothing = Given::default();
    parameters
        .iter()
        .map(|parameter| match parameter.kind {
            ParameterKind::Rest => whole(parameter, "&Bound<'py, PyTuple>", "PyTuple", seen.further[0]),
            ParameterKind::Others => whole(parameter, "Option<&Bound<'py, PyDict>>", "PyDict", seen.further[1]),
            _ => of_parameter(parameter, given.next().unwrap_or(&nothing)),
        })
        .collect()
}

/// What takes all arguments that are left, as Python passes it.
fn whole(parameter: &Parameter, rust: &str, import: &'static str, given: u64) -> Proposal {
    Proposal {
        name: parameter.name.clone(),
        kind: parameter.kind,
        rust: rust.to_owned(),
        read: "Some(@)".to_owned(),
        imports: vec![import],
        of_numpy: Vec::new(),
        seen: "all that is left".to_owned(),
        given,
        left: 0,
    }
}

fn of_parameter(parameter: &Parameter, given: &Given) -> Proposal {
    let mut shapes: Vec<(Shape, u64)> = given.shapes.iter().map(|(shape, count)| (shape.clone(), *count)).collect();
    let is_recorded = !shapes.is_empty();
    if !is_recorded {
        shapes =
            annotated(parameter.annotation.as_deref().unwrap_or_default()).into_iter().map(|one| (one, 1)).collect();
    }
    let default = parameter.default.as_ref();
    if shapes.is_empty() {
        // What is never given is of the type of its default, for all that is known.
        shapes.extend(default.and_then(|default| annotated(&default.kind).pop()).map(|shape| (shape, 1)));
    }
    let has_none = shapes.iter().any(|(shape, _)| *shape == Shape::None);
    let values: u64 = shapes.iter().filter(|(shape, _)| *shape != Shape::None).map(|(_, count)| count).sum();
    let taken = |reading: &Reading| -> u64 {
        shapes.iter().filter(|(shape, _)| reading.takes.contains(shape)).map(|(_, count)| count).sum()
    };
    let is_none_by_default = default.is_some_and(|default| default.kind == "NoneType");
    // Nothing and None are two things where the default is a third.
    let is_ambiguous = |reading: &Reading| {
        has_none && default.is_some_and(|default| !is_none_by_default && literal(default, &reading.rust).is_none())
    };
    let reading = readings(&shapes, given.changed > 0)
        .into_iter()
        .find(|reading| values > 0 && taken(reading) as f64 >= ENOUGH * values as f64 && !is_ambiguous(reading));
    let left = reading.as_ref().map_or(0, |reading| if is_recorded { values - taken(reading) } else { 0 });
    let reading = reading.unwrap_or_else(anything);
    let is_any = reading.takes.is_empty();
    let Reading { rust, reader, imports, of_numpy, .. } = reading;
    let literal = default.and_then(|default| literal(default, &rust));
    let (rust, read) = match (default, literal) {
        (None, _) if has_none && !is_any => (optional(&rust), format!("@.read(call::optional({reader}))")),
        (None, _) => (rust, format!("@.read({reader})")),
        (Some(_), _) if is_any => (optional(&rust), format!("@.read_or(None, call::present({reader}))")),
        (Some(_), _) if is_none_by_default => (optional(&rust), format!("@.read_or(None, call::optional({reader}))")),
        (Some(_), Some(literal)) if has_none => {
            (optional(&rust), format!("@.read_or(Some({literal}), call::optional({reader}))"))
        }
        (Some(_), Some(literal)) => (rust, format!("@.read_or({literal}, {reader})")),
        (Some(_), None) => (optional(&rust), format!("@.read_or(None, call::present({reader}))")),
    };
    Proposal {
        name: parameter.name.clone(),
        kind: parameter.kind,
        rust,
        read,
        imports,
        of_numpy,
        seen: words(parameter, given),
        given: given.shapes.values().sum(),
        left,
    }
}

fn optional(rust: &str) -> String {
    format!("Option<{rust}>")
}

/// Whatever it is.
fn anything() -> Reading {
    reading("&Bound<'py, PyAny>", "call::any", &[], &[])
}

fn reading(rust: &str, reader: &str, imports: &[&'static str], takes: &[Shape]) -> Reading {
    Reading {
        rust: rust.to_owned(),
        reader: reader.to_owned(),
        imports: imports.to_vec(),
        of_numpy: Vec::new(),
        takes: takes.to_vec(),
    }
}

/// All ways to read values, the cheapest first: those that copy nothing and make nothing.
fn readings(shapes: &[(Shape, u64)], changes: bool) -> Vec<Reading> {
    let mut all = vec![
        reading("bool", "call::flag", &[], &[Shape::Bool]),
        reading("i64", "call::whole", &[], &[Shape::Int]),
        reading("f64", "call::float", &[], &[Shape::Float]),
        reading("&str", "call::text", &[], &[Shape::Text]),
        reading("&[u8]", "call::bytes", &[], &[Shape::Bytes]),
        reading("&Bound<'py, PyList>", "call::list", &["PyList"], &[Shape::List]),
        reading("&Bound<'py, PyTuple>", "call::tuple", &["PyTuple"], &[Shape::Tuple]),
        reading("&Bound<'py, PyDict>", "call::dict", &["PyDict"], &[Shape::Dict]),
        reading("&Bound<'py, PySet>", "call::set", &["PySet"], &[Shape::Set]),
        reading("&Bound<'py, PyFrozenSet>", "call::frozen_set", &["PyFrozenSet"], &[Shape::FrozenSet]),
    ];
    for (shape, _) in shapes {
        if let Shape::Array(element, dimensions) = shape {
            let access = if changes { "PyReadwriteArray" } else { "PyReadonlyArray" };
            let rust = format!("{access}{dimensions}<'py, {element}>");
            let reader = format!("|value| value.extract::<{rust}>().ok()");
            let of_numpy = vec![format!("{access}{dimensions}")];
            all.push(Reading { of_numpy, ..reading(&rust, &reader, &[], std::slice::from_ref(shape)) });
        }
    }
    if !changes {
        // It copies a bytearray, which others may change meanwhile.
        all.push(reading("PyBackedBytes", "call::backed_bytes", &["PyBackedBytes"], &[Shape::Bytes, Shape::ByteArray]));
    }
    all.push(reading("&Bound<'py, PyInt>", "call::integer", &["PyInt"], &[Shape::Int, Shape::LongInt]));
    all.push(reading("&Bound<'py, PyString>", "call::string", &["PyString"], &[Shape::Text, Shape::SurrogateText]));
    all
}

/// A default in Rust, where the type has it.
fn literal(default: &DefaultValue, rust: &str) -> Option<String> {
    match (default.kind.as_str(), rust) {
        ("bool", "bool") => Some(default.text.to_ascii_lowercase()),
        ("int", "i64") => default.text.parse::<i64>().ok().map(|number| number.to_string()),
        ("float", "f64") => default.text.parse::<f64>().ok().map(|number| format!("{number:?}")),
        ("str", "&str") => default.value.as_str().map(|text| format!("{text:?}")),
        ("bytes", "&[u8]") => {
            let bytes: Option<Vec<u8>> =
                default.value.as_array()?.iter().map(|byte| u8::try_from(byte.as_u64()?).ok()).collect();
            bytes.map(|bytes| format!("b\"{}\".as_slice()", bytes.escape_ascii()))
        }
        _ => None,
    }
}

/// The shapes that a plain annotation means; none where it isn't plain.
fn annotated(annotation: &str) -> Vec<Shape> {
    let annotation = annotation.trim();
    let within = |name: &str| annotation.strip_prefix(name).and_then(|rest| rest.strip_suffix(']'));
    if let Some(inner) = within("Optional[").or_else(|| within("typing.Optional[")) {
        return annotated(inner).into_iter().chain([Shape::None]).collect();
    }
    let parts: Vec<&str> = annotation.split('|').map(str::trim).collect();
    let mut shapes = Vec::new();
    for part in parts {
        let name = part.split('[').next().unwrap_or_default().rsplit('.').next().unwrap_or_default();
        shapes.push(match name {
            "None" => Shape::None,
            "bool" => Shape::Bool,
            "int" => Shape::Int,
            "float" => Shape::Float,
            "str" => Shape::Text,
            "bytes" => Shape::Bytes,
            "list" | "List" => Shape::List,
            "tuple" | "Tuple" => Shape::Tuple,
            "dict" | "Dict" => Shape::Dict,
            "set" | "Set" => Shape::Set,
            "frozenset" | "FrozenSet" => Shape::FrozenSet,
            _ => return Vec::new(),
        });
    }
    shapes
}

/// What was recorded of a parameter, in words.
fn words(parameter: &Parameter, given: &Given) -> String {
    let mut counts: Vec<(String, u64)> = Vec::new();
    for (shape, count) in &given.shapes {
        counts.push((shape.to_string(), *count));
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut parts: Vec<String> = counts.iter().map(|(name, count)| format!("{name} in {}", calls(*count))).collect();
    if given.omitted > 0 {
        parts.push(format!("left out in {}", calls(given.omitted)));
    }
    if given.changed > 0 {
        parts.push(format!("changed by {}", calls(given.changed)));
    }
    if !given.elements.is_empty() {
        let mut names: Vec<(&Shape, &u64)> = given.elements.iter().collect();
        names.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let names: Vec<String> = names.into_iter().take(4).map(|(shape, _)| shape.to_string()).collect();
        parts.push(format!("it holds {}", names.join(", ")));
    }
    if parts.is_empty() {
        return match &parameter.annotation {
            Some(annotation) => format!("annotated as {annotation}"),
            None => "nothing is known of it".to_owned(),
        };
    }
    parts.join("; ")
}

/// So many calls.
pub(crate) fn calls(count: u64) -> String {
    format!("{count} call{}", if count == 1 { "" } else { "s" })
}

impl std::fmt::Display for Shape {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::None => "None",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::LongInt => "int beyond 64 bits",
            Self::Float => "float",
            Self::Text => "str",
            Self::SurrogateText => "str with lone surrogates",
            Self::Bytes => "bytes",
            Self::ByteArray => "bytearray",
            Self::List => "list",
            Self::Tuple => "tuple",
            Self::Dict => "dict",
            Self::Set => "set",
            Self::FrozenSet => "frozenset",
            Self::Array(element, dimensions) => {
                let many = if *dimensions == 1 { "" } else { "s" };
                return write!(formatter, "array of {element} with {dimensions} dimension{many}");
            }
            Self::Other(name) => name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::parameters;
    use super::*;
    use proptest::prelude::*;

    fn proposed(text: &str, shapes: &[(Shape, u64)]) -> (String, String, u64) {
        let given = Given { shapes: shapes.iter().cloned().collect(), ..Given::default() };
        let seen = Seen { calls: 10, parameters: vec![given], ..Seen::default() };
        let proposal = propose(&parameters(text), &seen).remove(0);
        (proposal.rust, proposal.read, proposal.left)
    }

    #[test]
    fn the_cheapest_type_that_takes_what_was_recorded_is_proposed() {
        let rust = |shapes: &[(Shape, u64)]| proposed("x", shapes).0;
        assert_eq!(rust(&[(Shape::Text, 200)]), "&str");
        assert_eq!(rust(&[(Shape::Bytes, 3), (Shape::ByteArray, 2)]), "PyBackedBytes");
        assert_eq!(rust(&[(Shape::Array("f64", 2), 9)]), "PyReadonlyArray2<'py, f64>");
        assert_eq!(rust(&[(Shape::Dict, 9)]), "&Bound<'py, PyDict>");
        assert_eq!(rust(&[(Shape::Text, 5), (Shape::Int, 5)]), "&Bound<'py, PyAny>");
        assert_eq!(rust(&[(Shape::Text, 5), (Shape::None, 5)]), "Option<&str>");
        assert_eq!(rust(&[(Shape::Other("shop:Cart".to_owned()), 9)]), "&Bound<'py, PyAny>");
    }

    #[test]
    fn a_few_values_of_another_type_are_left_to_python() {
        assert_eq!(
            proposed("x", &[(Shape::Int, 98), (Shape::LongInt, 2)]),
            ("i64".into(), "@.read(call::whole)".into(), 2)
        );
        assert_eq!(proposed("x", &[(Shape::Int, 2), (Shape::LongInt, 98)]).0, "&Bound<'py, PyInt>");
        assert_eq!(proposed("x", &[(Shape::Text, 99), (Shape::SurrogateText, 1)]).2, 1);
    }

    #[test]
    fn defaults_stay_what_they_are() {
        let read = |text: &str, shapes: &[(Shape, u64)]| proposed(text, shapes).1;
        assert_eq!(read("x=40", &[(Shape::Int, 1)]), "@.read_or(40, call::whole)");
        assert_eq!(
            read("x=40", &[(Shape::Int, 9), (Shape::None, 1)]),
            "@.read_or(Some(40), call::optional(call::whole))"
        );
        assert_eq!(read("x=None", &[(Shape::Text, 9)]), "@.read_or(None, call::optional(call::text))");
        assert_eq!(read("x=object", &[(Shape::Text, 9)]), "@.read_or(None, call::present(call::text))");
        assert_eq!(read("x='a\\\"b'", &[(Shape::Text, 9)]), "@.read_or(\"a\\\"b\", call::text)");
        assert_eq!(read("x=40", &[]), "@.read_or(40, call::whole)");
        assert_eq!(read("x=object", &[]), "@.read_or(None, call::present(call::any))");
        assert_eq!(
            read("x=object", &[(Shape::Text, 9), (Shape::None, 9)]),
            "@.read_or(None, call::present(call::any))"
        );
    }

    #[test]
    fn annotations_do_where_nothing_was_recorded() {
        let rust = |annotation: &str| {
            let mut all = parameters("x");
            all[0].annotation = Some(annotation.to_owned());
            propose(&all, &Seen { parameters: vec![Given::default()], ..Seen::default() }).remove(0).rust
        };
        assert_eq!(rust("str"), "&str");
        assert_eq!(rust("Optional[dict[str, int]]"), "Option<&Bound<'py, PyDict>>");
        assert_eq!(rust("list[str] | None"), "Option<&Bound<'py, PyList>>");
        assert_eq!(rust("Iterable[str]"), "&Bound<'py, PyAny>");
    }

    proptest! {
        /// Whatever was recorded: at most a tenth of the values is left to Python.
        #[test]
        fn no_more_than_a_tenth_is_left(counts in prop::collection::vec(0_u64..50, 8)) {
            let shapes = [
                Shape::None, Shape::Int, Shape::LongInt, Shape::Text, Shape::SurrogateText, Shape::Bytes, Shape::ByteArray, Shape::Float,
            ];
            let all: Vec<(Shape, u64)> = shapes.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect();
            let values: u64 = all.iter().filter(|(shape, _)| *shape != Shape::None).map(|(_, count)| count).sum();
            let (rust, _, left) = proposed("x", &all);
            prop_assert!(left as f64 <= values as f64 * 0.1 + 1e-9, "{rust} leaves {left} of {values}");
        }
    }
}
