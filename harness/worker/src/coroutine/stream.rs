//! Asynchronous iterators, which are read to their end, as `async for` does.

use pyo3::prelude::*;
use pyo3::types::PyList;

/// Items that are read of a stream at most, unless its calls were recorded with another bound: some have no end.
pub(super) const MOST_ITEMS: u64 = 100_000;

/// An asynchronous iterator that is being read.
pub(super) struct Stream {
    pub(super) iterator: Py<PyAny>,
    /// Items that were read.
    pub(super) items: u64,
    /// Items that are read at most.
    pub(super) most: u64,
    /// Where they are kept, if anybody wants to see them.
    pub(super) kept: Option<Py<PyList>>,
    /// Whether there were more than may be read.
    pub(super) is_cut_off: bool,
}

impl Stream {
    /// Takes an item; whether there may be another.
    pub(super) fn take(&mut self, item: &Bound<'_, PyAny>) -> PyResult<bool> {
        if self.items == self.most {
            self.is_cut_off = true;
            return Ok(false);
        }
        self.items += 1;
        if let Some(kept) = &self.kept {
            kept.bind(item.py()).append(item)?;
        }
        Ok(true)
    }
}
