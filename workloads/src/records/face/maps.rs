//! Orders as owned Rust values, key by key: what `#[pyfunction]` makes of them on its own.

use std::collections::HashMap;

use pyo3::exceptions::{PyAttributeError, PyKeyError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::records::country::{Country, Sums};
use crate::records::text;

/// A value made text, whatever it is: the published code takes strings alone.
pub(super) struct Text(String);

impl<'a, 'py> FromPyObject<'a, 'py> for Text {
    type Error = PyErr;

    fn extract(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        value.extract().or_else(|_| value.str()?.extract()).map(Self)
    }
}

/// The published form: a map for each record, whose keys come out in a random order.
///
/// # Errors
/// `KeyError` for a record that lacks a key and for an unknown country, `ValueError` for a number that is none.
pub(super) fn process_maps(records: Vec<HashMap<String, Text>>) -> PyResult<Vec<HashMap<String, String>>> {
    let mut sums = Sums::default();
    let mut processed = Vec::new();
    for record in records {
        let mut record: HashMap<_, _> = record.into_iter().map(|(key, Text(value))| (key, value)).collect();
        let get = |key: &'static str| record.get(key).ok_or_else(|| PyKeyError::new_err(key));
        let name = text::collapsed(get("name")?).into_owned();
        let email = text::lower(text::stripped(get("email")?)).into_owned();
        let country = get("country")?.clone();
        let amount = text::checked_amount(get("amount")?)?;
        if text::is_plausible(amount) {
            let country = Country::parse(&country)?;
            let tax = amount * country.rate();
            let total = amount + tax;
            sums.add(country, total);
            record.insert("name".into(), name);
            record.insert("email".into(), email);
            record.insert("country".into(), country.code().into());
            record.insert("amount".into(), amount.to_string());
            record.insert("tax".into(), tax.to_string());
            record.insert("total".into(), total.to_string());
            processed.push((record, country, total));
        }
    }
    let shared = processed.into_iter().map(|(mut record, country, total)| {
        record.insert("share".into(), sums.share(country, total).to_string());
        record
    });
    Ok(shared.collect())
}

/// A key or value: text is converted, numbers are made here, and the rest stays an object.
#[derive(FromPyObject, IntoPyObject)]
pub(super) enum Value {
    Text(String),
    Object(Py<PyAny>),
    Number(f64),
}

/// A record whose keys keep their order.
pub(super) struct Owned(Vec<(Value, Value)>);

impl<'a, 'py> FromPyObject<'a, 'py> for Owned {
    type Error = PyErr;

    fn extract(record: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let record = record
            .cast::<PyDict>()
            .map_err(|_| PyTypeError::new_err(format!("a record must be a dict, not {}", record.get_type())))?;
        record.iter().map(|(key, value)| Ok((key.extract()?, value.extract()?))).collect::<PyResult<_>>().map(Self)
    }
}

impl<'py> IntoPyObject<'py> for Owned {
    type Target = PyDict;
    type Output = Bound<'py, PyDict>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let record = PyDict::new(py);
        self.0.into_iter().try_for_each(|(key, value)| record.set_item(key, value))?;
        Ok(record)
    }
}

impl Owned {
    fn get(&self, name: &str) -> PyResult<&str> {
        let found = self.0.iter().find(|(key, _)| matches!(key, Value::Text(key) if key == name));
        match found {
            Some((_, Value::Text(text))) => Ok(text),
            Some(_) => Err(PyAttributeError::new_err(format!("{name}: the value is no text"))),
            None => Err(PyKeyError::new_err(name.to_owned())),
        }
    }

    fn set(&mut self, name: &str, value: Value) {
        match self.0.iter_mut().find(|(key, _)| matches!(key, Value::Text(key) if key == name)) {
            Some((_, old)) => *old = value,
            None => self.0.push((Value::Text(name.into()), value)),
        }
    }
}

/// The published form corrected.
///
/// # Errors
/// Those of [`process_maps`], and `AttributeError` for a value to work on that isn't text.
pub(super) fn process_owned(records: Vec<Owned>) -> PyResult<Vec<Owned>> {
    let mut sums = Sums::default();
    let mut processed = Vec::new();
    for mut record in records {
        let name = text::collapsed(record.get("name")?).into_owned();
        let email = text::lower(text::stripped(record.get("email")?)).into_owned();
        let country = record.get("country")?.to_owned();
        let amount = text::checked_amount(record.get("amount")?)?;
        if text::is_plausible(amount) {
            let country = Country::parse(&country)?;
            let tax = amount * country.rate();
            let total = amount + tax;
            sums.add(country, total);
            record.set("name", Value::Text(name));
            record.set("email", Value::Text(email));
            record.set("country", Value::Text(country.code().into()));
            record.set("amount", Value::Number(amount));
            record.set("tax", Value::Number(tax));
            record.set("total", Value::Number(total));
            processed.push((record, country, total));
        }
    }
    for (record, country, total) in &mut processed {
        record.set("share", Value::Number(sums.share(*country, *total)));
    }
    Ok(processed.into_iter().map(|(record, ..)| record).collect())
}
