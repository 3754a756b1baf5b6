//! The walk over two values at once, up to their first difference.

mod arrays;
mod collections;

use rustworthy_protocol::Mode;

use super::difference::Difference;
use super::encode::Sameness;
use super::number::Number;
use super::path::{self, Step};
use super::repr::{described, repr, windows};
use super::value::{Opaque, Scalar, Value};

/// The first difference ends the walk.
type Compared = Result<(), Box<Difference>>;

/// Where the walk is, and what it has seen. Paths within start empty.
pub(super) struct Walk<'v> {
    mode: Mode,
    path: Vec<Step<'v>>,
    /// The first place that can't be compared, and why.
    pub(super) unknown: Option<(String, String)>,
    /// Whether a number differed within the tolerances.
    pub(super) tolerated: bool,
}

impl<'v> Walk<'v> {
    pub(super) fn new(mode: Mode) -> Self {
        Self { mode, path: Vec::new(), unknown: None, tolerated: false }
    }

    /// Compares two values that stand in the same place.
    pub(super) fn values(&mut self, expected: &'v Value, got: &'v Value) -> Compared {
        match (expected, got) {
            (Value::Opaque(a), Value::Opaque(_)) => self.cannot_know(a),
            (Value::Opaque(opaque), other) | (other, Value::Opaque(opaque))
                if opaque.type_name == other.type_name() =>
            {
                self.cannot_know(opaque)
            }
            _ if self.is_exact() => self.exactly(expected, got),
            _ => self.loosely(expected, got),
        }
    }

    fn exactly(&mut self, expected: &'v Value, got: &'v Value) -> Compared {
        if expected.type_name() != got.type_name() {
            return self.different_types(expected, got);
        }
        let same = match (expected, got) {
            (Value::Typed(a), Value::Typed(b)) => {
                self.values(&a.value, &b.value)?;
                return self.fields(&a.state, &b.state);
            }
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(_) | Value::BigInt(_) | Value::Float(_) | Value::Complex(..), _) => {
                Number::of(expected).zip(Number::of(got)).is_some_and(|(a, b)| a.equals(b))
            }
            (Value::Scalar(a), Value::Scalar(b)) => a == b,
            _ => return self.parts(expected, got),
        };
        self.expect(same, expected, got)
    }

    fn loosely(&mut self, expected: &'v Value, got: &'v Value) -> Compared {
        if let (Some(a), Some(b)) = (Number::of(expected), Number::of(got)) {
            return self.numbers(a, b, expected, got);
        }
        if let (Value::Typed(a), Value::Typed(b)) = (expected, got)
            && let (Value::Dict(pairs), Value::Dict(others)) = (&a.value, &b.value)
            && [&a.type_name, &b.type_name].iter().all(|name| *name == "collections.OrderedDict")
        {
            return self.dicts_in_order(pairs, others);
        }
        if let (Value::Typed(a), Value::Typed(b)) = (expected, got)
            && let (Value::Array(_), Value::Array(_)) = (&a.value, &b.value)
            && a.type_name == b.type_name
        {
            // What such a class adds is part of the value, such as a unit.
            self.values(&a.value, &b.value)?;
            return self.fields(&a.state, &b.state);
        }
        match (expected.unwrapped(), got.unwrapped()) {
            (Value::Scalar(a), Value::Scalar(b)) => self.expect(same_scalar(a, b), expected, got),
            (a, b) => self.parts(a, b),
        }
    }

    /// Compares two values that aren't numbers, part by part.
    fn parts(&mut self, expected: &'v Value, got: &'v Value) -> Compared {
        match (expected, got) {
            (Value::None, Value::None) | (Value::Ellipsis, Value::Ellipsis) => Ok(()),
            (Value::Str(a), Value::Str(b)) => self.expect(a == b, expected, got),
            (Value::Bytes(a) | Value::ByteArray(a), Value::Bytes(b) | Value::ByteArray(b)) => {
                self.expect(a == b, expected, got)
            }
            (Value::Named(a), Value::Named(b)) => self.expect(a == b, expected, got),
            (Value::File(a), Value::File(b)) => self.expect(a == b, expected, got),
            (Value::Cycle(a), Value::Cycle(b)) => self.expect(a == b, expected, got),
            (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) => self.sequences(a, b),
            (Value::Dict(a), Value::Dict(b)) if self.is_exact() => self.dicts_in_order(a, b),
            (Value::Dict(a), Value::Dict(b)) => self.dicts(a, b),
            (Value::Set(a) | Value::FrozenSet(a), Value::Set(b) | Value::FrozenSet(b)) => self.sets(a, b),
            (Value::Array(a), Value::Array(b)) => self.arrays(a, b),
            (Value::Frame(a), Value::Frame(b)) => self.frames(a, b),
            (Value::Object(a), Value::Object(b)) if a.type_name == b.type_name => self.fields(&a.state, &b.state),
            (Value::Reduced(a), Value::Reduced(b)) if a.type_name == b.type_name => self.reduced(&a.parts, &b.parts),
            _ => self.different_types(expected, got),
        }
    }

    fn numbers(&mut self, a: Number<'_>, b: Number<'_>, expected: &Value, got: &Value) -> Compared {
        if a.equals(b) {
            return Ok(());
        }
        if let Mode::Tolerance { relative, absolute } = self.mode
            && a.near(b, relative, absolute)
        {
            self.tolerated = true;
            return Ok(());
        }
        Err(self.differ(repr(expected.unwrapped()), repr(got.unwrapped())))
    }

    fn expect(&self, same: bool, expected: &Value, got: &Value) -> Compared {
        if same {
            return Ok(());
        }
        if expected.type_name() != got.type_name()
            && !matches!((expected, got), (Value::Bytes(_) | Value::ByteArray(_), _))
        {
            return self.different_types(expected, got);
        }
        let zones = matches!((expected, got), (Value::Scalar(a), Value::Scalar(b)) if same_scalar(a, b));
        let (expected, got) = windows(expected, got).unwrap_or_else(|| (repr(expected), repr(got)));
        Err(if zones { self.differ_in("time zones", expected, got) } else { self.differ(expected, got) })
    }

    fn different_types(&self, expected: &Value, got: &Value) -> Compared {
        let types = format!("types {} and {}", expected.type_name(), got.type_name());
        Err(self.differ_in(types, described(expected), described(got)))
    }

    /// The difference, at this place.
    fn differ(&self, expected: impl Into<String>, got: impl Into<String>) -> Box<Difference> {
        let path = path::render(&self.path);
        Box::new(Difference { path, expected: expected.into(), got: got.into(), beside: None })
    }

    /// The same where only that differs which a wider mode may leave out.
    fn differ_in(
        &self,
        what: impl Into<String>,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> Box<Difference> {
        Box::new(Difference { beside: Some(what.into()), ..*self.differ(expected, got) })
    }

    /// Notes something that can't be compared, and goes on: a difference may follow.
    fn cannot_know(&mut self, opaque: &Opaque) -> Compared {
        if self.unknown.is_none() {
            self.unknown = Some((path::render(&self.path), format!("{}: {}", opaque.type_name, opaque.why)));
        }
        Ok(())
    }

    /// Walks one step further in.
    fn at(&mut self, step: Step<'v>, walk: impl FnOnce(&mut Self) -> Compared) -> Compared {
        self.path.push(step);
        let found = walk(self);
        self.path.pop();
        found
    }

    fn is_exact(&self) -> bool {
        self.mode == Mode::Exact
    }

    /// What counts as the same key.
    fn sameness(&self) -> Sameness {
        if self.is_exact() { Sameness::Exact } else { Sameness::Value }
    }
}

/// Python's `==` for instants of any zone and type, and for the rest by type and text.
fn same_scalar(a: &Scalar, b: &Scalar) -> bool {
    match (a.instant, b.instant) {
        (Some(a), Some(b)) => a == b,
        _ => a.text == b.text && (a.type_name == b.type_name || a.text == "NaT"),
    }
}
