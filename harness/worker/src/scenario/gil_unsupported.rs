//! For systems that don't report in which call a thread sleeps.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Reports no waiting at all.
#[derive(Debug, Default)]
pub(super) struct Waits;

impl Waits {
    pub(super) fn join(&self) -> Option<Arc<AtomicU64>> {
        None
    }

    pub(super) fn end(&self) {}

    pub(super) fn look(&self) {}
}
