//! A request that is being answered: how long it ran, and what it waited for in between.

use pyo3::prelude::*;
use rustworthy_protocol::Spent;

use crate::scenario::record::{Recorder, Running, now};

/// What a task waits for that doesn't run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// The event loop: it may go on.
    Loop,
    /// What it has given an executor to do.
    Executor,
    /// Anything else: I/O, a timer, a lock, another task.
    Other,
}

/// A request that is being answered.
#[pyclass(module = "rustworthy")]
pub(super) struct Exchange {
    pub(super) place: usize,
    pub(super) arrival: u64,
    /// When one of the places for requests was free for it.
    pub(super) start: u64,
    /// The time of functions, where it's recorded.
    recorder: Option<Box<Recorder>>,
    /// Steps of its tasks within one another that run now: a task may run the first step of another.
    depth: u32,
    /// Up to this time, in nanoseconds, all time is attributed.
    until: i64,
    /// How many of its tasks wait for each.
    waiting: [u32; 3],
    waited: [i64; 3],
    has_ended: bool,
}

/// What a request has spent its time on.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) spent: Vec<Spent>,
    pub(super) cpu_ns: u64,
    /// In nanoseconds, in the order of [`Wait`].
    pub(super) waited: [u64; 3],
}

impl Exchange {
    /// A request whose task has to wait for the loop since that start.
    pub(super) fn new(place: usize, arrival: u64, start: u64, recorder: Option<Recorder>) -> Self {
        let mut recorder = recorder.map(Box::new);
        if let Some(recorder) = &mut recorder {
            recorder.begin(start);
            recorder.pause_at_beginning();
        }
        let until = start as i64;
        // Its own task is still to be created, and to be come to.
        let waiting = [1, 0, 0];
        Self { place, arrival, start, recorder, depth: 0, until, waiting, waited: [0; 3], has_ended: false }
    }

    /// A task of it begins to wait.
    pub(super) fn wait(&mut self, wait: Wait) {
        self.pass();
        self.waiting[wait as usize] += 1;
    }

    /// It waits no more.
    pub(super) fn wait_no_more(&mut self, wait: Wait) {
        self.pass();
        self.waiting[wait as usize] -= 1;
    }

    /// A step of a task that is in these stretches begins, whose functions are recorded until [`Self::pause`].
    pub(super) fn go_on(&mut self, stretches: &mut Vec<usize>) -> Option<Running> {
        if self.has_ended {
            return None;
        }
        self.pass();
        self.depth += 1;
        let recorder = self.recorder.as_mut()?;
        if self.depth == 1 {
            recorder.resume();
        }
        recorder.swap_stretches(stretches);
        Some(Running::of(recorder))
    }

    /// A step has ended; `stretches`, which had those of the step around it, get those that its task is in now.
    pub(super) fn pause(&mut self, running: Option<Running>, stretches: &mut Vec<usize>) {
        drop(running);
        if self.has_ended || self.depth == 0 {
            return;
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.swap_stretches(stretches);
        }
        self.depth -= 1;
        if self.depth == 0 {
            let at = now() as i64;
            self.until = at;
            if let Some(recorder) = &mut self.recorder {
                recorder.pause(at);
            }
        }
    }

    /// The response is there: what was recorded by now. What its tasks do from now on is no part of the request.
    pub(super) fn end(&mut self, at: u64, running: Option<Running>) -> Account {
        drop(running);
        self.has_ended = true;
        let (spent, cpu_ns) = self.recorder.take().map(|mut recorder| recorder.end(at)).unwrap_or_default();
        Account { spent, cpu_ns, waited: self.waited.map(|waited| waited.max(0) as u64) }
    }

    /// Attributes the time until now, if nothing of it runs: to the loop where any of its tasks may go on.
    fn pass(&mut self) {
        if self.has_ended || self.depth > 0 {
            return;
        }
        let now = now() as i64;
        let wait = self.waiting.iter().position(|&tasks| tasks > 0).unwrap_or(Wait::Other as usize);
        self.waited[wait] += now - self.until;
        self.until = now;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const A_WHILE: Duration = Duration::from_millis(3);

    fn exchange() -> Exchange {
        let start = now();
        Exchange::new(0, start, start, None)
    }

    /// Milliseconds that it has waited for the loop, the executor, and anything else.
    fn waited(exchange: &mut Exchange) -> [u64; 3] {
        exchange.end(now(), None).waited.map(|waited| waited / 1_000_000)
    }

    #[test]
    fn time_between_steps_goes_to_what_is_waited_for() {
        let mut exchange = exchange();
        exchange.wait_no_more(Wait::Loop);
        let running = exchange.go_on(&mut Vec::new());
        std::thread::sleep(A_WHILE);
        exchange.pause(running, &mut Vec::new());
        exchange.wait(Wait::Other);
        std::thread::sleep(2 * A_WHILE);
        exchange.wait_no_more(Wait::Other);
        exchange.wait(Wait::Loop);
        std::thread::sleep(A_WHILE);
        exchange.wait_no_more(Wait::Loop);
        let [for_loop, executor, other] = waited(&mut exchange);
        assert!(for_loop >= 3 && other >= 6 && executor == 0, "{for_loop} {executor} {other}");
    }

    #[test]
    fn of_several_tasks_the_one_that_may_go_on_counts() {
        let mut exchange = exchange();
        exchange.wait_no_more(Wait::Loop);
        exchange.wait(Wait::Other);
        exchange.wait(Wait::Executor);
        std::thread::sleep(A_WHILE);
        exchange.wait(Wait::Loop);
        std::thread::sleep(A_WHILE);
        exchange.wait_no_more(Wait::Loop);
        let [for_loop, executor, other] = waited(&mut exchange);
        assert!(for_loop >= 3 && executor >= 3 && other == 0, "{for_loop} {executor} {other}");
    }

    #[test]
    fn what_outlives_the_request_is_no_part_of_it() {
        let mut exchange = exchange();
        let before = waited(&mut exchange);
        std::thread::sleep(A_WHILE);
        exchange.wait_no_more(Wait::Loop);
        assert!(exchange.go_on(&mut Vec::new()).is_none());
        exchange.pause(None, &mut Vec::new());
        assert_eq!(waited(&mut exchange), before);
    }
}
