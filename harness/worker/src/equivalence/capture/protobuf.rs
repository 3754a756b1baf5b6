//! Protobuf messages, the same whichever implementation they come from.

use pyo3::prelude::*;

use super::walker::Walker;
use crate::equivalence::encode::{Sameness, key};
use crate::equivalence::value::{Object, Value};

/// A message by the fields that are set. Fields that its type doesn't know are compared as they came.
pub(super) fn message<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>) -> PyResult<Value> {
    let type_name = object.getattr("DESCRIPTOR")?.getattr("full_name")?.extract()?;
    let mut state = Vec::new();
    for field in object.call_method0("ListFields")?.try_iter()? {
        let (descriptor, value) = field?.extract::<(Bound<'py, PyAny>, Bound<'py, PyAny>)>()?;
        let name = if descriptor.getattr("is_extension")?.is_truthy()? { "full_name" } else { "name" };
        state.push((descriptor.getattr(name)?.extract()?, walker.value(&value)?));
    }
    if let Some(unknown) = unknown_fields(object)? {
        state.push(("unknown_fields".into(), walker.value(&unknown)?));
    }
    state.sort_by(|(a, _), (b, _): &(String, Value)| a.cmp(b));
    Ok(Value::Object(Box::new(Object { type_name, state })))
}

/// A field of many values: a map or a list. Which class stands for it depends on the implementation.
pub(super) fn field<'py>(walker: &mut Walker<'py>, value: &Bound<'py, PyAny>) -> PyResult<Value> {
    if value.hasattr("items")? {
        let pair = |pair: PyResult<Bound<'py, PyAny>>| {
            let (name, value) = pair?.extract::<(Bound<'py, PyAny>, Bound<'py, PyAny>)>()?;
            Ok((walker.value(&name)?, walker.value(&value)?))
        };
        let mut pairs = value.call_method0("items")?.try_iter()?.map(pair).collect::<PyResult<Vec<_>>>()?;
        // Maps have no order.
        pairs.sort_by_cached_key(|(name, _)| key(name, Sameness::Exact));
        return Ok(Value::Dict(pairs));
    }
    walker.elements(value).map(Value::List)
}

/// The encoded message, if it has fields that its type doesn't know.
fn unknown_fields<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let known = object.get_type().call0()?;
    known.call_method1("CopyFrom", (object,))?;
    known.call_method0("DiscardUnknownFields")?;
    if known.call_method0("ByteSize")?.extract::<u64>()? == object.call_method0("ByteSize")?.extract::<u64>()? {
        return Ok(None);
    }
    object.call_method0("SerializePartialToString").map(Some)
}
