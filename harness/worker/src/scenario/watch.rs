//! The wrapper that replaces a function whose time is recorded.
//!
//! The wrapper has a type of its own with the vectorcall protocol, since an object that is called through `tp_call` has
//! its arguments packed into a tuple and a dict each time. Code that inspects it sees the function: attributes are the
//! function's, and it binds as a method.

use std::ffi::{c_int, c_void};
use std::ptr;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use pyo3::{Py, ffi};

use super::record;

static TYPE: PyOnceLock<Py<PyType>> = PyOnceLock::new();

unsafe extern "C" {
    /// Of CPython's classobject.h, which pyo3 leaves out.
    fn PyMethod_New(function: *mut ffi::PyObject, instance: *mut ffi::PyObject) -> *mut ffi::PyObject;
}

#[repr(C)]
struct Watched {
    base: ffi::PyObject,
    vectorcall: ffi::vectorcallfunc,
    /// The function itself; owned.
    function: *mut ffi::PyObject,
    /// Its slot.
    slot: usize,
}

/// Wraps a function, whose calls go to that slot of the thread's recorder.
pub(super) fn wrap<'py>(function: Bound<'py, PyAny>, slot: usize) -> PyResult<Bound<'py, PyAny>> {
    let py = function.py();
    let kind = TYPE.get_or_try_init(py, || watched_type(py))?;
    // SAFETY: the type is ours; its instances begin with the fields of `Watched`, all of which are set before anybody else
    // sees the object.
    unsafe {
        let allocated = ffi::PyType_GenericAlloc(kind.as_ptr().cast(), 0);
        if allocated.is_null() {
            return Err(PyErr::fetch(py));
        }
        let watched = allocated.cast::<Watched>();
        (*watched).vectorcall = call;
        (*watched).function = function.into_ptr();
        (*watched).slot = slot;
        Ok(Bound::from_owned_ptr(py, allocated))
    }
}

fn watched_type(py: Python<'_>) -> PyResult<Py<PyType>> {
    let mut members = [
        ffi::PyMemberDef {
            name: c"__vectorcalloffset__".as_ptr(),
            type_code: ffi::Py_T_PYSSIZET,
            offset: std::mem::offset_of!(Watched, vectorcall) as ffi::Py_ssize_t,
            flags: ffi::Py_READONLY,
            doc: ptr::null(),
        },
        // SAFETY: zeros end the list.
        unsafe { std::mem::zeroed() },
    ];
    let slot = |slot: c_int, function: *mut c_void| ffi::PyType_Slot { slot, pfunc: function };
    let mut slots = [
        slot(ffi::Py_tp_call, ffi::PyVectorcall_Call as *mut c_void),
        slot(ffi::Py_tp_descr_get, bind as *mut c_void),
        slot(ffi::Py_tp_getattro, get as *mut c_void),
        slot(ffi::Py_tp_setattro, set as *mut c_void),
        slot(ffi::Py_tp_repr, repr as *mut c_void),
        slot(ffi::Py_tp_dealloc, end as *mut c_void),
        slot(ffi::Py_tp_members, members.as_mut_ptr().cast()),
        slot(0, ptr::null_mut()),
    ];
    let mut spec = ffi::PyType_Spec {
        name: c"rustworthy.watched".as_ptr(),
        basicsize: size_of::<Watched>() as c_int,
        itemsize: 0,
        flags: (ffi::Py_TPFLAGS_DEFAULT
            | ffi::Py_TPFLAGS_HAVE_VECTORCALL
            | ffi::Py_TPFLAGS_METHOD_DESCRIPTOR
            | ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION) as _,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: the specification is read now, names are static, and the functions have the signatures of their slots.
    let made = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyType_FromSpec(&raw mut spec)) }?;
    made.cast_into::<PyType>().map(Bound::unbind).map_err(|_| PyRuntimeError::new_err("a type that is none"))
}

/// Of an object that is one of ours, whatever is asked for.
///
/// # Safety
/// The interpreter is held, and the object is alive and of our type.
unsafe fn function_of(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: as the caller says.
    unsafe { (*object.cast::<Watched>()).function }
}

unsafe extern "C" fn call(
    object: *mut ffi::PyObject,
    arguments: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this with one of ours, and with arguments by its own protocol, which are passed on.
    unsafe {
        record::enter((*object.cast::<Watched>()).slot, true);
        let result = ffi::PyObject_Vectorcall(function_of(object), arguments, count, names);
        record::leave();
        result
    }
}

unsafe extern "C" fn bind(
    object: *mut ffi::PyObject,
    instance: *mut ffi::PyObject,
    _: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this with one of ours, and with an instance or with nothing.
    unsafe {
        if instance.is_null() || instance == ffi::Py_None() {
            ffi::Py_INCREF(object);
            object
        } else {
            PyMethod_New(object, instance)
        }
    }
}

unsafe extern "C" fn get(object: *mut ffi::PyObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this with one of ours and a string.
    unsafe { ffi::PyObject_GetAttr(function_of(object), name) }
}

unsafe extern "C" fn set(object: *mut ffi::PyObject, name: *mut ffi::PyObject, value: *mut ffi::PyObject) -> c_int {
    // SAFETY: the interpreter calls this with one of ours, a string, and a value or, to delete it, nothing.
    unsafe { ffi::PyObject_SetAttr(function_of(object), name, value) }
}

unsafe extern "C" fn repr(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this with one of ours.
    unsafe { ffi::PyObject_Repr(function_of(object)) }
}

unsafe extern "C" fn end(object: *mut ffi::PyObject) {
    // SAFETY: the interpreter calls this once, with one of ours that nobody refers to any more. Instances of types that were
    // made at run time own a reference to their type.
    unsafe {
        let kind = ffi::Py_TYPE(object);
        ffi::Py_DECREF(function_of(object));
        ffi::PyObject_Free(object.cast());
        ffi::Py_DECREF(kind.cast());
    }
}

/// A generator or the iterator of an awaitable, whose time counts while it runs and not while it waits.
#[pyclass(module = "rustworthy")]
pub(super) struct Segments {
    iterator: Py<PyAny>,
    slot: usize,
    has_begun: bool,
}

impl Segments {
    pub(super) fn new(iterator: Py<PyAny>, slot: usize) -> Self {
        Self { iterator, slot, has_begun: false }
    }
}

/// Runs one segment. The object is only borrowed for a moment: what runs may come back to it.
fn run<'py>(
    this: &Bound<'py, Segments>,
    segment: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (iterator, slot, is_first) = {
        let mut own = this.borrow_mut();
        (own.iterator.clone_ref(this.py()), own.slot, !std::mem::replace(&mut own.has_begun, true))
    };
    record::enter(slot, is_first);
    let result = segment(iterator.bind(this.py()));
    record::leave();
    result
}

#[pymethods]
impl Segments {
    fn __iter__(this: Bound<'_, Self>) -> Bound<'_, Self> {
        this
    }

    fn __await__(this: Bound<'_, Self>) -> Bound<'_, Self> {
        this
    }

    fn __next__<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        // Its end carries the value that is returned, which a bare `None` would lose.
        run(this, |iterator| iterator.call_method0("__next__"))
    }

    fn send<'py>(this: &Bound<'py, Self>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        run(this, |iterator| iterator.call_method1("send", (value,)))
    }

    #[pyo3(signature = (*arguments))]
    fn throw<'py>(
        this: &Bound<'py, Self>,
        arguments: &Bound<'py, pyo3::types::PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        run(this, |iterator| iterator.call_method1("throw", arguments.clone()))
    }

    fn close<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        run(this, |iterator| iterator.call_method0("close"))
    }
}
