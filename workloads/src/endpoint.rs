//! Endpoints: functions over bytes, which a program or a server answers with.

use std::borrow::Cow;
use std::io;

use pyo3::exceptions::{PyRuntimeError, PyUnicodeDecodeError};
use pyo3::prelude::*;
use pyo3::types::PyType;

/// A way to ask for a workload from another process.
pub struct Endpoint {
    /// The name that it is asked by.
    pub name: &'static str,
    /// Answers a request. Both are bytes, in a form that the workload documents.
    ///
    /// # Errors
    /// When the request has no answer.
    pub respond: fn(&[u8]) -> Result<Vec<u8>, Refusal>,
}

/// Why a request has no answer: an exception that the caller is to raise. No interpreter is needed to make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Name of a built-in Python exception.
    pub exception: &'static str,
    /// What it says.
    pub message: String,
}

impl Refusal {
    /// A refusal that makes the caller raise that built-in exception.
    pub fn new(exception: &'static str, message: impl Into<String>) -> Self {
        Self { exception, message: message.into() }
    }

    /// As JSON: `{"exception": …, "message": …}`.
    pub(crate) fn to_json(&self) -> String {
        serde_json::json!({ "exception": self.exception, "message": self.message }).to_string()
    }

    /// The message, at most so many bytes of it.
    pub(crate) fn shortened(&self, bytes: usize) -> Cow<'_, str> {
        match self.message.floor_char_boundary(bytes) {
            end if end == self.message.len() => Cow::Borrowed(&self.message),
            end => Cow::Owned(format!("{}…", &self.message[..end])),
        }
    }
}

impl From<io::Error> for Refusal {
    /// The exception that Python raises for such an error of the system.
    fn from(error: io::Error) -> Self {
        let exception = match error.kind() {
            io::ErrorKind::NotFound => "FileNotFoundError",
            io::ErrorKind::PermissionDenied => "PermissionError",
            io::ErrorKind::IsADirectory => "IsADirectoryError",
            io::ErrorKind::NotADirectory => "NotADirectoryError",
            _ => "OSError",
        };
        Self::new(exception, error.to_string())
    }
}

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

/// All endpoints, in the order of the workloads.
pub fn all() -> impl Iterator<Item = &'static Endpoint> {
    crate::ENDPOINTS.iter().copied().flatten()
}

/// The endpoint of that name.
pub fn find(name: &str) -> Option<&'static Endpoint> {
    all().find(|endpoint| endpoint.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_endpoint_is_found_under_a_name_of_its_own() {
        let names: HashSet<_> = all().map(|endpoint| endpoint.name).collect();
        assert_eq!(names.len(), all().count());
        assert!(names.iter().all(|name| find(name).is_some_and(|endpoint| endpoint.name == *name)));
        assert!(find("no-such-endpoint").is_none());
    }

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

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let refusal = Refusal::new("ValueError", "Zoë");
        assert_eq!(refusal.shortened(4), "Zoë");
        assert_eq!(refusal.shortened(3), "Zo…");
    }
}
