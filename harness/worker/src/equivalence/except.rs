//! Values without the parts that aren't compared, and with those sorted whose order doesn't count.

use std::cmp::Ordering;

use rustworthy_protocol::{Exceptions, Step};

use super::digest::digest;
use super::value::Value;

/// What of a value is left to be compared in order.
pub fn prepared(value: &Value, except: &Exceptions) -> Value {
    let mut value = value.clone();
    for parts in &except.ignore {
        if let Some((last, above)) = parts.steps().split_last() {
            each(&mut value, above, &mut |parent: &mut Value| remove(parent, last));
        } else {
            value = Value::None;
        }
    }
    for parts in &except.unordered {
        each(&mut value, parts.steps(), &mut sort);
    }
    value
}

/// Does something to every part that a path leads to.
fn each(value: &mut Value, steps: &[Step], act: &mut dyn FnMut(&mut Value)) {
    let Some((step, rest)) = steps.split_first() else { return act(value) };
    let mut go = |part: &mut Value| each(part, rest, act);
    match value {
        Value::List(items) | Value::Tuple(items) => match step {
            Step::Any => items.iter_mut().for_each(go),
            Step::Index(index) => {
                if let Some(item) = usize::try_from(*index).ok().and_then(|index| items.get_mut(index)) {
                    go(item);
                }
            }
            Step::Name(_) => {}
        },
        Value::Dict(pairs) => pairs.iter_mut().filter(|(key, _)| is_key(key, step)).for_each(|(_, item)| go(item)),
        Value::Object(object) => attributes(&mut object.state, step, &mut go),
        Value::Typed(typed) => {
            attributes(&mut typed.state, step, &mut go);
            each(&mut typed.value, steps, act);
        }
        _ => {}
    }
}

fn attributes(state: &mut [(String, Value)], step: &Step, go: &mut dyn FnMut(&mut Value)) {
    state.iter_mut().filter(|(name, _)| is_name(name, step)).for_each(|(_, value)| go(value));
}

fn is_name(name: &str, step: &Step) -> bool {
    match step {
        Step::Any => true,
        Step::Name(wanted) => wanted == name,
        Step::Index(_) => false,
    }
}

fn is_key(key: &Value, step: &Step) -> bool {
    match (step, key) {
        (Step::Any, _) => true,
        (Step::Name(name), Value::Str(text)) => **text == *name.as_bytes(),
        (Step::Index(index), Value::Int(number)) => i64::try_from(*index) == Ok(*number),
        _ => false,
    }
}

/// Takes a part out. Places in lists stay, so that those after them keep theirs.
fn remove(value: &mut Value, step: &Step) {
    match value {
        Value::List(_) | Value::Tuple(_) => {
            each(value, std::slice::from_ref(step), &mut |item: &mut Value| *item = Value::None)
        }
        Value::Dict(pairs) => pairs.retain(|(key, _)| !is_key(key, step)),
        Value::Object(object) => object.state.retain(|(name, _)| !is_name(name, step)),
        Value::Typed(typed) => {
            typed.state.retain(|(name, _)| !is_name(name, step));
            remove(&mut typed.value, step);
        }
        _ => {}
    }
}

fn sort(value: &mut Value) {
    match value {
        Value::List(items) | Value::Tuple(items) => items.sort_by(order),
        Value::Typed(typed) => sort(&mut typed.value),
        _ => {}
    }
}

/// An order in which numbers that are nearly the same are neighbours, so that tolerances hold for them.
fn order(one: &Value, other: &Value) -> Ordering {
    if let (Some(one), Some(other)) = (number(one), number(other)) {
        return one.total_cmp(&other);
    }
    let in_turn = |one: &[Value], other: &[Value]| {
        let first = one.iter().zip(other).map(|(one, other)| order(one, other)).find(|order| order.is_ne());
        first.unwrap_or_else(|| one.len().cmp(&other.len()))
    };
    match (one, other) {
        (Value::Str(one), Value::Str(other)) => (**one).cmp(&**other),
        (Value::List(one) | Value::Tuple(one), Value::List(other) | Value::Tuple(other)) => in_turn(one, other),
        (Value::Dict(one), Value::Dict(other)) => {
            let items = |pairs: &[(Value, Value)]| {
                let mut items: Vec<(String, Value)> =
                    pairs.iter().map(|(key, item)| (digest(key), item.clone())).collect();
                items.sort_by(|one, other| one.0.cmp(&other.0));
                items.into_iter().map(|(_, item)| item).collect::<Vec<_>>()
            };
            in_turn(&items(one), &items(other))
        }
        (Value::Object(one), Value::Object(other)) if one.type_name == other.type_name => {
            let items = |state: &[(String, Value)]| state.iter().map(|(_, item)| item.clone()).collect::<Vec<_>>();
            in_turn(&items(&one.state), &items(&other.state))
        }
        _ => (one.type_name(), digest(one)).cmp(&(other.type_name(), digest(other))),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(one) => Some(f64::from(u8::from(*one))),
        Value::Int(one) => Some(*one as f64),
        Value::Float(one) => Some(*one),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rustworthy_protocol::{Mode, Parts};

    use super::*;
    use crate::equivalence::{Outcome, compare};

    fn text(text: &str) -> Value {
        Value::Str(text.into())
    }

    fn row(id: i64, tags: &[&str], price: f64) -> Value {
        let tags = Value::List(tags.iter().map(|tag| text(tag)).collect());
        Value::Dict(vec![(text("id"), Value::Int(id)), (text("tags"), tags), (text("price"), Value::Float(price))])
    }

    fn except(ignore: &[&str], unordered: &[&str]) -> Exceptions {
        let parts = |texts: &[&str]| texts.iter().map(|text| Parts::parse(text).unwrap()).collect();
        Exceptions { ignore: parts(ignore), unordered: parts(unordered) }
    }

    fn are_equal(one: &Value, other: &Value, except: &Exceptions, mode: Mode) -> bool {
        !matches!(compare(&prepared(one, except), &prepared(other, except), mode), Outcome::Different(_))
    }

    #[test]
    fn what_is_ignored_may_differ_or_be_missing() {
        let one = Value::List(vec![row(1, &["a"], 1.0), row(2, &["b"], 2.0)]);
        let other = Value::List(vec![row(7, &["a"], 1.0), row(8, &["b"], 2.0)]);
        assert!(!are_equal(&one, &other, &Exceptions::default(), Mode::Exact));
        assert!(are_equal(&one, &other, &except(&["[*].id"], &[]), Mode::Exact));
        assert!(!are_equal(&one, &other, &except(&["[0].id"], &[]), Mode::Exact));
        let without = Value::List(vec![Value::Dict(Vec::new())]);
        let with = Value::List(vec![Value::Dict(vec![(text("id"), Value::None)])]);
        assert!(are_equal(&with, &without, &except(&["[*].id"], &[]), Mode::Exact));
    }

    #[test]
    fn order_counts_but_where_it_is_said_not_to() {
        let (one, other) = (row(1, &["a", "b"], 1.0), row(1, &["b", "a"], 1.0));
        assert!(!are_equal(&one, &other, &Exceptions::default(), Mode::Exact));
        assert!(are_equal(&one, &other, &except(&[], &["tags"]), Mode::Exact));
        assert!(!are_equal(&one, &row(1, &["b", "b"], 1.0), &except(&[], &["tags"]), Mode::Exact));
        let rows = |ids: [i64; 2]| Value::List(ids.map(|id| row(id, &[], id as f64 * 1.1)).to_vec());
        assert!(are_equal(&rows([1, 2]), &rows([2, 1]), &except(&[], &["output"]), Mode::Exact));
    }

    #[test]
    fn tolerances_hold_within_what_has_no_order() {
        let of = |numbers: [f64; 3]| Value::List(numbers.map(Value::Float).to_vec());
        let mode = Mode::Tolerance { relative: 1e-6, absolute: 0.0 };
        let (one, other) = (of([1.0, 2.0, 3.0]), of([3.0 + 1e-9, 1.0 - 1e-9, 2.0]));
        assert!(are_equal(&one, &other, &except(&[], &["output"]), mode));
        assert!(!are_equal(&one, &of([3.0, 1.1, 2.0]), &except(&[], &["output"]), mode));
    }
}
