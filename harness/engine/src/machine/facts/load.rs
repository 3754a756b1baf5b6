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

/// Share of all processors that others may keep busy, before it's noted and before it spoils measurements.
const BUSY: [f64; 2] = [0.02, 0.10];

/// Share of the time that may be stolen: a hundredth is as much as the changes that are to be detected.
pub(in crate::machine) const STOLEN: f64 = 0.01;

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

impl Sample {
    /// Whether others are so busy that it's worth a note.
    pub fn is_noted(&self) -> bool {
        self.share() >= BUSY[0]
    }

    /// Whether others are so busy that measurements suffer.
    pub fn is_busy(&self) -> bool {
        self.share() >= BUSY[1]
    }

    /// Whether measurements suffer from what others have of the processors, here or on the host.
    pub fn spoils(&self) -> bool {
        self.is_busy() || self.stolen >= STOLEN
    }

    /// What others have of the processors: `1.40 of 2 processors busy with others, 0.90 of them rustc (pid 4711)`.
    pub fn in_words(&self) -> String {
        let stolen = match self.stolen >= STOLEN {
            true => format!("; the host has taken {:.1} % of the time", 100.0 * self.stolen),
            false => String::new(),
        };
        let top = if self.top.is_some() { self.top_in_words() } else { String::new() };
        format!("{:.2} of {} processors busy with others{top}{stolen}", self.busy, self.processors)
    }

    /// The worst offender, where what others do is worth naming one.
    pub(in crate::machine) fn top_in_words(&self) -> String {
        const NAMED: f64 = 0.01;
        match &self.top {
            _ if self.busy < NAMED => String::new(),
            Some(Usage { pid, name, busy }) if *busy >= NAMED => format!(", {busy:.2} of them {name} (pid {pid})"),
            _ => ", no process that can be seen from here".to_owned(),
        }
    }

    fn share(&self) -> f64 {
        self.busy / self.processors.max(1) as f64
    }
}

impl Load {
    /// Reads what else runs. `pause` is to wait while it is sampled; this process should be idle.
    pub(crate) fn read(root: &Root, pause: impl FnOnce()) -> Self {
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
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) busy: u64,
    pub(super) stolen: u64,
    pub(super) all: u64,
}

/// One process.
struct Process {
    name: String,
    ticks: u64,
}

impl Counters {
    fn read(root: &Root) -> Option<Self> {
        let stat = root.text("proc/stat")?;
        let own = root.text("proc/self/stat").and_then(|stat| stat.split(' ').next()?.parse::<u32>().ok());
        let numbers = root.names("proc").unwrap_or_default().into_iter().filter_map(|name| name.parse::<u32>().ok());
        let others = numbers.filter(|&pid| Some(pid) != own);
        Some(Self {
            times: times(&stat)?,
            processors: processors(&stat),
            swapped_pages: swapped_pages(&root.text("proc/vmstat").unwrap_or_default()),
            processes: others
                .filter_map(|pid| Some((pid, process(&root.text(format!("proc/{pid}/stat"))?)?)))
                .collect(),
        })
    }
}

/// How many processors `/proc/stat` has a line of.
pub(super) fn processors(stat: &str) -> usize {
    let is_processor = |line: &&str| line.strip_prefix("cpu").is_some_and(|rest| !rest.starts_with(' '));
    stat.lines().filter(is_processor).count()
}

/// The first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal; guests count as users.
pub(super) fn times(stat: &str) -> Option<Times> {
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
    /// What has passed since.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            busy: self.busy.saturating_sub(before.busy),
            stolen: self.stolen.saturating_sub(before.stolen),
            all: self.all.saturating_sub(before.all),
        }
    }

    pub(super) fn share_stolen(self) -> Option<f64> {
        (self.all > 0).then(|| self.stolen as f64 / self.all as f64)
    }
}

impl Sample {
    /// `None` where no time has passed.
    fn between(before: &Counters, after: &Counters) -> Option<Self> {
        let times = after.times.since(before.times);
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
