//! Reading the facts about the machine, which takes a while.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::machine::{Machine, Root};
use crate::quiet::pause;

/// Facts about the machine; the load of other processes is sampled for this long.
pub(super) fn look(time: Duration, cancel: &AtomicBool) -> Machine {
    Machine::read(&Root::system(), || pause(time, cancel))
}
