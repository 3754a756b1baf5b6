//! What others had of the processors while this process and what it has started were at work.

use std::collections::HashMap;

use super::load::{Sample, Times, processors, times};
use crate::machine::Root;

/// Watches what others have of the processors, from when it is made.
#[derive(Debug)]
pub struct Others {
    root: Root,
    before: Option<Counters>,
}

#[derive(Debug)]
struct Counters {
    times: Times,
    processors: usize,
    /// Ticks of this process and of all that descends from it, those that have ended included.
    own: u64,
}

impl Others {
    /// Begins to watch.
    pub fn watch(root: Root) -> Self {
        let before = Counters::read(&root);
        Self { root, before }
    }

    /// What others have had so far; `None` where that can't be seen, or no time has passed.
    pub fn seen(&self) -> Option<Sample> {
        let (before, now) = (self.before.as_ref()?, Counters::read(&self.root)?);
        let passed = now.times.since(before.times);
        let stolen = passed.share_stolen()?;
        let others = passed.busy.saturating_sub(now.own.saturating_sub(before.own));
        let busy = others as f64 / passed.all as f64 * now.processors as f64;
        Some(Sample { processors: now.processors, busy, stolen, ..Sample::default() })
    }
}

impl Counters {
    fn read(root: &Root) -> Option<Self> {
        let stat = root.text("proc/stat")?;
        Some(Self { times: times(&stat)?, processors: processors(&stat), own: own(root)? })
    }
}

/// One process: its parent, and its ticks with those of its children that have ended.
struct Process {
    parent: u32,
    ticks: u64,
}

/// Ticks of this process and of all that descends from it.
fn own(root: &Root) -> Option<u64> {
    let stat = root.text("proc/self/stat")?;
    let (own, mut sum) = (stat.split(' ').next()?.parse::<u32>().ok()?, process(&stat)?.ticks);
    let numbers = root.names("proc").unwrap_or_default().into_iter().filter_map(|name| name.parse::<u32>().ok());
    let all: HashMap<u32, Process> =
        numbers.filter_map(|pid| Some((pid, process(&root.text(format!("proc/{pid}/stat"))?)?))).collect();
    let mut family = vec![own];
    while let Some(parent) = family.pop() {
        let children = all.iter().filter(|&(&pid, child)| child.parent == parent && pid != own);
        for (&pid, child) in children {
            sum += child.ticks;
            family.push(pid);
        }
    }
    Some(sum)
}

/// Counted from the state, which follows the name in brackets: `proc_pid_stat(5)`, fields 4 and 14 to 17.
fn process(stat: &str) -> Option<Process> {
    let fields: Vec<&str> = stat.get(stat.rfind(')')? + 1..)?.split_whitespace().collect();
    let ticks = fields.get(11..15)?.iter().try_fold(0_u64, |sum, ticks| sum.checked_add(ticks.parse().ok()?))?;
    Some(Process { parent: fields.get(1)?.parse().ok()?, ticks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::testing::Tree;

    fn stat(busy: u64, idle: u64, stolen: u64) -> String {
        format!("cpu  {busy} 0 0 {idle} 0 0 0 {stolen} 0 0\ncpu0 1 2 3\ncpu1 4 5 6\n")
    }

    fn of_process(pid: u32, parent: u32, own: u64, of_children: u64) -> String {
        format!("{pid} (a) b) S {parent} 1 1 0 -1 4194560 1 2 3 4 {own} 0 {of_children} 0 20 0 1 0 5\n")
    }

    #[test]
    fn what_this_process_and_its_descendants_use_is_not_that_of_others() {
        let tree = Tree::new(&[
            ("proc/stat", &stat(1000, 9000, 0)),
            ("proc/self/stat", &of_process(9, 1, 10, 20)),
            ("proc/9/stat", &of_process(9, 1, 10, 20)),
            ("proc/10/stat", &of_process(10, 9, 5, 0)),
            ("proc/11/stat", &of_process(11, 10, 5, 0)),
            ("proc/12/stat", &of_process(12, 1, 500, 0)),
        ]);
        let others = Others::watch(tree.root());
        assert_eq!(others.seen(), None, "no time has passed");
        // Of 200 ticks 20 are stolen and 40 idle; 10 + 15 + 15 + 20 of 140 are its own, and one that has ended is counted
        // by its parent.
        tree.write("proc/stat", &stat(1140, 9040, 20));
        tree.write("proc/self/stat", &of_process(9, 1, 20, 35));
        tree.write("proc/9/stat", &of_process(9, 1, 20, 35));
        tree.write("proc/10/stat", &of_process(10, 9, 20, 0));
        tree.write("proc/11/stat", &of_process(11, 10, 25, 0));
        tree.write("proc/12/stat", &of_process(12, 1, 580, 0));
        let seen = others.seen().expect("time has passed");
        assert_eq!(seen.processors, 2);
        assert!((seen.busy - 0.8).abs() < 1e-9 && (seen.stolen - 0.1).abs() < 1e-9, "{seen:?}");
        assert!(seen.spoils() && seen.in_words().contains("0.80 of 2 processors busy with others"), "{seen:?}");
    }

    #[test]
    fn where_nothing_can_be_seen_nothing_is_said() {
        assert_eq!(Others::watch(Tree::new(&[]).root()).seen(), None);
    }

    #[test]
    fn the_running_system_is_seen() {
        let others = Others::watch(Root::system());
        std::thread::sleep(std::time::Duration::from_millis(50));
        let seen = others.seen().expect("Linux counts");
        assert!(seen.processors > 0 && seen.busy >= 0.0, "{seen:?}");
    }
}
