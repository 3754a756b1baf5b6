//! Pixels shared with Pillow without copying, by the
//! [Arrow C data interface](https://arrow.apache.org/docs/format/CDataInterface.html).

use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::slice;
use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// Names of the capsules that the two structures travel in.
const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";

/// Format of an array of bytes.
const BYTES: &CStr = c"C";

/// `struct ArrowSchema`: the type of an array.
#[repr(C)]
struct Schema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *const *const Self,
    dictionary: *const Self,
    release: Option<unsafe extern "C" fn(*mut Self)>,
    private_data: *mut c_void,
}

/// `struct ArrowArray`: its elements.
#[repr(C)]
struct Array {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *const *const c_void,
    children: *const *const Self,
    dictionary: *const Self,
    release: Option<unsafe extern "C" fn(*mut Self)>,
    private_data: *mut c_void,
}

// SAFETY: what the pointers lead to is never written to, and may be released by any thread.
unsafe impl Send for Schema {}
// SAFETY: as above.
unsafe impl Send for Array {}

/// Shows a function the memory of a Pillow image: one byte a pixel in mode L, else four.
///
/// # Errors
/// `ValueError` for an image that is empty, or whose memory isn't one block.
pub(super) fn borrowed<T>(image: &Bound<'_, PyAny>, look: impl FnOnce(&[u8]) -> T) -> PyResult<T> {
    type Capsule<'py> = Bound<'py, PyCapsule>;
    let (schema, array) = image.call_method0("__arrow_c_array__")?.extract::<(Capsule<'_>, Capsule<'_>)>()?;
    let schema_at = schema.pointer_checked(Some(SCHEMA))?.cast::<Schema>();
    let array_at = array.pointer_checked(Some(ARRAY))?.cast::<Array>();
    // SAFETY: capsules of these names hold such structures, and keep them alive. Nothing else writes to the image
    // meanwhile, since this thread stays attached to the interpreter.
    let bytes = unsafe { bytes_of(schema_at.as_ref(), array_at.as_ref()) };
    bytes.map(look).ok_or_else(|| PyValueError::new_err("the image doesn't share its memory as bytes"))
}

/// The elements of an array of bytes, or of an array of lists of so many bytes.
///
/// # Safety
/// The schema is the array's, and both are valid and alive.
unsafe fn bytes_of<'a>(mut schema: &Schema, mut array: &'a Array) -> Option<&'a [u8]> {
    // SAFETY: as the interface says, there are so many children, each valid, and an array of bytes has two buffers,
    // whose second one holds the elements.
    unsafe {
        if (schema.n_children, array.n_children) == (1, 1) {
            (schema, array) = (&**schema.children, &**array.children);
        }
        if CStr::from_ptr(schema.format) != BYTES || array.n_buffers != 2 {
            return None;
        }
        let elements = (*array.buffers.add(1)).cast::<u8>();
        let (offset, length) = (usize::try_from(array.offset).ok()?, usize::try_from(array.length).ok()?);
        (!elements.is_null()).then(|| slice::from_raw_parts(elements.add(offset), length))
    }
}

/// Bytes that `Image.fromarrow` takes without copying them.
#[pyclass(module = "rustworthy_workloads.pixels", frozen)]
pub(super) struct Shared(Arc<Vec<u8>>);

impl Shared {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self(Arc::new(bytes))
    }
}

#[pymethods]
impl Shared {
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        // A producer may give its own type in place of the one asked for.
        let _ = requested_schema;
        let schema = PyCapsule::new_with_value(py, Schema::of_bytes(), SCHEMA)?;
        Ok((schema, PyCapsule::new_with_value(py, Array::of(Arc::clone(&self.0)), ARRAY)?))
    }
}

impl Schema {
    fn of_bytes() -> Self {
        unsafe extern "C" fn release(schema: *mut Schema) {
            // SAFETY: the caller gives a schema that is alive; it owns nothing.
            unsafe { (*schema).release = None };
        }
        Self {
            format: BYTES.as_ptr(),
            name: c"".as_ptr(),
            metadata: ptr::null(),
            flags: 0,
            n_children: 0,
            children: ptr::null(),
            dictionary: ptr::null(),
            release: Some(release),
            private_data: ptr::null_mut(),
        }
    }
}

impl Array {
    fn of(bytes: Arc<Vec<u8>>) -> Self {
        struct Owned {
            /// Of validity, absent since every element is valid; and the elements.
            buffers: [*const c_void; 2],
            _bytes: Arc<Vec<u8>>,
        }
        unsafe extern "C" fn release(array: *mut Array) {
            // SAFETY: the caller gives an array that is alive, once. Its private data is a box of this type.
            unsafe {
                drop(Box::from_raw((*array).private_data.cast::<Owned>()));
                (*array).release = None;
            }
        }
        let length = bytes.len() as i64;
        let owned = Box::new(Owned { buffers: [ptr::null(), bytes.as_ptr().cast()], _bytes: bytes });
        Self {
            length,
            null_count: 0,
            offset: 0,
            n_buffers: 2,
            n_children: 0,
            buffers: owned.buffers.as_ptr(),
            children: ptr::null(),
            dictionary: ptr::null(),
            release: Some(release),
            private_data: Box::into_raw(owned).cast(),
        }
    }
}

/// A consumer that takes the array over leaves no `release` behind.
impl Drop for Array {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: it is alive, and hasn't been released.
            unsafe { release(self) };
        }
    }
}
