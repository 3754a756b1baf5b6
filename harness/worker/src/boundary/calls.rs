//! The boundary of recorded calls: each has arguments of its own, and returns or raises something of its own.

use std::collections::HashSet;

use pyo3::exceptions::{PyBaseException, PyException, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};
use rustworthy_protocol::{BoundaryForm, BoundaryTypes};

use super::function::Cross;
use super::make::{Given, Results};
use super::shape::{Alternative, Node, Walk, signature};
use super::{Object, Reading};
use crate::pickling::dumps;

/// A recorded call, as [`crate::calls::load`] gives it: its line, its positional arguments and those by name.
type Recorded<'py> = (u64, Bound<'py, PyTuple>, Bound<'py, PyDict>);

/// Converts the arguments of recorded calls, which have to be made one after the other, and ends each as it ended.
pub(super) struct CallsBoundary {
    positional: Positional,
    named: Vec<(Py<PyString>, Reading)>,
    ends: Vec<End>,
    /// What calls return that return something, in their order.
    results: Results,
    /// The place of the call that comes next.
    next: usize,
    types: BoundaryTypes,
}

/// How positional arguments are read.
enum Positional {
    /// Each by its place, for each number of them that calls have.
    Places(Vec<Vec<Reading>>),
    /// All alike, since there are many in some calls.
    Many(Reading),
}

/// How a call ends.
enum End {
    Returns,
    Raises(Py<PyBaseException>),
}

impl Cross for CallsBoundary {
    fn cross(&mut self, py: Python<'_>, arguments: &[Object], names: Option<&[Object]>) -> PyResult<Object> {
        let read = self.read(py, arguments, names.unwrap_or_default());
        if self.next == self.ends.len() {
            self.next = 0;
        }
        if self.next == 0 {
            self.results.rewind();
        }
        let end = self.ends.get(self.next);
        self.next += 1;
        let ended = match end {
            Some(End::Raises(exception)) => Err(PyErr::from_value(exception.bind(py).clone().into_any())),
            _ => Ok(self.results.next()),
        };
        // Whatever the arguments were, the next call is the one that comes next.
        match read {
            Ok(()) => ended,
            Err(error) => {
                if let Ok(made) = ended {
                    // SAFETY: a new reference, or null.
                    unsafe { ffi::Py_XDECREF(made) };
                }
                Err(error)
            }
        }
    }
}

impl CallsBoundary {
    #[inline]
    fn read(&self, py: Python<'_>, arguments: &[Object], names: &[Object]) -> PyResult<()> {
        let (positional, by_name) = arguments.split_at(arguments.len() - names.len());
        self.positional.read(py, positional)?;
        names.iter().zip(by_name).try_for_each(|(&name, &value)| self.reading_of(py, name)?.read(py, value))
    }

    fn reading_of(&self, py: Python<'_>, name: Object) -> PyResult<&Reading> {
        if let Some((_, reading)) = self.named.iter().find(|(known, _)| known.as_ptr() == name) {
            return Ok(reading);
        }
        // SAFETY: an object that its caller keeps alive.
        let name = unsafe { pyo3::Borrowed::from_ptr(py, name) };
        let is_meant = |(known, _): &&(Py<PyString>, Reading)| name.eq(known).unwrap_or(false);
        let found = self.named.iter().find(is_meant);
        found
            .map(|(_, reading)| reading)
            .ok_or_else(|| PyTypeError::new_err(format!("no recorded call has an argument {}", &*name)))
    }

    /// The boundary of a function that ends recorded calls as it does now; the calls are a list of [`Recorded`] ones.
    ///
    /// # Errors
    /// When a type among the values can't be converted; the message names all of them.
    pub(super) fn new(function: &Bound<'_, PyAny>, calls: &Bound<'_, PyAny>, form: BoundaryForm) -> PyResult<Self> {
        let py = function.py();
        let calls: Vec<Recorded<'_>> = calls.extract()?;
        let (mut walk, mut positional) = (Walk::default(), Node::default());
        let mut named: Vec<(Bound<'_, PyString>, Node)> = Vec::new();
        for (_, args, kwargs) in &calls {
            walk.add(&mut positional, args.as_any());
            for (name, value) in kwargs {
                let name = name.cast_into::<PyString>()?;
                let place = named.iter().position(|(known, _)| known.as_any().eq(&name).unwrap_or(false));
                let place = place.unwrap_or_else(|| {
                    named.push((name, Node::default()));
                    named.len() - 1
                });
                walk.add(&mut named[place].1, &value);
            }
        }
        let given = Given::in_form(form, std::mem::take(&mut walk.addresses), HashSet::new());
        let (mut ends, mut results, mut result_node) = (Vec::with_capacity(calls.len()), Vec::new(), Node::default());
        for (_, args, kwargs) in &calls {
            match function.call(args, Some(kwargs)) {
                Ok(result) => {
                    walk.add(&mut result_node, &result);
                    results.push(result);
                    ends.push(End::Returns);
                }
                Err(error) if error.is_instance_of::<PyException>(py) => {
                    error.set_traceback(py, None);
                    ends.push(End::Raises(error.into_value(py)));
                }
                Err(error) => return Err(error),
            }
        }
        let opaque = walk.check()?;
        let has_results = !results.is_empty();
        let results = Results::new(py, results, &given)?;
        let names: Vec<(String, Node)> =
            named.iter_mut().map(|(name, node)| (name.to_string(), std::mem::take(node))).collect();
        let types = BoundaryTypes {
            argument: signature(&positional, &names),
            result: if has_results { result_node.to_string() } else { "an exception".to_owned() },
            opaque,
        };
        let readings = names.iter().map(|(_, node)| Reading::new(form, node));
        let named = named.into_iter().map(|(name, _)| name.unbind()).zip(readings).collect();
        Ok(Self { positional: Positional::new(form, &positional), named, ends, results, next: 0, types })
    }

    /// Whether a result is in part of the arguments.
    pub(super) fn hands_back(&self) -> bool {
        self.results.hands_back()
    }

    /// What is converted.
    pub(super) fn types(&self) -> &BoundaryTypes {
        &self.types
    }
}

impl Positional {
    /// Of positional arguments whose shape is that of tuples.
    fn new(form: BoundaryForm, tuples: &Node) -> Self {
        if form == BoundaryForm::Bytes {
            // Instead of all arguments.
            return Self::Many(Reading::Bytes);
        }
        let many = tuples.alternatives.iter().find_map(|one| match one {
            Alternative::LongTuple(node) => Some(Self::Many(Reading::new(form, node))),
            _ => None,
        });
        many.unwrap_or_else(|| {
            let places = tuples.alternatives.iter().filter_map(|one| match one {
                Alternative::Tuple(nodes) => Some(nodes.iter().map(|node| Reading::new(form, node)).collect()),
                _ => None,
            });
            Self::Places(places.collect())
        })
    }

    #[inline]
    fn read(&self, py: Python<'_>, arguments: &[Object]) -> PyResult<()> {
        match self {
            Self::Many(reading) => arguments.iter().try_for_each(|&argument| reading.read(py, argument)),
            Self::Places(known) => {
                let readings = known.iter().find(|readings| readings.len() == arguments.len());
                let readings = readings
                    .ok_or_else(|| PyTypeError::new_err("no recorded call has so many positional arguments"))?;
                readings.iter().zip(arguments).try_for_each(|(reading, &argument)| reading.read(py, argument))
            }
        }
    }
}

/// Recorded calls with their arguments in a form: as they are, or as bytes that hold the same values.
///
/// # Errors
/// When arguments can't be pickled.
pub(super) fn with_arguments_in_form<'py>(
    calls: &Bound<'py, PyAny>,
    form: BoundaryForm,
) -> PyResult<Bound<'py, PyAny>> {
    if form != BoundaryForm::Bytes {
        return Ok(calls.clone());
    }
    let py = calls.py();
    let in_bytes = PyList::empty(py);
    for (line, args, kwargs) in calls.extract::<Vec<Recorded<'_>>>()? {
        let bytes = PyBytes::new(py, &dumps(py, (args, kwargs).into_pyobject(py)?.as_any())?);
        in_bytes.append((line, (bytes,), PyDict::new(py)))?;
    }
    Ok(in_bytes.into_any())
}
