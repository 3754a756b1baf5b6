//! Limits of control groups, of both versions.
//!
//! A process is bound by the group that it is in and by all above. Within a container the path of its group may be the
//! host's, which isn't there: then the groups above, down to the mounted one, are what can be seen.

use std::path::{Path, PathBuf};

use crate::machine::Root;

/// Folders where the groups of the second version are mounted, alone or beside the first.
const SECOND: [&str; 2] = ["sys/fs/cgroup", "sys/fs/cgroup/unified"];
/// Where the processor groups of the first version are mounted.
const FIRST_CPU: [&str; 2] = ["sys/fs/cgroup/cpu", "sys/fs/cgroup/cpu,cpuacct"];
const FIRST_MEMORY: [&str; 1] = ["sys/fs/cgroup/memory"];

/// What the control groups of this process allow it. `None` is without limit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Limits {
    /// Whether there are control groups to see at all.
    pub visible: bool,
    /// Processors' worth of time; 1.5 are 150 ms in 100 ms.
    pub processors: Option<f64>,
    /// How often it was stopped for having used its time.
    pub throttling: Option<Throttling>,
    /// The tightest limit of memory.
    pub memory: Option<MemoryLimit>,
}

/// How often a group was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Throttling {
    /// Periods in which it ran.
    pub periods: u64,
    /// Periods in which it was stopped.
    pub throttled: u64,
}

/// A limit of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryLimit {
    /// Bytes that the group may hold.
    pub bytes: u64,
    /// Bytes that it holds.
    pub used: Option<u64>,
}

impl Limits {
    pub(super) fn read(root: &Root) -> Self {
        let Some(memberships) = root.text("proc/self/cgroup") else { return Self::default() };
        let unified = groups(&memberships, "", &SECOND);
        let cpu = groups(&memberships, "cpu", &FIRST_CPU);
        let memory = groups(&memberships, "memory", &FIRST_MEMORY);
        let quotas = unified.iter().filter_map(|group| quota(&root.text(group.join("cpu.max"))?));
        let old_quotas = cpu.iter().filter_map(|group| {
            let period: f64 = root.value(group.join("cpu.cfs_period_us"))?;
            processors(root.value(group.join("cpu.cfs_quota_us"))?, period)
        });
        let statistics = unified.iter().chain(&cpu).filter_map(|group| throttling(&root.text(group.join("cpu.stat"))?));
        let limits = unified.iter().filter_map(|group| limit(root, group, "memory.max", "memory.current"));
        let old_limits =
            memory.iter().filter_map(|group| limit(root, group, "memory.limit_in_bytes", "memory.usage_in_bytes"));
        Self {
            visible: unified.iter().chain(&cpu).chain(&memory).any(|group| root.has(group)),
            processors: quotas.chain(old_quotas).min_by(f64::total_cmp),
            throttling: statistics.max_by_key(|one| one.throttled),
            memory: limits.chain(old_limits).min_by_key(|limit| limit.bytes),
        }
    }
}

/// Folders that may hold the group of this process and those above it, for one controller.
fn groups(memberships: &str, controller: &str, mounts: &[&str]) -> Vec<PathBuf> {
    let path = memberships.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        controllers.split(',').any(|one| one == controller).then_some(path)
    });
    // A path out of the namespace begins with dots, and would lead out of the mounted folder.
    let path = Path::new(path.unwrap_or_default().trim_start_matches('/'));
    let path = if path.components().any(|part| part.as_os_str() == "..") { Path::new("") } else { path };
    mounts.iter().flat_map(|mount| path.ancestors().map(|group| Path::new(mount).join(group))).collect()
}

/// Reads `cpu.max`: `200000 100000` are two processors, `max 100000` is no limit.
fn quota(text: &str) -> Option<f64> {
    let (quota, period) = text.split_once(' ')?;
    processors(quota.parse().ok()?, period.trim().parse().ok()?)
}

fn processors(quota: f64, period: f64) -> Option<f64> {
    let processors = quota / period;
    (quota > 0.0 && processors.is_finite()).then_some(processors)
}

/// Reads `cpu.stat`.
fn throttling(text: &str) -> Option<Throttling> {
    let number = |name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        value.trim().parse::<u64>().ok()
    };
    Some(Throttling { periods: number("nr_periods")?, throttled: number("nr_throttled")? })
}

fn limit(root: &Root, group: &Path, limit: &str, usage: &str) -> Option<MemoryLimit> {
    // The first version writes "no limit" as the largest number of whole pages.
    let bytes = root.value::<u64>(group.join(limit)).filter(|&bytes| bytes < 1 << 62)?;
    Some(MemoryLimit { bytes, used: root.value(group.join(usage)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::testing::Tree;
    use proptest::prelude::*;

    #[test]
    fn the_tightest_limit_of_all_groups_above_counts() {
        let tree = Tree::new(&[
            ("proc/self/cgroup", "0::/system.slice/job.service\n"),
            ("sys/fs/cgroup/system.slice/cpu.max", "150000 100000\n"),
            ("sys/fs/cgroup/system.slice/memory.max", "max\n"),
            ("sys/fs/cgroup/system.slice/job.service/cpu.max", "max 100000\n"),
            ("sys/fs/cgroup/system.slice/job.service/cpu.stat", "usage_usec 5\nnr_periods 200\nnr_throttled 31\n"),
            ("sys/fs/cgroup/system.slice/job.service/memory.max", "2147483648\n"),
            ("sys/fs/cgroup/system.slice/job.service/memory.current", "1048576\n"),
        ]);
        let expected = Limits {
            visible: true,
            processors: Some(1.5),
            throttling: Some(Throttling { periods: 200, throttled: 31 }),
            memory: Some(MemoryLimit { bytes: 1 << 31, used: Some(1 << 20) }),
        };
        assert_eq!(Limits::read(&tree.root()), expected);
    }

    #[test]
    fn a_container_of_the_first_version_is_seen_through_what_is_mounted() {
        let tree = Tree::new(&[
            ("proc/self/cgroup", "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n"),
            ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n"),
            ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
            ("sys/fs/cgroup/cpu,cpuacct/cpu.stat", "nr_periods 9\nnr_throttled 0\nthrottled_time 0\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ]);
        let limits = Limits::read(&tree.root());
        assert_eq!(limits.processors, Some(0.5));
        assert_eq!(limits.throttling, Some(Throttling { periods: 9, throttled: 0 }));
        assert_eq!(limits.memory, None);
    }

    #[test]
    fn without_limits_there_are_none() {
        let tree = Tree::new(&[
            ("proc/self/cgroup", "2:cpu:/\n0::/../../init\n"),
            ("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"),
            ("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"),
        ]);
        assert_eq!(Limits::read(&tree.root()), Limits { visible: true, ..Limits::default() });
        assert_eq!(Limits::read(&Tree::new(&[]).root()), Limits::default());
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in any::<String>(), lines in "([a-z0-9]*:[a-z,]*:[/.a-z]*\n)*") {
            quota(&text);
            throttling(&text);
            groups(&text, "cpu", &FIRST_CPU);
            for group in groups(&lines, "", &SECOND) {
                prop_assert!(!group.components().any(|part| part.as_os_str() == ".."));
            }
        }
    }
}
