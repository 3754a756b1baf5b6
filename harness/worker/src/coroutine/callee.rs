//! What the driver calls: a function with its argument, or with recorded calls.

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::stream::MOST_ITEMS;
use crate::calls::{Calling, Calls};
use crate::subject::invoke;

/// A function, and equal but distinct copies of what it's called with.
pub(crate) enum Callee {
    /// Its one argument.
    One {
        /// The function.
        function: Py<PyAny>,
        /// At least one.
        copies: Vec<Py<PyAny>>,
    },
    /// Recorded calls: one call of the driver makes all of a copy.
    Recorded(Replay),
}

/// Recorded calls that are being made.
pub(crate) struct Replay {
    calling: Calling,
    /// At least one.
    copies: Vec<Calls>,
    /// The call that is being made, or is the next one.
    place: usize,
    outputs: Option<Py<PyList>>,
}

/// A call of the driver that is over, with its output where that is kept.
pub(super) type Over = Option<Py<PyAny>>;

impl Callee {
    /// A function of one argument.
    pub(crate) fn one(function: &Bound<'_, PyAny>, copies: &[Bound<'_, PyAny>]) -> Self {
        let copies = copies.iter().map(|copy| copy.clone().unbind()).collect();
        Self::One { function: function.clone().unbind(), copies }
    }

    /// A function whose calls were recorded.
    pub(crate) fn recorded(py: Python<'_>, calling: &Calling, copies: &[Calls]) -> Self {
        Self::Recorded(Replay { calling: calling.again(py), copies: copies.to_vec(), place: 0, outputs: None })
    }

    pub(super) fn copies(&self) -> usize {
        match self {
            Self::One { copies, .. } => copies.len(),
            Self::Recorded(replay) => replay.copies.len(),
        }
    }

    /// Items that are read of a stream at most.
    pub(super) fn most_items(&self) -> u64 {
        match self {
            Self::One { .. } => MOST_ITEMS,
            Self::Recorded(replay) => replay.calling.streams().unwrap_or(MOST_ITEMS),
        }
    }

    /// Whether a call of the driver has begun that isn't over.
    pub(super) fn is_within(&self) -> bool {
        matches!(self, Self::Recorded(replay) if replay.place > 0)
    }

    /// Calls the function; nothing where there is no call to make.
    pub(super) fn call<'py>(&self, py: Python<'py>, copy: usize) -> Option<PyResult<Bound<'py, PyAny>>> {
        match self {
            Self::One { function, copies } => Some(invoke(function.bind(py), copies[copy].bind(py))),
            Self::Recorded(replay) => replay.copies[copy].get(replay.place).map(|call| replay.calling.begin(py, call)),
        }
    }

    /// Notes how a call of the function has ended, whose result is there if outputs are kept; whether that of the driver is over.
    ///
    /// # Errors
    /// What it raised, where that isn't an output.
    pub(super) fn ended(
        &mut self,
        py: Python<'_>,
        copy: usize,
        result: PyResult<Option<Py<PyAny>>>,
        keeps: bool,
    ) -> PyResult<Option<Over>> {
        match self {
            Self::One { .. } => result.map(Some),
            Self::Recorded(replay) => replay.ended(py, copy, result, keeps),
        }
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::One { function, copies } => {
                visit.call(function)?;
                copies.iter().try_for_each(|copy| visit.call(copy))
            }
            Self::Recorded(replay) => {
                visit.call(replay.calling.function())?;
                replay.copies.iter().try_for_each(|copy| copy.traverse(visit))
            }
        }
    }
}

impl Replay {
    fn ended(
        &mut self,
        py: Python<'_>,
        copy: usize,
        result: PyResult<Option<Py<PyAny>>>,
        keeps: bool,
    ) -> PyResult<Option<Over>> {
        if keeps {
            if self.outputs.is_none() {
                self.outputs = Some(PyList::empty(py).unbind());
            }
            if let (Some(call), Some(outputs)) = (self.copies[copy].get(self.place), &self.outputs) {
                let result =
                    result.map(|value| value.map_or_else(|| py.None().into_bound(py), |value| value.into_bound(py)));
                outputs.bind(py).append(self.calling.output(py, call, result)?)?;
            }
        } else if let Err(error) = result
            && !self.calling.expects(py, &error)
        {
            return Err(error);
        }
        self.place += 1;
        if self.copies[copy].get(self.place).is_some() {
            return Ok(None);
        }
        self.place = 0;
        Ok(Some(self.outputs.take().map(Py::into_any)))
    }
}
