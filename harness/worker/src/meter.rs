//! What a process uses between two moments.

use std::time::{Duration, Instant};

use rustworthy_protocol::{Clock, Timed};

use crate::process;

/// What a process has used since a moment.
pub(crate) struct Meter {
    idle: Duration,
    around: Instant,
    delay_ns: u64,
    usage: process::Usage,
    waits: Option<u64>,
    own: Duration,
    cpu: Duration,
    wall: Instant,
}

/// What was used by calls.
pub(crate) struct Metered {
    pub(crate) timed: Timed,
    /// Processor time of the calling thread.
    pub(crate) own: Duration,
    /// Whether that thread may have waited for something else than the processor. Where a host takes the processor away from the
    /// whole machine, time passes without that.
    pub(crate) may_have_waited: bool,
}

impl Metered {
    /// How long the calls take who has the processor to himself. Unless something was waited for, it's what the thread has computed: the
    /// time in which others had the processor isn't known to the microsecond.
    pub(crate) fn undisturbed_ns(&self) -> u64 {
        let awake = self.timed.each_ns.iter().sum::<u64>().saturating_sub(self.timed.delay_ns);
        if self.may_have_waited { awake } else { awake.min(self.own.as_nanos() as u64) }
    }
}

impl Meter {
    /// Begins where the worker's idle time, in which it used that much of a processor, has ended.
    pub(crate) fn start(idle: Duration) -> Self {
        let around = Instant::now();
        let delay_ns = process::run_delay_ns();
        let usage = process::Usage::now();
        let waits = process::waits();
        let own = process::thread_cpu_time();
        Self { idle, around, delay_ns, usage, waits, own, cpu: process::cpu_time(), wall: Instant::now() }
    }

    pub(crate) fn elapsed(&self, clock: Clock) -> Duration {
        match clock {
            Clock::Wall => self.wall.elapsed(),
            Clock::Processor => process::cpu_time() - self.cpu,
        }
    }

    pub(crate) fn stop(&self, calls: u64, each_ns: Vec<u64>) -> Metered {
        let wall = self.wall.elapsed();
        let after = process::cpu_time();
        let own = process::thread_cpu_time() - self.own;
        let may_have_waited = process::waits().is_none_or(|waits| Some(waits) != self.waits);
        let usage = process::Usage::now();
        let delay = Duration::from_nanos(process::run_delay_ns().saturating_sub(self.delay_ns));
        // Others get the processor most of all when a system call returns, such as those that read the account. What is left
        // out of a block must not have happened beside it.
        let beside = self.around.elapsed().saturating_sub(wall);
        process::start_idling(process::cpu_time());
        let timed = Timed {
            calls,
            wall_ns: wall.as_nanos() as u64,
            cpu_ns: (after - self.cpu).as_nanos() as u64,
            delay_ns: delay.saturating_sub(beside).as_nanos() as u64,
            system_ns: usage.system.saturating_sub(self.usage.system).as_nanos() as u64,
            page_faults: usage.page_faults.saturating_sub(self.usage.page_faults),
            idle_cpu_ns: self.idle.as_nanos() as u64,
            each_ns,
        };
        Metered { timed, own, may_have_waited }
    }
}
