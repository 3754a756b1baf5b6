//! The boundary of recorded calls: each has arguments of its own, and returns or raises something of its own.

use pyo3::exceptions::{PyBaseException, PyException, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};
use rustworthy_protocol::{BoundaryForm, BoundaryTypes};

use super::Reading;
use super::result::{Given, ResultPlan};
use super::shape::{Node, Walk, signature};
use crate::pickling::dumps;

/// A recorded call, as [`crate::calls::load`] gives it: its line, its positional arguments and those by name.
type Recorded<'py> = (u64, Bound<'py, PyTuple>, Bound<'py, PyDict>);

/// A function that converts the arguments of recorded calls, which have to be made one after the other, and ends each as it
/// ended.
#[pyclass(unsendable)]
pub(crate) struct CallsBoundary {
    positional: Reading,
    named: Vec<(Py<PyString>, Reading)>,
    ends: Vec<End>,
    /// The place of the call that comes next.
    next: usize,
    types: BoundaryTypes,
}

/// How a call ends.
enum End {
    Returns(ResultPlan),
    Raises(Py<PyBaseException>),
}

#[pymethods]
impl CallsBoundary {
    #[pyo3(signature = (*args, **kwargs))]
    fn call<'py>(
        &mut self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match &mut self.positional {
            Reading::Bytes => self.positional.read(&args.get_item(0)?)?,
            _ => self.positional.read(args.as_any())?,
        }
        for (name, value) in kwargs.into_iter().flatten() {
            let (_, reading) = self
                .named
                .iter_mut()
                .find(|(known, _)| known.is(&name) || name.as_any().eq(known).unwrap_or(false))
                .ok_or_else(|| PyTypeError::new_err(format!("no recorded call has an argument {name}")))?;
            reading.read(&value)?;
        }
        let place = self.next;
        self.next = (place + 1) % self.ends.len();
        match &mut self.ends[place] {
            End::Returns(plan) => plan.make(args.py()),
            End::Raises(exception) => Err(PyErr::from_value(exception.bind(args.py()).clone().into_any())),
        }
    }
}

impl CallsBoundary {
    /// The boundary of a function that ends recorded calls as it does now; the calls are a list of [`Recorded`] ones.
    ///
    /// # Errors
    /// When a type among the values can't be converted; the message names all of them.
    pub(crate) fn new(function: &Bound<'_, PyAny>, calls: &Bound<'_, PyAny>, form: BoundaryForm) -> PyResult<Self> {
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
        let given = Given::in_form(form, std::mem::take(&mut walk.addresses));
        let (mut ended, mut results) = (Vec::with_capacity(calls.len()), Node::default());
        for (_, args, kwargs) in &calls {
            let result = function.call(args, Some(kwargs));
            match &result {
                Ok(result) => walk.add(&mut results, result),
                Err(error) if error.is_instance_of::<PyException>(py) => {}
                Err(error) => return Err(error.clone_ref(py)),
            }
            ended.push(result);
        }
        walk.check()?;
        let ends = ended.into_iter().map(|result| match result {
            Ok(result) => ResultPlan::new(&result, &given).map(End::Returns),
            Err(error) => {
                error.set_traceback(py, None);
                Ok(End::Raises(error.into_value(py)))
            }
        });
        let ends: Vec<End> = ends.collect::<PyResult<_>>()?;
        let names: Vec<(String, Node)> =
            named.iter_mut().map(|(name, node)| (name.to_string(), std::mem::take(node))).collect();
        let types = BoundaryTypes {
            argument: signature(&positional, &names),
            result: if ends.iter().any(|end| matches!(end, End::Returns(_))) {
                results.to_string()
            } else {
                "an exception".to_owned()
            },
        };
        let readings = names.iter().map(|(_, node)| Reading::new(form, node));
        let named = named.into_iter().map(|(name, _)| name.unbind()).zip(readings).collect();
        Ok(Self { positional: Reading::new(form, &positional), named, ends, next: 0, types })
    }

    /// What is converted.
    pub(crate) fn types(&self) -> &BoundaryTypes {
        &self.types
    }
}

/// Recorded calls with their arguments in a form: as they are, or as bytes that hold the same values.
///
/// # Errors
/// When arguments can't be pickled.
pub(crate) fn with_arguments_in_form<'py>(
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
