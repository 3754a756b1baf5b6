//! Calls under the clock.

use std::time::{Duration, Instant};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rustworthy_protocol::{Calibrated, Called, Clock, OtherCalls, TimeFor, Timed};

use crate::meter::{Meter, Metered};
use crate::process::{self, Footprint};
use crate::subject::{Call, Output, Subject};

/// The shortest processor time that can be divided among threads.
const CPU_TELLS: Duration = Duration::from_millis(2);

/// Makes one call and records what it does to the process.
pub(crate) fn call<'py>(py: Python<'py>, subject: &mut Subject<'py>) -> PyResult<(Called, Output<'py>)> {
    let before = Footprint::now(py);
    process::reset_peak_memory();
    let Call { output, seconds, remarks } = subject.call()?;
    let peak_memory = process::peak_memory();
    process::leaves_processes();
    let side_effects = before.changes(py).into_iter().chain(remarks).collect();
    Ok((Called { seconds, peak_memory, side_effects }, output))
}

/// Finds out how long a call takes, from ever more calls until they take that duration together.
pub(crate) fn calibrate(subject: &mut Subject<'_>, duration: Duration) -> PyResult<Calibrated> {
    let mut calls = 1;
    loop {
        let mut trial = Trial::new();
        trial.call(subject, calls)?;
        if trial.is_enough(duration) {
            return Ok(trial.calibrated());
        }
        calls *= 2;
    }
}

/// Calls that show how long one takes.
pub(crate) struct Trial {
    calls: Sum,
    /// Processor time of the calling thread.
    own: Duration,
    /// Whether that thread may have waited for something else than the processor.
    may_have_waited: bool,
    /// Wall time of making inputs.
    making: Duration,
}

impl Trial {
    pub(crate) fn new() -> Self {
        Self { calls: Sum::new(), own: Duration::ZERO, may_have_waited: false, making: Duration::ZERO }
    }

    /// Makes so many calls.
    pub(crate) fn call(&mut self, subject: &mut Subject<'_>, calls: u64) -> PyResult<()> {
        let Metered { timed, own, may_have_waited } = block(subject, calls, None)?;
        self.calls.add(timed);
        self.own += own;
        self.may_have_waited |= may_have_waited;
        Ok(())
    }

    /// Counts the wall time of making an input.
    pub(crate) fn add_making(&mut self, making: Duration) {
        self.making += making;
    }

    /// Whether the calls tell enough, or making their inputs has taken much longer than that.
    pub(crate) fn is_enough(&self, duration: Duration) -> bool {
        /// How many times as long as calls making inputs may take.
        const PATIENCE: u32 = 20;
        Duration::from_nanos(self.calls.0.wall_ns) >= duration / 2 || self.making >= duration * PATIENCE
    }

    pub(crate) fn calibrated(&self) -> Calibrated {
        let Timed { calls, wall_ns, cpu_ns, delay_ns, .. } = self.calls.0;
        let [wall, cpu, delay] = [wall_ns, cpu_ns, delay_ns].map(Duration::from_nanos);
        let others = 1.0 - self.own.as_secs_f64() / cpu.as_secs_f64();
        let awake = wall.saturating_sub(delay);
        let waited = if self.may_have_waited { awake.saturating_sub(self.own) } else { Duration::ZERO };
        Calibrated {
            seconds: awake.as_secs_f64() / calls as f64,
            making: self.making.as_secs_f64() / calls as f64,
            other_threads: (cpu >= CPU_TELLS).then_some(others),
            waits: (wall >= CPU_TELLS).then(|| waited.as_secs_f64() / wall.as_secs_f64()),
            leaves_processes: process::leaves_processes(),
        }
    }
}

/// Calls on an input that hasn't been seen: the first call, and the fastest of a few later ones. `call` makes one, and
/// returns its time in nanoseconds without that in which others had the processor, which would look like a result that later calls remember.
pub(crate) fn call_other(size: u64, mut call: impl FnMut() -> PyResult<u64>) -> PyResult<OtherCalls> {
    let mut calls = Vec::new();
    let start = Instant::now();
    while calls.len() < 2 || (calls.len() < 5 && start.elapsed() < Duration::from_millis(50)) {
        calls.push(call()?);
    }
    let repeat = calls[1..].iter().copied().min().unwrap_or(calls[0]);
    Ok(OtherCalls { size, first: calls[0] as f64 * 1e-9, repeat: repeat as f64 * 1e-9 })
}

/// Times so many calls, and `each` of them by a clock where one is given.
pub(crate) fn block(subject: &mut Subject<'_>, calls: u64, each: Option<Clock>) -> PyResult<Metered> {
    let clock = each.unwrap_or(Clock::Wall);
    let order = TimeFor { calls, lead: Duration::ZERO, duration: Duration::ZERO, clock, each: each.is_some() };
    block_for(subject, &order)
}

/// Times calls until they have taken as long as is asked.
pub(crate) fn block_for(subject: &mut Subject<'_>, order: &TimeFor) -> PyResult<Metered> {
    let idle = process::idle_cpu();
    if !subject.is_awaited() {
        let metered = block_of_plain_calls(subject, order, idle)?;
        // That may have shown that calls are to be awaited, which it did one by one.
        if !subject.is_awaited() {
            return Ok(metered);
        }
    }
    let metered = subject.time_awaited(order, idle)?.ok_or_else(|| PyRuntimeError::new_err("the clock never began"))?;
    // Ending the loop is the harness's work.
    process::start_idling(process::cpu_time());
    Ok(metered)
}

fn block_of_plain_calls(subject: &mut Subject<'_>, order: &TimeFor, idle: Duration) -> PyResult<Metered> {
    let lead = Instant::now();
    while lead.elapsed() < order.lead {
        subject.time(order.calls)?;
    }
    let meter = Meter::start(idle);
    let (mut calls, mut each_ns) = (0, Vec::new());
    while calls == 0 || (!order.duration.is_zero() && meter.elapsed(order.clock) < order.duration) {
        if order.each {
            each_ns.extend(subject.time_each(order.calls, order.clock)?);
        } else {
            subject.time(order.calls)?;
        }
        calls += order.calls.max(1);
    }
    Ok(meter.stop(calls, each_ns))
}

/// Several blocks taken as one. What passes between them is the harness making inputs.
pub(crate) struct Sum(Timed);

impl Sum {
    /// To be made when the worker's idle time ends.
    pub(crate) fn new() -> Self {
        let idle_cpu_ns = process::idle_cpu().as_nanos() as u64;
        Self(Timed {
            calls: 0,
            wall_ns: 0,
            cpu_ns: 0,
            delay_ns: 0,
            system_ns: 0,
            page_faults: 0,
            idle_cpu_ns,
            each_ns: Vec::new(),
        })
    }

    pub(crate) fn add(&mut self, block: Timed) {
        self.0.calls += block.calls;
        self.0.wall_ns += block.wall_ns;
        self.0.cpu_ns += block.cpu_ns;
        self.0.delay_ns += block.delay_ns;
        self.0.system_ns += block.system_ns;
        self.0.page_faults += block.page_faults;
        self.0.each_ns.extend(block.each_ns);
    }

    /// How many calls there were.
    pub(crate) fn calls(&self) -> u64 {
        self.0.calls
    }

    /// Whether all together have taken as long as is asked.
    pub(crate) fn is_enough(&self, order: &TimeFor) -> bool {
        let taken = match order.clock {
            Clock::Wall => self.0.wall_ns,
            Clock::Processor => self.0.cpu_ns,
        };
        Duration::from_nanos(taken) >= order.duration
    }

    pub(crate) fn total(self) -> Timed {
        self.0
    }
}
