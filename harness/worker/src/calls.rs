//! Recorded calls: reading them, and making them one after the other.

use std::ffi::CString;

use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyModule, PyTuple};
use rustworthy_protocol::capture::{CALLS, ENCODING};
use rustworthy_protocol::{Raises, RecordedCalls};

/// Words that say how a call has ended, in what [`Calling::outputs`] returns.
pub(crate) const RETURNED: &str = "returned";
pub(crate) const RAISED: &str = "raised";

/// The calls that stand for so many: a list of tuples of the line that each has, its positional arguments and those by name.
pub(crate) fn load<'py>(
    py: Python<'py>,
    recorded: &RecordedCalls,
    size: u64,
    seed: u64,
) -> PyResult<Bound<'py, PyAny>> {
    let decoder = module(py, "rustworthy_encoding", ENCODING)?.getattr("Decoder")?;
    let inputs = module(py, "rustworthy_calls", CALLS)?.getattr("inputs")?;
    inputs.call1((&recorded.folder, decoder, recorded.trusts_pickles, size, seed))
}

fn module<'py>(py: Python<'py>, name: &str, source: &str) -> PyResult<Bound<'py, PyModule>> {
    if let Ok(module) = py.import("sys")?.getattr("modules")?.get_item(name) {
        return Ok(module.cast_into()?);
    }
    let file = CString::new(format!("{name}.py"))?;
    PyModule::from_code(py, &CString::new(source)?, &file, &CString::new(name)?)
}

/// A copy of recorded calls, ready to be made.
pub struct Calls<'py>(Vec<Call<'py>>);

struct Call<'py> {
    line: u64,
    args: Bound<'py, PyTuple>,
    kwargs: Option<Bound<'py, PyDict>>,
}

impl<'py> Calls<'py> {
    /// Of a list that [`load`] has returned, or of a copy of it.
    pub(crate) fn new(list: &Bound<'py, PyAny>) -> PyResult<Self> {
        let call = |call: Bound<'py, PyAny>| -> PyResult<Call<'py>> {
            let (line, args, kwargs): (u64, Bound<'py, PyTuple>, Bound<'py, PyDict>) = call.extract()?;
            Ok(Call { line, args, kwargs: (!kwargs.is_empty()).then_some(kwargs) })
        };
        list.cast::<PyList>()?.iter().map(call).collect::<PyResult<_>>().map(Self)
    }
}

/// What is called, and what of the calls is an output.
pub struct Calling<'py> {
    function: Bound<'py, PyAny>,
    with_arguments: bool,
    raises: Raises,
}

impl<'py> Calling<'py> {
    /// # Errors
    /// When calling the function only makes a coroutine.
    pub(crate) fn new(function: &Bound<'py, PyAny>, recorded: &RecordedCalls) -> PyResult<Self> {
        let inspect = function.py().import("inspect")?;
        for (kind, name) in [("iscoroutinefunction", "coroutine"), ("isgeneratorfunction", "generator")] {
            if inspect.call_method1(kind, (function,))?.is_truthy()? {
                return Err(PyTypeError::new_err(format!(
                    "it's a {name} function: a call only begins its work; compare a function that does all of it"
                )));
            }
        }
        let RecordedCalls { with_arguments, raises, .. } = *recorded;
        Ok(Self { function: function.clone(), with_arguments, raises })
    }

    /// Makes all calls and drops what they return.
    ///
    /// # Errors
    /// What a call raises, where that isn't an output.
    #[inline(always)]
    pub(crate) fn make(&self, calls: &Calls<'py>) -> PyResult<()> {
        for call in &calls.0 {
            // SAFETY: the interpreter is held, all objects are alive, and the result is ours to drop.
            unsafe {
                let kwargs = call.kwargs.as_ref().map_or(std::ptr::null_mut(), Bound::as_ptr);
                let result = ffi::PyObject_Call(self.function.as_ptr(), call.args.as_ptr(), kwargs);
                if result.is_null() {
                    if self.raises == Raises::Never || ffi::PyErr_ExceptionMatches(ffi::PyExc_Exception) == 0 {
                        return Err(PyErr::fetch(self.function.py()));
                    }
                    ffi::PyErr_Clear();
                } else {
                    ffi::Py_DECREF(result);
                }
            }
        }
        Ok(())
    }

    /// Makes all calls; a list of a tuple for each: its line, how it ended, what it returned, or the class and perhaps the message of
    /// what it raised, and its arguments after the call where they are part of the output.
    ///
    /// # Errors
    /// What a call raises, where that isn't an output.
    pub(crate) fn outputs(&self, calls: &Calls<'py>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.function.py();
        let outputs = PyList::empty(py);
        for call in &calls.0 {
            let (ended, value) = match self.function.call(&call.args, call.kwargs.as_ref()) {
                Ok(value) => (RETURNED, value),
                Err(error) => (RAISED, self.raised(py, error)?),
            };
            let after = self.with_arguments.then_some((&call.args, call.kwargs.as_ref()));
            outputs.append((call.line, ended, value, after))?;
        }
        Ok(outputs.into_any())
    }

    /// An exception as an output.
    fn raised(&self, py: Python<'py>, error: PyErr) -> PyResult<Bound<'py, PyAny>> {
        if self.raises == Raises::Never || !error.is_instance_of::<PyException>(py) {
            return Err(error);
        }
        let class = error.get_type(py).fully_qualified_name()?.to_string();
        let message = match self.raises {
            Raises::Message => Some(error.value(py).str()?),
            Raises::Never | Raises::Type => None,
        };
        (class, message).into_pyobject(py).map(Bound::into_any)
    }
}
