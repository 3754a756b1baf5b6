//! What crossing the boundary between Python and Rust costs: the argument of a real call to Rust, its real result back, and
//! nothing in between.
//!
//! The [shape](shape::Node) of both is found from the values. Then one converter does the work of a function that PyO3 exports:
//! by the [cheapest types](columns) that hold the argument, which borrow what they can and reuse their room from call to call, or
//! by [plain objects](owned) that own everything. So a contender of this kind is a bound for what a Rust function behind such
//! types can reach, as far as that reads every element of its argument.

mod array;
mod calls;
mod columns;
mod owned;
mod result;
mod shape;
mod text;

use std::collections::HashSet;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rustworthy_protocol::{BoundaryForm, BoundaryTypes};

use crate::pickling::dumps;
pub(crate) use calls::{CallsBoundary, with_arguments_in_form};
use columns::Columns;
use result::{Given, ResultPlan};
use shape::{Node, Walk};

/// A function that converts its argument, and returns an object that is made anew from a result which it has beforehand.
#[pyclass(unsendable)]
pub(crate) struct Boundary {
    reading: Reading,
    plan: ResultPlan,
    types: BoundaryTypes,
}

/// How the argument is read.
enum Reading {
    Cheapest(Columns),
    Owned,
    /// Every byte of `bytes`.
    Bytes,
}

#[pymethods]
impl Boundary {
    fn call<'py>(&mut self, argument: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.reading.read(argument)?;
        self.plan.make(argument.py())
    }
}

impl Reading {
    /// The reading of values of that shape.
    fn new(form: BoundaryForm, node: &Node) -> Self {
        match form {
            BoundaryForm::Cheapest => Self::Cheapest(Columns::new(node)),
            BoundaryForm::Owned => Self::Owned,
            BoundaryForm::Bytes => Self::Bytes,
        }
    }

    /// Reads a value, and forgets it.
    fn read(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        match self {
            Self::Cheapest(columns) => columns.read(value)?,
            Self::Owned => drop(std::hint::black_box(owned::read(value)?)),
            Self::Bytes => drop(std::hint::black_box(sum(value.cast::<PyBytes>()?.as_bytes()))),
        }
        Ok(())
    }
}

impl Given {
    /// What a function has at hand that gets its argument in that form, of which these are the objects.
    fn in_form(form: BoundaryForm, addresses: HashSet<usize>) -> Self {
        match form {
            BoundaryForm::Cheapest => Self::Objects(addresses),
            BoundaryForm::Owned => Self::Nothing,
            // A function whose argument is bytes has no objects of an argument to hand back.
            BoundaryForm::Bytes => Self::Objects(HashSet::new()),
        }
    }
}

impl Boundary {
    /// The boundary of a function that was given that argument and returned that result.
    ///
    /// # Errors
    /// When a type among the values can't be converted; the message names all of them.
    pub(crate) fn new(argument: &Bound<'_, PyAny>, result: &Bound<'_, PyAny>, form: BoundaryForm) -> PyResult<Self> {
        let mut walk = Walk::default();
        let given_node = walk.node(argument);
        let addresses = std::mem::take(&mut walk.addresses);
        let result_node = walk.node(result);
        walk.check()?;
        let types = BoundaryTypes { argument: given_node.to_string(), result: result_node.to_string() };
        let plan = ResultPlan::new(result, &Given::in_form(form, addresses))?;
        Ok(Self { reading: Reading::new(form, &given_node), plan, types })
    }

    /// What is converted.
    pub(crate) fn types(&self) -> &BoundaryTypes {
        &self.types
    }
}

/// The argument as a form gets it: itself, or the bytes that hold the same values.
///
/// # Errors
/// When it can't be pickled.
pub(crate) fn argument<'py>(object: &Bound<'py, PyAny>, form: BoundaryForm) -> PyResult<Bound<'py, PyAny>> {
    match form {
        BoundaryForm::Cheapest | BoundaryForm::Owned => Ok(object.clone()),
        BoundaryForm::Bytes => match object.cast_exact::<PyBytes>() {
            Ok(bytes) => Ok(bytes.clone().into_any()),
            Err(_) => Ok(PyBytes::new(object.py(), &dumps(object.py(), object)?).into_any()),
        },
    }
}

/// A sum over all bytes, which has to read them.
fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let words = words.iter().fold(0_u64, |sum, word| sum.wrapping_add(u64::from_ne_bytes(*word)));
    rest.iter().fold(words, |sum, byte| sum.wrapping_add(u64::from(*byte)))
}

#[cfg(test)]
mod tests;
