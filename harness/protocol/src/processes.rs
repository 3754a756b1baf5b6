//! The tree of processes, as both the engine and a worker read it.

use std::fs;
use std::time::Duration;

use nix::unistd::{Pid, SysconfVar, sysconf};

/// The children of a process.
pub fn children_of(parent: Pid) -> Vec<Pid> {
    parents().into_iter().filter(|&(_, of)| of == parent).map(|(child, _)| child).collect()
}

/// All that descend from a process, its own children first.
pub fn descendants_of(process: Pid) -> Vec<Pid> {
    let parents = parents();
    let mut family = vec![process];
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        family.extend(parents.iter().filter(|&&(_, of)| of == parent).map(|&(child, _)| child));
        next += 1;
    }
    family.split_off(1)
}

/// Processor time of a process, and of those of its children that have ended; nothing where it has ended itself.
pub fn processor_time(process: Pid) -> Duration {
    let ticks = sysconf(SysconfVar::CLK_TCK).ok().flatten().filter(|ticks| *ticks > 0).unwrap_or(100);
    let fields = stat(process).unwrap_or_default();
    // User and system time of itself, then of its children.
    let used: i64 = fields.split(' ').skip(11).take(4).filter_map(|field| field.parse::<i64>().ok()).sum();
    Duration::from_secs_f64(used.max(0) as f64 / ticks as f64)
}

/// Every process and its parent. The kernel's own lists of children are an optional feature, and may be incomplete
/// while they end.
fn parents() -> Vec<(Pid, Pid)> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .map(Pid::from_raw)
        .filter_map(|process| Some((process, parent_of(process)?)))
        .collect()
}

fn parent_of(process: Pid) -> Option<Pid> {
    stat(process)?.split(' ').nth(1)?.parse().ok().map(Pid::from_raw)
}

/// What the system says of a process, from its state on.
fn stat(process: Pid) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in brackets and may hold anything, brackets too.
    stat.rsplit_once(") ").map(|(_, fields)| fields.to_owned())
}
