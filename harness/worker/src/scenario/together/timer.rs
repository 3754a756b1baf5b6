//! Wakes the event loop when a request arrives, by a descriptor that becomes readable, as a connection would. Timers of asyncio
//! are late by up to a millisecond.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};

/// A descriptor that becomes readable at a moment.
#[derive(Debug)]
pub(super) struct Timer(TimerFd);

impl Timer {
    /// A timer; nothing where the system has none.
    pub(super) fn new() -> io::Result<Option<Self>> {
        let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
        Ok(Some(Self(TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?)))
    }

    /// Its descriptor.
    pub(super) fn descriptor(&self) -> i32 {
        self.0.as_fd().as_raw_fd()
    }

    /// Has it become readable then, in nanoseconds of the monotonic clock, and not before.
    pub(super) fn set(&self, at: u64) -> io::Result<()> {
        let at = TimeSpec::new((at / 1_000_000_000) as _, (at % 1_000_000_000).max(1) as _);
        Ok(self.0.set(Expiration::OneShot(at), TimerSetTimeFlags::TFD_TIMER_ABSTIME)?)
    }

    /// Has it not become readable.
    pub(super) fn unset(&self) -> io::Result<()> {
        Ok(self.0.unset()?)
    }
}
