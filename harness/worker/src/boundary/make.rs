//! Making the Python objects of results that Rust has beforehand.
//!
//! What the results are made of lies in columns, all values of one place behind each other, and is made by the cheapest calls
//! that CPython has for it. To have a value costs a function in Rust no less than to load one that comes next in memory.
//! Objects that a function has at hand are handed back as they are.

mod containers;
mod plan;
mod scalars;

use std::cell::Cell;
use std::collections::HashSet;
use std::rc::Rc;

use pyo3::exceptions::PySystemError;
use pyo3::prelude::*;

use super::Object;
use plan::{Planning, count};
use scalars::{Floats, Ints, Kept, Texts};

/// Objects that a function has at hand.
pub(super) enum Given {
    /// Those of its argument and its constants, by their addresses; and strings, numbers and names of which a result has but a
    /// few different ones. What of the result is one of them is handed back as it is.
    Objects {
        /// Those of its argument.
        argument: HashSet<usize>,
        /// Its constants.
        constants: HashSet<usize>,
    },
    /// None: everything is made anew.
    Nothing,
}

/// Makes objects of one kind, one after the other. The interpreter is attached meanwhile.
trait Make {
    /// Makes the next one: a new reference, or null with an exception.
    fn next(&mut self) -> Object;

    /// Makes the next ones, into places that lie in a row; whether it could. Where it couldn't, there is an exception.
    ///
    /// # Safety
    /// There are so many places, which have nothing in them.
    unsafe fn fill(&mut self, places: *mut Object, count: usize) -> bool {
        for place in 0..count {
            let made = self.next();
            if made.is_null() {
                return false;
            }
            // SAFETY: the caller promises that there is this place.
            unsafe { places.add(place).write(made) };
        }
        true
    }

    /// Goes back to the first.
    fn rewind(&mut self);
}

impl Make for Box<dyn Make> {
    #[inline]
    fn next(&mut self) -> Object {
        (**self).next()
    }

    #[inline]
    unsafe fn fill(&mut self, places: *mut Object, count: usize) -> bool {
        // SAFETY: the caller promises what this needs.
        unsafe { (**self).fill(places, count) }
    }

    fn rewind(&mut self) {
        (**self).rewind();
    }
}

/// One that is known where it's used, if it's one of the usual, so that no value takes a call through a pointer.
enum Maker {
    Ints(Ints),
    Floats(Floats),
    Texts(Texts),
    Kept(Kept),
    Other(Box<dyn Make>),
}

/// Does the same with whatever maker it is.
macro_rules! with {
    ($maker:expr, $known:ident => $work:expr) => {
        match $maker {
            Maker::Ints($known) => $work,
            Maker::Floats($known) => $work,
            Maker::Texts($known) => $work,
            Maker::Kept($known) => $work,
            Maker::Other($known) => $work,
        }
    };
}
use with;

impl Make for Maker {
    #[inline(always)]
    fn next(&mut self) -> Object {
        with!(self, known => known.next())
    }

    #[inline]
    unsafe fn fill(&mut self, places: *mut Object, count: usize) -> bool {
        // SAFETY: the caller promises what this needs.
        with!(self, known => unsafe { known.fill(places, count) })
    }

    fn rewind(&mut self) {
        with!(self, known => known.rewind());
    }
}

impl Maker {
    fn boxed(maker: impl Make + 'static) -> Self {
        Self::Other(Box::new(maker))
    }
}

/// Values that are taken one after the other.
struct Column<T> {
    values: Vec<T>,
    next: usize,
}

impl<T> Column<T> {
    fn new(values: Vec<T>) -> Self {
        Self { values, next: 0 }
    }

    /// The next value; where there is none, that is raised.
    #[inline(always)]
    fn take(&mut self) -> Option<&T> {
        let value = self.values.get(self.next);
        self.next += 1;
        if value.is_none() {
            used_up();
        }
        value
    }

    fn rewind(&mut self) {
        self.next = 0;
    }
}

#[cold]
fn used_up() {
    // SAFETY: the interpreter is attached wherever makers run.
    let py = unsafe { Python::assume_attached() };
    PySystemError::new_err("a boundary was crossed more often than it was made for").restore(py);
}

/// The results of calls, made one after the other.
pub(super) struct Results {
    root: Maker,
    /// Counts the results. What occurs more than once in a result is made once for each.
    made: Rc<Cell<u64>>,
    hands_back: bool,
}

impl Results {
    /// The making of objects like these ones.
    ///
    /// # Errors
    /// When part of them can't be made.
    pub(super) fn new(py: Python<'_>, results: Vec<Bound<'_, PyAny>>, given: &Given) -> PyResult<Self> {
        let made = Rc::new(Cell::new(0));
        let mut planning = Planning::new(given, made.clone(), &results)?;
        let root = planning.maker(py, results)?;
        Ok(Self { root, made, hands_back: planning.hands_back() })
    }

    /// Whether parts of the argument are handed back, so that the results are those of that very object.
    pub(super) fn hands_back(&self) -> bool {
        self.hands_back
    }

    /// Makes the next one: a new reference, or null with an exception.
    #[inline]
    pub(super) fn next(&mut self) -> Object {
        self.made.set(self.made.get() + 1);
        self.root.next()
    }

    /// Goes back to the first.
    #[inline]
    pub(super) fn rewind(&mut self) {
        self.root.rewind();
    }
}

/// The strings, numbers and such that are the same objects in all of these results of different calls, by their addresses.
///
/// # Errors
/// When a result can't be looked through.
pub(super) fn constants(first: &Bound<'_, PyAny>, others: &[Bound<'_, PyAny>]) -> PyResult<HashSet<usize>> {
    if others.is_empty() {
        return Ok(HashSet::new());
    }
    let scalars = |result: &Bound<'_, PyAny>| -> PyResult<HashSet<usize>> {
        let mut seen = std::collections::HashMap::new();
        count(result, &mut seen)?;
        Ok(seen.into_iter().filter_map(|(address, seen)| seen.is_scalar.then_some(address)).collect())
    };
    let mut constants = scalars(first)?;
    for other in others {
        let others = scalars(other)?;
        constants.retain(|address| others.contains(address));
    }
    Ok(constants)
}
