//! The thread that samples a target.
//!
//! Each interval has one sample at a random moment within it: the shares are those of the whole time, and no rhythm of the
//! target can be in step with the sampling. What takes time is left for later: the target is stopped only while its Python
//! frames, registers and stacks are read.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
use rand::RngExt;

use super::error::ProfileError;
use super::native::{Snapshot, StackEnds};
use super::python::{PythonFrame, Spy};
use super::state::{State, children_of, has_ended};
use super::stop::{StopError, Stopped, threads_of};

/// Failed samples in a row after which the interpreter is searched for again: the target may have become another
/// program.
const FAILED_IN_A_ROW: u32 = 5;

/// The oldest Python whose frames tell where the interpreter was entered.
const OLDEST: (u64, u64) = (3, 11);

/// How often children of the target are counted.
const CHILDREN: Duration = Duration::from_millis(500);

/// What is sampled, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct SamplerSettings {
    pub(super) pid: Pid,
    /// Whether the process is a child of this one.
    pub(super) own_child: bool,
    pub(super) interval: Duration,
    /// How long; until the target ends if `None`.
    pub(super) duration: Option<Duration>,
}

/// For how long it has sampled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sampled {
    /// The beginning by the monotonic clock of the system, in nanoseconds.
    pub(super) began_ns: u64,
    pub(super) seconds: f64,
}

/// What the sampler reports.
pub(super) enum SamplerEvent {
    /// The interpreter was found, of this version.
    Python(u64, u64),
    /// A sample of the target: its threads, and the seconds since the beginning.
    Sample(Vec<RawThread>, f64),
    /// A sample failed.
    Failed,
    /// So many samples were missed.
    Late(u64),
    /// The target became another program.
    Another,
    /// The target has this many children, which aren't sampled.
    Children(usize),
}

/// A thread at one moment.
pub(super) struct RawThread {
    pub(super) id: Pid,
    pub(super) name: Option<String>,
    pub(super) is_running: bool,
    pub(super) owns_gil: bool,
    pub(super) is_python: bool,
    /// The innermost first.
    pub(super) python: Vec<PythonFrame>,
    pub(super) snapshot: Option<Snapshot>,
}

/// Samples until the time is up, the target has ended, or `stop` is set.
pub(super) fn run(
    order: &SamplerSettings,
    stop: &AtomicBool,
    events: &Sender<SamplerEvent>,
) -> Result<Sampled, ProfileError> {
    may_stop(order)?;
    let is_over = || stop.load(Ordering::Relaxed) || has_ended(order.pid);
    let spy = find(order.pid, is_over)?;
    let (major, minor) = spy.version();
    let _ = events.send(SamplerEvent::Python(major, minor));
    Sampler { order, spy, ends: StackEnds::default(), failed: 0, children: Instant::now() }.run(stop, events)
}

/// Finds the target's interpreter, which has to be one whose frames tell where it was entered.
fn find(pid: Pid, is_over: impl Fn() -> bool) -> Result<Spy, ProfileError> {
    let spy = Spy::find(pid, is_over).map_err(|error| ProfileError::of_python(pid, &error))?;
    match spy.version() {
        version if version >= OLDEST => Ok(spy),
        (major, minor) => Err(ProfileError::Unsupported { pid: pid.as_raw(), why: format!("{major}.{minor}") }),
    }
}

/// Sees that the target may be stopped at all: that is the clearest moment to say so.
fn may_stop(order: &SamplerSettings) -> Result<(), ProfileError> {
    match Stopped::stop(order.pid, order.own_child) {
        Ok(_) => Ok(()),
        Err(error) => Err(ProfileError::of_stop(order.pid, error)),
    }
}

struct Sampler<'a> {
    order: &'a SamplerSettings,
    spy: Spy,
    ends: StackEnds,
    /// Failed samples in a row.
    failed: u32,
    /// When children were last counted.
    children: Instant,
}

impl Sampler<'_> {
    fn run(&mut self, stop: &AtomicBool, events: &Sender<SamplerEvent>) -> Result<Sampled, ProfileError> {
        let mut random = rand::rng();
        let began = clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).unwrap_or_default();
        let start = Instant::now();
        let interval = self.order.interval;
        let mut number = 0_u32;
        while !stop.load(Ordering::Relaxed) && self.order.duration.is_none_or(|most| interval * number < most) {
            let due = start + interval * number + interval.mul_f64(random.random());
            let now = Instant::now();
            if now >= due + interval {
                let missed = ((now - due).as_secs_f64() / interval.as_secs_f64()) as u32;
                let _ = events.send(SamplerEvent::Late(missed.into()));
                number += missed;
                continue;
            }
            std::thread::sleep(due.saturating_duration_since(now));
            if !self.sample(start, events)? {
                break;
            }
            number += 1;
        }
        Ok(Sampled { began_ns: began.as_nanos() as u64, seconds: start.elapsed().as_secs_f64() })
    }

    /// Takes one sample of the target; `false` once the target has ended.
    fn sample(&mut self, start: Instant, events: &Sender<SamplerEvent>) -> Result<bool, ProfileError> {
        let SamplerSettings { pid, own_child, .. } = *self.order;
        // Once it's stopped nothing runs.
        let running = |id| State::of(pid, id).is_some_and(State::is_running);
        let states: HashMap<Pid, bool> =
            threads_of(pid).unwrap_or_default().into_iter().map(|id| (id, running(id))).collect();
        let at = start.elapsed().as_secs_f64();
        let (python, mut threads) = {
            let stopped = match Stopped::stop(pid, own_child) {
                Ok(stopped) => stopped,
                Err(StopError::Gone) => return Ok(false),
                Err(error) => return Err(ProfileError::of_stop(pid, error)),
            };
            let python = self.spy.stacks(stopped.threads().len());
            let threads: Vec<RawThread> = stopped
                .threads()
                .iter()
                .map(|thread| RawThread {
                    id: thread.id,
                    name: None,
                    // A thread that has just begun does run.
                    is_running: states.get(&thread.id).copied().unwrap_or(true),
                    owns_gil: false,
                    is_python: false,
                    python: Vec::new(),
                    snapshot: Snapshot::take(pid, thread.id, &mut self.ends),
                })
                .collect();
            (python, threads)
        };
        match python {
            Ok(python) => {
                self.failed = 0;
                for of_python in python {
                    if let Some(thread) = threads.iter_mut().find(|thread| Some(thread.id) == of_python.id) {
                        thread.name = of_python.name;
                        thread.owns_gil = of_python.owns_gil;
                        thread.is_python = true;
                        thread.python = of_python.frames;
                    }
                }
                let _ = events.send(SamplerEvent::Sample(threads, at));
            }
            Err(_) => {
                let _ = events.send(SamplerEvent::Failed);
                self.failed += 1;
                if self.failed >= FAILED_IN_A_ROW {
                    self.find_again(events)?;
                }
            }
        }
        if self.children.elapsed() > CHILDREN {
            self.children = Instant::now();
            let _ = events.send(SamplerEvent::Children(children_of(pid).len()));
        }
        Ok(true)
    }

    /// Searches for the interpreter again: another program has it elsewhere, or has none.
    fn find_again(&mut self, events: &Sender<SamplerEvent>) -> Result<(), ProfileError> {
        let pid = self.order.pid;
        match find(pid, || has_ended(pid)) {
            Ok(spy) => {
                self.spy = spy;
                self.failed = 0;
                let _ = events.send(SamplerEvent::Another);
                Ok(())
            }
            // It was about to end.
            Err(_) if has_ended(pid) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
