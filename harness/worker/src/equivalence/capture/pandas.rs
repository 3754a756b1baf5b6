//! Data frames, series, indexes and arrays of pandas.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use super::class::Class;
use super::numpy;
use super::walker::Walker;
use crate::equivalence::digest::digest;
use crate::equivalence::repr::repr;
use crate::equivalence::value::{Array, Column, Data, Form, Frame, Value};

/// A `DataFrame`.
pub(super) fn table<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
    let names = object.getattr("columns")?.call_method0("tolist")?;
    let positions = object.getattr("iloc")?;
    let everything = pyo3::types::PySlice::full(object.py());
    let columns = names
        .try_iter()?
        .enumerate()
        .map(|(index, name)| {
            let column = positions.get_item((&everything, index))?;
            column_of(walker, &column, &name?)
        })
        .collect::<PyResult<_>>()?;
    frame(class, Form::Table, levels(walker, &object.getattr("index")?)?, columns)
}

/// A `Series`.
pub(super) fn series<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
    let column = column_of(walker, object, &object.getattr("name")?)?;
    frame(class, Form::Series, levels(walker, &object.getattr("index")?)?, vec![column])
}

/// An index on its own.
pub(super) fn index<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
    frame(class, Form::Index, Vec::new(), levels(walker, object)?)
}

/// An array of a type that NumPy doesn't have.
pub(super) fn array<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
    let column = column_of(walker, object, &object.py().None().into_bound(object.py()))?;
    frame(class, Form::Series, Vec::new(), vec![column])
}

fn frame(class: &Class<'_>, form: Form, index: Vec<Column>, columns: Vec<Column>) -> PyResult<Value> {
    Ok(Value::Frame(Box::new(Frame { type_name: class.name.clone(), form, index, columns })))
}

/// The levels of an index, usually one.
fn levels<'py>(walker: &mut Walker<'py>, index: &Bound<'py, PyAny>) -> PyResult<Vec<Column>> {
    let names = index.getattr("names")?.try_iter()?.collect::<PyResult<Vec<_>>>()?;
    if names.len() == 1 {
        return Ok(vec![column_of(walker, index, &names[0])?]);
    }
    let level = |(number, name)| column_of(walker, &index.call_method1("get_level_values", (number,))?, name);
    names.iter().enumerate().map(level).collect()
}

/// A series, an index of one level or an array of pandas.
fn column_of<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>, name: &Bound<'py, PyAny>) -> PyResult<Column> {
    let dtype = object.getattr("dtype")?;
    let (text, values) = match Sort::of(&dtype)? {
        Sort::Numpy => (None, numpy::plain(walker, &object.call_method0("to_numpy")?)?),
        Sort::Zoned => {
            // As points in time: the zone is part of the type.
            let utc = object.getattr("array").unwrap_or_else(|_| object.clone());
            let utc = utc.call_method1("tz_convert", (object.py().None(),))?;
            (None, numpy::plain(walker, &utc.call_method0("to_numpy")?)?)
        }
        Sort::Category => (Some(category(walker, &dtype)?), numpy::plain(walker, &object.call_method0("to_numpy")?)?),
        Sort::Nullable if !object.call_method0("isna")?.call_method0("any")?.is_truthy()? => {
            (None, numpy::plain(walker, &with(object, "dtype", dtype.getattr("numpy_dtype")?)?)?)
        }
        Sort::Nullable | Sort::Other => (None, items(walker, object)?),
    };
    let dtype = text.map_or_else(|| Ok(dtype.str()?.to_string()), PyResult::Ok)?;
    Ok(Column { name: walker.value(name)?, dtype, values })
}

fn with<'py>(object: &Bound<'py, PyAny>, name: &str, value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let arguments = PyDict::new(object.py());
    arguments.set_item(name, value)?;
    object.call_method("to_numpy", (), Some(&arguments))
}

/// The elements as Python objects, `None` where one is missing.
fn items<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>) -> PyResult<Array> {
    let arguments = PyDict::new(object.py());
    arguments.set_item("dtype", "object")?;
    arguments.set_item("na_value", object.py().None())?;
    let items = walker.elements(&object.call_method("to_numpy", (), Some(&arguments))?.call_method0("tolist")?)?;
    Ok(Array { dtype: "|O".into(), shape: vec![items.len()], data: Data::Items(items) })
}

/// The sorts of column types.
enum Sort {
    Numpy,
    /// Moments with a time zone.
    Zoned,
    Category,
    /// Numbers with a mask.
    Nullable,
    Other,
}

impl Sort {
    fn of(dtype: &Bound<'_, PyAny>) -> PyResult<Self> {
        let class: Bound<'_, PyType> = dtype.get_type();
        if class.module()?.to_string().starts_with("numpy") {
            return Ok(Self::Numpy);
        }
        Ok(match class.qualname()?.to_string().as_str() {
            "DatetimeTZDtype" => Self::Zoned,
            "CategoricalDtype" => Self::Category,
            "ArrowDtype" | "StringDtype" => Self::Other,
            _ if dtype.hasattr("numpy_dtype")? => Self::Nullable,
            _ => Self::Other,
        })
    }
}

/// A type of categories with all that belongs to it.
fn category<'py>(walker: &mut Walker<'py>, dtype: &Bound<'py, PyAny>) -> PyResult<String> {
    const SHOWN: usize = 5;
    let categories = walker.elements(&dtype.getattr("categories")?.call_method0("tolist")?)?;
    let order = if dtype.getattr("ordered")?.is_truthy()? { ", ordered" } else { "" };
    if categories.len() <= SHOWN && categories.iter().all(|category| repr(category).len() < 20) {
        return Ok(format!("category({}{order})", categories.iter().map(repr).collect::<Vec<_>>().join(", ")));
    }
    let count = categories.len();
    let sha256 = digest(&Value::List(categories));
    Ok(format!("category({count} categories, sha256 {}{order})", &sha256[..16]))
}
