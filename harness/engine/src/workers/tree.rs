//! A worker's process and everything that descends from it, seen from outside.

use std::{fs, io};

use nix::unistd::Pid;
use rustworthy_protocol::processes::parents;

/// Memory in bytes that a process holds; zero where it can't be told, as before it has told its number.
pub(super) fn resident(process: Pid) -> u64 {
    statm(process).map_or(0, |(resident, _)| resident)
}

/// Memory in bytes that the descendants of a process hold for themselves: a fork shares everything at first.
pub(super) fn held_by_descendants(process: Pid) -> u64 {
    if process.as_raw() <= 0 {
        return 0;
    }
    let unshared = |(resident, shared): (u64, u64)| resident.saturating_sub(shared);
    descendants(process).into_iter().filter_map(statm).map(unshared).sum()
}

fn descendants(process: Pid) -> Vec<Pid> {
    let parents = parents();
    let mut family = vec![process];
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        family.extend(parents.iter().filter(|&&(_, of)| of == parent).map(|&(child, _)| child));
        next += 1;
    }
    family.split_off(1)
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
