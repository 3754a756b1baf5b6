//! Counting by callgrind, under which the engine has started this process: the client requests of valgrind, and the files
//! that callgrind writes.
//!
//! A client request is a sequence of instructions that does nothing on a processor, and that valgrind knows ("The Client
//! Request mechanism" in its manual, `valgrind.h` and `callgrind.h` of its source). Collecting is turned on and off for the
//! calling thread alone: what other threads do meanwhile doesn't count.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// `VG_USERREQ__RUNNING_ON_VALGRIND`
const RUNNING_ON_VALGRIND: usize = 0x1001;

/// `VG_USERREQ_TOOL_BASE('C', 'T')`, from which callgrind's requests are numbered.
const CALLGRIND: usize = (b'C' as usize) << 24 | (b'T' as usize) << 16;
const DUMP_STATS: usize = CALLGRIND;
const TOGGLE_COLLECT: usize = CALLGRIND + 2;
const START_INSTRUMENTATION: usize = CALLGRIND + 4;
const STOP_INSTRUMENTATION: usize = CALLGRIND + 5;

/// Callgrind, asked to write its counts to a folder.
pub(crate) struct Callgrind {
    folder: PathBuf,
}

impl Callgrind {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        if ask(RUNNING_ON_VALGRIND) == 0 {
            return Err(io::Error::other("valgrind was to run this process, but doesn't"));
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// Before this, and after the end, the process runs without the instructions that count: five times as fast.
    pub(super) fn begin(&mut self) {
        ask(START_INSTRUMENTATION);
    }

    #[inline(always)]
    pub(super) fn toggle(&mut self) {
        ask(TOGGLE_COLLECT);
    }

    /// Has the counts written, which sets them to zero, and reads them.
    pub(super) fn end(&mut self) -> io::Result<u64> {
        ask(STOP_INSTRUMENTATION);
        ask(DUMP_STATS);
        let mut counted = None;
        for file in fs::read_dir(&self.folder)? {
            let file = file?.path();
            let total = total(&fs::read_to_string(&file)?);
            counted = total.map(|total| total + counted.unwrap_or(0)).or(counted);
            fs::remove_file(&file)?;
        }
        counted.ok_or_else(|| io::Error::other("callgrind has written no counts"))
    }
}

/// All that was counted, by the last line of a file of callgrind's.
fn total(file: &str) -> Option<u64> {
    let line = file.lines().rev().find_map(|line| line.strip_prefix("totals:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Makes a request without arguments; 0 where nobody listens.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn ask(request: usize) -> usize {
    let arguments = [request, 0, 0, 0, 0, 0];
    let mut result = 0;
    // SAFETY: the rotations add up to whole turns, and exchanging a register with itself does nothing.
    unsafe {
        std::arch::asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            inout("rdx") result, in("rax") &raw const arguments,
        );
    }
    result
}

/// Makes a request without arguments; 0 where nobody listens.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
fn ask(request: usize) -> usize {
    let arguments = [request, 0, 0, 0, 0, 0];
    let mut result = 0;
    // SAFETY: the rotations add up to whole turns, and a register or-ed with itself is what it was.
    unsafe {
        std::arch::asm!(
            "ror x12, x12, #3", "ror x12, x12, #13", "ror x12, x12, #51", "ror x12, x12, #61", "orr x10, x10, x10",
            inout("x3") result, in("x4") &raw const arguments,
        );
    }
    result
}

/// On other processors nothing is known of how valgrind is asked.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn ask(_: usize) -> usize {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_takes_a_request_for_nothing() {
        assert_eq!(ask(RUNNING_ON_VALGRIND), 0);
        assert!(Callgrind::new(Path::new("/")).is_err());
    }

    #[test]
    fn the_total_is_the_last_line_of_a_file() {
        let file = "# callgrind format\nevents: Ir\nsummary: 7\n\nfn=(1) main\n3 700\n\ntotals: 700\n";
        assert_eq!(total(file), Some(700));
        assert_eq!(total("# callgrind format\n"), None);
    }
}
