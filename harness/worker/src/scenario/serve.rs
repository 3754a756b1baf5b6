//! Servers that answer requests as they come: first come, first served.
//!
//! Each server is a thread. The one that is free takes the next request and waits for its planned arrival if that is still
//! to come; so a request's latency counts from when it was to arrive, whether or not anybody was free.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyList;
use rustworthy_protocol::{Answered, Served};

use super::application::Application;
use super::gil::Waits;
use super::record::{Recording, now};
use crate::serve::describe;

/// How long before an arrival a server wakes up, to be there in time.
const AWAKE: Duration = Duration::from_micros(100);

/// Time from now to the beginning of the run.
pub(super) const HEAD_START: Duration = Duration::from_millis(1);

/// The first status that says that the server failed.
const SERVER_ERROR: u16 = 500;

/// Different messages of failed requests that are kept.
const MESSAGES: usize = 20;

/// Characters of such a message.
const MESSAGE: usize = 300;

/// Answers requests from `first` on, one for each of these planned arrivals in nanoseconds from the beginning; without
/// arrivals so many, each as soon as a server is free.
pub(super) fn serve(
    py: Python<'_>,
    application: &Application,
    requests: &Bound<'_, PyList>,
    first: usize,
    plan: &Plan,
    servers: usize,
) -> PyResult<Served> {
    let requests: Vec<Py<PyAny>> = requests.iter().skip(first).take(plan.count()).map(Bound::unbind).collect();
    let serving = Serving {
        requests,
        plan,
        next: AtomicUsize::new(0),
        began: now() + HEAD_START.as_nanos() as u64,
        outcomes: Mutex::default(),
        waits: Waits::default(),
    };
    let answered = if servers == 1 {
        // An application may count on being called by the main thread.
        serving.answer(application.main.bind(py), application)?
    } else {
        py.detach(|| {
            std::thread::scope(|scope| {
                scope.spawn(|| serving.waits.look());
                let answer = || Python::attach(|py| serving.answer(&application.server(py)?, application));
                let servers: Vec<_> = (0..servers).map(|_| scope.spawn(answer)).collect();
                let ended: Vec<_> = servers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
                serving.waits.end();
                let answered =
                    ended.into_iter().map(|ended| ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
                answered.collect::<PyResult<Vec<_>>>()
            })
        })?
        .concat()
    };
    let mut places: Vec<(usize, Answered)> = answered;
    places.sort_by_key(|(place, _)| *place);
    let outcomes = serving.outcomes.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(outcomes.served(serving.began, places.into_iter().map(|(_, answered)| answered).collect()))
}

/// When requests arrive.
#[derive(Debug, Clone)]
pub(super) enum Plan {
    /// So many nanoseconds after the beginning, or before it.
    At(Vec<i64>),
    /// So many, each when a server is free.
    Closed(usize),
}

impl Plan {
    pub(super) fn count(&self) -> usize {
        match self {
            Self::At(arrivals) => arrivals.len(),
            Self::Closed(count) => *count,
        }
    }

    /// When a request arrives that is planned, where the beginning is then; nothing of one that follows an answer.
    pub(super) fn arrival(&self, place: usize, began: u64) -> Option<u64> {
        match self {
            Self::At(arrivals) => Some(began.saturating_add_signed(arrivals[place])),
            Self::Closed(_) => None,
        }
    }
}

struct Serving<'a> {
    requests: Vec<Py<PyAny>>,
    plan: &'a Plan,
    next: AtomicUsize,
    began: u64,
    outcomes: Mutex<Outcomes>,
    waits: Waits,
}

impl Serving<'_> {
    /// What one server does: answers the next request until there is none.
    fn answer(&self, respond: &Bound<'_, PyAny>, application: &Application) -> PyResult<Vec<(usize, Answered)>> {
        let py = respond.py();
        let status = application.status.bind(py);
        let mut recording = application.watching.as_ref().map(|watching| Recording::new(watching.recorder()));
        let waited = self.waits.join();
        let waited = || waited.as_ref().map_or(0, |waited| waited.load(Ordering::Relaxed));
        let mut answered = Vec::with_capacity(self.requests.len());
        loop {
            let place = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(request) = self.requests.get(place) else { return Ok(answered) };
            let request = request.bind(py);
            let (arrival, start, waited_before) = py.detach(|| {
                let (arrival, start) = self.wait_for(place);
                (arrival, start, waited())
            });
            if let Some(recording) = &mut recording {
                recording.recorder().begin(start);
            }
            let outcome = respond.call1((request,));
            let end = now();
            let (spent, cpu_ns) = recording.as_mut().map(|recording| recording.recorder().end(end)).unwrap_or_default();
            let is_failed = match outcome {
                Ok(response) => {
                    let status = status.call1((response,))?.extract()?;
                    self.outcomes().count_status(status)
                }
                Err(error) => {
                    let lacks_traceback = self.outcomes().lacks_traceback();
                    let raised = Raised::new(py, &error, lacks_traceback);
                    self.outcomes().count_raised(raised)
                }
            };
            let offset = |at: u64| at as i64 - self.began as i64;
            answered.push((
                place,
                Answered {
                    arrival_ns: offset(arrival),
                    start_ns: offset(start),
                    end_ns: offset(end),
                    cpu_ns,
                    gil_ns: waited() - waited_before,
                    loop_ns: 0,
                    executor_ns: 0,
                    awaited_ns: 0,
                    failed: is_failed,
                    spent,
                },
            ));
        }
    }

    /// Waits for the arrival of a request; when it was planned to arrive, and the time now.
    fn wait_for(&self, place: usize) -> (u64, u64) {
        let Some(arrival) = self.plan.arrival(place, self.began) else {
            let now = now();
            return (now, now);
        };
        let due = arrival.max(self.began);
        loop {
            let start = now();
            if start >= due {
                return (arrival, start);
            }
            match Duration::from_nanos(due - start).checked_sub(AWAKE) {
                Some(sleep) => std::thread::sleep(sleep),
                None => std::hint::spin_loop(),
            }
        }
    }

    /// No code of Python's may run while this is held: it can give away the GIL to a server that waits for this with the GIL.
    fn outcomes(&self) -> MutexGuard<'_, Outcomes> {
        self.outcomes.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What became of requests.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    failures: BTreeMap<String, u64>,
    /// The first exception with its traceback.
    raised: Option<String>,
    statuses: BTreeMap<u16, u64>,
}

impl Outcomes {
    /// Counts a response, of HTTP with its status; whether it is one of failure.
    pub(super) fn count_status(&mut self, status: Option<u16>) -> bool {
        let Some(status) = status else { return false };
        *self.statuses.entry(status).or_default() += 1;
        let is_failed = status >= SERVER_ERROR;
        if is_failed {
            self.count(format!("status {status}"));
        }
        is_failed
    }

    /// Counts an exception, which is a failure.
    pub(super) fn count_raised(&mut self, raised: Raised) -> bool {
        self.raised = self.raised.take().or(raised.with_traceback);
        self.count(raised.line);
        true
    }

    /// Whether no exception is known with its traceback yet.
    pub(super) fn lacks_traceback(&self) -> bool {
        self.raised.is_none()
    }

    /// With the requests that were answered, since a beginning by the monotonic clock.
    pub(super) fn served(self, began_ns: u64, answered: Vec<Answered>) -> Served {
        Served {
            began_ns,
            answered,
            failures: self.failures.into_iter().collect(),
            raised: self.raised,
            statuses: self.statuses.into_iter().collect(),
            stretches: Vec::new(),
        }
    }

    fn count(&mut self, message: String) {
        if self.failures.len() < MESSAGES || self.failures.contains_key(&message) {
            *self.failures.entry(message).or_default() += 1;
        }
    }
}

/// What is kept of an exception.
#[derive(Debug)]
pub(super) struct Raised {
    line: String,
    with_traceback: Option<String>,
}

impl Raised {
    /// With its traceback if that is wanted, which takes longer.
    pub(super) fn new(py: Python<'_>, error: &PyErr, wants_traceback: bool) -> Self {
        Self { line: in_one_line(py, error), with_traceback: wants_traceback.then(|| describe(py, error)) }
    }
}

/// An exception as one line.
fn in_one_line(py: Python<'_>, error: &PyErr) -> String {
    let kind = error.get_type(py).qualname().map(|name| name.to_string()).unwrap_or_default();
    let message = error.value(py).str().map(|text| text.to_string_lossy().into_owned()).unwrap_or_default();
    let line = message.lines().next().unwrap_or_default();
    format!("{kind}: {line}").chars().take(MESSAGE).collect()
}
