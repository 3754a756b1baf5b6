//! Calls whose results are awaited: by a driver that runs within the event loop and makes one call after the other there, as
//! a coroutine of the caller's own would. What it costs to start and stop a loop is no part of any call.

mod awaitable;
mod callee;
mod calls;
mod event_loop;
mod stream;

use std::time::Duration;

use pyo3::prelude::*;
use rustworthy_protocol::{Clock, TimeFor};

use crate::course::Course;
use crate::meter::Metered;
use crate::process;

pub(crate) use awaitable::{Next, go_on, is_awaited, iterator, makes_coroutines, needs_a_loop, throw, thrown};
pub(crate) use callee::Callee;
pub(crate) use event_loop::EventLoop;

use calls::Calls;

/// A call and what came of it.
pub(crate) struct Awaited<'py> {
    /// What was awaited; of a stream the list of its items.
    pub(crate) output: Bound<'py, PyAny>,
    /// Wall time from the call to the result.
    pub(crate) seconds: f64,
    /// What a reader should know of it, as the end of a sentence about the contender.
    pub(crate) remarks: Vec<String>,
}

/// What a reader should know of a stream that has more items than are read.
pub(crate) fn streams_more_than(most: u64) -> String {
    format!("streams more than {most} items: a call ends there, and what follows is neither compared nor timed")
}

/// Makes one call and keeps its output. What `begun` holds was called already.
///
/// # Errors
/// What the call raises.
pub(crate) fn call<'py>(py: Python<'py>, callee: Callee, begun: Option<Bound<'py, PyAny>>) -> PyResult<Awaited<'py>> {
    let order = TimeFor { calls: 1, lead: Duration::ZERO, duration: Duration::ZERO, clock: Clock::Wall, each: true };
    let most = callee.most_items();
    let calls = Calls::new(callee, Course::timed(order, Duration::ZERO));
    let ended = EventLoop::get(py)?.run(calls.keeping(begun))?;
    // Its output is still to be looked at.
    process::forget_idling();
    let seconds = ended.metered.map_or(0.0, |metered| metered.timed.each_ns.iter().sum::<u64>() as f64 * 1e-9);
    let mut remarks = Vec::new();
    if ended.is_cut_off {
        remarks.push(streams_more_than(most));
    }
    if ended.tasks_left > 0 {
        let tasks = if ended.tasks_left == 1 { "a task".to_owned() } else { format!("{} tasks", ended.tasks_left) };
        remarks.push(format!(
            "leaves {tasks} running on the event loop after the call: what is done there is no part of that call's time, and may \
             be of a later one's"
        ));
    }
    Ok(Awaited { output: ended.output.unwrap_or_else(|| py.None()).into_bound(py), seconds, remarks })
}

/// Makes so many calls, rotating over the copies of what they are made with. What `begun` holds is the first of them.
///
/// # Errors
/// What a call raises.
pub(crate) fn make_calls<'py>(
    py: Python<'py>,
    callee: Callee,
    calls: u64,
    begun: Option<Bound<'py, PyAny>>,
) -> PyResult<()> {
    let calls = Calls::new(callee, Course::of(calls)).beginning_with(begun);
    EventLoop::get(py)?.run(calls).map(drop)
}

/// Makes calls under the clock, after idle time in which the worker used that much of a processor.
///
/// # Errors
/// What a call raises.
pub(crate) fn time_calls(py: Python<'_>, callee: Callee, order: &TimeFor, idle: Duration) -> PyResult<Option<Metered>> {
    let calls = Calls::new(callee, Course::timed(*order, idle));
    EventLoop::get(py)?.run(calls).map(|ended| ended.metered)
}
