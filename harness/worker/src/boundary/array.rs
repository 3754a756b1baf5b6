//! What lets its memory be borrowed: arrays of NumPy and of the standard library, and views.

use pyo3::ffi;
use pyo3::prelude::*;

use super::Object;

/// The name of an array's type, with that of its elements; nothing of what isn't one, or has Python objects for elements.
pub(super) fn name(object: &Bound<'_, PyAny>) -> Option<String> {
    let class = object.get_type();
    let name = class.fully_qualified_name().ok()?.to_string();
    let lends_memory = || with_memory(object.as_ptr(), |_| ()).is_some();
    match name.as_str() {
        "numpy.ndarray" => {
            let dtype = object.getattr("dtype").ok()?;
            let has_objects: bool = dtype.getattr("hasobject").ok()?.extract().ok()?;
            (!has_objects && lends_memory()).then(|| format!("ndarray[{dtype}]"))
        }
        "array.array" => Some(format!("array[{}]", object.getattr("typecode").ok()?.extract::<String>().ok()?)),
        "memoryview" => lends_memory().then_some(name),
        _ => None,
    }
}

/// Whether it's an array of NumPy.
pub(super) fn is_of_numpy(object: &Bound<'_, PyAny>) -> bool {
    object.get_type().fully_qualified_name().is_ok_and(|name| name == "numpy.ndarray")
}

/// Where the elements of an array of NumPy begin: the first field behind the head that all objects have, as its interface in C
/// promises.
///
/// # Safety
/// It is one, and alive.
#[inline(always)]
pub(super) unsafe fn elements(array: Object) -> *const u8 {
    // SAFETY: the caller promises what this needs.
    unsafe { array.add(1).cast::<*const u8>().read() }
}

/// Does something with the memory of an object, which has to be contiguous; nothing where it can't be borrowed. The interpreter
/// is attached.
pub(super) fn with_memory<T>(object: Object, work: impl FnOnce(&[u8]) -> T) -> Option<T> {
    let mut view = ffi::Py_buffer::new();
    // SAFETY: an object that is alive, and a view that isn't moved, and is given back once where it was filled: contiguous
    // memory of that length, which stays as long.
    unsafe {
        // Asking what has none would raise an exception, which takes longer than reading it otherwise.
        if ffi::PyObject_CheckBuffer(object) == 0 {
            return None;
        }
        if ffi::PyObject_GetBuffer(object, &raw mut view, ffi::PyBUF_C_CONTIGUOUS) != 0 {
            ffi::PyErr_Clear();
            return None;
        }
        let bytes = match view.len {
            0 => &[],
            length => std::slice::from_raw_parts(view.buf.cast::<u8>(), length as usize),
        };
        let done = work(bytes);
        ffi::PyBuffer_Release(&raw mut view);
        Some(done)
    }
}
