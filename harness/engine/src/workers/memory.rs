//! The memory of a process and of everything that descends from it, seen from outside.

use std::fs;

use nix::unistd::Pid;
use rustworthy_protocol::processes::descendants_of;

/// Memory in bytes that a process holds; zero where that is unknown, as before its number is known.
pub(super) fn resident(process: Pid) -> u64 {
    statm(process).map_or(0, |(resident, _)| resident)
}

/// Memory in bytes that the descendants of a process hold for themselves: a fork shares everything at first.
pub(super) fn held_by_descendants(process: Pid) -> u64 {
    if process.as_raw() <= 0 {
        return 0;
    }
    let unshared = |(resident, shared): (u64, u64)| resident.saturating_sub(shared);
    descendants_of(process).into_iter().filter_map(statm).map(unshared).sum()
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
