//! The boundary as a function that Python calls, by the cheapest of its conventions: what a macro of PyO3 puts around a function
//! costs no less.

use std::cell::RefCell;
use std::ffi::CStr;

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;

use super::Object;

/// What a call of the function does.
pub(super) trait Cross {
    /// Reads arguments, those by name with their names behind the others, and returns a new reference, or null with an
    /// exception.
    ///
    /// # Errors
    /// When an argument isn't like what was seen.
    fn cross(&mut self, py: Python<'_>, arguments: &[Object], names: Option<&[Object]>) -> PyResult<Object>;
}

/// What the function has for itself.
#[pyclass(frozen)]
struct Holder(OneThread);

struct OneThread(RefCell<Box<dyn Cross>>);

// SAFETY: the thread that serves requests makes the function, calls it and drops it; it never reaches other code.
unsafe impl Send for OneThread {}
// SAFETY: as above.
unsafe impl Sync for OneThread {}

struct Definition(ffi::PyMethodDef);

// SAFETY: nothing changes it, and what it points to lives for ever.
unsafe impl Sync for Definition {}

const NAME: &CStr = c"crossing";

static ONE: Definition = Definition(ffi::PyMethodDef {
    ml_name: NAME.as_ptr(),
    ml_meth: ffi::PyMethodDefPointer { PyCFunction: call_with_one },
    ml_flags: ffi::METH_O,
    ml_doc: std::ptr::null(),
});

static ANY: Definition = Definition(ffi::PyMethodDef {
    ml_name: NAME.as_ptr(),
    ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: call_with_any },
    ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
    ml_doc: std::ptr::null(),
});

/// A function of one argument.
///
/// # Errors
/// When there is no memory.
pub(super) fn of_one_argument(py: Python<'_>, cross: impl Cross + 'static) -> PyResult<Bound<'_, PyAny>> {
    function(py, &ONE, Box::new(cross))
}

/// A function of any arguments, also by name.
///
/// # Errors
/// When there is no memory.
pub(super) fn of_any_arguments(py: Python<'_>, cross: impl Cross + 'static) -> PyResult<Bound<'_, PyAny>> {
    function(py, &ANY, Box::new(cross))
}

fn function<'py>(
    py: Python<'py>,
    definition: &'static Definition,
    cross: Box<dyn Cross>,
) -> PyResult<Bound<'py, PyAny>> {
    let holder = Bound::new(py, Holder(OneThread(RefCell::new(cross))))?;
    let definition = (&raw const definition.0).cast_mut();
    // SAFETY: Python doesn't write to the definition, which lives for ever; the function keeps its holder alive.
    unsafe {
        Bound::from_owned_ptr_or_err(py, ffi::PyCFunction_NewEx(definition, holder.as_ptr(), std::ptr::null_mut()))
    }
}

unsafe extern "C" fn call_with_one(holder: Object, argument: Object) -> Object {
    // SAFETY: as Python calls functions of this convention.
    unsafe { call(holder, &[argument], None) }
}

unsafe extern "C" fn call_with_any(
    holder: Object,
    arguments: *const Object,
    count: ffi::Py_ssize_t,
    names: Object,
) -> Object {
    // SAFETY: as Python calls functions of this convention: so many arguments, and behind them those by name, whose names are
    // a tuple.
    unsafe {
        let names = (!names.is_null()).then(|| super::read::elements(names));
        let count = count as usize + names.map_or(0, <[Object]>::len);
        let arguments = if count == 0 { &[] } else { std::slice::from_raw_parts(arguments, count) };
        call(holder, arguments, names)
    }
}

/// # Safety
/// The interpreter is attached, and the holder is that of a function that was made here.
#[inline(always)]
unsafe fn call(holder: Object, arguments: &[Object], names: Option<&[Object]>) -> Object {
    // SAFETY: the caller promises what this needs.
    let (py, holder) = unsafe {
        let py = Python::assume_attached();
        (py, pyo3::Borrowed::from_ptr(py, holder).cast_unchecked::<Holder>())
    };
    let crossed = match holder.get().0.0.try_borrow_mut() {
        Ok(mut cross) => cross.cross(py, arguments, names),
        Err(_) => Err(PyRuntimeError::new_err("the boundary is being crossed already")),
    };
    crossed.unwrap_or_else(|error| {
        error.restore(py);
        std::ptr::null_mut()
    })
}
