//! The coroutine of a task that works for a request: that of the request itself, or of one that it has created.

use pyo3::exceptions::{PyAttributeError, PyRuntimeError, PyStopIteration, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::dispatch::Dispatch;
use super::exchange::{Exchange, Wait};
use crate::coroutine::{self, Next};
use crate::scenario::record;

/// Runs what a request or one of its tasks does, step by step. It's borrowed for moments alone: what runs may come back to it.
#[pyclass(module = "rustworthy")]
pub(super) struct Step {
    exchange: Py<Exchange>,
    /// The function that is to be called on the request first.
    call: Option<(Py<PyAny>, Py<PyAny>)>,
    awaited: Option<Py<PyAny>>,
    is_running: bool,
    wait: Option<Wait>,
    /// The stretches that its task is in, by their number; none while it runs.
    stretches: Vec<usize>,
    /// Who is to be given the response, if it's the request itself.
    dispatch: Option<Py<Dispatch>>,
}

/// How a task lets its coroutine go on.
enum Resume<'a, 'py> {
    With(&'a Bound<'py, PyAny>),
    Raising(&'a Bound<'py, PyTuple>),
}

impl Step {
    fn new(exchange: Bound<'_, Exchange>) -> Self {
        Self {
            exchange: exchange.unbind(),
            call: None,
            awaited: None,
            is_running: false,
            wait: Some(Wait::Loop),
            stretches: Vec::new(),
            dispatch: None,
        }
    }

    /// Answers a request by that function.
    pub(super) fn of_request(
        exchange: Bound<'_, Exchange>,
        respond: Py<PyAny>,
        request: Py<PyAny>,
        dispatch: Py<Dispatch>,
    ) -> PyResult<Py<Self>> {
        let py = exchange.py();
        Py::new(py, Self { call: Some((respond, request)), dispatch: Some(dispatch), ..Self::new(exchange) })
    }

    /// What a task does that was created for a request.
    pub(super) fn of_task(coroutine: Bound<'_, PyAny>, exchange: Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let py = coroutine.py();
        if coroutine.is_instance_of::<Self>() {
            return Ok(coroutine.unbind());
        }
        let exchange = exchange.cast_into::<Exchange>()?;
        exchange.borrow_mut().wait(Wait::Loop);
        // As context variables do, it begins with what holds where it is created.
        let stretches = record::stretches();
        let step = Self { awaited: Some(coroutine.unbind()), stretches, ..Self::new(exchange) };
        Ok(Py::new(py, step)?.into_any())
    }

    /// Its task may go on as soon as the loop comes to it.
    pub(super) fn is_ready(this: &Bound<'_, Self>) {
        let mut own = this.borrow_mut();
        if let Some(wait) = &mut own.wait {
            let before = std::mem::replace(wait, Wait::Loop);
            let mut exchange = own.exchange.bind(this.py()).borrow_mut();
            exchange.wait(Wait::Loop);
            exchange.wait_no_more(before);
        }
    }
}

/// What a future that a task is given stands for.
fn wait_for(awaited: &Bound<'_, PyAny>) -> Wait {
    if awaited.is_none() {
        return Wait::Loop;
    }
    match awaited.getattr_opt("rustworthy_of_executor") {
        Ok(Some(_)) => Wait::Executor,
        _ => Wait::Other,
    }
}

/// Runs one step.
fn run<'py>(this: &Bound<'py, Step>, resume: Resume<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let (exchange, wait, mut stretches) = {
        let mut own = this.borrow_mut();
        if std::mem::replace(&mut own.is_running, true) {
            return Err(PyValueError::new_err("coroutine already executing"));
        }
        (own.exchange.bind(py).clone(), own.wait.take(), std::mem::take(&mut own.stretches))
    };
    let running = {
        let mut exchange = exchange.borrow_mut();
        wait.into_iter().for_each(|wait| exchange.wait_no_more(wait));
        exchange.go_on(&mut stretches)
    };
    let next = advance(this, resume);
    this.borrow_mut().is_running = false;
    match next {
        Ok(Next::Waits(awaited)) => {
            let wait = wait_for(&awaited);
            {
                let mut exchange = exchange.borrow_mut();
                exchange.pause(running, &mut stretches);
                exchange.wait(wait);
            }
            let mut own = this.borrow_mut();
            (own.wait, own.stretches) = (Some(wait), stretches);
            drop(own);
            Ok(awaited)
        }
        ended => {
            let response = ended.map(|(Next::Done(response) | Next::Waits(response))| response);
            let dispatch = {
                let mut own = this.borrow_mut();
                own.awaited = None;
                own.dispatch.as_ref().map(|dispatch| dispatch.bind(py).clone())
            };
            match dispatch {
                Some(dispatch) => {
                    Dispatch::ended(&dispatch, &exchange, running, response);
                    Err(PyStopIteration::new_err(()))
                }
                None => {
                    exchange.borrow_mut().pause(running, &mut stretches);
                    Err(end_with(py, response?))
                }
            }
        }
    }
}

/// Lets what it awaits go on, which on its first step may be still to come.
fn advance<'py>(this: &Bound<'py, Step>, resume: Resume<'_, 'py>) -> PyResult<Next<'py>> {
    let py = this.py();
    let (call, awaited) = {
        let mut own = this.borrow_mut();
        (own.call.take(), own.awaited.as_ref().map(|awaited| awaited.bind(py).clone()))
    };
    match (call, awaited, resume) {
        (Some(_), _, Resume::Raising(arguments)) => Err(coroutine::thrown(arguments)),
        (Some((respond, request)), ..) => {
            let response = respond.bind(py).call1((request,))?;
            let Some(awaited) = coroutine::iterator(&response) else { return Ok(Next::Done(response)) };
            let awaited = awaited?;
            this.borrow_mut().awaited = Some(awaited.clone().unbind());
            coroutine::go_on(&awaited, py.None().bind(py))
        }
        (None, Some(awaited), Resume::Raising(arguments)) => coroutine::throw(&awaited, arguments),
        (None, Some(awaited), Resume::With(value)) => coroutine::go_on(&awaited, value),
        (None, None, _) => Err(PyRuntimeError::new_err("cannot reuse already awaited coroutine")),
    }
}

/// Ends a coroutine with that value. An exception made of a tuple would take it apart.
fn end_with(py: Python<'_>, value: Bound<'_, PyAny>) -> PyErr {
    let end = py.get_type::<PyStopIteration>().call1((value,));
    end.map_or_else(|error| error, PyErr::from_value)
}

#[pymethods]
impl Step {
    fn __iter__(this: Bound<'_, Self>) -> Bound<'_, Self> {
        this
    }

    fn __await__(this: Bound<'_, Self>) -> Bound<'_, Self> {
        this
    }

    fn __next__<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        run(this, Resume::With(this.py().None().bind(this.py())))
    }

    fn send<'py>(this: &Bound<'py, Self>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        run(this, Resume::With(value))
    }

    #[pyo3(signature = (*arguments))]
    fn throw<'py>(this: &Bound<'py, Self>, arguments: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        run(this, Resume::Raising(arguments))
    }

    fn close(this: &Bound<'_, Self>) -> PyResult<()> {
        let awaited = {
            let mut own = this.borrow_mut();
            own.call = None;
            own.awaited.take()
        };
        awaited.map_or(Ok(()), |awaited| awaited.bind(this.py()).call_method0("close").map(drop))
    }

    /// Whoever asks a task for its coroutine sees what that is by nature.
    fn __getattr__(this: &Bound<'_, Self>, name: &str) -> PyResult<Py<PyAny>> {
        let awaited = this.borrow().awaited.as_ref().map(|awaited| awaited.bind(this.py()).clone());
        match awaited {
            Some(awaited) => awaited.getattr(name).map(Bound::unbind),
            None => Err(PyAttributeError::new_err(name.to_owned())),
        }
    }
}
