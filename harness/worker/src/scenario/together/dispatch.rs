//! Who begins requests when they have arrived, and takes their responses.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use rustworthy_protocol::{Answered, Served};

use super::exchange::{Exchange, Wait};
use super::step::Step;
use super::timer::Timer;
use crate::scenario::application::Watching;
use crate::scenario::record::{Running, now};
use crate::scenario::serve::{HEAD_START, Outcomes, Plan, Raised};

/// Requests that are to be answered, are being answered, and were answered.
#[pyclass(module = "rustworthy")]
pub(super) struct Dispatch {
    requests: Vec<Py<PyAny>>,
    plan: Plan,
    /// Number of the next request to begin.
    next: usize,
    began: u64,
    /// When each of the places for requests that nobody has now was left.
    free: BinaryHeap<Reverse<u64>>,
    respond: Py<PyAny>,
    status: Py<PyAny>,
    watching: Option<Watching>,
    timer: Option<Timer>,
    /// How tasks are created, how to be called later where there is no timer, and the future of the end.
    of_loop: Option<[Py<PyAny>; 3]>,
    /// Tasks of requests that are being answered, which the loop doesn't keep alive.
    tasks: Vec<Option<Py<PyAny>>>,
    answered: Vec<Option<Answered>>,
    missing: usize,
    outcomes: Outcomes,
}

impl Dispatch {
    pub(super) fn new(
        requests: Vec<Py<PyAny>>,
        plan: Plan,
        limit: usize,
        respond: Py<PyAny>,
        status: Py<PyAny>,
        watching: Option<Watching>,
    ) -> PyResult<Self> {
        let (count, began) = (requests.len(), now() + HEAD_START.as_nanos() as u64);
        Ok(Self {
            requests,
            plan,
            next: 0,
            began,
            free: std::iter::repeat_n(Reverse(began), limit).collect(),
            respond,
            status,
            watching,
            timer: Timer::new()?,
            of_loop: None,
            tasks: std::iter::repeat_with(|| None).take(count).collect(),
            answered: vec![None; count],
            missing: count,
            outcomes: Outcomes::default(),
        })
    }

    /// The requests that were answered.
    pub(super) fn served(&mut self) -> Served {
        let answered = std::mem::take(&mut self.answered).into_iter().flatten().collect();
        std::mem::take(&mut self.outcomes).served(self.began, answered)
    }

    /// The next request, if it has arrived and there is a place for it: its number, its arrival, and when it has got the place.
    fn next(&mut self) -> PyResult<Option<(usize, u64, u64)>> {
        let Some(&Reverse(free)) = self.free.peek().filter(|_| self.next < self.requests.len()) else {
            return Ok(None);
        };
        let (arrival, now) = (self.plan.arrival(self.next, self.began).unwrap_or(free), now());
        if arrival.max(self.began) > now {
            return Ok(None);
        }
        self.free.pop();
        self.next += 1;
        Ok(Some((self.next - 1, arrival, arrival.max(free))))
    }

    /// When to look again; nothing where the end of a request will show that there is something to do.
    fn look_again(&self) -> Option<u64> {
        self.free.peek()?;
        (self.next < self.requests.len())
            .then(|| self.plan.arrival(self.next, self.began).unwrap_or(self.began).max(self.began))
    }

    /// A request has been answered: `response` is what came of it.
    pub(super) fn ended(
        this: &Bound<'_, Self>,
        exchange: &Bound<'_, Exchange>,
        running: Option<Running>,
        response: PyResult<Bound<'_, PyAny>>,
    ) {
        if let Err(error) = Self::take(this, exchange, running, response) {
            Self::fail(this, error);
        }
    }

    /// Ends everything with an exception: it's the harness that has failed, and nobody would see what a task or a callback raises.
    fn fail(this: &Bound<'_, Self>, error: PyErr) {
        let py = this.py();
        let over = this.borrow().of_loop.as_ref().map(|[.., over]| over.clone_ref(py));
        if let Some(over) = over
            && let Err(again) = over.bind(py).call_method1("set_exception", (error,))
        {
            again.write_unraisable(py, None);
        }
    }

    fn take(
        this: &Bound<'_, Self>,
        exchange: &Bound<'_, Exchange>,
        running: Option<Running>,
        response: PyResult<Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let (py, end) = (this.py(), now());
        let (place, arrival, start, account) = {
            let mut exchange = exchange.borrow_mut();
            let account = exchange.end(end, running);
            (exchange.place, exchange.arrival, exchange.start, account)
        };
        let status = this.borrow().status.clone_ref(py);
        let outcome = response.and_then(|response| status.bind(py).call1((response,))?.extract::<Option<u16>>());
        let lacks_traceback = this.borrow().outcomes.lacks_traceback();
        let outcome = outcome.map_err(|error| Raised::new(py, &error, lacks_traceback));
        let is_over = {
            let mut own = this.borrow_mut();
            let failed = match outcome {
                Ok(status) => own.outcomes.count_status(status),
                Err(raised) => own.outcomes.count_raised(raised),
            };
            let offset = |at: u64| at as i64 - own.began as i64;
            let [loop_ns, executor_ns, awaited_ns] =
                [Wait::Loop, Wait::Executor, Wait::Other].map(|wait| account.waited[wait as usize]);
            own.answered[place] = Some(Answered {
                arrival_ns: offset(arrival),
                start_ns: offset(start),
                end_ns: offset(end),
                cpu_ns: account.cpu_ns,
                gil_ns: 0,
                loop_ns,
                executor_ns,
                awaited_ns,
                failed,
                spent: account.spent,
            });
            own.tasks[place] = None;
            own.free.push(Reverse(end));
            own.missing -= 1;
            own.missing == 0
        };
        if is_over {
            let over = this.borrow().of_loop.as_ref().map(|[.., over]| over.clone_ref(py));
            return over.map_or(Ok(()), |over| over.bind(py).call_method1("set_result", (py.None(),)).map(drop));
        }
        Self::begin_due(this)
    }

    /// Begins requests that have arrived, as far as there is a place for them.
    fn begin_due(this: &Bound<'_, Self>) -> PyResult<()> {
        let py = this.py();
        let of_loop = this.borrow().of_loop.as_ref().map(|[one, two, _]| [one.clone_ref(py), two.clone_ref(py)]);
        let Some([create_task, call_later]) = of_loop else { return Ok(()) };
        loop {
            let next = this.borrow_mut().next()?;
            let Some((place, arrival, start)) = next else { break };
            let (recorder, respond, request) = {
                let own = this.borrow();
                let recorder = own.watching.as_ref().map(Watching::recorder);
                (recorder, own.respond.clone_ref(py), own.requests[place].clone_ref(py))
            };
            let exchange = Bound::new(py, Exchange::new(place, arrival, start, recorder))?;
            let step = Step::of_request(exchange.clone(), respond, request, this.clone().unbind())?;
            let task = create_task.bind(py).call1((step, exchange))?;
            let mut own = this.borrow_mut();
            if own.answered[place].is_none() {
                own.tasks[place] = Some(task.unbind());
            }
        }
        let own = this.borrow();
        match (own.look_again(), &own.timer) {
            (Some(at), Some(timer)) => timer.set(at)?,
            (None, Some(timer)) => timer.unset()?,
            (Some(at), None) => {
                let seconds = at.saturating_sub(now()) as f64 / 1e9;
                drop(own);
                call_later.bind(py).call1((seconds, this.getattr("start")?))?;
            }
            (None, None) => {}
        }
        Ok(())
    }
}

#[pymethods]
impl Dispatch {
    /// Takes what it needs of the loop; returns the descriptor that becomes readable when requests arrive, if there is one.
    fn begin(&mut self, create_task: Py<PyAny>, call_later: Py<PyAny>, over: Py<PyAny>) -> Option<i32> {
        self.of_loop = Some([create_task, call_later, over]);
        self.timer.as_ref().map(Timer::descriptor)
    }

    /// Begins requests that have arrived, as far as there is a place for them.
    fn start(this: &Bound<'_, Self>) {
        if let Err(error) = Self::begin_due(this) {
            Self::fail(this, error);
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.tasks.iter().flatten().chain(self.of_loop.iter().flatten()).try_for_each(|object| visit.call(object))
    }

    fn __clear__(&mut self) {
        self.of_loop = None;
        self.tasks.iter_mut().for_each(|task| *task = None);
    }
}
