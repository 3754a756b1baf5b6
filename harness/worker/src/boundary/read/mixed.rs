//! Reading values that aren't all of one type.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::super::shape::{Alternative, FIXED, Fields};
use super::{Object, Read, Reader, Seen, Unlike, elements, is_of, reader_of};

/// Values of several types.
pub(super) struct Mixed(Vec<Kind>);

struct Kind {
    class: *mut ffi::PyTypeObject,
    /// Keeps the class alive.
    _class: Option<Py<PyType>>,
    /// Of tuples that have a type for each place, how many places that are.
    places: Option<usize>,
    is_long: bool,
    reader: Reader,
}

impl Kind {
    fn new(alternative: &Alternative) -> Self {
        let kept = match alternative {
            Alternative::Array(_, class)
            | Alternative::Opaque(_, class)
            | Alternative::Object(Fields { class, .. }) => Some(Python::attach(|py| class.clone_ref(py))),
            _ => None,
        };
        let class = match alternative {
            // SAFETY: an object that lives for ever.
            Alternative::None => unsafe { ffi::Py_TYPE(ffi::Py_None()) },
            Alternative::Bool => &raw mut ffi::PyBool_Type,
            Alternative::Int | Alternative::WideInt => &raw mut ffi::PyLong_Type,
            Alternative::Float => &raw mut ffi::PyFloat_Type,
            Alternative::Str => &raw mut ffi::PyUnicode_Type,
            Alternative::Bytes => &raw mut ffi::PyBytes_Type,
            Alternative::ByteArray => &raw mut ffi::PyByteArray_Type,
            Alternative::List(_) => &raw mut ffi::PyList_Type,
            Alternative::Tuple(_) | Alternative::LongTuple(_) => &raw mut ffi::PyTuple_Type,
            Alternative::Dict(..) => &raw mut ffi::PyDict_Type,
            Alternative::Set(_) => &raw mut ffi::PySet_Type,
            Alternative::FrozenSet(_) => &raw mut ffi::PyFrozenSet_Type,
            Alternative::Array(_, class)
            | Alternative::Opaque(_, class)
            | Alternative::Object(Fields { class, .. }) => class.as_ptr().cast(),
        };
        let places = match alternative {
            Alternative::Tuple(places) => Some(places.len()),
            _ => None,
        };
        let is_long = matches!(alternative, Alternative::LongTuple(_));
        Self { class, _class: kept, places, is_long, reader: reader_of(alternative) }
    }

    #[inline(always)]
    fn is_of(&self, value: Object) -> bool {
        if !is_of(value, self.class) {
            return false;
        }
        // SAFETY: a tuple, where it's asked.
        let count = || unsafe { elements(value) }.len();
        match self.places {
            Some(places) => count() == places,
            None => !self.is_long || count() > FIXED,
        }
    }
}

impl Mixed {
    pub(super) fn new(alternatives: &[Alternative]) -> Self {
        Self(alternatives.iter().map(Kind::new).collect())
    }
}

impl Read for Mixed {
    #[inline]
    fn read(&self, value: Object) -> Seen {
        for (tag, kind) in self.0.iter().enumerate() {
            if kind.is_of(value) {
                return Ok(kind.reader.read(value)?.wrapping_add(tag as u64));
            }
        }
        Err(Unlike)
    }
}
