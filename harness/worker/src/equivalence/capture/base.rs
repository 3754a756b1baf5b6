//! The built-in types that classes derive from.

use pyo3::ffi;
use pyo3::prelude::*;

/// A built-in type that others derive from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    Int,
    Float,
    Complex,
    Str,
    Bytes,
    ByteArray,
    List,
    Tuple,
    Dict,
    Set,
    FrozenSet,
}

/// All of them with their type objects.
fn bases() -> [(*mut ffi::PyTypeObject, Base); 11] {
    [
        (&raw mut ffi::PyDict_Type, Base::Dict),
        (&raw mut ffi::PyList_Type, Base::List),
        (&raw mut ffi::PyTuple_Type, Base::Tuple),
        (&raw mut ffi::PyUnicode_Type, Base::Str),
        (&raw mut ffi::PyLong_Type, Base::Int),
        (&raw mut ffi::PyFloat_Type, Base::Float),
        (&raw mut ffi::PyBytes_Type, Base::Bytes),
        (&raw mut ffi::PyByteArray_Type, Base::ByteArray),
        (&raw mut ffi::PyComplex_Type, Base::Complex),
        (&raw mut ffi::PySet_Type, Base::Set),
        (&raw mut ffi::PyFrozenSet_Type, Base::FrozenSet),
    ]
}

impl Base {
    /// The built-in container type that an object is of, subclasses apart.
    pub(super) fn exact(object: &Bound<'_, PyAny>) -> Option<Self> {
        let class = object.get_type_ptr();
        bases().into_iter().find(|(base, _)| *base == class).map(|(_, base)| base)
    }

    /// The built-in type that a class derives from.
    pub(super) fn of(class: *mut ffi::PyTypeObject) -> Option<Self> {
        // SAFETY: both are type objects, and the interpreter is attached.
        let derives = |base| unsafe { ffi::PyType_IsSubtype(class, base) } != 0;
        bases().into_iter().find(|(base, _)| derives(*base)).map(|(_, base)| base)
    }
}
