//! What Python sees of it.

use pyo3::prelude::*;
use pyo3::types::string::PyStringData;
use pyo3::types::{PyBytes, PyString};

use super::{article, hash, hash_units};
use crate::kernel::{Kernel, Output};

pub(crate) const KERNELS: &[Kernel] = &[
    Kernel {
        name: "hash-article",
        prepare: |input| {
            let texts: Vec<String> = input.extract()?;
            Ok(Box::new(move || Ok(Box::new(Hashes(texts.iter().map(|text| article(text)).collect())))))
        },
    },
    Kernel {
        name: "hash",
        prepare: |input| {
            let texts: Vec<String> = input.extract()?;
            Ok(Box::new(move || Ok(Box::new(Hashes(texts.iter().map(|text| hash(text)).collect())))))
        },
    },
];

/// The hash of a `str`, read where Python keeps it.
fn hash_in_place(text: &Bound<'_, PyString>) -> PyResult<u64> {
    // SAFETY: the layout is that of CPython on little-endian machines, and the string outlives its data here: it
    // can't change, and nothing else runs before the hash is done.
    Ok(match unsafe { text.data() }? {
        PyStringData::Ucs1(units) => hash_units(units),
        PyStringData::Ucs2(units) => hash_units(units),
        PyStringData::Ucs4(units) => hash_units(units),
    })
}

struct Hashes(Vec<u64>);

impl Output for Hashes {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        (&self.0).into_pyobject(py)
    }
}

/// `rustworthy_workloads.string_hash`
#[pymodule(submodule)]
#[pyo3(name = "string_hash")]
pub(crate) mod python {
    use super::*;

    /// The hash of each text, after copying it as UTF-8.
    #[pyfunction]
    fn of_strings(texts: Vec<String>) -> Vec<u64> {
        texts.iter().map(|text| hash(text)).collect()
    }

    /// The hash of each text, without a copy.
    #[pyfunction]
    fn in_place(texts: &Bound<'_, PyAny>) -> PyResult<Vec<u64>> {
        texts.try_iter()?.map(|text| hash_in_place(text?.cast()?)).collect()
    }

    /// The hash of each of the `bytes` objects, over its bytes.
    #[pyfunction]
    fn of_bytes(texts: Vec<Bound<'_, PyBytes>>) -> Vec<u64> {
        texts.iter().map(|text| hash_units(text.as_bytes())).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError};

    use super::super::tests::reference;
    use super::*;

    fn in_place(expression: &CStr) -> PyResult<u64> {
        Python::initialize();
        Python::attach(|py| hash_in_place(py.eval(expression, None, None)?.cast()?))
    }

    #[test]
    fn strings_are_read_as_python_keeps_them() {
        assert_eq!(in_place(c"'plain ascii'").unwrap(), hash("plain ascii"));
        assert_eq!(in_place(c"'\\xff' * 20").unwrap(), reference([0xff; 20]));
        assert_eq!(in_place(c"'\\u5c71' * 20").unwrap(), reference([0x5c71; 20]));
        assert_eq!(in_place(c"'a' * 20 + '\\U0010ffff'").unwrap(), hash("aaaaaaaaaaaaaaaaaaaa\u{10ffff}"));
        assert_eq!(in_place(c"'\\ud800'").unwrap(), 0xd800);
    }

    #[test]
    fn what_is_no_text_is_a_type_error() {
        Python::initialize();
        Python::attach(|py| {
            for expression in [c"None", c"b'a'", c"5", c"['a']"] {
                assert!(in_place(expression).unwrap_err().is_instance_of::<PyTypeError>(py), "{expression:?}");
            }
            let surrogate = py.eval(c"['\\ud800']", None, None).unwrap();
            let error = (KERNELS[0].prepare)(&surrogate).err().unwrap();
            assert!(error.is_instance_of::<PyUnicodeEncodeError>(py));
        });
    }
}
