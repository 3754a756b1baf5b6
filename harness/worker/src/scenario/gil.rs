//! How long servers wait for the GIL, by sampling their threads a thousand times a second.
//!
//! Who waits for the GIL sleeps in a futex that lies in the interpreter's own state (`_PyRuntime`); other locks lie elsewhere.
//! The system reports in which call a thread of this process sleeps, and with what arguments.

use std::fs::File;
use std::io::{Read, Seek};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::record::now;

/// How often threads are sampled.
const INTERVAL: Duration = Duration::from_millis(1);

/// Nanoseconds for which servers have waited.
#[derive(Debug, Default)]
pub(super) struct Waits {
    threads: Mutex<Vec<(File, Arc<AtomicU64>)>>,
    is_over: AtomicBool,
}

impl Waits {
    /// Adds the calling thread; what it has waited is counted there. `None` where the system doesn't report it.
    pub(super) fn join(&self) -> Option<Arc<AtomicU64>> {
        let file = File::open(format!("/proc/self/task/{}/syscall", nix::unistd::gettid())).ok()?;
        let waited = Arc::new(AtomicU64::new(0));
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push((file, Arc::clone(&waited)));
        Some(waited)
    }

    /// Ends the sampling.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Samples until [`Waits::end`] is called.
    pub(super) fn look(&self) {
        let Some(state) = state_of_interpreter() else { return };
        let mut before = now();
        while !self.is_over.load(Ordering::Relaxed) {
            std::thread::sleep(INTERVAL);
            let at = now();
            for (file, waited) in self.threads.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
                if futex_of(file).is_some_and(|futex| state.contains(&futex)) {
                    waited.fetch_add(at - before, Ordering::Relaxed);
                }
            }
            before = at;
        }
    }
}

/// The address of the futex in which a thread sleeps.
fn futex_of(file: &mut File) -> Option<u64> {
    let mut text = [0; 256];
    file.rewind().ok()?;
    let length = file.read(&mut text).ok()?;
    let mut words = std::str::from_utf8(&text[..length]).ok()?.split_whitespace();
    if words.next()?.parse::<i64>().ok()? != libc::SYS_futex {
        return None;
    }
    u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()
}

/// Where the interpreter keeps its state: from its beginning to the end of the data of its library.
fn state_of_interpreter() -> Option<Range<u64>> {
    // SAFETY: looks up a name, which is a constant.
    let start = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"_PyRuntime".as_ptr()) } as u64;
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let mut end = None;
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (from, to) = words.next()?.split_once('-')?;
        let (from, to) = (u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?);
        // What isn't initialised follows without the name of a file.
        let is_next = end == Some(from) && words.nth(4).is_none();
        if (from..to).contains(&start) || is_next {
            end = Some(to);
        }
    }
    Some(start..end?)
}
