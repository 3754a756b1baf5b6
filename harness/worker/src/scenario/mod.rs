//! An application under load, whose functions may be replaced and watched.

mod application;
#[cfg(target_os = "linux")]
mod gil;
#[cfg(not(target_os = "linux"))]
#[path = "gil_unsupported.rs"]
mod gil;
mod record;
mod serve;
mod spans;
mod together;
mod watch;

use std::ffi::CString;

use pyo3::exceptions::{PyLookupError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyList, PyModule, PyTuple};
use rustworthy_protocol::{
    CodeLocation, Delay, Entry, Lookup, OpenRequest, Opened, ServeRequest, Served, Watch, WatchedFunction,
};

use crate::coroutine::EventLoop;
use crate::lookup::resolve;
use application::{Application, Watching};
use record::Cost;
use serve::Plan;
use spans::Listener;
use together::Together;

/// Calls by which the cost of recording is found out, and how often.
const CALLS: usize = 5_000;
const TIMES: usize = 11;

/// An application that is ready to answer requests.
pub(crate) struct Scenario {
    application: Application,
    /// A function from all requests to all responses.
    all: Py<PyAny>,
    /// Callers of functions that were replaced, which should have none.
    calls: Py<PyList>,
    /// What hears of stretches that the service names itself, and whether it is told of them already; `None` where nothing is
    /// recorded.
    listening: Option<(Py<Listener>, bool)>,
}

impl Scenario {
    /// Imports it, puts replacements in place, and watches functions; returns what could and couldn't be done.
    pub(crate) fn open(py: Python<'_>, open: &OpenRequest) -> PyResult<(Self, Opened)> {
        let entry = module(py, rustworthy_protocol::SCENARIO_ENTRY, "entry")?;
        let bind = module(py, include_str!("bind.py"), "bind")?;
        let (kind, target) = match &open.entry {
            Entry::Handler(target) => ("handler", target),
            Entry::Wsgi(target) => ("wsgi", target),
            Entry::Asgi(target) => ("asgi", target),
        };
        let target = resolve(py, target)?;
        let calls = PyList::empty(py);
        let mut remarks = Vec::new();
        for (old, new) in &open.replaced {
            let name = old.to_string();
            let (old, new) = (resolve(py, old)?, resolve(py, new)?);
            let left: Vec<String> = bind.getattr("migrate")?.call1((old, new, &name, &calls))?.extract()?;
            remarks.extend(remark(&name, &left));
        }
        if let Some(delay) = &open.delayed {
            self::delay(py, &bind, delay)?;
        }
        let mut watched = Vec::new();
        let watches = open.watched.as_deref().unwrap_or_default();
        for (slot, (function, name)) in found(py, &bind, watches)?.into_iter().enumerate() {
            let Some(function) = function else {
                watched.push(None);
                continue;
            };
            watched.push(Some(described(&function, &name)));
            let left = self::watch(py, &bind, &function, slot)
                .map_err(|error| PyRuntimeError::new_err(format!("{name}: {}", error.value(py))))?;
            remarks.extend(remark(&name, &left));
        }
        let watching = if open.watched.is_some() {
            watch_garbage_collector(py, watches.len())?;
            Some(Watching::new(watches.len(), cost(py)?))
        } else {
            None
        };
        let cost_ns = watching.as_ref().map_or(0, |watching| (watching.cost.within + watching.cost.around) as u64);
        // An entry point that is replaced or watched itself is looked up once it is.
        let target = match &open.entry {
            Entry::Handler(lookup) | Entry::Wsgi(lookup) | Entry::Asgi(lookup) => resolve(py, lookup).unwrap_or(target),
        };
        let partial = py.import("functools")?.getattr("partial")?;
        let (together, main) = if open.concurrency > 1 {
            let event_loop = EventLoop::get(py)?.asyncio_loop()?;
            let respond = entry.getattr("together")?.call1((kind, &target, &event_loop))?;
            let together = Together::new(py, respond.clone().unbind(), open.concurrency as usize)?;
            if watching.is_some() {
                remarks.extend(together.watch(py)?);
            }
            (Some(together), Some(entry.getattr("one_by_one")?.call1((respond, event_loop))?))
        } else {
            (None, None)
        };
        let server = partial.call1((entry.getattr("server")?, kind, target))?;
        let main = main.map_or_else(|| server.call0(), Ok)?;
        let all = entry.getattr("all_responses")?.call1((&main,))?;
        let status = entry.getattr("status")?.unbind();
        let application = Application { server: server.unbind(), main: main.unbind(), together, status, watching };
        let listening =
            open.watched.is_some().then(|| Py::new(py, Listener::default()).map(|listener| (listener, false)));
        let scenario =
            Self { application, all: all.unbind(), calls: calls.unbind(), listening: listening.transpose()? };
        Ok((scenario, Opened { watched, remarks, cost_ns }))
    }

    /// A function from all requests to all responses, one that raises being one of them.
    pub(crate) fn all<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.all.bind(py).clone()
    }

    /// Answers requests as they come.
    pub(crate) fn serve(&mut self, requests: &Bound<'_, PyAny>, order: &ServeRequest) -> PyResult<Served> {
        let py = requests.py();
        let requests = match requests.cast::<PyList>() {
            Ok(list) => list.clone(),
            Err(_) => py.import("builtins")?.getattr("list")?.call1((requests,))?.cast_into::<PyList>()?,
        };
        let (first, last) = (order.first as usize, (order.first + order.count) as usize);
        if requests.len() < last {
            return Err(PyLookupError::new_err(format!(
                "there are only {} requests, but {last} were asked for: `requests` has to give as many as `count` says",
                requests.len()
            )));
        }
        let plan = match &order.arrivals {
            Some(arrivals) => Plan::At(arrivals.clone()),
            None => Plan::Closed(order.count as usize),
        };
        // A service may load the package with its first request.
        if let Some((listener, is_told)) = self.listening.as_mut().filter(|(_, is_told)| !is_told) {
            *is_told = Listener::listen(listener.bind(py))?;
        }
        let Application { together, status, watching, .. } = &self.application;
        let mut served = match together {
            Some(together) => together.serve(py, status, watching.as_ref(), &requests, first, &plan)?,
            None => serve::serve(py, &self.application, &requests, first, &plan, order.servers as usize)?,
        };
        if let Some(call) = self.calls.bind(py).iter().next() {
            return Err(PyRuntimeError::new_err(call.unbind()));
        }
        served.stretches = self.listening.iter().flat_map(|(listener, _)| listener.get().names()).collect();
        if order.warms_up
            && let Some(watching) = &mut self.application.watching
        {
            watching.learn(&served);
        }
        Ok(served)
    }
}

fn module<'py>(py: Python<'py>, source: &str, name: &str) -> PyResult<Bound<'py, PyModule>> {
    let file = CString::new(format!("{name}.py"))?;
    let name = CString::new(format!("rustworthy_{name}"))?;
    PyModule::from_code(py, &CString::new(source)?, &file, &name)
}

fn remark(name: &str, left: &[String]) -> Option<String> {
    (!left.is_empty())
        .then(|| format!("{name} is also held by {}, through which it's still the old one", left.join(", ")))
}

/// Functions to be watched and their names, found before any of them is replaced; `None` for one that can't be found, or that
/// is there twice.
fn found<'py>(
    py: Python<'py>,
    bind: &Bound<'py, PyModule>,
    watched: &[Watch],
) -> PyResult<Vec<(Option<Bound<'py, PyAny>>, String)>> {
    let mut all: Vec<(Option<Bound<'py, PyAny>>, String)> = Vec::new();
    for watch in watched {
        let (function, name) = match watch {
            Watch::Named(lookup) => (Some(resolve(py, lookup)?), lookup.to_string()),
            Watch::IfLoaded(lookup) => (if_loaded(py, lookup)?, lookup.to_string()),
            Watch::At(CodeLocation { file, line, name }) => {
                let found: Option<(Bound<'py, PyAny>, String)> =
                    bind.getattr("function_at")?.call1((file, line, name))?.extract()?;
                found.map_or((None, name.clone()), |(function, name)| (Some(function), name))
            }
        };
        let is_new = |function: &Bound<'py, PyAny>| {
            all.iter().all(|(known, _)| !known.as_ref().is_some_and(|known| known.is(function)))
        };
        all.push((function.filter(is_new), name));
    }
    Ok(all)
}

/// A function of Python's in a module that is loaded. To import one for this would change the application.
fn if_loaded<'py>(py: Python<'py>, lookup: &Lookup) -> PyResult<Option<Bound<'py, PyAny>>> {
    if !py.import("sys")?.getattr("modules")?.contains(&lookup.module)? {
        return Ok(None);
    }
    Ok(resolve(py, lookup).ok().filter(|function| function.hasattr("__code__").unwrap_or(false)))
}

fn described(function: &Bound<'_, PyAny>, name: &str) -> WatchedFunction {
    let code = function.getattr("__code__").ok();
    let of_code = |name: &str| code.as_ref().and_then(|code| code.getattr(name).ok());
    WatchedFunction {
        name: name.to_owned(),
        file: of_code("co_filename").and_then(|file| file.extract().ok()),
        line: of_code("co_firstlineno").and_then(|line| line.extract().ok()),
    }
}

/// Lets a function's calls go to the recorder.
fn watch(
    py: Python<'_>,
    bind: &Bound<'_, PyModule>,
    function: &Bound<'_, PyAny>,
    slot: usize,
) -> PyResult<Vec<String>> {
    let wrap = move |arguments: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| -> PyResult<Py<PyAny>> {
        watch::wrap(arguments.get_item(0)?, slot).map(Bound::unbind)
    };
    let segments = move |arguments: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| -> PyResult<Py<PyAny>> {
        let segments = watch::Segments::new(arguments.get_item(0)?.unbind(), slot);
        Bound::new(arguments.py(), segments).map(|segments| segments.into_any().unbind())
    };
    let wrap = PyCFunction::new_closure(py, None, None, wrap)?;
    let segments = PyCFunction::new_closure(py, None, None, segments)?;
    bind.getattr("watch")?.call1((function, wrap, segments))?.extract()
}

/// Gives the pauses of the garbage collector a slot of their own, the one after those of the functions.
fn watch_garbage_collector(py: Python<'_>, slot: usize) -> PyResult<()> {
    let notice = move |arguments: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| -> PyResult<()> {
        if arguments.get_item(0)?.eq("start")? {
            record::enter(slot, true);
        } else {
            record::leave();
        }
        Ok(())
    };
    let notice = PyCFunction::new_closure(py, None, None, notice)?;
    py.import("gc")?.getattr("callbacks")?.call_method1("append", (notice,))?;
    Ok(())
}

/// Makes a function take longer: before each call it keeps the processor busy for so long.
fn delay(py: Python<'_>, bind: &Bound<'_, PyModule>, delay: &Delay) -> PyResult<()> {
    let Delay { function, nanoseconds } = delay;
    let function = resolve(py, function)?;
    let copy = bind.getattr("copy_of")?.call1((&function,))?.unbind();
    let nanoseconds = *nanoseconds;
    let call = move |arguments: &Bound<'_, PyTuple>, named: Option<&Bound<'_, PyDict>>| -> PyResult<Py<PyAny>> {
        let until = record::now() + nanoseconds;
        while record::now() < until {
            std::hint::spin_loop();
        }
        copy.bind(arguments.py()).call(arguments, named).map(Bound::unbind)
    };
    let call = PyCFunction::new_closure(py, None, None, call)?;
    if bind.getattr("divert")?.call1((&function, call))?.is_truthy()? {
        Ok(())
    } else {
        Err(PyRuntimeError::new_err("a delay can only be added to a function in Python"))
    }
}

/// What recording a call costs, from calls of a function that does nothing.
fn cost(py: Python<'_>) -> PyResult<Cost> {
    let source = "def nothing():\n    pass\n\ndef calls(function, times):\n    for _ in times:\n        function()\n\n\
                  def none(function, times):\n    for _ in times:\n        pass\n";
    let module = module(py, source, "cost")?;
    let nothing = module.getattr("nothing")?;
    let watched = watch::wrap(nothing.clone(), 0)?;
    let times = py.import("builtins")?.getattr("range")?.call1((CALLS,))?;
    let mut recording = record::Recording::new(record::Recorder::new(1, Cost::default(), i64::MAX));
    let mut found: [Vec<i64>; 4] = Default::default();
    for _ in 0..TIMES {
        for (place, (run, function)) in
            [("none", &nothing), ("calls", &nothing), ("calls", &watched)].iter().enumerate()
        {
            let start = record::now();
            recording.recorder().begin(start);
            module.getattr(*run)?.call1((*function, &times))?;
            let end = record::now();
            found[place].push((end - start) as i64);
            if place == 2 {
                let (spent, _) = recording.recorder().end(end);
                let own = spent.iter().find(|spent| spent.function == 0).map_or(0, |spent| spent.exclusive_ns);
                found[3].push(own as i64);
            }
        }
    }
    // The fastest is the least disturbed.
    let [none, plain, watched, own] = found.map(|times| times.into_iter().min().unwrap_or_default() / CALLS as i64);
    let within = (own - (plain - none)).max(0);
    Ok(Cost { within, around: (watched - plain - within).max(0) })
}
