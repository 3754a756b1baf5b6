//! An application that answers requests, and the functions of it whose time is recorded.

use pyo3::prelude::*;
use rustworthy_protocol::Served;

use super::record::{Cost, LONG, NO_SLEEP, Recorder, SHORT};
use super::together::Together;

/// Share of the time of requests for which they may sleep without the sleep being attributed to a function.
const MOST_MISSED: f64 = 0.02;

/// An application whose servers can be started.
pub(super) struct Application {
    /// Makes a server.
    pub(super) server: Py<PyAny>,
    /// The server of the main thread.
    pub(super) main: Py<PyAny>,
    /// Gives the status of a response over HTTP, and `None` for any other.
    pub(super) status: Py<PyAny>,
    /// How it answers requests at the same time, if it does.
    pub(super) together: Option<Together>,
    /// Functions whose time is recorded, if there are any.
    pub(super) watching: Option<Watching>,
}

impl Application {
    /// A server for another thread.
    pub(super) fn server<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.server.bind(py).call0()
    }
}

/// Functions whose time is recorded.
#[derive(Debug, Clone)]
pub(super) struct Watching {
    functions: usize,
    pub(super) cost: Cost,
    /// After how many nanoseconds within one function its processor time is read.
    asks_after: i64,
}

impl Watching {
    pub(super) fn new(functions: usize, cost: Cost) -> Self {
        Self { functions, cost, asks_after: LONG }
    }

    /// A recorder for one server.
    pub(super) fn recorder(&self) -> Recorder {
        Recorder::new(self.functions, self.cost, self.asks_after)
    }

    /// Reads the processor time more often where much of the requests' sleep wasn't attributed to any function.
    pub(super) fn learn(&mut self, served: &Served) {
        let (mut missed, mut all) = (0, 0);
        for answered in &served.answered {
            let took = answered.end_ns - answered.start_ns;
            let attributed: u64 = answered.spent.iter().map(|spent| spent.asleep_ns).sum();
            let aside = (answered.loop_ns + answered.executor_ns + answered.awaited_ns) as i64;
            missed += (took - aside - answered.cpu_ns as i64 - attributed as i64 - NO_SLEEP).max(0);
            all += took;
        }
        if missed as f64 > MOST_MISSED * all as f64 {
            self.asks_after = SHORT;
        }
    }
}

#[cfg(test)]
mod tests {
    use rustworthy_protocol::{Answered, Spent};

    use super::*;

    /// Requests of a millisecond that slept for `asleep_ns`, of which `attributed_ns` was attributed to functions.
    fn learned(asleep_ns: i64, attributed_ns: u64) -> i64 {
        let spent = Spent { calls: 1, asleep_ns: attributed_ns, ..Spent::default() };
        let answered = Answered {
            arrival_ns: 0,
            start_ns: 0,
            end_ns: 1_000_000,
            cpu_ns: (1_000_000 - asleep_ns) as u64,
            gil_ns: 0,
            loop_ns: 0,
            executor_ns: 0,
            awaited_ns: 0,
            failed: false,
            spent: vec![spent],
        };
        let mut watching = Watching::new(1, Cost::default());
        watching.learn(&Served { answered: vec![answered; 3], ..Served::default() });
        watching.asks_after
    }

    #[test]
    fn processor_time_is_asked_for_more_often_where_many_short_sleeps_are_missed() {
        assert_eq!(learned(0, 0), LONG);
        assert_eq!(learned(400_000, 400_000), LONG);
        assert_eq!(learned(400_000, 100_000), SHORT);
    }
}
