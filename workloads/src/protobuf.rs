//! `protobuf`: records to the wire format of `proto/orders.proto`.
//!
//! A record is a dict whose keys are field names. It is read by the rules of Python's own `Order(**record)`: a
//! field that is missing or `None` is unset, numbers are range-checked, and strings may also come as UTF-8 bytes.

mod convert;
mod direct;
pub mod orders;

use prost::Message;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::kernel::{Kernel, Output};
use convert::Convert;
use orders::Order;

pub(crate) const KERNELS: &[Kernel] = &[Kernel {
    name: "protobuf-encode",
    prepare: |input| {
        let orders = input.try_iter()?.map(|record| Order::convert(&record?)).collect::<PyResult<Vec<_>>>()?;
        Ok(Box::new(move || Ok(Box::new(Encoded(encode(&orders))))))
    },
}];

/// The wire format of each message.
pub fn encode(orders: &[Order]) -> Vec<Vec<u8>> {
    orders.iter().map(Message::encode_to_vec).collect()
}

struct Encoded(Vec<Vec<u8>>);

impl Output for Encoded {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyList::new(py, self.0.iter().map(|bytes| PyBytes::new(py, bytes)))?.into_any())
    }
}

/// `rustworthy_workloads.protobuf`
#[pymodule(submodule)]
#[pyo3(name = "protobuf")]
pub(crate) mod python {
    use super::*;

    /// The wire format of one record.
    #[pyfunction]
    fn encode<'py>(record: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let order = Order::convert(record)?;
        PyBytes::new_with(record.py(), order.encoded_len(), |mut buffer| {
            order.encode(&mut buffer).map_err(|error| PyValueError::new_err(error.to_string()))
        })
    }

    /// The wire format of each of the records, written without messages in between.
    #[pyfunction]
    pub(super) fn encode_batch<'py>(records: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let mut wire = Vec::new();
        let encode = |record: PyResult<Bound<'py, PyAny>>| {
            wire.clear();
            direct::order(&record?, &mut wire)?;
            Ok(PyBytes::new(records.py(), &wire))
        };
        records.try_iter()?.map(encode).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use pyo3::exceptions::{PyUnicodeDecodeError, PyUnicodeEncodeError};
    use pyo3::types::PyTypeMethods;

    use super::orders::{Address, Line};
    use super::*;

    fn order(expression: &CStr) -> PyResult<Order> {
        Python::initialize();
        Python::attach(|py| Order::convert(&py.eval(expression, None, None)?))
    }

    fn raised(expression: &CStr) -> String {
        Python::initialize();
        Python::attach(|py| order(expression).unwrap_err().get_type(py).name().unwrap().to_string())
    }

    /// The wire format without messages in between, of the one record or of what raised.
    fn direct(expression: &CStr) -> Result<Vec<u8>, String> {
        Python::initialize();
        Python::attach(|py| {
            let mut wire = Vec::new();
            match py.eval(expression, None, None).and_then(|record| direct::order(&record, &mut wire)) {
                Ok(()) => Ok(wire),
                Err(error) => Err(error.get_type(py).name().unwrap().to_string()),
            }
        })
    }

    #[test]
    fn without_messages_in_between_the_bytes_and_the_exceptions_are_the_same() {
        let valid = [
            c"{}",
            c"{'id': 0, 'balance': 0, 'customer': '', 'ratings': [], 'tags': (), 'address': None, 'lines': []}",
            c"{'address': {}, 'lines': [{}, {'sku': ''}], 'tags': ['', b'x'], 'ratings': [0]}",
            c"{'id': 2**64 - 1, 'balance': -2**63, 'ratings': range(-70, 70), 'tags': 'ab'}",
            c"{'balance': 2**63 - 1, 'address': {'street': 'ß' * 70}, 'lines': [{'sku': 's' * 20000, 'price': -1}]}",
        ];
        for record in valid {
            assert_eq!(direct(record), Ok(order(record).unwrap().encode_to_vec()), "{record:?}");
        }
        let invalid = [
            c"5",
            c"{'id': -1}",
            c"{'id': True}",
            c"{'customer': 5}",
            c"{'ratings': [2**31]}",
            c"{'ratings': 5}",
            c"{'tags': [None]}",
            c"{'tags': ['\\ud800']}",
            c"{'customer': b'\\xff'}",
            c"{'address': 'x'}",
            c"{'address': {'zip': '1'}}",
            c"{'lines': [{'quantity': -1}]}",
            c"{1: 2}",
        ];
        for record in invalid {
            assert_eq!(direct(record), Err(raised(record)), "{record:?}");
        }
    }

    #[test]
    fn default_values_leave_no_trace_on_the_wire() {
        let defaults = c"{'id': 0, 'customer': '', 'ratings': [], 'address': None, 'lines': ()}";
        assert_eq!(order(defaults).unwrap().encode_to_vec(), b"");
        assert_eq!(order(c"{}").unwrap().encode_to_vec(), b"");
    }

    #[test]
    fn empty_nested_messages_and_elements_do() {
        assert_eq!(order(c"{'address': {}, 'lines': [{}]}").unwrap().encode_to_vec(), b"2\0:\0");
        assert_eq!(order(c"{'tags': ['', '']}").unwrap().encode_to_vec(), b"*\0*\0");
    }

    #[test]
    fn repeated_numbers_are_packed() {
        assert_eq!(order(c"{'ratings': (1, 2)}").unwrap().encode_to_vec(), b"\"\x02\x01\x02");
    }

    #[test]
    fn every_field_finds_its_place() {
        let record = c"{'id': 2**64 - 1, 'balance': -2**63, 'customer': 'Zo\\u00eb', 'ratings': [-2**31], 'tags': 'ab',
            'address': {'street': 'a', 'city': 'b', 'postcode': b'c'}, 'lines': [{'sku': 's', 'quantity': 1, 'price': -5}]}";
        let expected = Order {
            id: u64::MAX,
            balance: i64::MIN,
            customer: "Zoë".into(),
            ratings: vec![i32::MIN],
            tags: vec!["a".into(), "b".into()],
            address: Some(Address { street: "a".into(), city: "b".into(), postcode: "c".into() }),
            lines: vec![Line { sku: "s".into(), quantity: 1, price: -5 }],
        };
        assert_eq!(order(record).unwrap(), expected);
    }

    #[test]
    fn numbers_out_of_range_are_value_errors() {
        for record in [c"{'id': -1}", c"{'id': 2**64}", c"{'ratings': [2**31]}", c"{'lines': [{'quantity': -1}]}"] {
            assert_eq!(raised(record), "ValueError", "{record:?}");
        }
    }

    #[test]
    fn values_of_another_type_are_type_errors() {
        let records = [
            c"5",
            c"[('id', 1)]",
            c"{'id': '1'}",
            c"{'id': 1.0}",
            c"{'id': True}",
            c"{'customer': 5}",
            c"{'ratings': 5}",
            c"{'ratings': [None]}",
            c"{'address': 'x'}",
            c"{'lines': [None]}",
            c"{'lines': {'sku': 'x'}}",
        ];
        for record in records {
            assert_eq!(raised(record), "TypeError", "{record:?}");
        }
    }

    #[test]
    fn text_that_is_no_unicode_is_refused() {
        Python::initialize();
        Python::attach(|py| {
            let surrogate = order(c"{'tags': ['\\ud800']}").unwrap_err();
            assert!(surrogate.is_instance_of::<PyUnicodeEncodeError>(py));
            let bytes = order(c"{'customer': b'\\xff'}").unwrap_err();
            assert!(bytes.is_instance_of::<PyUnicodeDecodeError>(py));
        });
    }

    #[test]
    fn an_unknown_field_is_named() {
        let error = order(c"{'id': 1, 'address': {'zip': '1'}}").unwrap_err().to_string();
        assert_eq!(error, "ValueError: message Address has no field 'zip'; it has street, city, postcode");
        assert_eq!(raised(c"{1: 2}"), "ValueError");
    }
}
