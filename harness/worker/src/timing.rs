//! Calls under the clock.

use std::time::{Duration, Instant};

use pyo3::prelude::*;
use rustworthy_protocol::{Calibrated, Called, OtherCalls, Timed};

use crate::process::{self, Footprint};
use crate::subject::{Output, Subject};

/// The shortest processor time that can be divided among threads.
const CPU_TELLS: Duration = Duration::from_millis(2);

/// Makes one call and records what it does to the process.
pub(crate) fn call<'py>(py: Python<'py>, subject: &mut Subject<'py>) -> PyResult<(Called, Output<'py>)> {
    let before = Footprint::now(py);
    process::reset_peak_memory();
    let start = Instant::now();
    let output = subject.call()?;
    let seconds = start.elapsed().as_secs_f64();
    let peak_memory = process::peak_memory();
    Ok((Called { seconds, peak_memory, side_effects: before.changes(py) }, output))
}

/// Finds out how long a call takes, from ever more calls until they take that duration together. Where every call
/// has a fresh input, made in `making`, there is only one to make.
pub(crate) fn calibrate(
    subject: &mut Subject<'_>,
    duration: Duration,
    making: Option<Duration>,
) -> PyResult<Calibrated> {
    let mut calls = 1;
    loop {
        let (cpu, own) = (process::cpu_time(), process::thread_cpu_time());
        let start = Instant::now();
        subject.time(calls)?;
        let wall = start.elapsed();
        if making.is_some() || wall >= duration / 2 {
            let (cpu, own) = (process::cpu_time() - cpu, process::thread_cpu_time() - own);
            let others = 1.0 - own.as_secs_f64() / cpu.as_secs_f64();
            return Ok(Calibrated {
                seconds: wall.as_secs_f64() / calls as f64,
                making: making.unwrap_or_default().as_secs_f64(),
                other_threads: (cpu >= CPU_TELLS).then_some(others),
            });
        }
        calls *= 2;
    }
}

/// Calls on an input that hasn't been seen: the first call, and the fastest of a few later ones. `call` makes one, and
/// returns its time in nanoseconds.
pub(crate) fn call_other(size: u64, mut call: impl FnMut() -> PyResult<Vec<u64>>) -> PyResult<OtherCalls> {
    let mut calls = Vec::new();
    let start = Instant::now();
    while calls.len() < 2 || (calls.len() < 5 && start.elapsed() < Duration::from_millis(50)) {
        calls.extend(call()?);
    }
    let repeat = calls[1..].iter().copied().min().unwrap_or(calls[0]);
    Ok(OtherCalls { size, first: calls[0] as f64 * 1e-9, repeat: repeat as f64 * 1e-9 })
}

/// Times one block.
pub(crate) fn block(subject: &mut Subject<'_>, calls: u64, each: bool) -> PyResult<Timed> {
    let idle_cpu_ns = process::idle_cpu().as_nanos() as u64;
    let around = Instant::now();
    let delay = process::run_delay_ns();
    let cpu = process::cpu_time();
    let start = Instant::now();
    let each_ns = if each {
        subject.time_each(calls)?
    } else {
        subject.time(calls)?;
        Vec::new()
    };
    let wall = start.elapsed();
    let after = process::cpu_time();
    let delay = Duration::from_nanos(process::run_delay_ns().saturating_sub(delay));
    // Others get the processor most of all when a system call returns, such as those that read the account. What is left
    // out of a block must not have happened beside it.
    let beside = around.elapsed().saturating_sub(wall);
    process::start_idling(process::cpu_time());
    Ok(Timed {
        wall_ns: wall.as_nanos() as u64,
        cpu_ns: (after - cpu).as_nanos() as u64,
        delay_ns: delay.saturating_sub(beside).as_nanos() as u64,
        idle_cpu_ns,
        each_ns,
    })
}

/// Several blocks taken as one. What passes between them is the harness making inputs.
pub(crate) struct Sum(Timed);

impl Sum {
    /// To be made when the worker's idle time ends.
    pub(crate) fn new() -> Self {
        let idle_cpu_ns = process::idle_cpu().as_nanos() as u64;
        Self(Timed { wall_ns: 0, cpu_ns: 0, delay_ns: 0, idle_cpu_ns, each_ns: Vec::new() })
    }

    pub(crate) fn add(&mut self, block: Timed) {
        self.0.wall_ns += block.wall_ns;
        self.0.cpu_ns += block.cpu_ns;
        self.0.delay_ns += block.delay_ns;
        self.0.each_ns.extend(block.each_ns);
    }

    pub(crate) fn total(self) -> Timed {
        self.0
    }
}
