//! Judging recorded calls one by one: of several that differ, the smallest is shown.

use pyo3::prelude::*;
use pyo3::types::PyList;
use rustworthy_protocol::{Equality, Exceptions, Judged, Judgement};

use crate::calls::{RAISED, RETURNED};
use crate::equivalence::Value;
use crate::judge::{checked, structurally};
use crate::pickling::dumps;

/// What comes of comparing one call.
struct Compared {
    /// The line that it has in the capture.
    line: i64,
    /// Where it stands among the outputs.
    place: usize,
    judged: Judged,
}

/// Compares outputs of recorded calls: `value` is `got` taken apart, and `unpickled` gives the baseline's outputs as objects, as
/// far as they can be pickled.
pub(crate) fn judge_calls<'py>(
    expected: &Value,
    value: &Value,
    got: &Bound<'py, PyAny>,
    (equality, except): (&Equality, &Exceptions),
    unpickled: &dyn Fn() -> Option<Bound<'py, PyAny>>,
) -> PyResult<Judged> {
    let (Value::List(expected), Value::List(value)) = (expected, value) else {
        return Ok(Judgement::Unchecked("the outputs of the calls aren't a list".to_owned()).into());
    };
    let got = got.cast::<PyList>()?;
    if expected.len() != value.len() || got.len() != value.len() {
        return Ok(Judgement::Different("not as many calls were made".to_owned()).into());
    }
    let mut all = Vec::with_capacity(value.len());
    for (place, (expected, value)) in expected.iter().zip(value).enumerate() {
        let object = || unpickled().and_then(|list| list.get_item(place).ok());
        let judged = one(expected, value, &got.get_item(place)?, (equality, except), &object)?;
        let line = match value {
            Value::Tuple(parts) => match parts.first() {
                Some(&Value::Int(line)) => line,
                _ => 0,
            },
            _ => 0,
        };
        all.push(Compared { line, place, judged });
    }
    Ok(together(all, got))
}

/// Compares one call: how it ended, what it returned or raised, and its arguments afterwards.
fn one<'py>(
    expected: &Value,
    value: &Value,
    got: &Bound<'py, PyAny>,
    (equality, except): (&Equality, &Exceptions),
    unpickled: &dyn Fn() -> Option<Bound<'py, PyAny>>,
) -> PyResult<Judged> {
    let (Value::Tuple(expected), Value::Tuple(value)) = (expected, value) else {
        return Ok(Judgement::Unchecked("a call has no output".to_owned()).into());
    };
    let ([_, how, what, after], [_, own_how, own_what, own_after]) = (expected.as_slice(), value.as_slice()) else {
        return Ok(Judgement::Unchecked("a call has no output".to_owned()).into());
    };
    let (how, own_how) = (text(how), text(own_how));
    if how == RAISED || own_how == RAISED {
        let (wanted, made) = (ended(&how, what), ended(&own_how, own_what));
        let same = how == own_how && what == own_what;
        let verdict = if same { Judgement::Equal } else { Judgement::Different(format!("{wanted}, and it {made}")) };
        if !same {
            return Ok(verdict.into());
        }
    }
    let part = |index: usize| {
        let object = move || unpickled().and_then(|call| call.get_item(index).ok());
        (object, got.get_item(index))
    };
    let mut judged: Judged = Judgement::Equal.into();
    if how == RETURNED {
        let (object, own) = part(2);
        judged = match equality {
            Equality::Structural(mode) => structurally(what, own_what, &own?, (*mode, except), &object)?,
            Equality::Callable(checker) => checked(got.py(), object(), &own?, checker).into(),
        };
    }
    if judged.verdict.is_good() && (*after != Value::None || *own_after != Value::None) {
        let (object, own) = part(3);
        let mode = match equality {
            Equality::Structural(mode) => *mode,
            Equality::Callable(_) => rustworthy_protocol::Mode::Value,
        };
        let left = structurally(after, own_after, &own?, (mode, &Exceptions::default()), &object)?;
        judged = match left.verdict {
            Judgement::Equal => judged,
            Judgement::Different(detail) => Judged {
                verdict: Judgement::Different(format!("it leaves its arguments otherwise: {}", named(&detail))),
                ..left
            },
            _ => left,
        };
    }
    Ok(judged)
}

/// A path in arguments as callers know them: positional ones are the first of two, those by name the second.
fn named(detail: &str) -> String {
    let rest = |prefix: &str, name: &str| detail.strip_prefix(prefix).map(|rest| format!("{name}{rest}"));
    rest("[0]", "args").or_else(|| rest("[1]", "kwargs")).unwrap_or_else(|| detail.to_owned())
}

fn text(value: &Value) -> String {
    match value {
        Value::Str(text) => String::from_utf8_lossy(text.as_ref()).into_owned(),
        _ => String::new(),
    }
}

/// How a call has ended, in words.
fn ended(how: &str, what: &Value) -> String {
    match what {
        Value::Tuple(parts) if how == RAISED => match parts.as_slice() {
            [class, Value::Str(message)] => {
                format!("raised {}: {}", text(class), String::from_utf8_lossy(message.as_ref()))
            }
            [class, ..] => format!("raised {}", text(class)),
            [] => "raised".to_owned(),
        },
        _ => "returned".to_owned(),
    }
}

/// The finding of all: a difference is that of the smallest call that has one.
fn together(all: Vec<Compared>, got: &Bound<'_, PyList>) -> Judged {
    let is_different = |one: &&Compared| matches!(one.judged.verdict, Judgement::Different(_));
    let size = |one: &Compared| {
        let arguments = got.get_item(one.place).and_then(|call| call.get_item(3));
        arguments.ok().and_then(|arguments| dumps(got.py(), &arguments).ok()).map_or(usize::MAX, |bytes| bytes.len())
    };
    let mut lines: Vec<i64> = all.iter().filter(is_different).map(|one| one.line).collect();
    lines.dedup();
    if let Some(smallest) = all.iter().filter(is_different).min_by_key(|one| (size(one), one.line)) {
        let Judgement::Different(detail) = &smallest.judged.verdict else { return Judgement::Equal.into() };
        let others = match lines.len() - 1 {
            0 => String::new(),
            1 => " (1 other call differs too)".to_owned(),
            more => format!(" ({more} other calls differ too)"),
        };
        let verdict = Judgement::Different(format!("call {}: {detail}{others}", smallest.line));
        return Judged { verdict, ..smallest.judged.clone() };
    }
    let weight = |judged: &Judged| match judged.verdict {
        Judgement::Equal => 0,
        Judgement::WithinTolerance => 1,
        Judgement::Unchecked(_) => 2,
        Judgement::CheckerFailed(_) | Judgement::Different(_) => 3,
    };
    let heaviest =
        all.into_iter().reduce(|one, other| if weight(&other.judged) > weight(&one.judged) { other } else { one });
    let Some(Compared { line, judged, .. }) = heaviest else { return Judgement::Equal.into() };
    let at = |detail: String| format!("call {line}: {detail}");
    let verdict = match judged.verdict {
        Judgement::Unchecked(detail) => Judgement::Unchecked(at(detail)),
        Judgement::CheckerFailed(detail) => Judgement::CheckerFailed(at(detail)),
        other => other,
    };
    Judged { verdict, ..judged }
}
