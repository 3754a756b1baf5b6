//! How differences read.

use rustworthy_protocol::Mode;

use super::difference;
use crate::equivalence::value::{Array, Column, Data, Form, Frame, Value};

fn text(text: &str) -> Value {
    Value::Str(text.into())
}

fn dict(pairs: &[(&str, f64)]) -> Value {
    Value::Dict(pairs.iter().map(|(name, value)| (text(name), Value::Float(*value))).collect())
}

fn exact(expected: &Value, got: &Value) -> String {
    difference(expected, got, Mode::Exact)
}

fn floats(dtype: &str, shape: &[usize], elements: &[f64]) -> Array {
    let bytes = elements.iter().flat_map(|element| element.to_ne_bytes()).collect::<Vec<_>>();
    Array { dtype: dtype.into(), shape: shape.to_vec(), data: Data::Raw(bytes.into()) }
}

fn array(dtype: &str, shape: &[usize], elements: &[f64]) -> Value {
    Value::Array(Box::new(floats(dtype, shape, elements)))
}

fn frame(columns: &[(&str, &[f64])]) -> Value {
    let column = |(name, elements): &(&str, &[f64])| Column {
        name: text(name),
        dtype: "float64".into(),
        values: floats("<f8", &[elements.len()], elements),
    };
    let columns = columns.iter().map(column).collect();
    Value::Frame(Box::new(Frame {
        type_name: "pandas.DataFrame".into(),
        form: Form::Table,
        index: Vec::new(),
        columns,
    }))
}

#[test]
fn a_leaf_shows_its_path_and_both_values() {
    let list = |price| Value::List((0..17).map(|_| Value::None).chain([dict(&[("price", price)])]).collect());
    assert_eq!(exact(&list(3.5), &list(3.4)), "[17].price: 3.5 ≠ 3.4");
}

#[test]
fn the_value_as_a_whole_is_called_output() {
    assert_eq!(exact(&Value::Int(1), &Value::Bool(true)), "output: int 1 ≠ bool True");
    let three = || vec![Value::None, Value::None, Value::None];
    assert_eq!(exact(&Value::List(three()), &Value::Tuple(three())), "output: list of 3 ≠ tuple of 3");
}

#[test]
fn lengths_are_told_after_a_common_start() {
    let list = |length| Value::List(vec![Value::Int(7); length]);
    assert_eq!(exact(&list(1000), &list(999)), "output: length 1000 ≠ 999");
    let other = Value::List(vec![Value::Int(7), Value::Int(8)]);
    assert_eq!(exact(&list(1000), &other), "[1]: 7 ≠ 8");
}

#[test]
fn keys_are_missing_or_in_another_order() {
    assert_eq!(exact(&dict(&[("price", 3.5)]), &dict(&[])), ".price: 3.5 ≠ missing");
    assert_eq!(exact(&dict(&[]), &dict(&[("a b", 1.0)])), "['a b']: missing ≠ 1.0");
    let (forth, back) = (dict(&[("a", 1.0), ("b", 2.0)]), dict(&[("b", 2.0), ("a", 1.0)]));
    assert_eq!(exact(&forth, &back), "output: order of keys 'a', 'b' ≠ 'b', 'a'");
}

#[test]
fn long_texts_show_where_they_part() {
    let long = |middle: &str| text(&format!("{}{middle}{}", "é".repeat(500), "y".repeat(500)));
    let (before, after) = ("é".repeat(20), "y".repeat(19));
    assert_eq!(
        exact(&long("a"), &long("b")),
        format!("output: at 500 '…{before}a{after}…' ≠ at 500 '…{before}b{after}…'")
    );
    assert_eq!(
        exact(&Value::Bytes([b'x'; 70].as_slice().into()), &Value::Bytes([b'x'; 69].as_slice().into())),
        format!("output: at 69 b'…{0}x' ≠ at 69 b'…{0}'", "x".repeat(20))
    );
}

#[test]
fn texts_that_part_within_a_character_show_whole_ones() {
    let long = |last: &str| text(&format!("{}{last}", "-".repeat(80)));
    let before = "-".repeat(20);
    assert_eq!(exact(&long("é"), &long("è")), format!("output: at 80 '…{before}é' ≠ at 80 '…{before}è'"));
}

#[test]
fn control_characters_and_lone_surrogates_are_escaped() {
    assert_eq!(exact(&text("a\n\u{1b}[1m"), &text("it's")), "output: 'a\\n\\x1b[1m' ≠ \"it's\"");
    let surrogate = Value::Str([0x61, 0xED, 0xB2, 0x80].as_slice().into());
    assert_eq!(exact(&surrogate, &text("a")), "output: 'a\\udc80' ≠ 'a'");
}

#[test]
fn long_values_are_cut() {
    let shown = exact(&text(&"x".repeat(59)), &text("y"));
    assert_eq!(shown, format!("output: '{}… ≠ 'y'", "x".repeat(59)));
}

#[test]
fn arrays_tell_type_shape_and_place() {
    let matrix = |last| array("<f8", &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, last]);
    assert_eq!(exact(&matrix(6.0), &matrix(6.5)), "[1, 2]: 6.0 ≠ 6.5");
    assert_eq!(exact(&matrix(6.0), &array("<i8", &[2, 3], &[0.0; 6])), "output: dtype float64 ≠ int64");
    assert_eq!(exact(&array("<f8", &[3], &[0.0; 3]), &array("<f8", &[4], &[0.0; 4])), "output: shape (3,) ≠ (4,)");
}

#[test]
fn frames_tell_column_and_row() {
    let one = |last| frame(&[("col", &[1.0, 2.0, last])]);
    assert_eq!(exact(&one(3.0), &one(4.0)), "['col'][2]: 3.0 ≠ 4.0");
    assert_eq!(exact(&one(3.0), &frame(&[("row", &[1.0, 2.0, 3.0])])), "output: columns 'col' ≠ 'row'");
    assert_eq!(exact(&one(3.0), &frame(&[("col", &[1.0])])), "output: 3 rows ≠ 1 rows");
}
