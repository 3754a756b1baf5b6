//! Refusals as the exceptions that they name.

use pyo3::exceptions::{PyRuntimeError, PyUnicodeDecodeError};
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::endpoint::Refusal;

impl From<Refusal> for PyErr {
    /// The exception itself, for callers in the same process.
    fn from(refusal: Refusal) -> Self {
        let Refusal { exception, message } = refusal;
        if exception == "UnicodeDecodeError" {
            return PyUnicodeDecodeError::new_err(("utf-8", Vec::<u8>::new(), 0, 0, message));
        }
        Python::attach(|py| {
            let class = py.import("builtins").and_then(|builtins| builtins.getattr(exception));
            match class.and_then(|class| Ok(class.cast_into::<PyType>()?)) {
                Ok(class) => PyErr::from_type(class, message),
                Err(_) => PyRuntimeError::new_err(format!("{exception}: {message}")),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_becomes_the_exception_that_it_names() {
        Python::initialize();
        Python::attach(|py| {
            for name in ["ValueError", "FileNotFoundError", "UnicodeDecodeError", "OverflowError"] {
                let error = PyErr::from(Refusal::new(name, "why"));
                assert_eq!(error.get_type(py).name().unwrap(), name);
                assert!(error.to_string().contains("why"), "{error}");
            }
        });
    }
}
