//! Calls under the clock.

use std::time::{Duration, Instant};

use pyo3::prelude::*;

use super::process::{self, Footprint};
use super::protocol::{Calibrated, Called, OtherCalls, Timed};
use super::subject::{Output, Subject};

/// Calls above this duration are timed one by one in every block: reading the clock costs them nothing that shows.
const EVERY_CALL: Duration = Duration::from_micros(20);

/// The shortest processor time that can be divided among threads.
const CPU_TELLS: Duration = Duration::from_millis(2);

/// Makes one call and looks at what it does to the process.
pub(super) fn call<'py>(py: Python<'py>, subject: &mut Subject<'py>) -> PyResult<(Called, Output<'py>)> {
    let before = Footprint::now(py);
    process::reset_peak_memory();
    let start = Instant::now();
    let output = subject.call()?;
    let seconds = start.elapsed().as_secs_f64();
    let peak_memory = process::peak_memory();
    Ok((Called { seconds, peak_memory, side_effects: before.changes(py) }, output))
}

/// Finds out how long a call takes, from ever more calls until they take that duration together. With a `fresh`
/// input for every call there is only one to make.
pub(super) fn calibrate(subject: &mut Subject<'_>, duration: Duration, fresh: bool) -> PyResult<Calibrated> {
    let mut calls = 1;
    let mut fastest = f64::INFINITY;
    loop {
        let (cpu, own) = (process::cpu_time(), process::thread_cpu_time());
        let start = Instant::now();
        subject.time(calls)?;
        let wall = start.elapsed();
        fastest = fastest.min(wall.as_secs_f64() / calls as f64);
        if fresh || wall >= duration / 2 {
            let (cpu, own) = (process::cpu_time() - cpu, process::thread_cpu_time() - own);
            let others = 1.0 - own.as_secs_f64() / cpu.as_secs_f64();
            return Ok(Calibrated { seconds: fastest, other_threads: (cpu >= CPU_TELLS).then_some(others) });
        }
        calls *= 2;
    }
}

/// Calls on an input that hasn't been seen: the first call, and the fastest of a few later ones.
pub(super) fn call_other(subject: &mut Subject<'_>, size: u64) -> PyResult<OtherCalls> {
    let mut calls = Vec::new();
    let start = Instant::now();
    while calls.len() < 2 || (calls.len() < 5 && start.elapsed() < Duration::from_millis(50)) {
        calls.extend(subject.time_each(1)?);
    }
    let repeat = calls[1..].iter().copied().min().unwrap_or(calls[0]);
    Ok(OtherCalls { size, first: calls[0] as f64 * 1e-9, repeat: repeat as f64 * 1e-9 })
}

/// Whether calls of that duration are timed one by one.
pub(crate) fn timed_one_by_one(seconds: f64) -> bool {
    seconds >= EVERY_CALL.as_secs_f64()
}

/// Times one block.
pub(super) fn block(subject: &mut Subject<'_>, calls: u64, each: bool) -> PyResult<Timed> {
    let idle_cpu_ns = process::idle_cpu().as_nanos() as u64;
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
    process::start_idling(after);
    Ok(Timed { wall_ns: wall.as_nanos() as u64, cpu_ns: (after - cpu).as_nanos() as u64, idle_cpu_ns, each_ns })
}

/// Several blocks taken as one.
#[derive(Default)]
pub(super) struct Sum(Option<Timed>);

impl Sum {
    pub(super) fn add(&mut self, block: Timed) {
        match &mut self.0 {
            None => self.0 = Some(block),
            Some(sum) => {
                // What passes between the blocks is the harness making inputs, so only the first idle time counts.
                sum.wall_ns += block.wall_ns;
                sum.cpu_ns += block.cpu_ns;
                sum.each_ns.extend(block.each_ns);
            }
        }
    }
}

impl From<Sum> for Timed {
    fn from(sum: Sum) -> Self {
        sum.0.unwrap_or(Self { wall_ns: 0, cpu_ns: 0, idle_cpu_ns: 0, each_ns: Vec::new() })
    }
}
