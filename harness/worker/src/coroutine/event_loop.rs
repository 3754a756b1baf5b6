//! The event loop of the process. It runs while calls are made, and stands still in between.

use std::ffi::CString;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyModule};

use super::calls::{Calls, Ended};

const SOURCE: &str = include_str!("event_loop.py");

static LOOP: PyOnceLock<Started> = PyOnceLock::new();

struct Started {
    runner: Py<PyAny>,
    run: Py<PyAny>,
    other_tasks: Py<PyAny>,
    stream: Py<PyAny>,
}

/// The loop, which was started when it was needed for the first time: after the contender was imported, which may have set a
/// policy of its own.
pub(crate) struct EventLoop<'py> {
    py: Python<'py>,
    started: &'py Started,
}

impl<'py> EventLoop<'py> {
    /// The loop of this process.
    ///
    /// # Errors
    /// When it doesn't start.
    pub(crate) fn get(py: Python<'py>) -> PyResult<Self> {
        let started = LOOP.get_or_try_init(py, || {
            let module = PyModule::from_code(py, &CString::new(SOURCE)?, c"event_loop.py", c"rustworthy_event_loop")?;
            let runner = module.getattr("start")?.call0()?;
            let (run, runner) = (runner.getattr("run")?.unbind(), runner.unbind());
            let (other_tasks, stream) = (module.getattr("other_tasks")?.unbind(), module.getattr("stream")?.unbind());
            Ok::<_, PyErr>(Started { runner, run, other_tasks, stream })
        })?;
        Ok(Self { py, started })
    }

    /// Runs calls until they have all ended.
    ///
    /// # Errors
    /// What a call raises, or does to the loop.
    pub(super) fn run(&self, calls: Calls) -> PyResult<Ended> {
        let calls = Bound::new(self.py, calls)?;
        self.started.run.bind(self.py).call1((&calls,))?;
        calls.borrow_mut().end()
    }

    /// Runs a coroutine until it's done.
    ///
    /// # Errors
    /// What it raises.
    pub(crate) fn complete(&self, coroutine: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.started.run.bind(self.py).call1((coroutine,))
    }

    /// What asyncio knows it as.
    ///
    /// # Errors
    /// When it was closed.
    pub(crate) fn asyncio_loop(&self) -> PyResult<Bound<'py, PyAny>> {
        self.started.runner.bind(self.py).call_method0("get_loop")
    }

    /// How many tasks there are on it beside the present one.
    pub(super) fn other_tasks(&self) -> PyResult<usize> {
        self.started.other_tasks.bind(self.py).call0()?.extract()
    }

    /// An empty list for the items of a stream, which is told from other lists by its type.
    pub(super) fn items(&self) -> PyResult<Bound<'py, PyList>> {
        Ok(self.started.stream.bind(self.py).call0()?.cast_into::<PyList>()?)
    }
}
