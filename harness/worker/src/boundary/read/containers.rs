//! Reading values that hold others.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

use super::{Object, Read, Reader, Seen, Unlike, is_of};

/// The elements of a tuple, or of what derives from it.
///
/// # Safety
/// It is one, and lives as long as the result.
#[inline(always)]
pub(in super::super) unsafe fn elements<'a>(tuple: Object) -> &'a [Object] {
    // SAFETY: the caller promises what this needs; a tuple's elements lie behind each other in itself, and never change.
    unsafe {
        let first = (&raw const (*tuple.cast::<ffi::PyTupleObject>()).ob_item).cast::<Object>();
        std::slice::from_raw_parts(first, ffi::PyTuple_GET_SIZE(tuple) as usize)
    }
}

pub(super) struct Lists(pub(super) Reader);

impl Read for Lists {
    #[inline]
    fn read(&self, list: Object) -> Seen {
        if !is_of(list, &raw mut ffi::PyList_Type) {
            return Err(Unlike);
        }
        // SAFETY: a `list`, whose elements lie behind each other, and nothing changes it while it's read: what runs code of an
        // element's class are the fields of instances alone, which the values had when their shape was seen, too.
        let elements = unsafe {
            match ffi::PyList_GET_SIZE(list) {
                0 => &[][..],
                length => std::slice::from_raw_parts((*list.cast::<ffi::PyListObject>()).ob_item, length as usize),
            }
        };
        self.0.read_row(elements)
    }
}

/// Tuples of any length, whose elements are alike.
pub(super) struct LongTuples(pub(super) Reader);

impl Read for LongTuples {
    fn read(&self, tuple: Object) -> Seen {
        if !is_of(tuple, &raw mut ffi::PyTuple_Type) {
            return Err(Unlike);
        }
        // SAFETY: a `tuple` that is alive.
        self.0.read_row(unsafe { elements(tuple) })
    }
}

/// Tuples of two elements.
pub(super) struct Pairs<L, R>(pub(super) L, pub(super) R);

impl<L: Read, R: Read> Read for Pairs<L, R> {
    #[inline]
    fn read(&self, tuple: Object) -> Seen {
        if !is_of(tuple, &raw mut ffi::PyTuple_Type) {
            return Err(Unlike);
        }
        // SAFETY: a `tuple` that is alive.
        match unsafe { elements(tuple) } {
            &[left, right] => Ok(self.0.read(left)?.wrapping_add(self.1.read(right)?)),
            _ => Err(Unlike),
        }
    }
}

/// Tuples of so many elements, which are alike.
pub(super) struct Evens<R>(pub(super) usize, pub(super) R);

impl<R: Read> Read for Evens<R> {
    #[inline]
    fn read(&self, tuple: Object) -> Seen {
        if !is_of(tuple, &raw mut ffi::PyTuple_Type) {
            return Err(Unlike);
        }
        // SAFETY: a `tuple` that is alive.
        let elements = unsafe { elements(tuple) };
        if elements.len() == self.0 { self.1.read_row(elements) } else { Err(Unlike) }
    }
}

/// Tuples of as many elements as there are places, named ones too.
pub(super) struct Tuples {
    places: Vec<Reader>,
    class: *mut ffi::PyTypeObject,
    /// Keeps the class alive.
    _class: Option<Py<PyType>>,
}

impl Tuples {
    pub(super) fn new(places: Vec<Reader>) -> Self {
        Self { places, class: &raw mut ffi::PyTuple_Type, _class: None }
    }

    /// Those of a class of named tuples.
    pub(super) fn named(places: Vec<Reader>, class: &Py<PyType>) -> Self {
        let kept = Python::attach(|py| class.clone_ref(py));
        Self { places, class: class.as_ptr().cast(), _class: Some(kept) }
    }
}

impl Read for Tuples {
    fn read(&self, tuple: Object) -> Seen {
        if !is_of(tuple, self.class) {
            return Err(Unlike);
        }
        // SAFETY: a tuple that is alive.
        let elements = unsafe { elements(tuple) };
        if elements.len() != self.places.len() {
            return Err(Unlike);
        }
        let mut sum = 0_u64;
        for (place, &element) in self.places.iter().zip(elements) {
            sum = sum.wrapping_add(place.read(element)?);
        }
        Ok(sum)
    }
}

/// Dicts, by their values: names are met, but what knows beforehand which they are doesn't look at them.
pub(super) struct Dicts<V>(pub(super) V);

impl<V: Read> Read for Dicts<V> {
    #[inline]
    fn read(&self, dict: Object) -> Seen {
        if !is_of(dict, &raw mut ffi::PyDict_Type) {
            return Err(Unlike);
        }
        let (mut position, mut name, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
        let mut sum = 0_u64;
        // SAFETY: a `dict`, which nothing changes while it is read; both pointers are set when it returns something else
        // than 0.
        while unsafe { ffi::PyDict_Next(dict, &mut position, &mut name, &mut value) } != 0 {
            sum = sum.wrapping_add(name as u64).wrapping_add(self.0.read(value)?);
        }
        Ok(sum)
    }
}

pub(super) struct Sets {
    elements: Reader,
    class: *mut ffi::PyTypeObject,
}

impl Sets {
    pub(super) fn new(elements: Reader, class: *mut ffi::PyTypeObject) -> Self {
        Self { elements, class }
    }
}

impl Read for Sets {
    fn read(&self, set: Object) -> Seen {
        if !is_of(set, self.class) {
            return Err(Unlike);
        }
        Python::attach(|py| {
            // SAFETY: an object that is alive.
            let set = unsafe { pyo3::Borrowed::from_ptr(py, set) };
            let mut sum = 0_u64;
            for element in set.try_iter().map_err(|_| Unlike)? {
                sum = sum.wrapping_add(self.elements.read(element.map_err(|_| Unlike)?.as_ptr())?);
            }
            Ok(sum)
        })
    }
}

/// Instances of a dataclass, by their attributes.
pub(super) struct Instances(pub(super) Vec<(Py<PyString>, Reader)>);

impl Read for Instances {
    fn read(&self, instance: Object) -> Seen {
        let mut sum = 0_u64;
        for (name, reader) in &self.0 {
            // SAFETY: both are alive. The reference is ours to drop, and an exception ours to forget.
            let seen = unsafe {
                let attribute = ffi::PyObject_GetAttr(instance, name.as_ptr());
                if attribute.is_null() {
                    ffi::PyErr_Clear();
                    return Err(Unlike);
                }
                let seen = reader.read(attribute);
                ffi::Py_DECREF(attribute);
                seen
            };
            sum = sum.wrapping_add(seen?);
        }
        Ok(sum)
    }
}
