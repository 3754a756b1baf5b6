//! Columns of values that aren't all of one type.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::super::shape::{Alternative, FIXED, Fields};
use super::{BATCH, Column, Object, Unlike, column_of, hand_down, is_of};

/// Values of several types.
pub(super) struct Mixed {
    kinds: Vec<MixedKind>,
    /// Which kind each value is of.
    tags: Vec<u8>,
}

struct MixedKind {
    class: *mut ffi::PyTypeObject,
    /// Keeps the class alive.
    _class: Option<Py<PyType>>,
    /// Of tuples that have a type for each place, how many places that are.
    places: Option<usize>,
    is_long: bool,
    batch: Vec<Object>,
    column: Box<dyn Column>,
}

impl MixedKind {
    fn new(alternative: &Alternative) -> Self {
        let kept = match alternative {
            Alternative::Array(_, class) | Alternative::Object(Fields { class, .. }) => {
                Some(Python::attach(|py| class.clone_ref(py)))
            }
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
            Alternative::Array(_, class) | Alternative::Object(Fields { class, .. }) => class.as_ptr().cast(),
        };
        let places = match alternative {
            Alternative::Tuple(places) => Some(places.len()),
            _ => None,
        };
        let is_long = matches!(alternative, Alternative::LongTuple(_));
        Self { class, _class: kept, places, is_long, batch: Vec::new(), column: column_of(alternative) }
    }

    #[inline(always)]
    fn is_of(&self, value: Object) -> bool {
        if !is_of(value, self.class) {
            return false;
        }
        match self.places {
            // SAFETY: a tuple.
            Some(places) => unsafe { ffi::PyTuple_GET_SIZE(value) as usize == places },
            // SAFETY: a tuple, where it is to be a long one.
            None => !self.is_long || unsafe { ffi::PyTuple_GET_SIZE(value) as usize > FIXED },
        }
    }
}

impl Mixed {
    pub(super) fn new(alternatives: &[Alternative]) -> Self {
        Self { kinds: alternatives.iter().map(MixedKind::new).collect(), tags: Vec::new() }
    }
}

impl Column for Mixed {
    fn extend(&mut self, values: &[Object]) -> Result<(), Unlike> {
        for values in values.chunks(BATCH) {
            for &value in values {
                let tag = self.kinds.iter().position(|kind| kind.is_of(value)).ok_or(Unlike)?;
                self.tags.push(tag as u8);
                self.kinds[tag].batch.push(value);
            }
            for kind in &mut self.kinds {
                hand_down(&mut kind.batch, &mut *kind.column)?;
            }
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.tags.clear();
        for kind in &mut self.kinds {
            kind.batch.clear();
            kind.column.clear();
        }
    }
}
