//! What can be awaited, and running it step by step as `await` does.

use std::ffi::{c_int, c_void};

use pyo3::exceptions::{PyRuntimeError, PyStopIteration};
use pyo3::ffi::{self, PySendResult};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// Flags of code whose call gives something to be awaited or iterated over asynchronously: `CO_COROUTINE`,
/// `CO_ITERABLE_COROUTINE`, `CO_ASYNC_GENERATOR`.
const ASYNCHRONOUS: u32 = 0x80 | 0x100 | 0x200;
const ITERABLE_COROUTINE: u32 = 0x100;

/// Callables within one another that are looked into: partials of methods, and so on.
const DEPTH: usize = 10;

/// Whether a callable is certain to need an event loop: it is a coroutine function or an asynchronous generator function,
/// perhaps behind `functools.partial`, or an instance whose `__call__` is one. Others may return an awaitable all the same.
pub(crate) fn makes_coroutines(callable: &Bound<'_, PyAny>) -> bool {
    let mut callable = callable.clone();
    for _ in 0..DEPTH {
        if let Some(flags) = flags(&callable, "__code__") {
            return flags & ASYNCHRONOUS != 0;
        }
        let is_partial = callable.get_type().qualname().is_ok_and(|name| name == "partial");
        let inner = if is_partial { callable.getattr("func") } else { callable.getattr("__func__") };
        callable = match inner {
            Ok(inner) => inner,
            Err(_) => {
                let call = callable.get_type().getattr("__call__");
                return call.is_ok_and(|call| flags(&call, "__code__").is_some_and(|flags| flags & ASYNCHRONOUS != 0));
            }
        };
    }
    false
}

/// The flags of an object's code, which that attribute holds.
fn flags(object: &Bound<'_, PyAny>, code: &str) -> Option<u32> {
    object.getattr(code).ok()?.getattr("co_flags").ok()?.extract().ok()
}

/// Whether what a call has returned is still to be awaited, or iterated over asynchronously.
pub(crate) fn is_awaited(result: &Bound<'_, PyAny>) -> bool {
    is_coroutine(result) || slot(result, ffi::Py_am_await).is_some() || is_stream(result)
}

/// Whether a call has failed because it was made outside of an event loop.
pub(crate) fn needs_a_loop(error: &PyErr, py: Python<'_>) -> bool {
    error.is_instance_of::<PyRuntimeError>(py)
        && error.value(py).str().is_ok_and(|text| {
            let text = text.to_string_lossy();
            text == "no running event loop" || text.starts_with("There is no current event loop")
        })
}

/// Whether it is an asynchronous iterator, such as an asynchronous generator.
pub(super) fn is_stream(object: &Bound<'_, PyAny>) -> bool {
    slot(object, ffi::Py_am_anext).is_some()
}

/// The iterator by which `await` runs an awaitable; nothing of what can't be awaited.
pub(crate) fn iterator<'py>(object: &Bound<'py, PyAny>) -> Option<PyResult<Bound<'py, PyAny>>> {
    if is_coroutine(object) {
        return Some(Ok(object.clone()));
    }
    slot(object, ffi::Py_am_await).map(|awaits| by_slot(object, awaits))
}

/// The awaitable of the next item of an asynchronous iterator.
pub(super) fn next_item<'py>(stream: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match slot(stream, ffi::Py_am_anext) {
        Some(next) => by_slot(stream, next),
        None => stream.call_method0("__anext__"),
    }
}

/// What comes of a step of something that is awaited.
pub(crate) enum Next<'py> {
    /// It waits, mostly for a future, which its task is to be given.
    Waits(Bound<'py, PyAny>),
    /// It has come to its result.
    Done(Bound<'py, PyAny>),
}

/// Lets it go on until it waits again or is done.
///
/// # Errors
/// What it raises.
pub(crate) fn go_on<'py>(iterator: &Bound<'py, PyAny>, value: &Bound<'py, PyAny>) -> PyResult<Next<'py>> {
    let py = iterator.py();
    let mut result = std::ptr::null_mut();
    // SAFETY: the interpreter is held, and both objects are alive. What it gives is ours, as it says.
    unsafe {
        match ffi::PyIter_Send(iterator.as_ptr(), value.as_ptr(), &raw mut result) {
            PySendResult::PYGEN_NEXT => Ok(Next::Waits(Bound::from_owned_ptr(py, result))),
            PySendResult::PYGEN_RETURN => Ok(Next::Done(Bound::from_owned_ptr(py, result))),
            PySendResult::PYGEN_ERROR => Err(PyErr::fetch(py)),
        }
    }
}

/// Raises an exception where it waits.
///
/// # Errors
/// What it raises then.
pub(crate) fn throw<'py>(iterator: &Bound<'py, PyAny>, arguments: &Bound<'py, PyTuple>) -> PyResult<Next<'py>> {
    let py = iterator.py();
    let Ok(throw) = iterator.getattr("throw") else { return Err(thrown(arguments)) };
    match throw.call1(arguments.clone()) {
        Ok(waits) => Ok(Next::Waits(waits)),
        Err(error) if error.is_instance_of::<PyStopIteration>(py) => error.value(py).getattr("value").map(Next::Done),
        Err(error) => Err(error),
    }
}

/// The exception that was to be raised.
pub(crate) fn thrown(arguments: &Bound<'_, PyTuple>) -> PyErr {
    match arguments.get_item(0) {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

fn is_coroutine(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: the object is alive.
    let (coroutine, generator) =
        unsafe { (ffi::PyCoro_CheckExact(object.as_ptr()), ffi::PyGen_CheckExact(object.as_ptr())) };
    coroutine != 0 || generator != 0 && flags(object, "gi_code").is_some_and(|flags| flags & ITERABLE_COROUTINE != 0)
}

/// What the type of an object does for one of its operators.
fn slot(object: &Bound<'_, PyAny>, slot: c_int) -> Option<ffi::unaryfunc> {
    // SAFETY: the type of an object that is alive.
    let found = unsafe { ffi::PyType_GetSlot(object.get_type_ptr(), slot) };
    // SAFETY: these slots are functions of one argument.
    (!found.is_null()).then(|| unsafe { std::mem::transmute::<*mut c_void, ffi::unaryfunc>(found) })
}

fn by_slot<'py>(object: &Bound<'py, PyAny>, slot: ffi::unaryfunc) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the slot belongs to the object's type, and gives a new reference or an error.
    unsafe { Bound::from_owned_ptr_or_err(object.py(), slot(object.as_ptr())) }
}
