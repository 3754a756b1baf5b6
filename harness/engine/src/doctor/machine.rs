//! Reading the facts about the machine, which takes a while.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::machine::{Machine, Root};

/// Facts about the machine; the load of other processes is sampled for this long.
pub(super) fn look(time: Duration, cancel: &AtomicBool) -> Machine {
    Machine::read(&Root::system(), || wait(time, cancel))
}

/// Sleeps, but not beyond an interruption.
fn wait(time: Duration, cancel: &AtomicBool) {
    let start = Instant::now();
    while start.elapsed() < time && !cancel.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(50));
    }
}
