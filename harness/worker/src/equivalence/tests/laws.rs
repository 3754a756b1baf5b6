//! What holds for all values.

use proptest::prelude::*;
use rustworthy_protocol::Mode;

use super::strategy::value;
use super::{MODES, is_equal};
use crate::equivalence::digest::digest;
use crate::equivalence::value::{Object, Opaque, Value};
use crate::equivalence::{Outcome, compare};

/// A way into a value: what holds the next one, and at which place.
#[derive(Debug, Clone)]
enum Layer {
    List(usize, Vec<Value>),
    Tuple(usize, Vec<Value>),
    Dict(String, usize),
    Object(String),
}

impl Layer {
    fn around(&self, inner: Value) -> Value {
        match self {
            Self::List(index, others) => Value::List(with(others, *index, inner)),
            Self::Tuple(index, others) => Value::Tuple(with(others, *index, inner)),
            Self::Dict(name, before) => {
                let other = |number| (Value::Int(number as i64), Value::None);
                Value::Dict((0..*before).map(other).chain([(Value::Str(name.as_str().into()), inner)]).collect())
            }
            Self::Object(name) => {
                Value::Object(Box::new(Object { type_name: "shop.Item".into(), state: vec![(name.clone(), inner)] }))
            }
        }
    }

    fn step(&self) -> String {
        match self {
            Self::List(index, others) | Self::Tuple(index, others) => format!("[{}]", index % (others.len() + 1)),
            Self::Dict(name, _) if name.contains(' ') => format!("['{name}']"),
            Self::Dict(name, _) | Self::Object(name) => format!(".{name}"),
        }
    }
}

fn with(others: &[Value], index: usize, inner: Value) -> Vec<Value> {
    let mut elements = others.to_vec();
    elements.insert(index % (others.len() + 1), inner);
    elements
}

fn layer() -> impl Strategy<Value = Layer> {
    let others = || proptest::collection::vec(value(), 0..3);
    prop_oneof![
        (0..3_usize, others()).prop_map(|(index, others)| Layer::List(index, others)),
        (0..3_usize, others()).prop_map(|(index, others)| Layer::Tuple(index, others)),
        ("[a-z]{1,4}( [a-z])?", 0..3_usize).prop_map(|(name, before)| Layer::Dict(name, before)),
        "[a-z_]{1,4}".prop_map(Layer::Object),
    ]
}

proptest! {
    #[test]
    fn everything_equals_itself(value in value()) {
        for mode in MODES {
            prop_assert_eq!(compare(&value, &value.clone(), mode), Outcome::Equal);
        }
    }

    #[test]
    fn equality_is_symmetric(a in value(), b in value()) {
        for mode in MODES {
            prop_assert_eq!(is_equal(&compare(&a, &b, mode)), is_equal(&compare(&b, &a, mode)));
        }
    }

    #[test]
    fn what_is_exactly_equal_is_equal_by_value_and_within_tolerance(a in super::strategy::leaf(), b in super::strategy::leaf()) {
        let equal = MODES.map(|mode| is_equal(&compare(&a, &b, mode)));
        prop_assert!(!equal[0] || equal[1]);
        prop_assert!(!equal[1] || equal[2]);
    }

    #[test]
    fn digests_are_equal_when_values_are_exactly_equal(a in super::strategy::leaf(), b in super::strategy::leaf()) {
        let (a, b) = (Value::List(vec![a]), Value::List(vec![b]));
        prop_assert_eq!(digest(&a) == digest(&b), compare(&a, &b, Mode::Exact) == Outcome::Equal);
    }

    #[test]
    fn one_changed_leaf_is_found_where_it_is(layers in proptest::collection::vec(layer(), 1..6), number in 0..1000_i64) {
        let around = |leaf| layers.iter().rev().fold(leaf, |inner, layer| layer.around(inner));
        let (expected, got) = (around(Value::Int(number)), around(Value::Int(number + 1)));
        let path = layers.iter().map(Layer::step).collect::<String>();
        for mode in [Mode::Exact, Mode::Value, Mode::Tolerance { relative: 1e-9, absolute: 0.0 }] {
            let Outcome::Different(difference) = compare(&expected, &got, mode) else { panic!("equal in {mode:?}") };
            prop_assert_eq!(difference.to_string(), format!("{path}: {number} ≠ {}", number + 1));
        }
        prop_assert_ne!(digest(&expected), digest(&got));
    }

    #[test]
    fn order_of_keys_counts_only_when_exact(pairs in proptest::collection::vec(super::strategy::leaf(), 2..6)) {
        let name = |index: usize| Value::Str(format!("k{index}").as_str().into());
        let mut pairs = pairs.into_iter().enumerate().map(|(index, value)| (name(index), value)).collect::<Vec<_>>();
        let expected = Value::Dict(pairs.clone());
        pairs.reverse();
        let got = Value::Dict(pairs);
        prop_assert!(matches!(compare(&expected, &got, Mode::Exact), Outcome::Different(_)));
        prop_assert_eq!(compare(&expected, &got, Mode::Value), Outcome::Equal);
    }

    #[test]
    fn a_file_gives_back_what_was_written(value in value()) {
        let file = tempfile::NamedTempFile::new()?;
        value.write_to(file.path())?;
        let back = Value::read_from(file.path())?;
        prop_assert_eq!(compare(&value, &back, Mode::Exact), Outcome::Equal);
        prop_assert_eq!(digest(&value), digest(&back));
    }
}

#[test]
fn a_file_of_something_else_is_an_error_that_names_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), [255; 40]).unwrap();
    let error = Value::read_from(file.path()).unwrap_err().to_string();
    assert!(error.contains(file.path().to_str().unwrap()), "{error}");
}

#[test]
fn a_difference_outweighs_what_is_unknown() {
    let opaque = || Value::Opaque(Box::new(Opaque { type_name: "generator".into(), why: "an iterator".into() }));
    let unknown = compare(&Value::List(vec![opaque()]), &Value::List(vec![opaque()]), Mode::Exact);
    assert_eq!(unknown, Outcome::Unknown { path: "[0]".into(), why: "generator: an iterator".into() });
    let different =
        compare(&Value::List(vec![opaque(), Value::Int(1)]), &Value::List(vec![opaque(), Value::Int(2)]), Mode::Exact);
    assert!(matches!(different, Outcome::Different(_)));
}
