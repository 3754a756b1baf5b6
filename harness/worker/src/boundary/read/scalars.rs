//! Reading values that hold no others.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::super::array;
use super::{Object, Read, Seen, Unlike, is_of};

pub(super) struct Nones;

impl Read for Nones {
    #[inline(always)]
    fn read(&self, value: Object) -> Seen {
        // SAFETY: an object that lives for ever.
        if value == unsafe { ffi::Py_None() } { Ok(0) } else { Err(Unlike) }
    }
}

pub(super) struct Bools;

impl Read for Bools {
    #[inline(always)]
    fn read(&self, value: Object) -> Seen {
        // SAFETY: objects that live for ever.
        let [truth, untruth] = unsafe { [ffi::Py_True(), ffi::Py_False()] };
        if value == truth {
            Ok(1)
        } else if value == untruth {
            Ok(0)
        } else {
            Err(Unlike)
        }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Ints;

impl Read for Ints {
    #[inline(always)]
    fn read(&self, value: Object) -> Seen {
        let mut overflow = 0;
        if !is_of(value, &raw mut ffi::PyLong_Type) {
            return Err(Unlike);
        }
        // SAFETY: an `int`.
        let integer = unsafe { ffi::PyLong_AsLongLongAndOverflow(value, &mut overflow) };
        if overflow == 0 { Ok(integer as u64) } else { Err(Unlike) }
    }
}

pub(super) struct WideInts;

impl Read for WideInts {
    fn read(&self, value: Object) -> Seen {
        Python::attach(|py| {
            // SAFETY: an object that is alive.
            let value = unsafe { pyo3::Borrowed::from_ptr(py, value) };
            value.extract::<i128>().map(|integer| integer as u64).map_err(|_| Unlike)
        })
    }
}

#[derive(Clone, Copy)]
pub(super) struct Floats;

impl Read for Floats {
    #[inline(always)]
    fn read(&self, value: Object) -> Seen {
        if !is_of(value, &raw mut ffi::PyFloat_Type) {
            return Err(Unlike);
        }
        // SAFETY: a `float`.
        Ok(unsafe { ffi::PyFloat_AS_DOUBLE(value) }.to_bits())
    }
}

/// Strings, whose characters are borrowed as they lie: to do so takes no look at them.
#[derive(Clone, Copy)]
pub(super) struct Texts;

impl Read for Texts {
    #[inline(always)]
    fn read(&self, value: Object) -> Seen {
        if !is_of(value, &raw mut ffi::PyUnicode_Type) {
            return Err(Unlike);
        }
        // SAFETY: a `str` that is alive.
        Ok(unsafe { ffi::PyUnicode_GET_LENGTH(value) } as u64)
    }
}

pub(super) struct ByteStrings;

impl Read for ByteStrings {
    #[inline(always)]
    fn read(&self, value: Object) -> Seen {
        if !is_of(value, &raw mut ffi::PyBytes_Type) {
            return Err(Unlike);
        }
        // SAFETY: `bytes` that are alive.
        unsafe { Ok((ffi::PyBytes_AS_STRING(value) as u64).wrapping_add(ffi::Py_SIZE(value) as u64)) }
    }
}

pub(super) struct ByteArrays;

impl Read for ByteArrays {
    fn read(&self, value: Object) -> Seen {
        if !is_of(value, &raw mut ffi::PyByteArray_Type) {
            return Err(Unlike);
        }
        // SAFETY: a `bytearray` that is alive.
        unsafe { Ok((ffi::PyByteArray_AsString(value) as u64).wrapping_add(ffi::Py_SIZE(value) as u64)) }
    }
}

/// Arrays of NumPy, which has its own interface for other languages: they find the elements by the layout of the object.
pub(super) struct Arrays(Py<PyType>);

impl Arrays {
    pub(super) fn new(class: &Py<PyType>) -> Self {
        Self(Python::attach(|py| class.clone_ref(py)))
    }
}

impl Read for Arrays {
    #[inline]
    fn read(&self, value: Object) -> Seen {
        if !is_of(value, self.0.as_ptr().cast()) {
            return Err(Unlike);
        }
        // SAFETY: an array of NumPy that is alive.
        Ok(unsafe { array::elements(value) } as u64)
    }
}

/// What lets its memory be borrowed as a whole; it's given back at once.
pub(super) struct Memory(Py<PyType>);

impl Memory {
    pub(super) fn new(class: &Py<PyType>) -> Self {
        Self(Python::attach(|py| class.clone_ref(py)))
    }
}

impl Read for Memory {
    fn read(&self, value: Object) -> Seen {
        if !is_of(value, self.0.as_ptr().cast()) {
            return Err(Unlike);
        }
        let borrowed = |bytes: &[u8]| (bytes.as_ptr() as u64).wrapping_add(bytes.len() as u64);
        array::with_memory(value, borrowed).ok_or(Unlike)
    }
}

/// Objects that cross as they are.
pub(super) struct Objects(Py<PyType>);

impl Objects {
    pub(super) fn new(class: &Py<PyType>) -> Self {
        Self(Python::attach(|py| class.clone_ref(py)))
    }
}

impl Read for Objects {
    fn read(&self, value: Object) -> Seen {
        if is_of(value, self.0.as_ptr().cast()) { Ok(value as u64) } else { Err(Unlike) }
    }
}
