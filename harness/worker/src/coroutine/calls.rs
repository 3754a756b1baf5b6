//! The driver: a coroutine that makes call after call and awaits each.

use pyo3::PyTraverseError;
use pyo3::exceptions::{PyRuntimeError, PyStopAsyncIteration, PyStopIteration, PyValueError};
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use super::awaitable::{self, Next};
use super::callee::Callee;
use super::event_loop::EventLoop;
use super::stream::Stream;
use crate::course::Course;
use crate::meter::Metered;
use crate::subject::end_if_forked;

/// Calls of a function, one after the other, as a coroutine for a task of an event loop.
///
/// Their state is taken out of the object while a step runs: what runs may come back to it.
#[pyclass(module = "rustworthy")]
pub(super) struct Calls {
    state: Option<Box<State>>,
    has_ended: bool,
}

/// What became of calls.
pub(super) struct Ended {
    /// What they have used, if they were timed.
    pub(super) metered: Option<Metered>,
    /// What the last of them gave, if outputs are kept.
    pub(super) output: Option<Py<PyAny>>,
    /// Whether a stream was longer than what is read of it.
    pub(super) is_cut_off: bool,
    /// Tasks that were left on the loop.
    pub(super) tasks_left: usize,
}

struct State {
    callee: Callee,
    /// The copy of the next call.
    copy: usize,
    course: Course,
    /// What the first call gave, if it was made already.
    begun: Option<Py<PyAny>>,
    keeps: bool,
    stage: Stage,
    /// Whether the loop has had a turn after the last call.
    has_turned: bool,
    is_cut_off: bool,
    tasks_left: usize,
    output: Option<Py<PyAny>>,
    failed: Option<PyErr>,
}

/// What is awaited.
enum Stage {
    /// Nothing: the next call is to be made.
    Between,
    /// The result of a call.
    Result(Py<PyAny>),
    /// The next item of what it gave.
    Item(Stream, Py<PyAny>),
    /// The end of that, which was cut off.
    Closing(Stream, Py<PyAny>),
}

/// How a task lets its coroutine go on.
enum Resume<'a, 'py> {
    With(Bound<'py, PyAny>),
    Raising(&'a Bound<'py, PyTuple>),
}

impl Calls {
    pub(super) fn new(callee: Callee, course: Course) -> Self {
        let state = State {
            callee,
            copy: 0,
            course,
            begun: None,
            keeps: false,
            stage: Stage::Between,
            has_turned: false,
            is_cut_off: false,
            tasks_left: 0,
            output: None,
            failed: None,
        };
        Self { state: Some(Box::new(state)), has_ended: false }
    }

    /// Of these calls the first was made already, and gave this.
    pub(super) fn beginning_with(mut self, begun: Option<Bound<'_, PyAny>>) -> Self {
        if let Some(state) = &mut self.state {
            state.begun = begun.map(Bound::unbind);
        }
        self
    }

    /// The same, and the output of the last call is kept.
    pub(super) fn keeping(self, begun: Option<Bound<'_, PyAny>>) -> Self {
        let mut calls = self.beginning_with(begun);
        if let Some(state) = &mut calls.state {
            state.keeps = true;
        }
        calls
    }

    /// What became of them, once the loop has ended.
    ///
    /// # Errors
    /// What a call raised.
    pub(super) fn end(&mut self) -> PyResult<Ended> {
        let Some(state) = self.state.take().filter(|_| self.has_ended) else {
            return Err(PyRuntimeError::new_err("the event loop was stopped before the call had ended"));
        };
        match state.failed {
            Some(error) => Err(error),
            None => Ok(Ended {
                metered: state.course.metered(),
                output: state.output,
                is_cut_off: state.is_cut_off,
                tasks_left: state.tasks_left,
            }),
        }
    }
}

impl State {
    /// Goes on until something has to be waited for, which is returned, or all calls have ended.
    fn run<'py>(&mut self, py: Python<'py>, resume: Resume<'_, 'py>) -> Option<Bound<'py, PyAny>> {
        // An exception ends all calls, but not the coroutine: the loop, and what asyncio does with exceptions, is no part of
        // its story.
        self.go_on(py, resume).unwrap_or_else(|error| {
            self.stage = Stage::Between;
            self.failed = Some(error);
            None
        })
    }

    fn go_on<'py>(&mut self, py: Python<'py>, resume: Resume<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let mut resume = Some(resume);
        loop {
            let step = match (&self.stage, resume.take()) {
                (Stage::Between, Some(Resume::Raising(arguments))) => return Err(awaitable::thrown(arguments)),
                (Stage::Between, _) if self.callee.is_within() || self.course.goes_on() => {
                    self.call(py)?;
                    continue;
                }
                (Stage::Between, _) => return self.turn(py),
                (Stage::Result(awaited) | Stage::Item(_, awaited) | Stage::Closing(_, awaited), resume) => {
                    let awaited = awaited.bind(py);
                    match resume {
                        Some(Resume::Raising(arguments)) => awaitable::throw(awaited, arguments),
                        Some(Resume::With(value)) => awaitable::go_on(awaited, &value),
                        None => awaitable::go_on(awaited, py.None().bind(py)),
                    }
                }
            };
            match step {
                Ok(Next::Waits(what)) => return Ok(Some(what)),
                Ok(Next::Done(value)) => self.done(value)?,
                Err(error) => self.raised(py, error)?,
            }
        }
    }

    /// Makes the next call.
    fn call(&mut self, py: Python<'_>) -> PyResult<()> {
        let result = match self.begun.take() {
            Some(begun) => Some(Ok(begun.into_bound(py))),
            None => self.callee.call(py, self.copy),
        };
        let Some(result) = result else {
            self.over(None);
            return Ok(());
        };
        match result.map(|result| (awaitable::iterator(&result), result)) {
            Ok((Some(Ok(iterator)), _)) => {
                self.stage = Stage::Result(iterator.unbind());
                Ok(())
            }
            Ok((None, result)) => self.resulted(result),
            Ok((Some(Err(error)), _)) | Err(error) => self.called(py, Err(error)),
        }
    }

    /// What was awaited has come to its result.
    fn done(&mut self, value: Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        match std::mem::replace(&mut self.stage, Stage::Between) {
            Stage::Between => {}
            Stage::Result(_) => return self.resulted(value),
            Stage::Item(mut stream, _) => {
                if stream.take(&value)? {
                    return self.next_item(py, stream);
                }
                let close = stream.iterator.bind(py).getattr("aclose").ok().map(|close| close.call0()).transpose()?;
                match close.as_ref().and_then(awaitable::iterator) {
                    Some(closing) => self.stage = Stage::Closing(stream, closing?.unbind()),
                    None => return self.streamed(py, stream),
                }
            }
            Stage::Closing(stream, _) => return self.streamed(py, stream),
        }
        Ok(())
    }

    /// What was awaited has raised an exception, which may be the end of a stream.
    fn raised(&mut self, py: Python<'_>, error: PyErr) -> PyResult<()> {
        match std::mem::replace(&mut self.stage, Stage::Between) {
            Stage::Item(stream, _) if error.is_instance_of::<PyStopAsyncIteration>(py) => self.streamed(py, stream),
            _ => self.called(py, Err(error)),
        }
    }

    /// A call has given this.
    fn resulted(&mut self, value: Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        if !awaitable::is_stream(&value) {
            return self.called(py, Ok(Some(value.unbind())));
        }
        let kept = if self.keeps { Some(EventLoop::get(py)?.items()?.unbind()) } else { None };
        self.next_item(
            py,
            Stream { iterator: value.unbind(), items: 0, most: self.callee.most_items(), kept, is_cut_off: false },
        )
    }

    fn next_item(&mut self, py: Python<'_>, stream: Stream) -> PyResult<()> {
        let next = awaitable::next_item(stream.iterator.bind(py))?;
        let next = awaitable::iterator(&next).unwrap_or(Ok(next))?;
        self.stage = Stage::Item(stream, next.unbind());
        Ok(())
    }

    fn streamed(&mut self, py: Python<'_>, stream: Stream) -> PyResult<()> {
        self.is_cut_off |= stream.is_cut_off;
        self.called(py, Ok(stream.kept.map(|kept: Py<PyList>| kept.into_bound(py).into_any().unbind())))
    }

    /// A call of the function has come to its end.
    fn called(&mut self, py: Python<'_>, result: PyResult<Option<Py<PyAny>>>) -> PyResult<()> {
        self.stage = Stage::Between;
        end_if_forked();
        if let Some(output) = self.callee.ended(py, self.copy, result, self.keeps)? {
            self.over(output);
        }
        Ok(())
    }

    /// A call has come to its end: of recorded ones, all of a copy.
    fn over(&mut self, output: Option<Py<PyAny>>) {
        self.copy = (self.copy + 1) % self.callee.copies();
        if self.keeps {
            self.course.called();
            self.output = output;
        } else {
            // What the caller would drop is dropped within the call's time.
            drop(output);
            self.course.called();
        }
    }

    /// All calls have ended. Where they have left tasks, the loop gets a turn for these before the clock stops, as it would
    /// before the next call of a server: what they have put off isn't for nothing.
    fn turn<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.course.stop();
        let tasks = EventLoop::get(py)?.other_tasks()?;
        if tasks > 0 && !self.has_turned {
            self.has_turned = true;
            return Ok(Some(py.None().into_bound(py)));
        }
        self.tasks_left = tasks;
        Ok(None)
    }
}

/// Runs one step.
fn step<'py>(this: &Bound<'py, Calls>, resume: Resume<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let state = this.borrow_mut().state.take();
    let Some(mut state) = state else { return Err(PyValueError::new_err("coroutine already executing")) };
    let waits = state.run(this.py(), resume);
    let mut own = this.borrow_mut();
    own.state = Some(state);
    own.has_ended = waits.is_none();
    waits.ok_or_else(|| PyStopIteration::new_err(()))
}

#[pymethods]
impl Calls {
    fn __iter__(this: Bound<'_, Self>) -> Bound<'_, Self> {
        this
    }

    fn __await__(this: Bound<'_, Self>) -> Bound<'_, Self> {
        this
    }

    fn __next__<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        step(this, Resume::With(this.py().None().into_bound(this.py())))
    }

    fn send<'py>(this: &Bound<'py, Self>, value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        step(this, Resume::With(value))
    }

    #[pyo3(signature = (*arguments))]
    fn throw<'py>(this: &Bound<'py, Self>, arguments: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        step(this, Resume::Raising(arguments))
    }

    fn close(&self) {}

    /// What is awaited now, for those who ask where it waits.
    #[getter]
    fn cr_await(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        match &self.state.as_ref()?.stage {
            Stage::Between => None,
            Stage::Result(awaited) => Some(awaited.clone_ref(py)),
            // What gives the items knows where it is, and what gives the next one doesn't.
            Stage::Item(stream, _) | Stage::Closing(stream, _) => Some(stream.iterator.clone_ref(py)),
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Some(state) = &self.state else { return Ok(()) };
        state.callee.traverse(&visit)
    }
}
