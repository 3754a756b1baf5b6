//! What else runs: sampled while this process waits.

use std::collections::HashMap;

use crate::machine::Root;

/// What else runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Load {
    /// Runnable processes on average over the last minute.
    pub minute: Option<f64>,
    /// Share of the time since the system's start that the hypervisor gave to others.
    pub stolen_since_start: Option<f64>,
    /// The load while it was sampled.
    pub sample: Option<Sample>,
}

/// What went on while this process waited.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample {
    /// Logical processors that the system accounts for.
    pub processors: usize,
    /// How many of them were kept busy, in processors: 1.5 of 2.
    pub busy: f64,
    /// Share of the time that the hypervisor gave to others.
    pub stolen: f64,
    /// Pages that went to swap or came from it.
    pub swapped_pages: u64,
    /// The process that kept most busy, of those that can be seen.
    pub top: Option<Usage>,
}

/// How busy one process was.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    /// Its number.
    pub pid: u32,
    /// Its name, which it may have chosen itself.
    pub name: String,
    /// How many processors it kept busy.
    pub busy: f64,
}

impl Load {
    pub(super) fn read(root: &Root, pause: impl FnOnce()) -> Self {
        let minute = root.text("proc/loadavg").and_then(|text| text.split(' ').next()?.parse().ok());
        let before = Counters::read(root);
        pause();
        let after = Counters::read(root);
        Self {
            minute,
            stolen_since_start: after.as_ref().and_then(|now| now.times.share_stolen()),
            sample: before.zip(after).and_then(|(before, after)| Sample::between(&before, &after)),
        }
    }
}

/// What the kernel has counted so far.
struct Counters {
    times: Times,
    processors: usize,
    swapped_pages: u64,
    processes: HashMap<u32, Process>,
}

/// Ticks since the system's start, summed over all processors.
#[derive(Clone, Copy)]
struct Times {
    busy: u64,
    stolen: u64,
    all: u64,
}

/// One process.
struct Process {
    name: String,
    ticks: u64,
}

impl Counters {
    fn read(root: &Root) -> Option<Self> {
        let stat = root.text("proc/stat")?;
        let is_processor = |line: &&str| line.strip_prefix("cpu").is_some_and(|rest| !rest.starts_with(' '));
        let own = root.text("proc/self/stat").and_then(|stat| stat.split(' ').next()?.parse::<u32>().ok());
        let numbers = root.names("proc").unwrap_or_default().into_iter().filter_map(|name| name.parse::<u32>().ok());
        let others = numbers.filter(|&pid| Some(pid) != own);
        Some(Self {
            times: times(&stat)?,
            processors: stat.lines().filter(is_processor).count(),
            swapped_pages: swapped_pages(&root.text("proc/vmstat").unwrap_or_default()),
            processes: others
                .filter_map(|pid| Some((pid, process(&root.text(format!("proc/{pid}/stat"))?)?)))
                .collect(),
        })
    }
}

/// The first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal; guests count as users.
fn times(stat: &str) -> Option<Times> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = line.split_whitespace().take(8).map_while(|ticks| ticks.parse().ok()).collect();
    let [user, nice, system, idle, iowait, irq, softirq, stolen] = ticks.try_into().ok()?;
    let busy = [user, nice, system, irq, softirq].iter().try_fold(0_u64, |sum, &ticks| sum.checked_add(ticks))?;
    let all = [idle, iowait, stolen].iter().try_fold(busy, |sum, &ticks| sum.checked_add(ticks))?;
    Some(Times { busy, stolen, all })
}

/// Name and time of a process; a name may hold anything, brackets and blanks included.
fn process(stat: &str) -> Option<Process> {
    let (start, end) = (stat.find('(')?, stat.rfind(')')?);
    let name = stat.get(start + 1..end)?.to_owned();
    // Counted from the state, which follows the name: `proc_pid_stat(5)`, fields 14 and 15.
    let mut rest = stat.get(end + 1..)?.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (rest.next()?.parse().ok()?, rest.next()?.parse().ok()?);
    Some(Process { name, ticks: user.checked_add(system)? })
}

fn swapped_pages(vmstat: &str) -> u64 {
    let pages = vmstat.lines().filter_map(|line| {
        let (name, pages) = line.split_once(' ')?;
        ["pswpin", "pswpout"].contains(&name).then_some(pages)?.parse::<u64>().ok()
    });
    pages.fold(0, u64::saturating_add)
}

impl Times {
    fn share_stolen(self) -> Option<f64> {
        (self.all > 0).then(|| self.stolen as f64 / self.all as f64)
    }
}

impl Sample {
    /// `None` where no time has passed.
    fn between(before: &Counters, after: &Counters) -> Option<Self> {
        let times = Times {
            busy: after.times.busy.saturating_sub(before.times.busy),
            stolen: after.times.stolen.saturating_sub(before.times.stolen),
            all: after.times.all.saturating_sub(before.times.all),
        };
        let stolen = times.share_stolen()?;
        let processors = |ticks: u64| ticks as f64 / times.all as f64 * after.processors as f64;
        // One that wasn't there before has used what it has used.
        let used = |(pid, process): (&u32, &Process)| {
            let ticks = process.ticks.saturating_sub(before.processes.get(pid).map_or(0, |before| before.ticks));
            (ticks, *pid)
        };
        let top = after.processes.iter().map(used).max().filter(|&(ticks, _)| ticks > 0);
        Some(Self {
            processors: after.processors,
            busy: processors(times.busy),
            stolen,
            swapped_pages: after.swapped_pages.saturating_sub(before.swapped_pages),
            top: top.map(|(ticks, pid)| Usage {
                pid,
                name: after.processes[&pid].name.clone(),
                busy: processors(ticks),
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::testing::Tree;
    use proptest::prelude::*;

    fn stat(busy: u64, idle: u64, stolen: u64) -> String {
        format!("cpu  {busy} 0 0 {idle} 0 0 0 {stolen} 0 0\ncpu0 1 2 3\ncpu1 4 5 6\nintr 1\n")
    }

    fn of_process(pid: u32, name: &str, user: u64, system: u64) -> String {
        format!("{pid} ({name}) S 1 1 1 0 -1 4194560 1 2 3 4 {user} {system} 0 0 20 0 1 0 5\n")
    }

    #[test]
    fn what_others_do_is_told_with_the_worst_of_them() {
        let tree = Tree::new(&[
            ("proc/loadavg", "1.25 0.50 0.40 2/86 20490\n"),
            ("proc/stat", &stat(1000, 9000, 0)),
            ("proc/vmstat", "nr_free_pages 5\npswpin 10\npswpout 20\n"),
            ("proc/self/stat", &of_process(9, "rustworthy", 0, 0)),
            ("proc/9/stat", &of_process(9, "rustworthy", 0, 0)),
            ("proc/70/stat", &of_process(70, "a) S 1 (b", 500, 100)),
            ("proc/80/stat", &of_process(80, "gone", 1, 0)),
            ("proc/bus/stat", "nonsense"),
        ]);
        let load = Load::read(&tree.root(), || {
            tree.write("proc/stat", &stat(1120, 9060, 20));
            tree.write("proc/vmstat", "pswpin 13\npswpout 24\n");
            tree.write("proc/9/stat", &of_process(9, "rustworthy", 200, 0));
            tree.write("proc/70/stat", &of_process(70, "a) S 1 (b", 580, 110));
            tree.write("proc/80/stat", "");
        });
        let sample = load.sample.unwrap();
        assert_eq!((sample.processors, sample.swapped_pages), (2, 7));
        assert!((sample.busy - 1.2).abs() < 1e-9 && (sample.stolen - 0.1).abs() < 1e-9);
        let top = sample.top.unwrap();
        assert_eq!((top.pid, top.name.as_str()), (70, "a) S 1 (b"));
        assert!((top.busy - 0.9).abs() < 1e-9);
        assert_eq!(load.minute, Some(1.25));
        assert!((load.stolen_since_start.unwrap() - 20.0 / 10200.0).abs() < 1e-12);
    }

    #[test]
    fn without_counters_nothing_is_known() {
        assert_eq!(Load::read(&Tree::new(&[]).root(), || {}), Load::default());
        let still = Tree::new(&[("proc/stat", &stat(1, 1, 0))]);
        assert_eq!(Load::read(&still.root(), || {}).sample, None);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in any::<String>(), numbers in "cpu ( [0-9]{1,21}){0,12}") {
            times(&text);
            times(&numbers);
            process(&text);
            process(&format!("{text}) {numbers}"));
            swapped_pages(&text);
        }
    }
}
