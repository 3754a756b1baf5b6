//! What lets its memory be borrowed: arrays of NumPy and of the standard library, and views.

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

/// The name of an array's type, with that of its elements; nothing of what isn't one, or has Python objects for elements.
pub(super) fn name(object: &Bound<'_, PyAny>) -> Option<String> {
    let class = object.get_type();
    let name = class.fully_qualified_name().ok()?.to_string();
    match name.as_str() {
        "numpy.ndarray" => {
            let dtype = object.getattr("dtype").ok()?;
            let has_objects: bool = dtype.getattr("hasobject").ok()?.extract().ok()?;
            (!has_objects && Borrowed::new(object.as_ptr()).is_some()).then(|| format!("ndarray[{dtype}]"))
        }
        "array.array" => Some(format!("array[{}]", object.getattr("typecode").ok()?.extract::<String>().ok()?)),
        "memoryview" => Borrowed::new(object.as_ptr()).map(|_| name),
        _ => None,
    }
}

/// Memory that is borrowed from an object, and given back when this is dropped.
pub(super) struct Borrowed(Box<ffi::Py_buffer>);

impl Borrowed {
    /// Borrows the memory of an object, which has to be contiguous; nothing where it can't be borrowed. The interpreter is
    /// attached.
    pub(super) fn new(object: *mut ffi::PyObject) -> Option<Self> {
        let mut view = Box::new(ffi::Py_buffer::new());
        // SAFETY: an object that is alive, and a view that is given back once, since it is kept only where it was filled.
        unsafe {
            // Asking what has none would raise an exception, which takes longer than reading it otherwise.
            if ffi::PyObject_CheckBuffer(object) == 0 {
                return None;
            }
            if ffi::PyObject_GetBuffer(object, &raw mut *view, ffi::PyBUF_C_CONTIGUOUS) != 0 {
                ffi::PyErr_Clear();
                return None;
            }
        }
        Some(Self(view))
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        if self.0.len == 0 {
            return &[];
        }
        // SAFETY: contiguous memory of that length, which stays while it is borrowed.
        unsafe { std::slice::from_raw_parts(self.0.buf.cast::<u8>(), self.0.len as usize) }
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        // SAFETY: it was filled, and is given back once; the interpreter is attached wherever converters run.
        unsafe { ffi::PyBuffer_Release(&raw mut *self.0) }
    }
}

/// How an array is made that has its elements beforehand.
pub(super) struct ArrayPlan {
    make: Py<PyAny>,
    arguments: (Py<PyAny>, Py<PyAny>),
    bytes: Box<[u8]>,
}

impl ArrayPlan {
    /// The making of an array of NumPy like that one.
    ///
    /// # Errors
    /// When it is another kind of array: what Rust would return in its place is anybody's guess.
    pub(super) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let class: Bound<'_, PyType> = object.get_type();
        let name = class.fully_qualified_name()?.to_string();
        let borrowed = Borrowed::new(object.as_ptr()).filter(|_| name == "numpy.ndarray");
        let Some(borrowed) = borrowed else { return Err(PyTypeError::new_err(format!("{name} as a result"))) };
        let make = object.py().import("numpy")?.getattr("empty")?;
        let arguments = (object.getattr("shape")?.unbind(), object.getattr("dtype")?.unbind());
        Ok(Self { make: make.unbind(), arguments, bytes: borrowed.bytes().into() })
    }

    /// Makes one, and fills it.
    pub(super) fn make<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (shape, dtype) = &self.arguments;
        let array = self.make.bind(py).call1((shape, dtype))?;
        let Some(borrowed) = Borrowed::new(array.as_ptr()) else {
            return Err(PyTypeError::new_err("an array of numpy.empty can't be written"));
        };
        if borrowed.0.len as usize == self.bytes.len() && !self.bytes.is_empty() {
            // SAFETY: memory of that length, of an array that nobody else has yet.
            unsafe {
                std::ptr::copy_nonoverlapping(self.bytes.as_ptr(), borrowed.0.buf.cast::<u8>(), self.bytes.len())
            };
        }
        drop(borrowed);
        Ok(array)
    }
}
