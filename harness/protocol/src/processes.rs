//! The tree of processes, as both the engine and a worker read it.

use std::fs;

use nix::unistd::Pid;

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
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in brackets and may hold anything, brackets too.
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(1)?.parse().ok().map(Pid::from_raw)
}
