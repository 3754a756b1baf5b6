//! Arbitrary values.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::equivalence::encode::{Sameness, key, sort};
use crate::equivalence::value::{Array, BigInt, Data, Instant, Object, Scalar, Typed, Value};

/// Any value that capturing could make of plain data.
pub(super) fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 64, 6, |inner| {
        let names = "[a-d]";
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::List),
            vec(inner.clone(), 0..5).prop_map(Value::Tuple),
            vec((leaf(), inner.clone()), 0..5).prop_map(dict),
            vec(leaf(), 0..5).prop_map(|elements| Value::Set(set(elements))),
            vec(leaf(), 0..5).prop_map(|elements| Value::FrozenSet(set(elements))),
            btree_map(names, inner.clone(), 0..4).prop_map(|state| {
                Value::Object(Box::new(Object { type_name: "shop.Item".into(), state: state.into_iter().collect() }))
            }),
            (inner.clone(), btree_map(names, inner.clone(), 0..2)).prop_map(|(value, state)| {
                Value::Typed(Box::new(Typed {
                    type_name: "shop.List".into(),
                    value,
                    state: state.into_iter().collect(),
                }))
            }),
            vec(inner, 0..4).prop_map(|items| array("|O", items.len(), Data::Items(items))),
        ]
    })
}

/// A value without parts.
pub(super) fn leaf() -> impl Strategy<Value = Value> {
    let floats = prop_oneof![any::<f64>(), Just(0.0), Just(-0.0), Just(f64::NAN), (-4..4_i32).prop_map(f64::from)];
    prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-3..3_i64).prop_map(Value::Int),
        (any::<bool>(), vec(any::<u8>(), 8..20)).prop_map(|(negative, mut magnitude)| {
            magnitude.insert(0, 1);
            Value::BigInt(BigInt { negative, magnitude: magnitude.into() })
        }),
        floats.clone().prop_map(Value::Float),
        (floats.clone(), floats.clone()).prop_map(|(real, imaginary)| Value::Complex(real, imaginary)),
        ".{0,8}".prop_map(|text| Value::Str(text.as_str().into())),
        vec(any::<u8>(), 0..8).prop_map(|bytes| Value::Bytes(bytes.into())),
        vec(any::<u8>(), 0..8).prop_map(|bytes| Value::ByteArray(bytes.into())),
        vec(floats, 0..4).prop_map(|floats| {
            let bytes = floats.iter().flat_map(|float| float.to_ne_bytes()).collect::<Vec<_>>();
            array("<f8", floats.len(), Data::Raw(bytes.into()))
        }),
        (-5..5_i128, any::<bool>()).prop_map(|(time, is_utc)| {
            let instant = Some(if is_utc { Instant::Utc(time) } else { Instant::Naive(time) });
            Value::Scalar(Box::new(Scalar {
                type_name: "datetime.datetime".into(),
                text: format!("{time} {is_utc}"),
                instant,
            }))
        }),
        "-?[0-9]{1,3}(\\.[0-9]{1,3})?(E[+-]?[0-9])?".prop_map(|text| {
            Value::Scalar(Box::new(Scalar { type_name: "decimal.Decimal".into(), text, instant: None }))
        }),
    ]
}

fn array(dtype: &str, length: usize, data: Data) -> Value {
    Value::Array(Box::new(Array { dtype: dtype.into(), shape: vec![length], data }))
}

/// Python keeps one of those keys that are equal.
fn dict(pairs: Vec<(Value, Value)>) -> Value {
    let mut seen = std::collections::HashSet::new();
    Value::Dict(pairs.into_iter().filter(|(name, _)| seen.insert(key(name, Sameness::Value))).collect())
}

fn set(elements: Vec<Value>) -> Vec<Value> {
    let mut seen = std::collections::HashSet::new();
    let mut elements = elements.into_iter().filter(|one| seen.insert(key(one, Sameness::Value))).collect::<Vec<_>>();
    sort(&mut elements);
    elements
}
