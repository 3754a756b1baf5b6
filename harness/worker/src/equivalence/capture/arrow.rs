//! Tables, arrays and scalars of pyarrow.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::class::Class;
use super::numpy;
use super::polars::items;
use super::walker::Walker;
use crate::equivalence::value::{Array, Column, Form, Frame, Typed, Value};

/// A `Table` or a `RecordBatch`.
pub(super) fn table<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
    let names = object.getattr("schema")?.getattr("names")?.extract::<Vec<Bound<'py, PyAny>>>()?;
    let arrays = object.getattr("columns")?.extract::<Vec<Bound<'py, PyAny>>>()?;
    let columns = names
        .iter()
        .zip(&arrays)
        .map(|(name, array)| column_of(walker, array, walker_name(name)?))
        .collect::<PyResult<_>>()?;
    Ok(Value::Frame(Box::new(Frame { type_name: class.name.clone(), form: Form::Table, index: Vec::new(), columns })))
}

fn walker_name(name: &Bound<'_, PyAny>) -> PyResult<Value> {
    Ok(Value::Str(name.extract::<String>()?.as_str().into()))
}

/// An `Array` or a `ChunkedArray`. How it is cut into chunks doesn't count.
pub(super) fn array<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
    let columns = vec![column_of(walker, object, Value::None)?];
    Ok(Value::Frame(Box::new(Frame { type_name: class.name.clone(), form: Form::Series, index: Vec::new(), columns })))
}

/// A scalar as the Python object that it stands for.
pub(super) fn scalar<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
    let value = walker.value(&object.call_method0("as_py")?)?;
    Ok(Value::Typed(Box::new(Typed { type_name: class.name.clone(), value, state: Vec::new() })))
}

fn column_of<'py>(walker: &mut Walker<'py>, array: &Bound<'py, PyAny>, name: Value) -> PyResult<Column> {
    let dtype = array.getattr("type")?.str()?.to_string();
    let complete = array.getattr("null_count")?.extract::<u64>()? == 0;
    let values = match dtype.split(['[', '(', '<']).next().unwrap_or(&dtype) {
        "int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32" | "uint64" | "halffloat" | "float"
        | "double" | "bool"
            if complete =>
        {
            plain(walker, array)?
        }
        "date32" => moments(walker, array, true, "<M8[D]")?,
        "date64" => moments(walker, array, false, "<M8[ms]")?,
        "timestamp" => moments(walker, array, false, &format!("<M8[{}]", unit(&dtype)))?,
        "duration" => moments(walker, array, false, &format!("<m8[{}]", unit(&dtype)))?,
        "time32" => moments(walker, array, true, &format!("<m8[{}]", unit(&dtype)))?,
        "time64" => moments(walker, array, false, &format!("<m8[{}]", unit(&dtype)))?,
        _ if dtype.contains("[ns") => {
            return Err(PyTypeError::new_err(format!("pyarrow gives no nanoseconds of nested values of type {dtype}")));
        }
        _ => items(walker, &array.call_method0("to_pylist")?)?,
    };
    Ok(Column { name, dtype, values })
}

fn plain<'py>(walker: &mut Walker<'py>, array: &Bound<'py, PyAny>) -> PyResult<Array> {
    let arguments = PyDict::new(array.py());
    arguments.set_item("zero_copy_only", false)?;
    numpy::plain(walker, &array.call_method("to_numpy", (), Some(&arguments))?)
}

/// Moments as the integers that they are, the missing ones as NumPy has them.
fn moments<'py>(walker: &mut Walker<'py>, array: &Bound<'py, PyAny>, short: bool, dtype: &str) -> PyResult<Array> {
    let counts = if short { array.call_method1("cast", ("int32",))? } else { array.clone() };
    let counts = counts.call_method1("cast", ("int64",))?.call_method1("fill_null", (i64::MIN,))?;
    Ok(Array { dtype: dtype.into(), ..plain(walker, &counts)? })
}

/// The unit that a type names, as in `timestamp[us, tz=UTC]`.
fn unit(dtype: &str) -> &str {
    dtype.split(['[', ',', ']']).nth(1).unwrap_or("us")
}
