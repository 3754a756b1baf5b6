//! What foreign code prints: counted, and the end of it kept.

use std::collections::VecDeque;
use std::io::Read;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// How much of the output is kept, in bytes.
const KEPT: usize = 8 * 1024;

/// How many lines of it are shown.
const SHOWN: usize = 20;

/// How long is waited for an output to pause.
const PAUSE: Duration = Duration::from_secs(1);

/// The end of an output that another thread reads.
#[derive(Debug, Clone, Default)]
pub(super) struct Tail(Arc<Mutex<LastBytes>>);

#[derive(Debug, Default)]
struct LastBytes {
    bytes: VecDeque<u8>,
    total: u64,
}

impl Tail {
    fn kept(&self) -> MutexGuard<'_, LastBytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads to the end.
    pub(super) fn read(&self, mut output: impl Read + AsFd) {
        let mut buffer = [0; 64 * 1024];
        while !ready(&output, PollTimeout::NONE).is_empty() {
            // Held while it is read, so that what isn't in the pipe any more is kept.
            let mut kept = self.kept();
            let Ok(length @ 1..) = output.read(&mut buffer) else { return };
            kept.total += length as u64;
            kept.bytes.extend(&buffer[length.saturating_sub(KEPT)..length]);
            let surplus = kept.bytes.len().saturating_sub(KEPT);
            kept.bytes.drain(..surplus);
        }
    }

    /// The last lines of what has been written to this output until now, of which nothing counts from now on.
    pub(super) fn taken(&self, output: impl AsFd) -> String {
        let start = Instant::now();
        loop {
            let mut kept = self.kept();
            if !ready(&output, PollTimeout::ZERO).contains(PollFlags::POLLIN) || start.elapsed() > PAUSE {
                let taken = std::mem::take(&mut *kept);
                return taken.text();
            }
            drop(kept);
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    /// How many bytes there were.
    pub(super) fn total(&self) -> u64 {
        self.kept().total
    }

    /// The last lines.
    pub(super) fn text(&self) -> String {
        self.kept().text()
    }
}

impl LastBytes {
    fn text(&self) -> String {
        let bytes: Vec<u8> = self.bytes.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(SHOWN)..].join("\n")
    }
}

/// Whether there is something to read, or its end has come.
fn ready(output: &impl AsFd, timeout: PollTimeout) -> PollFlags {
    let mut fds = [PollFd::new(output.as_fd(), PollFlags::POLLIN)];
    while poll(&mut fds, timeout) == Err(Errno::EINTR) {}
    fds[0].revents().unwrap_or(PollFlags::empty())
}

#[cfg(test)]
mod tests {
    use std::io::{PipeReader, Write, pipe};

    use super::*;

    /// The end of an output that a thread reads, both ends of it, and that thread.
    fn read() -> (Tail, PipeReader, std::io::PipeWriter, std::thread::JoinHandle<()>) {
        let (read, write) = pipe().unwrap();
        let (tail, other) = (Tail::default(), read.try_clone().unwrap());
        let reader = std::thread::spawn({
            let tail = tail.clone();
            move || tail.read(other)
        });
        (tail, read, write, reader)
    }

    #[test]
    fn what_was_written_before_it_is_taken_counts_no_more() {
        for _ in 0..200 {
            let (tail, pipe, mut write, reader) = read();
            write.write_all(b"before\n").unwrap();
            assert_eq!(tail.taken(&pipe), "before");
            write.write_all(b"after\n").unwrap();
            drop(write);
            reader.join().unwrap();
            assert_eq!((tail.total(), &*tail.text()), (6, "after"));
        }
    }

    #[test]
    fn an_output_that_has_ended_can_be_taken() {
        let (tail, pipe, mut write, reader) = read();
        write.write_all(b"before\n").unwrap();
        drop(write);
        reader.join().unwrap();
        assert_eq!(tail.taken(&pipe), "before");
    }
}
