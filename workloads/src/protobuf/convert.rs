//! Reading a dict as a message.

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyUnicodeDecodeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyString};

use super::orders::{Address, Line, Order};

/// A value of a field, or an element of a repeated one.
pub(super) trait Convert: Default {
    /// # Errors
    /// Those that protobuf's own message would raise.
    fn convert(value: &Bound<'_, PyAny>) -> PyResult<Self>;
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl Convert for $integer {
            fn convert(value: &Bound<'_, PyAny>) -> PyResult<Self> {
                if value.is_instance_of::<PyBool>() {
                    return Err(PyTypeError::new_err("expected an int, got a boolean"));
                }
                value.extract().map_err(|error: PyErr| match error.is_instance_of::<PyOverflowError>(value.py()) {
                    true => PyValueError::new_err(format!("Value out of range: {value}")),
                    false => error,
                })
            }
        }
    )*};
}

integers!(i32, i64, u32, u64);

impl Convert for String {
    fn convert(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        text(value).map(str::to_owned)
    }
}

/// The text of a `str`, or of UTF-8 `bytes`.
pub(super) fn text<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    if let Ok(text) = value.cast::<PyString>() {
        text.to_str()
    } else if let Ok(bytes) = value.cast::<PyBytes>() {
        let bytes = bytes.as_bytes();
        std::str::from_utf8(bytes).map_err(|error| PyUnicodeDecodeError::new_err_from_utf8(value.py(), bytes, error))
    } else {
        Err(PyTypeError::new_err(format!("expected a str, got {}", value.get_type())))
    }
}

impl<T: Convert> Convert for Vec<T> {
    fn convert(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        value.try_iter()?.map(|element| T::convert(&element?)).collect()
    }
}

/// A nested message: unlike a number, it may be absent.
impl<T: Convert> Convert for Option<T> {
    fn convert(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        T::convert(value).map(Some)
    }
}

/// Implements [`Convert`] for a message from the names of its fields.
macro_rules! message {
    ($message:ident { $($field:ident),* }) => {
        impl Convert for $message {
            fn convert(value: &Bound<'_, PyAny>) -> PyResult<Self> {
                let mut record = Record::of(stringify!($message), value)?;
                let message = Self { $($field: record.take(intern!(value.py(), stringify!($field)))?),* };
                record.finish(&[$(stringify!($field)),*])?;
                Ok(message)
            }
        }
    };
}

message!(Order { id, balance, customer, ratings, tags, address, lines });
message!(Address { street, city, postcode });
message!(Line { sku, quantity, price });

/// A dict that is being read as a message.
pub(super) struct Record<'a, 'py> {
    message: &'static str,
    fields: &'a Bound<'py, PyDict>,
    /// Entries that a field was found for.
    taken: usize,
}

impl<'a, 'py> Record<'a, 'py> {
    pub(super) fn of(message: &'static str, value: &'a Bound<'py, PyAny>) -> PyResult<Self> {
        let fields = value.cast::<PyDict>().map_err(|_| {
            PyTypeError::new_err(format!("message {message} must be given as a dict, not {}", value.get_type()))
        })?;
        Ok(Self { message, fields, taken: 0 })
    }

    /// The value of one field, its default where it is missing or `None`.
    pub(super) fn take<T: Convert>(&mut self, field: &Bound<'py, PyString>) -> PyResult<T> {
        self.get(field)?.map_or_else(|| Ok(T::default()), |value| T::convert(&value))
    }

    /// The value of one field, unless it is missing or `None`.
    pub(super) fn get(&mut self, field: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let value = self.fields.get_item(field)?;
        self.taken += usize::from(value.is_some());
        Ok(value.filter(|value| !value.is_none()))
    }

    /// Fails where the dict has an entry that isn't among the message's `names`.
    pub(super) fn finish(self, names: &[&str]) -> PyResult<()> {
        if self.taken == self.fields.len() {
            return Ok(());
        }
        let keys = self.fields.keys();
        let unknown = keys.iter().find(|key| !key.extract().is_ok_and(|key: &str| names.contains(&key)));
        let unknown = unknown.map(|key| key.repr().map(|key| key.to_string())).transpose()?.unwrap_or_default();
        let Self { message, .. } = self;
        Err(PyValueError::new_err(format!("message {message} has no field {unknown}; it has {}", names.join(", "))))
    }
}
