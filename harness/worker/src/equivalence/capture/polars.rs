//! Data frames and series of polars.

use pyo3::prelude::*;

use super::class::Class;
use super::numpy;
use super::walker::Walker;
use crate::equivalence::value::{Array, Column, Data, Form, Frame, Value};

/// A `DataFrame`.
pub(super) fn table<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
    let columns = object.call_method0("get_columns")?;
    let columns = columns.try_iter()?.map(|column| column_of(walker, &column?)).collect::<PyResult<_>>()?;
    Ok(Value::Frame(Box::new(Frame { type_name: class.name.clone(), form: Form::Table, index: Vec::new(), columns })))
}

/// A `Series`.
pub(super) fn series<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
    let columns = vec![column_of(walker, object)?];
    Ok(Value::Frame(Box::new(Frame { type_name: class.name.clone(), form: Form::Series, index: Vec::new(), columns })))
}

fn column_of<'py>(walker: &mut Walker<'py>, series: &Bound<'py, PyAny>) -> PyResult<Column> {
    let name = walker.value(&series.getattr("name")?)?;
    let dtype = series.getattr("dtype")?.str()?.to_string();
    let complete = series.call_method0("null_count")?.extract::<u64>()? == 0;
    let values = match dtype.split('(').next().unwrap_or(&dtype) {
        "Int8" | "Int16" | "Int32" | "Int64" | "UInt8" | "UInt16" | "UInt32" | "UInt64" | "Float32" | "Float64"
        | "Boolean"
            if complete =>
        {
            numpy::plain(walker, &series.call_method0("to_numpy")?)?
        }
        "Date" => moments(walker, series, "<M8[D]")?,
        "Time" => moments(walker, series, "<m8[ns]")?,
        "Datetime" => moments(walker, series, &format!("<M8[{}]", unit(&dtype)))?,
        "Duration" => moments(walker, series, &format!("<m8[{}]", unit(&dtype)))?,
        _ if loses_nanoseconds(&dtype) => {
            return Err(pyo3::exceptions::PyTypeError::new_err(format!(
                "polars gives no nanoseconds of nested values of type {dtype}"
            )));
        }
        _ => items(walker, &series.call_method0("to_list")?)?,
    };
    Ok(Column { name, dtype, values })
}

/// Moments as the integers that they are, the missing ones as NumPy has them.
fn moments<'py>(walker: &mut Walker<'py>, series: &Bound<'py, PyAny>, dtype: &str) -> PyResult<Array> {
    let int64 = series.py().import("sys")?.getattr("modules")?.get_item("polars")?.getattr("Int64")?;
    let counts = series.call_method0("to_physical")?.call_method1("cast", (int64,))?;
    let counts = counts.call_method1("fill_null", (i64::MIN,))?.call_method0("to_numpy")?;
    Ok(Array { dtype: dtype.into(), ..numpy::plain(walker, &counts)? })
}

/// The unit that a type names, as in `Datetime(time_unit='us', time_zone=None)`.
fn unit(dtype: &str) -> &str {
    dtype.split('\'').nth(1).unwrap_or("us")
}

fn loses_nanoseconds(dtype: &str) -> bool {
    dtype.contains("'ns'") || dtype.contains("Time)") || dtype.contains("Time,") || dtype.contains("Time}")
}

/// Elements one by one, `None` where one is missing.
pub(super) fn items<'py>(walker: &mut Walker<'py>, list: &Bound<'py, PyAny>) -> PyResult<Array> {
    let items = walker.elements(list)?;
    Ok(Array { dtype: "|O".into(), shape: vec![items.len()], data: Data::Items(items) })
}
