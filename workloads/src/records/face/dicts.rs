//! Orders as Python's own dicts: read in place, and written as new ones.

use pyo3::exceptions::{PyAttributeError, PyKeyError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyList, PyString};

use crate::records::columns::{Columns, Processed};
use crate::records::country::{Country, Sums};
use crate::records::text;
use crate::records::texts::Texts;

/// Processes orders without converting them. Values that aren't ASCII text are left to Python's own methods, so that
/// they come out, or raise, as they do there.
///
/// # Errors
/// What the Python side raises.
pub(super) fn process<'py>(records: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    let py = records.py();
    let keys = Keys::of(py);
    let mut sums = Sums::default();
    let mut processed = Vec::new();
    for record in records.try_iter()? {
        let record = record?;
        let record = dict(&record)?;
        let name = collapsed(value(record, keys.name)?)?;
        let email = lowered(value(record, keys.email)?)?;
        let country = value(record, keys.country)?;
        let country = known_country(&country)?;
        let amount = number(&value(record, keys.amount)?)?;
        if text::is_plausible(amount) {
            let country = country.map_err(PyKeyError::new_err::<Py<PyAny>>)?;
            let tax = amount * country.rate();
            let total = amount + tax;
            sums.add(country, total);
            let new = keys.copy(record, (name, email, country), (amount, tax, total))?;
            processed.push((new, country, total));
        }
    }
    for (record, country, total) in &processed {
        record.set_item(keys.share, sums.share(*country, *total))?;
    }
    PyList::new(py, processed.into_iter().map(|(record, ..)| record))
}

/// The keys that are read and written.
struct Keys<'py> {
    name: &'py Bound<'py, PyString>,
    email: &'py Bound<'py, PyString>,
    country: &'py Bound<'py, PyString>,
    amount: &'py Bound<'py, PyString>,
    tax: &'py Bound<'py, PyString>,
    total: &'py Bound<'py, PyString>,
    share: &'py Bound<'py, PyString>,
    /// The code of each country.
    codes: Vec<Bound<'py, PyString>>,
}

impl<'py> Keys<'py> {
    fn of(py: Python<'py>) -> Self {
        Self {
            name: intern!(py, "name"),
            email: intern!(py, "email"),
            country: intern!(py, "country"),
            amount: intern!(py, "amount"),
            tax: intern!(py, "tax"),
            total: intern!(py, "total"),
            share: intern!(py, "share"),
            codes: Country::all().map(|country| PyString::new(py, country.code())).collect(),
        }
    }

    /// A copy of a record with new values: all but the share.
    fn copy(
        &self,
        record: &Bound<'py, PyDict>,
        (name, email, country): (Bound<'py, PyAny>, Bound<'py, PyAny>, Country),
        (amount, tax, total): (f64, f64, f64),
    ) -> PyResult<Bound<'py, PyDict>> {
        let copy = record.copy()?;
        copy.set_item(self.name, name)?;
        copy.set_item(self.email, email)?;
        copy.set_item(self.country, &self.codes[country.index()])?;
        copy.set_item(self.amount, amount)?;
        copy.set_item(self.tax, tax)?;
        copy.set_item(self.total, total)?;
        Ok(copy)
    }
}

fn dict<'a, 'py>(record: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, PyDict>> {
    record.cast().map_err(|_| PyTypeError::new_err(format!("a record must be a dict, not {}", record.get_type())))
}

fn value<'py>(record: &Bound<'py, PyDict>, key: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    record.get_item(key)?.ok_or_else(|| PyKeyError::new_err(key.clone().unbind()))
}

/// The text of a str, if it is ASCII.
fn ascii<'a>(value: &'a Bound<'_, PyAny>) -> Option<&'a str> {
    value.cast_exact::<PyString>().ok()?.to_str().ok().filter(|text| text.is_ascii())
}

/// `" ".join(value.split())`
fn collapsed<'py>(value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    match ascii(&value).map(text::collapsed) {
        Some(text) => Ok(same_or_new(&value, &text)),
        None => intern!(py, " ").call_method1(intern!(py, "join"), (value.call_method0(intern!(py, "split"))?,)),
    }
}

/// `value.strip().lower()`
fn lowered<'py>(value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    match ascii(&value).map(|text| text::lower(text::stripped(text))) {
        Some(text) => Ok(same_or_new(&value, &text)),
        None => value.call_method0(intern!(py, "strip"))?.call_method0(intern!(py, "lower")),
    }
}

/// The str itself where its text hasn't changed.
fn same_or_new<'py>(value: &Bound<'py, PyAny>, text: &str) -> Bound<'py, PyAny> {
    if ascii(value).is_some_and(|old| old.len() == text.len() && old == text) {
        value.clone()
    } else {
        PyString::new(value.py(), text).into_any()
    }
}

/// The country of `value.strip().upper()`, or that code where it is unknown: it may never be asked for.
fn known_country(value: &Bound<'_, PyAny>) -> PyResult<Result<Country, Py<PyAny>>> {
    let py = value.py();
    if let Some(Ok(country)) = ascii(value).map(Country::parse) {
        return Ok(Ok(country));
    }
    let code = value.call_method0(intern!(py, "strip"))?.call_method0(intern!(py, "upper"))?;
    let country = code.extract().ok().and_then(Country::of_code);
    Ok(country.ok_or_else(|| code.unbind()))
}

/// `float(value.replace(",", ""))`
fn number(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if let Some(number) = ascii(value).and_then(text::amount) {
        return Ok(number);
    }
    let py = value.py();
    let text = value.call_method1(intern!(py, "replace"), (intern!(py, ","), intern!(py, "")))?;
    py.get_type::<PyFloat>().call1((text,))?.extract()
}

impl Columns {
    /// Converts records, in which the values that are worked on are text.
    ///
    /// # Errors
    /// `TypeError` for a record that isn't a dict, `KeyError` for one that lacks a key, `AttributeError` for a value
    /// that isn't text, `UnicodeEncodeError` for text with lone surrogates.
    pub(super) fn convert(records: &Bound<'_, PyList>) -> PyResult<Self> {
        let keys = Keys::of(records.py());
        let mut columns = Self::with_capacity(records.len());
        for record in records {
            let record = dict(&record)?;
            push(&mut columns.name, record, keys.name)?;
            push(&mut columns.email, record, keys.email)?;
            push(&mut columns.country, record, keys.country)?;
            push(&mut columns.amount, record, keys.amount)?;
        }
        Ok(columns)
    }
}

fn push(column: &mut Texts, record: &Bound<'_, PyDict>, key: &Bound<'_, PyString>) -> PyResult<()> {
    let value = value(record, key)?;
    let text = value.cast::<PyString>().map_err(|_| {
        PyAttributeError::new_err(format!("{key}: an object of {} has no methods of text", value.get_type()))
    })?;
    column.push(text.to_str()?);
    Ok(())
}

impl Processed {
    /// Writes new records from those that the columns were converted from.
    ///
    /// # Errors
    /// `IndexError` and `TypeError` where those have changed in the meantime.
    pub(super) fn merge<'py>(&self, records: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyList>> {
        let py = records.py();
        let keys = Keys::of(py);
        let merged = PyList::empty(py);
        for (index, &row) in self.row.iter().enumerate() {
            let text = |column: &Texts| PyString::new(py, column.get(index)).into_any();
            let texts = (text(&self.name), text(&self.email), self.country[index]);
            let numbers = (self.amount[index], self.tax[index], self.total[index]);
            let record = keys.copy(dict(&records.get_item(row)?)?, texts, numbers)?;
            record.set_item(keys.share, self.share[index])?;
            merged.append(record)?;
        }
        Ok(merged)
    }
}
