//! Requests that are answered at the same time: as tasks of one event loop, first come first served as long as not too many
//! are being answered.
//!
//! Nobody else runs between two steps of a task, so each step belongs to the request that it's made for, whoever created the
//! task. What passes between its steps a request waits for: the loop, an executor, or whatever else it awaits.

mod dispatch;
mod exchange;
mod step;
#[cfg_attr(not(target_os = "linux"), path = "timer_unsupported.rs")]
mod timer;

use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyList, PyModule, PyTuple};
use rustworthy_protocol::Served;

use super::application::Watching;
use super::serve::Plan;
use crate::coroutine::EventLoop;
use dispatch::Dispatch;
use step::Step;

/// An application that answers several requests at the same time.
pub(super) struct Together {
    /// From a request to an awaitable of the response.
    respond: Py<PyAny>,
    /// How many are answered at the same time.
    limit: usize,
    module: Py<PyModule>,
}

impl Together {
    pub(super) fn new(py: Python<'_>, respond: Py<PyAny>, limit: usize) -> PyResult<Self> {
        let module = super::module(py, include_str!("../together.py"), "together")?.unbind();
        Ok(Self { respond, limit, module })
    }

    /// Has the loop tell what requests wait for, and which of its tasks belong to them; what can't be told.
    pub(super) fn watch(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let wrap = |arguments: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| -> PyResult<Py<PyAny>> {
            let (coroutine, exchange) = (arguments.get_item(0)?, arguments.get_item(1)?);
            Step::of_task(coroutine, exchange)
        };
        let notice = |arguments: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| -> PyResult<()> {
            if let Ok(step) = arguments.get_item(0)?.cast::<Step>() {
                Step::is_ready(step);
            }
            Ok(())
        };
        let (wrap, notice) =
            (PyCFunction::new_closure(py, None, None, wrap)?, PyCFunction::new_closure(py, None, None, notice)?);
        let event_loop = EventLoop::get(py)?.asyncio_loop()?;
        let is_told = self.module.bind(py).getattr("watch")?.call1((event_loop, wrap, notice))?.is_truthy()?;
        Ok((!is_told).then(|| {
            "the event loop doesn't tell when a task may go on: waiting for the loop counts as what is awaited"
                .to_owned()
        }))
    }

    /// Answers requests from `first` on, as planned.
    ///
    /// # Errors
    /// When the loop fails.
    pub(super) fn serve(
        &self,
        py: Python<'_>,
        status: &Py<PyAny>,
        watching: Option<&Watching>,
        requests: &Bound<'_, PyList>,
        first: usize,
        plan: &Plan,
    ) -> PyResult<Served> {
        let requests: Vec<Py<PyAny>> = requests.iter().skip(first).take(plan.count()).map(Bound::unbind).collect();
        if requests.is_empty() {
            return Ok(Served::default());
        }
        let (respond, status) = (self.respond.clone_ref(py), status.clone_ref(py));
        let dispatch = Dispatch::new(requests, plan.clone(), self.limit, respond, status, watching.cloned())?;
        let dispatch = Bound::new(py, dispatch)?;
        let serve = self.module.bind(py).getattr("serve")?.call1((&dispatch,))?;
        EventLoop::get(py)?.complete(&serve)?;
        let served = dispatch.borrow_mut().served();
        Ok(served)
    }
}
