//! Processors: how many, how they are clocked, and which share a core.

use crate::machine::Root;
use crate::machine::root::listed;

const CPUS: &str = "sys/devices/system/cpu";
const CLOCK: &str = "sys/devices/system/clocksource/clocksource0";

/// Logical processors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Processors {
    /// How many are online.
    pub online: Option<usize>,
    /// On how many of them this process may run.
    pub allowed: Option<usize>,
    /// The largest number of them that share one core.
    pub threads_per_core: Option<usize>,
    /// Where the kernel takes the time from, `tsc`.
    pub clock: Option<String>,
    /// Where it could take it from.
    pub clocks: Vec<String>,
}

/// How processors are clocked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frequency {
    /// Governors that are in use, each once.
    pub governors: Vec<String>,
    /// Whether the clock may exceed its nominal frequency.
    pub boost: Option<Boost>,
}

/// Turbo, as vendors call it, and how it is switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boost {
    /// Whether it is on.
    pub on: bool,
    /// Whether the driver of Intel's processors switches it, rather than the common switch.
    pub by_intel: bool,
}

impl Processors {
    pub(super) fn read(root: &Root, allowed: Option<usize>) -> Self {
        let siblings = numbered(root).filter_map(|cpu| listed(&root.text(cpu + "/topology/thread_siblings_list")?));
        Self {
            online: root.text(format!("{CPUS}/online")).and_then(|list| listed(&list)),
            allowed,
            threads_per_core: siblings.max(),
            clock: root.text(format!("{CLOCK}/current_clocksource")),
            clocks: words(&root.text(format!("{CLOCK}/available_clocksource")).unwrap_or_default()),
        }
    }
}

impl Frequency {
    /// Reads what the system reports.
    pub fn read(root: &Root) -> Self {
        let governors = numbered(root).filter_map(|cpu| root.text(cpu + "/cpufreq/scaling_governor"));
        let mut governors: Vec<String> = governors.collect();
        governors.sort();
        governors.dedup();
        let intel = root.value::<u8>(format!("{CPUS}/intel_pstate/no_turbo"));
        let common = root.value::<u8>(format!("{CPUS}/cpufreq/boost"));
        let boost = intel
            .map(|off| Boost { on: off == 0, by_intel: true })
            .or(common.map(|on| Boost { on: on != 0, by_intel: false }));
        Self { governors, boost }
    }
}

/// Folders of the processors.
fn numbered(root: &Root) -> impl Iterator<Item = String> {
    let is_number = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    let names = root.names(CPUS).unwrap_or_default().into_iter();
    names.filter(move |name| name.strip_prefix("cpu").is_some_and(is_number)).map(|name| format!("{CPUS}/{name}"))
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::testing::Tree;

    #[test]
    fn a_laptop_is_understood() {
        let tree = Tree::new(&[
            ("sys/devices/system/cpu/online", "0-3\n"),
            ("sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0,2\n"),
            ("sys/devices/system/cpu/cpu1/topology/thread_siblings_list", "1,3\n"),
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n"),
            ("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave\n"),
            ("sys/devices/system/cpu/cpufreq/boost", "1\n"),
            ("sys/devices/system/cpu/intel_pstate/no_turbo", "1\n"),
            ("sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n"),
            ("sys/devices/system/clocksource/clocksource0/available_clocksource", "tsc hpet acpi_pm \n"),
        ]);
        let processors = Processors::read(&tree.root(), Some(2));
        assert_eq!((processors.online, processors.allowed, processors.threads_per_core), (Some(4), Some(2), Some(2)));
        assert_eq!((processors.clock.as_deref(), processors.clocks.len()), (Some("hpet"), 3));
        let boost = Some(Boost { on: false, by_intel: true });
        assert_eq!(Frequency::read(&tree.root()), Frequency { governors: vec!["powersave".into()], boost });
    }

    #[test]
    fn where_nothing_is_told_nothing_is_known() {
        let tree = Tree::new(&[("sys/devices/system/cpu/online", "?"), ("sys/devices/system/cpu/cpufreq/boost", "")]);
        assert_eq!(Processors::read(&tree.root(), None), Processors::default());
        assert_eq!(Frequency::read(&tree.root()), Frequency::default());
    }
}
