//! What crossing the boundary between Python and Rust costs: the argument of a real call to Rust, its real result back, and
//! nothing in between.
//!
//! The [shape](shape::Node) of the argument is found from its values. Then a [function](function) does what one in Rust has to
//! do: it [reads](read) the argument where it lies, or by [plain objects](owned) that own everything, and [makes](make) the
//! result. It's to be a bound for what a Rust function behind such types can reach, as far as that reads every element of its
//! argument. So whatever is done here has to be done by any such function, and in no cheaper way.

mod array;
mod calls;
mod function;
mod make;
mod owned;
mod read;
mod shape;
mod text;

use std::collections::HashSet;

use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rustworthy_protocol::{BoundaryForm, BoundaryTypes, RecordedCalls};

use crate::calls::{Calling, Calls};
use crate::pickling::dumps;
use crate::subject::{Function, Subject};
use calls::{CallsBoundary, with_arguments_in_form};
use function::Cross;
use make::{Given, Results};
use read::Argument;
use shape::{Node, Walk};

/// An object that something else keeps alive, or a new reference.
type Object = *mut ffi::PyObject;

/// A function that does nothing but cross the boundary, in place of one that was called.
pub(crate) struct Crossing<'py> {
    function: Bound<'py, PyAny>,
    form: BoundaryForm,
    types: BoundaryTypes,
    /// Of how many copies of its argument it's the boundary, the first ones.
    copies: usize,
}

impl<'py> Crossing<'py> {
    /// The boundary of a function of one argument, of which there are copies; `fresh` where every call gets another one. One that
    /// changes its argument finds copies unlike the others after that.
    ///
    /// # Errors
    /// What the function raises; when a type among the values can't be converted, which the message names with all others; when
    /// the result is in part of an argument that is another one in every call.
    pub(crate) fn new(
        function: &Bound<'py, PyAny>,
        copies: &[Bound<'py, PyAny>],
        form: BoundaryForm,
        fresh: bool,
    ) -> PyResult<Self> {
        let py = function.py();
        let function = Function::new(function.clone())?;
        let call = |copy: &Bound<'py, PyAny>| {
            let mut subject = Subject::Python { function: function.clone(), copies: vec![copy.clone()] };
            subject.call()?.output.into_python()
        };
        let Some(first) = copies.first() else { return Err(PyValueError::new_err("no argument")) };
        let given = Walked::new(first);
        let mut results = copies.iter().take(2).map(&call).collect::<PyResult<Vec<_>>>()?;
        let mut boundary = Boundary::new(given, &results, form)?;
        if boundary.hands_back() {
            refuse_fresh(fresh)?;
            results.extend(copies.iter().skip(2).map(&call).collect::<PyResult<Vec<_>>>()?);
            for (copy, result) in copies.iter().zip(results).skip(1) {
                boundary.add(Walked::new(copy), result)?;
            }
        }
        let types = boundary.types.clone();
        Ok(Self { function: function::of_one_argument(py, boundary)?, form, types, copies: copies.len() })
    }

    /// The boundary of a function of which calls were recorded; the calls are what [`crate::calls::load`] has returned.
    ///
    /// # Errors
    /// As of [`new`](Self::new).
    pub(crate) fn of_calls(
        function: &Bound<'py, PyAny>,
        calls: &Bound<'py, PyAny>,
        form: BoundaryForm,
        fresh: bool,
    ) -> PyResult<Self> {
        let boundary = CallsBoundary::new(function, calls, form)?;
        let hands_back = boundary.hands_back();
        if hands_back {
            refuse_fresh(fresh)?;
        }
        let types = boundary.types().clone();
        // Objects of one copy wouldn't be at hand where another one is read.
        let copies = if hands_back { 1 } else { usize::MAX };
        Ok(Self { function: function::of_any_arguments(function.py(), boundary)?, form, types, copies })
    }

    /// What crosses.
    pub(crate) fn types(&self) -> &BoundaryTypes {
        &self.types
    }

    /// What is to be called, on copies of the argument or of the recorded calls.
    ///
    /// # Errors
    /// When they can't be pickled, where it's bytes that cross.
    pub(crate) fn subject(
        &self,
        copies: &[Bound<'py, PyAny>],
        recorded: Option<&RecordedCalls>,
    ) -> PyResult<Subject<'py>> {
        let py = self.function.py();
        let copies = copies.iter().take(self.copies);
        let Some(recorded) = recorded else {
            let copies = copies.map(|copy| argument(copy, self.form)).collect::<PyResult<_>>()?;
            return Ok(Subject::Python { function: Function::plain(self.function.clone()), copies });
        };
        let copies = copies.map(|copy| {
            let in_form = with_arguments_in_form(copy, self.form)?;
            Calls::in_place_of(py, &Calls::new(copy)?, &in_form)
        });
        let copies = copies.collect::<PyResult<_>>()?;
        Ok(Subject::Calls { calling: Calling::new(&self.function, recorded)?, copies, py })
    }
}

/// # Errors
/// Where every call gets another argument: what is handed back of one isn't at hand for a call that reads another.
fn refuse_fresh(fresh: bool) -> PyResult<()> {
    if fresh {
        return Err(PyValueError::new_err(
            "what it returns is in part its argument's, which is another one in every call",
        ));
    }
    Ok(())
}

/// An argument that was walked through.
struct Walked<'a, 'py> {
    argument: &'a Bound<'py, PyAny>,
    node: Node,
    walk: Walk,
}

impl<'a, 'py> Walked<'a, 'py> {
    fn new(argument: &'a Bound<'py, PyAny>) -> Self {
        let mut walk = Walk::default();
        let node = walk.node(argument);
        Self { argument, node, walk }
    }
}

/// Converts its argument, and makes a result anew that it has beforehand.
struct Boundary {
    reading: Reading,
    /// The result, by the address of the argument where parts of that are handed back and there are several.
    results: Vec<(usize, Results)>,
    constants: HashSet<usize>,
    form: BoundaryForm,
    types: BoundaryTypes,
}

impl Boundary {
    /// The boundary of a function that was given that argument and returned these results, of which the first comes back: what
    /// is the same object in all of them is a constant of the function.
    ///
    /// # Errors
    /// When a type among the values can't be converted; the message names all of them.
    fn new(given: Walked<'_, '_>, results: &[Bound<'_, PyAny>], form: BoundaryForm) -> PyResult<Self> {
        let Walked { argument, node, mut walk } = given;
        let Some((first, others)) = results.split_first() else { return Err(PyValueError::new_err("no result")) };
        let of_argument = std::mem::take(&mut walk.addresses);
        let result_node = walk.node(first);
        let opaque = walk.check()?;
        let constants = make::constants(first, others)?;
        let types = BoundaryTypes { argument: node.to_string(), result: result_node.to_string(), opaque };
        let given = Given::in_form(form, of_argument, constants.clone());
        let results = Results::new(first.py(), vec![first.clone()], &given)?;
        let reading = Reading::new(form, &node);
        Ok(Self { reading, results: vec![(argument.as_ptr() as usize, results)], constants, form, types })
    }

    /// Adds the result for another copy of the argument.
    ///
    /// # Errors
    /// When part of it can't be made.
    fn add(&mut self, given: Walked<'_, '_>, result: Bound<'_, PyAny>) -> PyResult<()> {
        let Walked { argument, walk, .. } = given;
        let given = Given::in_form(self.form, walk.addresses, self.constants.clone());
        self.results.push((argument.as_ptr() as usize, Results::new(result.py(), vec![result], &given)?));
        Ok(())
    }

    /// Whether the result is in part the argument's.
    fn hands_back(&self) -> bool {
        self.results.iter().any(|(_, results)| results.hands_back())
    }
}

impl Cross for Boundary {
    fn cross(&mut self, py: Python<'_>, arguments: &[Object], _: Option<&[Object]>) -> PyResult<Object> {
        for &argument in arguments {
            self.reading.read(py, argument)?;
        }
        let of_argument = match &self.results[..] {
            [_] => 0,
            several => {
                let is_meant = |(address, _): &(usize, Results)| arguments.iter().any(|one| *one as usize == *address);
                several.iter().position(is_meant).unwrap_or_default()
            }
        };
        let Some((_, results)) = self.results.get_mut(of_argument) else {
            return Err(PyValueError::new_err("no result"));
        };
        results.rewind();
        Ok(results.next())
    }
}

/// How an argument is read.
enum Reading {
    Cheapest(Argument),
    Owned,
    /// Every byte of `bytes`.
    Bytes,
}

impl Reading {
    /// The reading of values of that shape.
    fn new(form: BoundaryForm, node: &Node) -> Self {
        match form {
            BoundaryForm::Cheapest => Self::Cheapest(Argument::new(node)),
            BoundaryForm::Owned => Self::Owned,
            BoundaryForm::Bytes => Self::Bytes,
        }
    }

    /// Reads a value, and forgets it.
    #[inline]
    fn read(&self, py: Python<'_>, value: Object) -> PyResult<()> {
        // SAFETY: an object that its caller keeps alive.
        let object = || unsafe { pyo3::Borrowed::from_ptr(py, value) };
        match self {
            Self::Cheapest(argument) => argument.read(value)?,
            Self::Owned => drop(std::hint::black_box(owned::read(&object())?)),
            Self::Bytes => drop(std::hint::black_box(sum(object().cast::<PyBytes>()?.as_bytes()))),
        }
        Ok(())
    }
}

impl Given {
    /// What a function has at hand that gets its argument in that form; these are the objects of the argument, and its own
    /// constants.
    fn in_form(form: BoundaryForm, argument: HashSet<usize>, constants: HashSet<usize>) -> Self {
        match form {
            BoundaryForm::Cheapest => Self::Objects { argument, constants },
            BoundaryForm::Owned => Self::Nothing,
            // A function whose argument is bytes has no objects of an argument to hand back.
            BoundaryForm::Bytes => Self::Objects { argument: HashSet::new(), constants },
        }
    }
}

/// The argument as a form gets it: itself, or the bytes that hold the same values.
///
/// # Errors
/// When it can't be pickled.
fn argument<'py>(object: &Bound<'py, PyAny>, form: BoundaryForm) -> PyResult<Bound<'py, PyAny>> {
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
