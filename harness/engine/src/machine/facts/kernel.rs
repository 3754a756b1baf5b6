//! Settings of the kernel.

use crate::machine::Root;
use crate::machine::root::field;
use crate::machine::system::Bytes;

/// Settings of the kernel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kernel {
    /// Memory.
    pub memory: Memory,
    /// `kernel.randomize_va_space`: 0 lays all processes out alike, 2 draws everything anew.
    pub randomisation: Option<u8>,
    /// Whether this process was started with that turned off, as by `setarch -R`.
    pub is_fixed: bool,
    /// Who may trace processes.
    pub tracing: Tracing,
}

/// How memory is handed out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory {
    /// Who gets transparent huge pages: `always`, `madvise` or `never`.
    pub huge_pages: Option<String>,
    /// Bytes that are swapped out.
    pub swapped: Option<u64>,
    /// Bytes that the machine has.
    pub total: Option<u64>,
}

/// Who may trace processes and count their events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tracing {
    /// Whether these settings could be read at all.
    pub visible: bool,
    /// `kernel.yama.ptrace_scope`; `None` where the kernel has no such restriction.
    pub ptrace_scope: Option<u8>,
    /// `kernel.perf_event_paranoid`; `None` where the kernel has no performance events.
    pub perf_paranoid: Option<i8>,
    /// Whether this process may trace all others.
    pub may_trace_all: bool,
    /// Whether this process may use all performance events.
    pub may_use_all_events: bool,
    /// Whether its system calls are filtered, as in most containers.
    pub is_filtered: bool,
}

impl Kernel {
    pub(super) fn read(root: &Root, bytes: Option<Bytes>) -> Self {
        /// Of Linux's `personality.h`.
        const ADDR_NO_RANDOMIZE: u32 = 0x0004_0000;

        let personality = root.text("proc/self/personality").and_then(|hex| u32::from_str_radix(&hex, 16).ok());
        Self {
            memory: Memory::read(root, bytes),
            randomisation: root.value("proc/sys/kernel/randomize_va_space"),
            is_fixed: personality.is_some_and(|flags| flags & ADDR_NO_RANDOMIZE != 0),
            tracing: Tracing::read(root),
        }
    }
}

impl Memory {
    fn read(root: &Root, bytes: Option<Bytes>) -> Self {
        let pages = root.text("sys/kernel/mm/transparent_hugepage/enabled").unwrap_or_default();
        // The setting in force stands in brackets.
        let chosen = pages.split_whitespace().find_map(|word| word.strip_prefix('[')?.strip_suffix(']'));
        Self {
            huge_pages: chosen.map(str::to_owned),
            swapped: bytes.map(|bytes| bytes.swapped),
            total: bytes.map(|bytes| bytes.total),
        }
    }
}

impl Tracing {
    fn read(root: &Root) -> Self {
        // Bits of Linux's `capability.h`.
        const SYS_PTRACE: u64 = 1 << 19;
        const SYS_ADMIN: u64 = 1 << 21;
        const PERFMON: u64 = 1 << 38;

        let Some(status) = root.text("proc/self/status") else { return Self::default() };
        let effective = field(&status, "CapEff").and_then(|hex| u64::from_str_radix(hex, 16).ok()).unwrap_or_default();
        // Capabilities of another user namespace than the first are worth nothing for performance events.
        let is_first = root.text("proc/self/uid_map").is_none_or(|map| map.ends_with("4294967295"));
        Self {
            visible: true,
            ptrace_scope: root.value("proc/sys/kernel/yama/ptrace_scope"),
            perf_paranoid: root.value("proc/sys/kernel/perf_event_paranoid"),
            may_trace_all: effective & SYS_PTRACE != 0,
            may_use_all_events: is_first && effective & (PERFMON | SYS_ADMIN) != 0,
            is_filtered: field(&status, "Seccomp") == Some("2"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::testing::Tree;

    #[test]
    fn settings_are_read() {
        let tree = Tree::new(&[
            ("proc/self/personality", "00040000\n"),
            ("proc/sys/kernel/randomize_va_space", "2\n"),
            ("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"),
        ]);
        let kernel = Kernel::read(&tree.root(), Some(Bytes { total: 8_192_000, available: 0, swapped: 1 << 20 }));
        assert_eq!(
            kernel.memory,
            Memory { huge_pages: Some("madvise".into()), swapped: Some(1 << 20), total: Some(8_192_000) }
        );
        assert_eq!((kernel.randomisation, kernel.is_fixed), (Some(2), true));
        assert!(!kernel.tracing.visible);
    }

    #[test]
    fn permissions_are_read() {
        let status = |capabilities: &str| format!("CapEff:\t{capabilities}\nSeccomp:\t2\n");
        let tree = Tree::new(&[
            ("proc/self/status", &status("00000000a80425fb")),
            ("proc/sys/kernel/yama/ptrace_scope", "1\n"),
            ("proc/sys/kernel/perf_event_paranoid", "-1\n"),
        ]);
        let usual = Tracing::read(&tree.root());
        assert_eq!((usual.ptrace_scope, usual.perf_paranoid, usual.is_filtered), (Some(1), Some(-1), true));
        assert!(!usual.may_trace_all && !usual.may_use_all_events);
        tree.write("proc/self/status", &status("000001ffffffffff"));
        let all = Tracing::read(&tree.root());
        assert!(all.may_trace_all && all.may_use_all_events);
        tree.write("proc/self/uid_map", "0 1000 1\n");
        let rootless = Tracing::read(&tree.root());
        assert!(rootless.may_trace_all && !rootless.may_use_all_events);
    }

    #[test]
    fn nonsense_is_unknown() {
        let tree = Tree::new(&[("proc/self/personality", "zz"), ("sys/kernel/mm/transparent_hugepage/enabled", "][")]);
        assert_eq!(Kernel::read(&tree.root(), None), Kernel::default());
    }
}
