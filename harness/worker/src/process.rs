//! What the worker's own process uses: memory, processor time, threads and children.

use std::cell::Cell;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};
use nix::unistd::getpid;
use pyo3::prelude::*;
use rustworthy_protocol::processes::{children_of, descendants_of, processor_time};

thread_local! {
    static IDLE_SINCE: Cell<Option<Duration>> = const { Cell::new(None) };
    static HAS_PROCESSES: Cell<bool> = const { Cell::new(false) };
}

/// Whether foreign code has left processes behind; their processor time counts from here on.
pub(crate) fn leaves_processes() -> bool {
    let has_processes = !children_of(getpid()).is_empty();
    HAS_PROCESSES.set(has_processes);
    has_processes
}

/// Processor time of this process, of those of its children that have ended, and of those processes that it was seen to have
/// left behind.
pub(crate) fn cpu_time() -> Duration {
    let own = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map(Duration::from).unwrap_or_default();
    let children = getrusage(UsageWho::RUSAGE_CHILDREN)
        .map(|usage| usage.user_time().num_microseconds() + usage.system_time().num_microseconds())
        .unwrap_or_default();
    let own = own + Duration::from_micros(children.try_into().unwrap_or_default());
    if !HAS_PROCESSES.get() {
        return own;
    }
    own + descendants_of(getpid()).into_iter().map(processor_time).sum::<Duration>()
}

/// Processor time of the calling thread.
pub(crate) fn thread_cpu_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).unwrap_or_default()
}

/// What the process has used beside time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// Processor time that the system's kernel used for it.
    pub(crate) system: Duration,
    /// Pages of memory that had to be provided when it touched them for the first time.
    pub(crate) page_faults: u64,
}

impl Usage {
    pub(crate) fn now() -> Self {
        let usage = getrusage(UsageWho::RUSAGE_SELF).ok();
        let system = usage.map(|usage| usage.system_time().num_microseconds()).unwrap_or_default();
        let faults = usage.map(|usage| usage.minor_page_faults()).unwrap_or_default();
        Self {
            system: Duration::from_micros(system.try_into().unwrap_or_default()),
            page_faults: faults.try_into().unwrap_or_default(),
        }
    }
}

/// How often the calling thread has given the processor up by itself, to wait for something; `None` where the system doesn't tell.
pub(crate) fn waits() -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        let usage = getrusage(UsageWho::RUSAGE_THREAD).ok()?;
        usage.voluntary_context_switches().try_into().ok()
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// Time in nanoseconds for which the calling thread has been ready to run while others had the processor, by the
/// scheduler's own account; 0 where there is none.
pub(crate) fn run_delay_ns() -> u64 {
    let account = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    account.split(' ').nth(1).and_then(|delay| delay.parse().ok()).unwrap_or_default()
}

/// Remembers the processor time at the end of a block.
pub(crate) fn start_idling(cpu: Duration) {
    IDLE_SINCE.set(Some(cpu));
}

/// Nothing that is done from here on is done in idle time, until the end of the next block.
pub(crate) fn forget_idling() {
    IDLE_SINCE.set(None);
}

/// Processor time used since the end of the last block.
pub(crate) fn idle_cpu() -> Duration {
    IDLE_SINCE.get().map(|since| cpu_time().saturating_sub(since)).unwrap_or_default()
}

/// Collects garbage and freezes what is left (`gc.freeze`), so that copies of the input which
/// exist for the harness alone don't make a contender's own collections slower.
pub(crate) fn settle(py: Python<'_>) -> PyResult<()> {
    collect(py)?;
    py.import("gc")?.call_method0("freeze")?;
    Ok(())
}

/// Collects garbage.
pub(crate) fn collect(py: Python<'_>) -> PyResult<()> {
    py.import("gc")?.call_method0("collect")?;
    Ok(())
}

/// Resets the peak, so that the next one doesn't include loading the input.
pub(crate) fn reset_peak_memory() {
    #[cfg(target_os = "linux")]
    {
        // Without the permission to reset it, the peak that is reported includes loading.
        let _ = fs::write("/proc/self/clear_refs", "5");
    }
}

/// Peak resident memory in bytes. `ru_maxrss` won't do: it survives `exec`, so a small child of a large
/// parent reads as large.
pub(crate) fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The state of the process that foreign code may change.
pub(crate) struct Footprint {
    folder: Option<PathBuf>,
    python_threads: usize,
    children: usize,
    scheduling: Option<Scheduling>,
}

/// Where and before whom a thread may run.
#[derive(PartialEq)]
struct Scheduling {
    #[cfg(target_os = "linux")]
    processors: nix::sched::CpuSet,
    policy: i32,
    nice: i32,
}

impl Scheduling {
    fn now() -> Option<Self> {
        #[cfg(target_os = "linux")]
        {
            let processors = nix::sched::sched_getaffinity(nix::unistd::Pid::from_raw(0)).ok()?;
            // SAFETY: both take plain numbers, of which 0 is the calling thread, and only read.
            let (policy, nice) = unsafe { (libc::sched_getscheduler(0), libc::getpriority(libc::PRIO_PROCESS, 0)) };
            Some(Self { processors, policy, nice })
        }
        #[cfg(not(target_os = "linux"))]
        None
    }
}

impl Footprint {
    pub(crate) fn now(py: Python<'_>) -> Self {
        Self {
            folder: std::env::current_dir().ok(),
            python_threads: python_threads(py).unwrap_or_default(),
            children: children_of(getpid()).len(),
            scheduling: Scheduling::now(),
        }
    }

    /// The changes since then, in words.
    pub(crate) fn changes(&self, py: Python<'_>) -> Vec<String> {
        let now = Self::now(py);
        let mut changes = Vec::new();
        if now.folder != self.folder {
            changes.push("changes the working directory".to_owned());
        }
        if now.python_threads > self.python_threads {
            let more = now.python_threads - self.python_threads;
            changes.push(format!("leaves {} running after the call", count(more, "thread", "threads")));
        }
        if now.children > self.children {
            changes.push(format!("leaves {} behind", count(now.children - self.children, "process", "processes")));
        }
        if now.scheduling != self.scheduling {
            changes
                .push("changes where or how it is scheduled, so that its time is that of other conditions".to_owned());
        }
        if takes_the_gil(py).unwrap_or_default() {
            let why = "an extension module that it imports needs it, unless PYTHON_GIL or -X gil asks for it";
            changes.push(format!("runs with the GIL, though its Python is free-threaded: {why}"));
        }
        changes
    }
}

/// Whether this Python was built to run without the GIL, and runs with it. Its flags tell how it was built; `sysconfig`, which would
/// too, takes longer to import than most of what is measured.
fn takes_the_gil(py: Python<'_>) -> PyResult<bool> {
    let sys = py.import("sys")?;
    let flags: String = sys.getattr("abiflags")?.extract()?;
    Ok(flags.contains('t') && sys.call_method0("_is_gil_enabled")?.extract()?)
}

/// Threads that Python knows of. Those of native libraries and of event loops' own executors aren't counted: idle pools are
/// their normal way.
fn python_threads(py: Python<'_>) -> PyResult<usize> {
    let threads = py.import("threading")?.call_method0("enumerate")?;
    let counts = |thread: PyResult<Bound<'_, PyAny>>| {
        let name: String = thread?.getattr("name")?.extract()?;
        Ok(!name.starts_with("asyncio_"))
    };
    threads.try_iter()?.map(counts).try_fold(0, |sum, counts: PyResult<bool>| Ok(sum + usize::from(counts?)))
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
