//! Making values that hold others.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple, PyType};

use super::{Column, Make, Maker, Object};

/// Drops an object that couldn't be completed; nothing is made, and the exception stays.
fn given_up(object: Object) -> Object {
    // SAFETY: a new reference of ours, and the interpreter is attached.
    unsafe { ffi::Py_DECREF(object) };
    std::ptr::null_mut()
}

pub(super) struct Lists {
    lengths: Column<usize>,
    elements: Maker,
}

impl Lists {
    pub(super) fn new(lengths: Vec<usize>, elements: Maker) -> Self {
        Self { lengths: Column::new(lengths), elements }
    }
}

impl Make for Lists {
    #[inline]
    fn next(&mut self) -> Object {
        let Some(&length) = self.lengths.take() else { return std::ptr::null_mut() };
        // SAFETY: a new list, whose places are filled once each; one that isn't filled is dropped with empty places.
        unsafe {
            let list = ffi::PyList_New(length as ffi::Py_ssize_t);
            if list.is_null() || self.elements.fill((*list.cast::<ffi::PyListObject>()).ob_item, length) {
                return list;
            }
            given_up(list)
        }
    }

    fn rewind(&mut self) {
        self.lengths.rewind();
        self.elements.rewind();
    }
}

/// The places of a new tuple.
///
/// # Safety
/// It's a tuple.
#[inline(always)]
unsafe fn places(tuple: Object) -> *mut Object {
    // SAFETY: the caller promises what this needs.
    unsafe { (&raw mut (*tuple.cast::<ffi::PyTupleObject>()).ob_item).cast::<Object>() }
}

/// Tuples of two elements.
pub(super) struct Pairs<L, R>(pub(super) L, pub(super) R);

impl<L: Make, R: Make> Make for Pairs<L, R> {
    #[inline]
    fn next(&mut self) -> Object {
        // SAFETY: a new tuple of two places, which are filled once each; one that isn't filled is dropped with empty places.
        unsafe {
            let tuple = ffi::PyTuple_New(2);
            if tuple.is_null() {
                return tuple;
            }
            let left = self.0.next();
            ffi::PyTuple_SET_ITEM(tuple, 0, left);
            if left.is_null() {
                return given_up(tuple);
            }
            let right = self.1.next();
            ffi::PyTuple_SET_ITEM(tuple, 1, right);
            if right.is_null() { given_up(tuple) } else { tuple }
        }
    }

    fn rewind(&mut self) {
        self.0.rewind();
        self.1.rewind();
    }
}

/// Tuples of any length, whose elements come behind each other.
pub(super) struct Rows {
    lengths: Column<usize>,
    elements: Maker,
}

impl Rows {
    pub(super) fn new(lengths: Vec<usize>, elements: Maker) -> Self {
        Self { lengths: Column::new(lengths), elements }
    }
}

impl Make for Rows {
    fn next(&mut self) -> Object {
        let Some(&length) = self.lengths.take() else { return std::ptr::null_mut() };
        // SAFETY: as of a list.
        unsafe {
            let tuple = ffi::PyTuple_New(length as ffi::Py_ssize_t);
            if tuple.is_null() || self.elements.fill(places(tuple), length) { tuple } else { given_up(tuple) }
        }
    }

    fn rewind(&mut self) {
        self.lengths.rewind();
        self.elements.rewind();
    }
}

/// Tuples of so many elements, each place of which has a maker.
pub(super) struct Tuples(pub(super) Vec<Maker>);

impl Make for Tuples {
    fn next(&mut self) -> Object {
        // SAFETY: as of a list.
        unsafe {
            let tuple = ffi::PyTuple_New(self.0.len() as ffi::Py_ssize_t);
            if tuple.is_null() {
                return tuple;
            }
            for (place, maker) in self.0.iter_mut().enumerate() {
                if !maker.fill(places(tuple).add(place), 1) {
                    return given_up(tuple);
                }
            }
            tuple
        }
    }

    fn rewind(&mut self) {
        self.0.iter_mut().for_each(Make::rewind);
    }
}

pub(super) struct Dicts<N, V> {
    lengths: Column<usize>,
    names: N,
    values: V,
}

impl<N, V> Dicts<N, V> {
    pub(super) fn new(lengths: Vec<usize>, names: N, values: V) -> Self {
        Self { lengths: Column::new(lengths), names, values }
    }
}

impl<N: Make, V: Make> Make for Dicts<N, V> {
    #[inline]
    fn next(&mut self) -> Object {
        let Some(&length) = self.lengths.take() else { return std::ptr::null_mut() };
        // SAFETY: the interpreter is attached. A dict takes references of its own to both, which are ours to drop.
        unsafe {
            let dict = ffi::PyDict_New();
            if dict.is_null() {
                return dict;
            }
            for _ in 0..length {
                let name = self.names.next();
                let value = if name.is_null() { name } else { self.values.next() };
                let is_set = !value.is_null() && ffi::PyDict_SetItem(dict, name, value) == 0;
                ffi::Py_XDECREF(name);
                ffi::Py_XDECREF(value);
                if !is_set {
                    return given_up(dict);
                }
            }
            dict
        }
    }

    fn rewind(&mut self) {
        self.lengths.rewind();
        self.names.rewind();
        self.values.rewind();
    }
}

/// Sets, which may be frozen.
pub(super) struct Sets {
    is_frozen: bool,
    lengths: Column<usize>,
    elements: Maker,
}

impl Sets {
    pub(super) fn new(is_frozen: bool, lengths: Vec<usize>, elements: Maker) -> Self {
        Self { is_frozen, lengths: Column::new(lengths), elements }
    }
}

impl Make for Sets {
    fn next(&mut self) -> Object {
        let Some(&length) = self.lengths.take() else { return std::ptr::null_mut() };
        let new = if self.is_frozen { ffi::PyFrozenSet_New } else { ffi::PySet_New };
        // SAFETY: the interpreter is attached. A set that nobody else has yet can be added to, though it be frozen, and takes
        // references of its own.
        unsafe {
            let set = new(std::ptr::null_mut());
            if set.is_null() {
                return set;
            }
            for _ in 0..length {
                let element = self.elements.next();
                let is_added = !element.is_null() && ffi::PySet_Add(set, element) == 0;
                ffi::Py_XDECREF(element);
                if !is_added {
                    return given_up(set);
                }
            }
            set
        }
    }

    fn rewind(&mut self) {
        self.lengths.rewind();
        self.elements.rewind();
    }
}

/// Instances of a dataclass with these fields, made without running its code.
pub(super) struct Instances {
    class: Py<PyType>,
    no_arguments: Py<PyTuple>,
    fields: Vec<(Py<PyString>, Maker)>,
}

impl Instances {
    pub(super) fn new(class: Bound<'_, PyType>, fields: Vec<(Py<PyString>, Maker)>) -> Self {
        let no_arguments = PyTuple::empty(class.py()).unbind();
        Self { class: class.unbind(), no_arguments, fields }
    }
}

impl Make for Instances {
    fn next(&mut self) -> Object {
        let (class, no_arguments) = (self.class.as_ptr().cast(), self.no_arguments.as_ptr());
        // SAFETY: a class that is alive and derives from `object` alone, and the `__new__` of that without arguments. A frozen
        // class refuses in its own `__setattr__` alone, which this isn't.
        unsafe {
            let Some(new) = ffi::PyBaseObject_Type.tp_new else { return raised("object has no __new__") };
            let made = new(class, no_arguments, std::ptr::null_mut());
            if made.is_null() {
                return made;
            }
            for (name, maker) in &mut self.fields {
                let value = maker.next();
                let is_set = !value.is_null() && ffi::PyObject_GenericSetAttr(made, name.as_ptr(), value) == 0;
                ffi::Py_XDECREF(value);
                if !is_set {
                    return given_up(made);
                }
            }
            made
        }
    }

    fn rewind(&mut self) {
        self.fields.iter_mut().for_each(|(_, maker)| maker.rewind());
    }
}

/// Named tuples: instances of a class that derives from `tuple`.
pub(super) struct NamedTuples {
    class: Py<PyType>,
    values: Tuples,
}

impl NamedTuples {
    pub(super) fn new(class: Bound<'_, PyType>, places: Vec<Maker>) -> Self {
        Self { class: class.unbind(), values: Tuples(places) }
    }
}

impl Make for NamedTuples {
    fn next(&mut self) -> Object {
        let values = self.values.next();
        if values.is_null() {
            return values;
        }
        // SAFETY: a class that is alive and derives from `tuple`, and the `__new__` of that, whose one argument are the values.
        unsafe {
            let arguments = ffi::PyTuple_New(1);
            if arguments.is_null() {
                return given_up(values);
            }
            ffi::PyTuple_SET_ITEM(arguments, 0, values);
            let made = match ffi::PyTuple_Type.tp_new {
                Some(new) => new(self.class.as_ptr().cast(), arguments, std::ptr::null_mut()),
                None => raised("tuple has no __new__"),
            };
            ffi::Py_DECREF(arguments);
            made
        }
    }

    fn rewind(&mut self) {
        self.values.rewind();
    }
}

/// Values of several kinds.
pub(super) struct Mixed {
    kinds: Vec<Maker>,
    /// Of which kind each is.
    tags: Column<usize>,
}

impl Mixed {
    pub(super) fn new(kinds: Vec<Maker>, tags: Vec<usize>) -> Self {
        Self { kinds, tags: Column::new(tags) }
    }
}

impl Make for Mixed {
    #[inline]
    fn next(&mut self) -> Object {
        let Some(&tag) = self.tags.take() else { return std::ptr::null_mut() };
        self.kinds.get_mut(tag).map_or_else(|| raised("there is no such kind"), Make::next)
    }

    fn rewind(&mut self) {
        self.tags.rewind();
        self.kinds.iter_mut().for_each(Make::rewind);
    }
}

/// What occurs more than once in a result: made once, and handed out again.
pub(super) struct Repeated {
    maker: Maker,
    /// The object, and in which result it was made.
    made: Option<(u64, Py<PyAny>)>,
}

impl Repeated {
    pub(super) fn new(maker: Maker) -> Self {
        Self { maker, made: None }
    }
}

/// Occurrences of such objects.
pub(super) struct Again {
    objects: Column<Rc<RefCell<Repeated>>>,
    /// Which result is being made.
    result: Rc<Cell<u64>>,
}

impl Again {
    pub(super) fn new(objects: Vec<Rc<RefCell<Repeated>>>, result: Rc<Cell<u64>>) -> Self {
        Self { objects: Column::new(objects), result }
    }
}

impl Make for Again {
    fn next(&mut self) -> Object {
        let result = self.result.get();
        let Some(object) = self.objects.take() else { return std::ptr::null_mut() };
        let Ok(mut repeated) = object.try_borrow_mut() else { return raised("a result that contains itself") };
        // SAFETY: the interpreter is attached wherever makers run.
        let py = unsafe { Python::assume_attached() };
        if let Some((when, made)) = &repeated.made
            && *when == result
        {
            return made.clone_ref(py).into_ptr();
        }
        repeated.maker.rewind();
        let made = repeated.maker.next();
        if made.is_null() {
            return made;
        }
        // SAFETY: a new reference, of which this is another.
        let kept = unsafe { Bound::from_borrowed_ptr(py, made) };
        repeated.made = Some((result, kept.unbind()));
        made
    }

    fn rewind(&mut self) {
        self.objects.rewind();
    }
}

/// Nothing is made, and that is raised.
fn raised(why: &'static str) -> Object {
    // SAFETY: the interpreter is attached wherever makers run.
    PyTypeError::new_err(why).restore(unsafe { Python::assume_attached() });
    std::ptr::null_mut()
}
