//! Functions in Rust behind eight boundaries, twice each: as people write them with PyO3, by types that own what they hold, and by
//! hand, in as few calls of CPython as go.

use std::collections::HashMap;
use std::ffi::c_long;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt, PyList, PyString};

/// The module, as Python imports it.
#[pymodule]
pub(crate) mod by_hand {
    #[pymodule_export]
    use super::{
        copied, copied_usual, decode, decode_usual, length, length_usual, lengths, lengths_usual, longest,
        longest_usual, raised, raised_usual, total, total_usual, tripled, tripled_usual,
    };
}

/// The next number of a polyline of Google's, and what is left of its text.
fn next_number(text: &[u8]) -> Option<(i64, &[u8])> {
    let (mut bits, mut shift) = (0_i64, 0);
    for (place, &byte) in text.iter().enumerate() {
        let chunk = i64::from(byte) - 63;
        bits |= (chunk & 0x1f) << shift;
        shift += 5;
        if chunk < 0x20 {
            let number = if bits & 1 == 1 { !(bits >> 1) } else { bits >> 1 };
            return Some((number, &text[place + 1..]));
        }
    }
    None
}

fn points(text: &str) -> impl Iterator<Item = (f64, f64)> + '_ {
    let (mut rest, mut at) = (text.as_bytes(), [0_i64; 2]);
    std::iter::from_fn(move || {
        for place in &mut at {
            let (number, left) = next_number(rest)?;
            *place += number;
            rest = left;
        }
        Some((at[0] as f64 / 1e5, at[1] as f64 / 1e5))
    })
}

#[pyfunction]
pub(crate) fn decode_usual(text: &str) -> Vec<(f64, f64)> {
    points(text).collect()
}

#[pyfunction]
pub(crate) fn decode<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let count = text.bytes().filter(|&byte| byte < 63 + 0x20).count() / 2;
    // SAFETY: new objects, whose places are filled once each.
    unsafe {
        let list = Bound::from_owned_ptr_or_err(py, ffi::PyList_New(count as isize))?;
        for (place, (latitude, longitude)) in points(text).take(count).enumerate() {
            let pair = ffi::PyTuple_New(2);
            ffi::PyTuple_SET_ITEM(pair, 0, ffi::PyFloat_FromDouble(latitude));
            ffi::PyTuple_SET_ITEM(pair, 1, ffi::PyFloat_FromDouble(longitude));
            ffi::PyList_SET_ITEM(list.as_ptr(), place as isize, pair);
        }
        Ok(list)
    }
}

#[pyfunction]
pub(crate) fn total_usual(values: Vec<f64>) -> f64 {
    values.iter().sum()
}

#[pyfunction]
pub(crate) fn total(values: &Bound<'_, PyList>) -> PyResult<f64> {
    let mut total = 0.0;
    for place in 0..values.len() {
        // SAFETY: it's within the list, which nothing changes meanwhile, and the type is looked at.
        total += unsafe {
            let value = ffi::PyList_GET_ITEM(values.as_ptr(), place as isize);
            if ffi::PyFloat_CheckExact(value) == 0 {
                return Err(PyTypeError::new_err("no float"));
            }
            ffi::PyFloat_AS_DOUBLE(value)
        };
    }
    Ok(total)
}

#[pyfunction]
pub(crate) fn tripled_usual(values: Vec<i64>) -> Vec<i64> {
    values.into_iter().map(|value| 3 * value).collect()
}

#[pyfunction]
pub(crate) fn tripled<'py>(values: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyAny>> {
    let py = values.py();
    // SAFETY: places within the list, which nothing changes meanwhile, and of a new list that are filled once each.
    unsafe {
        let list = Bound::from_owned_ptr_or_err(py, ffi::PyList_New(values.len() as isize))?;
        for place in 0..values.len() as isize {
            let value: c_long = ffi::PyLong_AsLong(ffi::PyList_GET_ITEM(values.as_ptr(), place));
            if value == -1 && !ffi::PyErr_Occurred().is_null() {
                return Err(PyErr::fetch(py));
            }
            ffi::PyList_SET_ITEM(list.as_ptr(), place, ffi::PyLong_FromLong(3 * value));
        }
        Ok(list)
    }
}

#[pyfunction]
pub(crate) fn longest_usual(records: Vec<HashMap<String, String>>) -> Vec<String> {
    let longest = |record: HashMap<String, String>| record.into_values().max_by_key(String::len).unwrap_or_default();
    records.into_iter().map(longest).collect()
}

#[pyfunction]
pub(crate) fn longest<'py>(records: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyAny>> {
    let py = records.py();
    // SAFETY: as above; values of a dict are alive as long as that isn't changed.
    unsafe {
        let list = Bound::from_owned_ptr_or_err(py, ffi::PyList_New(records.len() as isize))?;
        for place in 0..records.len() as isize {
            let record = ffi::PyList_GET_ITEM(records.as_ptr(), place);
            if ffi::PyDict_CheckExact(record) == 0 {
                return Err(PyTypeError::new_err("no dict"));
            }
            let (mut position, mut name, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
            let (mut longest, mut most) = (ffi::Py_None(), -1);
            while ffi::PyDict_Next(record, &mut position, &mut name, &mut value) != 0 {
                if ffi::PyUnicode_CheckExact(value) == 0 {
                    return Err(PyTypeError::new_err("no str"));
                }
                let length = ffi::PyUnicode_GET_LENGTH(value);
                if length > most {
                    (longest, most) = (value, length);
                }
            }
            ffi::PyList_SET_ITEM(list.as_ptr(), place, ffi::Py_NewRef(longest));
        }
        Ok(list)
    }
}

#[pyfunction]
pub(crate) fn length_usual(bytes: &[u8]) -> usize {
    bytes.len()
}

#[pyfunction]
pub(crate) fn length<'py>(bytes: &Bound<'py, PyBytes>) -> Bound<'py, PyInt> {
    bytes.as_bytes().len().into_pyobject(bytes.py()).unwrap_or_else(|never| match never {})
}

#[pyfunction]
pub(crate) fn raised_usual(values: HashMap<String, f64>) -> HashMap<String, f64> {
    values.into_iter().map(|(name, value)| (name, 1.1 * value)).collect()
}

#[pyfunction]
pub(crate) fn raised<'py>(values: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
    let py = values.py();
    let result = PyDict::new(py);
    let (mut position, mut name, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: a dict that nothing changes meanwhile; the other takes references of its own.
    unsafe {
        while ffi::PyDict_Next(values.as_ptr(), &mut position, &mut name, &mut value) != 0 {
            if ffi::PyFloat_CheckExact(value) == 0 {
                return Err(PyTypeError::new_err("no float"));
            }
            let raised = ffi::PyFloat_FromDouble(1.1 * ffi::PyFloat_AS_DOUBLE(value));
            let is_set = ffi::PyDict_SetItem(result.as_ptr(), name, raised) == 0;
            ffi::Py_DECREF(raised);
            if !is_set {
                return Err(PyErr::fetch(py));
            }
        }
    }
    Ok(result)
}

#[pyfunction]
pub(crate) fn copied_usual(text: String) -> String {
    text
}

#[pyfunction]
pub(crate) fn copied<'py>(text: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    let text_utf8 = text.to_str()?;
    // SAFETY: a new string of that length and of ASCII has room for the bytes.
    unsafe {
        if !text_utf8.is_ascii() {
            return Ok(PyString::new(text.py(), text_utf8).into_any());
        }
        let string = ffi::PyUnicode_New(text_utf8.len() as isize, 127);
        let string = Bound::from_owned_ptr_or_err(text.py(), string)?;
        let room = ffi::PyUnicode_DATA(string.as_ptr()).cast::<u8>();
        std::ptr::copy_nonoverlapping(text_utf8.as_ptr(), room, text_utf8.len());
        Ok(string)
    }
}

#[pyfunction]
pub(crate) fn lengths_usual(texts: Vec<String>) -> HashMap<String, usize> {
    texts.into_iter().map(|text| (text.len(), text)).map(|(length, text)| (text, length)).collect()
}

#[pyfunction]
pub(crate) fn lengths<'py>(texts: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyDict>> {
    let py = texts.py();
    let result = PyDict::new(py);
    for place in 0..texts.len() as isize {
        // SAFETY: places within the list, which nothing changes meanwhile; the dict takes references of its own.
        unsafe {
            let text = ffi::PyList_GET_ITEM(texts.as_ptr(), place);
            if ffi::PyUnicode_CheckExact(text) == 0 {
                return Err(PyTypeError::new_err("no str"));
            }
            let length = ffi::PyLong_FromLong(ffi::PyUnicode_GET_LENGTH(text) as c_long);
            let is_set = ffi::PyDict_SetItem(result.as_ptr(), text, length) == 0;
            ffi::Py_DECREF(length);
            if !is_set {
                return Err(PyErr::fetch(py));
            }
        }
    }
    Ok(result)
}
