//! The walk over an object and all that it contains.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use pyo3::exceptions::{PyKeyboardInterrupt, PyMemoryError};
use pyo3::ffi;
use pyo3::prelude::*;

use super::base::Base;
use super::class::{Class, Kind};
use super::{arrow, builtin, numpy, object, pandas, polars, protobuf, scalar};
use crate::equivalence::value::{Opaque, Value};

/// Options for taking an object apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capture {
    /// Whether an existing file that a path-like object points at counts by its contents, rather than its path.
    pub files: bool,
}

/// Takes an object apart. What can't be, because it is lazy, too deep, hidden in C or raises when it is read, becomes
/// [`Value::Opaque`].
///
/// # Errors
/// `MemoryError` and `KeyboardInterrupt` alone.
pub fn capture(object: &Bound<'_, PyAny>, options: Capture) -> PyResult<Value> {
    Walker::new(object.py(), options).value(object)
}

/// Python objects within one another. Recursion any deeper could exhaust the stack.
const DEPTH: usize = 500;

/// Most containers that are taken apart again where they occur more than once. Data shares little; a graph of objects
/// that all know each other has more paths through it than there is memory.
const REPEATS: usize = 1_000_000;

/// Characters of an exception's text that are kept.
const WHY: usize = 300;

/// The state of the walk.
pub(super) struct Walker<'py> {
    pub(super) py: Python<'py>,
    pub(super) options: Capture,
    /// Addresses of the containers that it is in.
    path: Vec<usize>,
    /// Addresses of containers that may be met again.
    seen: HashSet<usize>,
    /// How many containers of the path were met before.
    again: usize,
    repeats: usize,
    classes: HashMap<usize, Rc<Class<'py>>>,
}

impl<'py> Walker<'py> {
    pub(super) fn new(py: Python<'py>, options: Capture) -> Self {
        Self { py, options, path: Vec::new(), seen: HashSet::new(), again: 0, repeats: 0, classes: HashMap::new() }
    }

    /// Takes an object apart.
    pub(super) fn value(&mut self, object: &Bound<'py, PyAny>) -> PyResult<Value> {
        match builtin::leaf(object) {
            Some(leaf) => leaf,
            None => self.nested(object, |walker| match Base::exact(object) {
                Some(base) => walker.builtin(object, base, None),
                None => walker.other(object),
            }),
        }
    }

    /// An object that is neither of a built-in type nor a plain value.
    fn other(&mut self, object: &Bound<'py, PyAny>) -> PyResult<Value> {
        let class = self.class(object)?;
        if self.options.files
            && class.is_path
            && let Some(file) = scalar::file(object)?
        {
            return Ok(file);
        }
        match &class.kind {
            Kind::Builtin { base, ordered_by } => self.derived(object, &class, *base, ordered_by.as_ref()),
            Kind::Object => self.object(object, &class),
            Kind::Reduce => self.reduced(object, &class),
            Kind::Attributes(names) => self.attributes(object, &class, names),
            Kind::MappingProxy => self.mapping_proxy(object, &class),
            Kind::Row => self.row(object, &class),
            Kind::Enum => self.enumeration(object, &class),
            Kind::Global => object::global(object, &class),
            Kind::Module => object::module(object),
            Kind::Scalar(kind) => scalar::scalar(object, &class, *kind),
            Kind::MemoryView => numpy::memory_view(object, &class),
            Kind::PackedArray => numpy::packed(object, &class),
            Kind::NumpyArray => numpy::array(self, object, &class),
            Kind::MaskedArray => numpy::masked(self, object, &class),
            Kind::NumpyScalar => numpy::scalar(self, object, &class),
            Kind::PandasTable => pandas::table(self, object, &class),
            Kind::PandasSeries => pandas::series(self, object, &class),
            Kind::PandasIndex => pandas::index(self, object, &class),
            Kind::PandasArray => pandas::array(self, object, &class),
            Kind::PolarsTable => polars::table(self, object, &class),
            Kind::PolarsSeries => polars::series(self, object, &class),
            Kind::ArrowTable => arrow::table(self, object, &class),
            Kind::ArrowArray => arrow::array(self, object, &class),
            Kind::ArrowScalar => arrow::scalar(self, object, &class),
            Kind::Message => protobuf::message(self, object),
            Kind::MessageField => protobuf::field(self, object),
            Kind::Opaque(why) => Ok(opaque(&class.name, *why)),
        }
    }

    /// Runs `capture` on a container, unless that leads in a circle or too far. What it raises makes the container opaque.
    fn nested(
        &mut self,
        object: &Bound<'py, PyAny>,
        capture: impl FnOnce(&mut Self) -> PyResult<Value>,
    ) -> PyResult<Value> {
        let address = object.as_ptr() as usize;
        if let Some(up) = self.path.iter().rev().position(|&outer| outer == address) {
            return Ok(Value::Cycle(up as u32 + 1));
        }
        if self.path.len() >= DEPTH {
            return Ok(self.opaque(object, format!("nested deeper than {DEPTH} levels")));
        }
        let again = self.met_before(object);
        if again && self.repeats >= REPEATS {
            return Ok(self.opaque(object, "too many paths lead to it"));
        }
        self.path.push(address);
        self.again += usize::from(again);
        self.repeats += usize::from(self.again > 1);
        let captured = capture(self);
        self.path.pop();
        self.again -= usize::from(again);
        captured.or_else(|error| self.forgive(object, error))
    }

    fn met_before(&mut self, object: &Bound<'py, PyAny>) -> bool {
        // Its container's reference and the walk's own: nothing else leads to it, as to most data.
        const UNSHARED: isize = 2;
        // SAFETY: the object is alive and the interpreter is attached.
        let references = unsafe { ffi::Py_REFCNT(object.as_ptr()) };
        references > UNSHARED && !self.seen.insert(object.as_ptr() as usize)
    }

    /// What an object's own code raises says only that it can't be taken apart.
    fn forgive(&mut self, object: &Bound<'py, PyAny>, error: PyErr) -> PyResult<Value> {
        if error.is_instance_of::<PyMemoryError>(self.py) || error.is_instance_of::<PyKeyboardInterrupt>(self.py) {
            return Err(error);
        }
        let why = error.to_string().chars().take(WHY).collect::<String>();
        Ok(self.opaque(object, why))
    }

    fn opaque(&mut self, object: &Bound<'py, PyAny>, why: impl Into<String>) -> Value {
        match self.class(object) {
            Ok(class) => opaque(&class.name, why),
            Err(_) => opaque("object", why),
        }
    }

    /// What is known about an object's class, found out once.
    pub(super) fn class(&mut self, object: &Bound<'py, PyAny>) -> PyResult<Rc<Class<'py>>> {
        let address = object.get_type_ptr() as usize;
        if let Some(class) = self.classes.get(&address) {
            return Ok(class.clone());
        }
        let class = Rc::new(Class::of(&object.get_type())?);
        self.classes.insert(address, class.clone());
        Ok(class)
    }

    /// The elements of anything iterable, which is to be one that holds them already.
    pub(super) fn elements(&mut self, iterable: &Bound<'py, PyAny>) -> PyResult<Vec<Value>> {
        iterable.try_iter()?.map(|element| self.value(&element?)).collect()
    }
}

/// A value that can't be taken apart.
pub(super) fn opaque(type_name: &str, why: impl Into<String>) -> Value {
    Value::Opaque(Box::new(Opaque { type_name: type_name.into(), why: why.into() }))
}
