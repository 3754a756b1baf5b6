//! What foreign code prints: counted, and the end of it kept.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

/// How much of the output is kept, in bytes.
const KEPT: usize = 8 * 1024;

/// How many lines of it are shown.
const SHOWN: usize = 20;

/// The end of an output that another thread reads.
#[derive(Debug, Clone, Default)]
pub(super) struct Tail(Arc<Mutex<LastBytes>>);

#[derive(Debug, Default)]
struct LastBytes {
    bytes: VecDeque<u8>,
    total: u64,
}

impl Tail {
    /// Reads to the end.
    pub(super) fn read(&self, mut output: impl Read) {
        let mut buffer = [0; 64 * 1024];
        while let Ok(length @ 1..) = output.read(&mut buffer) {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.total += length as u64;
            kept.bytes.extend(&buffer[length.saturating_sub(KEPT)..length]);
            let surplus = kept.bytes.len().saturating_sub(KEPT);
            kept.bytes.drain(..surplus);
        }
    }

    /// How many bytes there were.
    pub(super) fn total(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).total
    }

    /// The last lines.
    pub(super) fn text(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = kept.bytes.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(SHOWN)..].join("\n")
    }
}
