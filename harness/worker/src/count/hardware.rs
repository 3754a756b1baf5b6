//! The processor's own counter of instructions, by way of the system.

use std::io;

use perf_event::events::Hardware as Event;
use perf_event::{Builder, Counter};

/// The counter of the calling thread: instructions in user space.
pub(crate) struct Hardware(Counter);

impl Hardware {
    /// Opens it. It has a register of the processor for itself, so that nothing is extrapolated.
    pub(super) fn open() -> io::Result<Self> {
        Builder::new(Event::INSTRUCTIONS).pinned(true).build().map(Self)
    }

    pub(super) fn reset(&mut self) -> io::Result<()> {
        self.0.reset()
    }

    #[inline(always)]
    pub(super) fn enable(&mut self) -> io::Result<()> {
        self.0.enable()
    }

    #[inline(always)]
    pub(super) fn disable(&mut self) -> io::Result<()> {
        self.0.disable()
    }

    pub(super) fn read(&mut self) -> io::Result<u64> {
        let read = self.0.read_full()?;
        match (read.time_enabled(), read.time_running()) {
            (Some(enabled), Some(running)) if running < enabled => Err(io::Error::other(
                "the processor's counter of instructions was taken away for a while, by another that counts too",
            )),
            _ => Ok(read.count()),
        }
    }
}
