//! Columns of values that hold others, which are handed down in batches.

use std::marker::PhantomData;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::{BATCH, Column, Object, Unlike, hand_down, is_of};

/// A built-in type of sequences.
pub(super) trait Sequence {
    fn class() -> *mut ffi::PyTypeObject;

    /// # Safety
    /// The object is an instance, which nothing changes meanwhile.
    unsafe fn length(sequence: Object) -> ffi::Py_ssize_t;

    /// # Safety
    /// As of [`length`](Self::length), and the place is within that.
    unsafe fn element(sequence: Object, place: ffi::Py_ssize_t) -> Object;
}

pub(super) struct List;

impl Sequence for List {
    fn class() -> *mut ffi::PyTypeObject {
        &raw mut ffi::PyList_Type
    }

    unsafe fn length(sequence: Object) -> ffi::Py_ssize_t {
        // SAFETY: the caller promises what this needs.
        unsafe { ffi::PyList_GET_SIZE(sequence) }
    }

    unsafe fn element(sequence: Object, place: ffi::Py_ssize_t) -> Object {
        // SAFETY: the caller promises what this needs.
        unsafe { ffi::PyList_GET_ITEM(sequence, place) }
    }
}

pub(super) struct Tuple;

impl Sequence for Tuple {
    fn class() -> *mut ffi::PyTypeObject {
        &raw mut ffi::PyTuple_Type
    }

    unsafe fn length(sequence: Object) -> ffi::Py_ssize_t {
        // SAFETY: the caller promises what this needs.
        unsafe { ffi::PyTuple_GET_SIZE(sequence) }
    }

    unsafe fn element(sequence: Object, place: ffi::Py_ssize_t) -> Object {
        // SAFETY: the caller promises what this needs.
        unsafe { ffi::PyTuple_GET_ITEM(sequence, place) }
    }
}

/// Sequences of any length whose elements are alike.
pub(super) struct Sequences<S> {
    lengths: Vec<usize>,
    batch: Vec<Object>,
    elements: Box<dyn Column>,
    of: PhantomData<S>,
}

impl<S: Sequence> Sequences<S> {
    pub(super) fn new(elements: Box<dyn Column>) -> Self {
        Self { lengths: Vec::new(), batch: Vec::new(), elements, of: PhantomData }
    }
}

impl<S: Sequence> Column for Sequences<S> {
    fn extend(&mut self, values: &[Object]) -> Result<(), Unlike> {
        for &value in values {
            if !is_of(value, S::class()) {
                return Err(Unlike);
            }
            // SAFETY: it is of that type, and nothing changes it while it is read.
            unsafe {
                let length = S::length(value);
                self.lengths.push(length as usize);
                for place in 0..length {
                    self.batch.push(S::element(value, place));
                    if self.batch.len() == BATCH {
                        hand_down(&mut self.batch, &mut *self.elements)?;
                    }
                }
            }
        }
        hand_down(&mut self.batch, &mut *self.elements)
    }

    fn clear(&mut self) {
        self.lengths.clear();
        self.batch.clear();
        self.elements.clear();
    }
}

pub(super) type Lists = Sequences<List>;
pub(super) type LongTuples = Sequences<Tuple>;

/// Tuples of as many elements as there are places, named ones too.
pub(super) struct Tuples {
    batch: Vec<Object>,
    places: Vec<Box<dyn Column>>,
}

impl Tuples {
    pub(super) fn new(places: Vec<Box<dyn Column>>) -> Self {
        Self { batch: Vec::new(), places }
    }
}

impl Column for Tuples {
    fn extend(&mut self, values: &[Object]) -> Result<(), Unlike> {
        let Self { batch, places } = self;
        for values in values.chunks(BATCH) {
            // SAFETY: objects that are alive.
            let is_fit = |&value: &Object| unsafe {
                ffi::PyTuple_Check(value) != 0 && ffi::PyTuple_GET_SIZE(value) as usize == places.len()
            };
            if !values.iter().all(is_fit) {
                return Err(Unlike);
            }
            for (place, column) in places.iter_mut().enumerate() {
                // SAFETY: tuples of that length.
                batch.extend(values.iter().map(|&value| unsafe { ffi::PyTuple_GET_ITEM(value, place as isize) }));
                hand_down(batch, &mut **column)?;
            }
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.batch.clear();
        self.places.iter_mut().for_each(|place| place.clear());
    }
}

pub(super) struct Dicts {
    lengths: Vec<usize>,
    batch: (Vec<Object>, Vec<Object>),
    names: Box<dyn Column>,
    values: Box<dyn Column>,
}

impl Dicts {
    pub(super) fn new(names: Box<dyn Column>, values: Box<dyn Column>) -> Self {
        Self { lengths: Vec::new(), batch: (Vec::new(), Vec::new()), names, values }
    }

    fn hand_down(&mut self) -> Result<(), Unlike> {
        hand_down(&mut self.batch.0, &mut *self.names)?;
        hand_down(&mut self.batch.1, &mut *self.values)
    }
}

impl Column for Dicts {
    fn extend(&mut self, values: &[Object]) -> Result<(), Unlike> {
        for &dict in values {
            if !is_of(dict, &raw mut ffi::PyDict_Type) {
                return Err(Unlike);
            }
            let (mut position, mut name, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
            let before = self.batch.0.len();
            // SAFETY: a `dict`, which nothing changes while it is read; both pointers are set when it returns something
            // else than 0.
            while unsafe { ffi::PyDict_Next(dict, &mut position, &mut name, &mut value) } != 0 {
                self.batch.0.push(name);
                self.batch.1.push(value);
            }
            self.lengths.push(self.batch.0.len() - before);
            if self.batch.0.len() >= BATCH {
                self.hand_down()?;
            }
        }
        self.hand_down()
    }

    fn clear(&mut self) {
        self.lengths.clear();
        self.batch.0.clear();
        self.batch.1.clear();
        self.names.clear();
        self.values.clear();
    }
}

pub(super) struct Sets {
    lengths: Vec<usize>,
    elements: Box<dyn Column>,
}

impl Sets {
    pub(super) fn new(elements: Box<dyn Column>) -> Self {
        Self { lengths: Vec::new(), elements }
    }
}

impl Column for Sets {
    fn extend(&mut self, values: &[Object]) -> Result<(), Unlike> {
        Python::attach(|py| {
            for &value in values {
                // SAFETY: an object that is alive.
                let set = unsafe { pyo3::Borrowed::from_ptr(py, value) };
                // The set keeps its elements alive.
                let elements = set.try_iter().and_then(Iterator::collect::<PyResult<Vec<_>>>).map_err(|_| Unlike)?;
                self.lengths.push(elements.len());
                self.elements.extend(&elements.iter().map(Bound::as_ptr).collect::<Vec<_>>())?;
            }
            Ok(())
        })
    }

    fn clear(&mut self) {
        self.lengths.clear();
        self.elements.clear();
    }
}

/// Instances of a dataclass, by their attributes.
pub(super) struct Instances {
    names: Vec<Py<PyString>>,
    batch: Vec<Object>,
    places: Vec<Box<dyn Column>>,
}

impl Instances {
    pub(super) fn new(names: Vec<Py<PyString>>, places: Vec<Box<dyn Column>>) -> Self {
        Self { names, batch: Vec::new(), places }
    }
}

impl Column for Instances {
    fn extend(&mut self, values: &[Object]) -> Result<(), Unlike> {
        let Self { names, batch, places } = self;
        for values in values.chunks(BATCH) {
            for (name, column) in names.iter().zip(&mut *places) {
                let mut read = Ok(());
                for &value in values {
                    // SAFETY: both are alive. The reference is ours to drop.
                    let attribute = unsafe { ffi::PyObject_GetAttr(value, name.as_ptr()) };
                    if attribute.is_null() {
                        // SAFETY: the exception that was just raised.
                        unsafe { ffi::PyErr_Clear() };
                        read = Err(Unlike);
                        break;
                    }
                    batch.push(attribute);
                }
                let read = read.and_then(|()| column.extend(batch));
                for attribute in batch.drain(..) {
                    // SAFETY: a reference of ours.
                    unsafe { ffi::Py_DECREF(attribute) };
                }
                read?;
            }
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.places.iter_mut().for_each(|place| place.clear());
    }
}
