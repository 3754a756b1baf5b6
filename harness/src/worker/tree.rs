//! A worker's process and everything that descends from it, seen from outside.

use std::fs;
use std::io;
use std::time::Duration;

use nix::unistd::Pid;

use super::warden::children_of;

/// Descendants are looked for once a call has lasted that long: it means asking every process of the machine.
const DESCENDANTS_AFTER: Duration = Duration::from_millis(500);

/// Memory in bytes that the process holds, with its descendants once `elapsed` is long enough to look for them.
///
/// Of descendants only what they don't share counts: a fork shares everything at first.
pub(super) fn resident_bytes(process: Pid, elapsed: Duration) -> u64 {
    if process.as_raw() <= 0 {
        return 0;
    }
    let (resident, _) = statm(process).unwrap_or_default();
    if elapsed < DESCENDANTS_AFTER {
        return resident;
    }
    resident
        + descendants(process)
            .into_iter()
            .filter_map(statm)
            .map(|(resident, shared)| resident - shared.min(resident))
            .sum::<u64>()
}

fn descendants(process: Pid) -> Vec<Pid> {
    let mut found = children_of(process);
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(children_of(parent));
        next += 1;
    }
    found
}

fn statm(process: Pid) -> Option<(u64, u64)> {
    let statm = fs::read_to_string(format!("/proc/{process}/statm")).ok()?;
    let mut pages = statm.split(' ').skip(1).map(|field| field.parse::<u64>());
    let page = page_size();
    Some((pages.next()?.ok()? * page, pages.next()?.ok()? * page))
}

fn page_size() -> u64 {
    // SAFETY: asks for a constant of the system.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as u64 }
}

/// Restricts all threads of a process to these logical processors.
#[cfg(target_os = "linux")]
pub(crate) fn pin(process: Pid, cpus: &[usize]) -> io::Result<()> {
    use nix::sched::{CpuSet, sched_setaffinity};

    let mut set = CpuSet::new();
    for &cpu in cpus {
        set.set(cpu)?;
    }
    for entry in fs::read_dir(format!("/proc/{process}/task"))? {
        if let Some(thread) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) {
            sched_setaffinity(Pid::from_raw(thread), &set)?;
        }
    }
    Ok(())
}

/// Other systems don't let a process choose its processors.
#[cfg(not(target_os = "linux"))]
pub(crate) fn pin(_: Pid, _: &[usize]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
