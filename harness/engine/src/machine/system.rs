//! What `sysinfo` reports of the running system.

use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

/// Memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes {
    /// What the machine has.
    pub total: u64,
    /// What is free to use, caches that make room included.
    pub available: u64,
    /// What is swapped out.
    pub swapped: u64,
}

/// The machine's memory; `None` where it can't be seen.
pub fn memory() -> Option<Bytes> {
    let system = read(RefreshKind::nothing().with_memory(MemoryRefreshKind::everything()))?;
    let [total, available, swapped] = [system.total_memory(), system.available_memory(), system.used_swap()];
    (total > 0).then_some(Bytes { total, available, swapped })
}

/// The processor's name; `None` where it can't be seen.
pub fn processor() -> Option<String> {
    let system = read(RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing()))?;
    Some(system.cpus().first()?.brand().trim().to_owned())
}

/// The operating system with its kernel, `Linux (Debian GNU/Linux 12), kernel 6.1.0, x86_64`.
pub fn operating_system() -> String {
    let name = System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.to_owned());
    let kernel = System::kernel_version().map(|version| format!(", kernel {version}")).unwrap_or_default();
    format!("{name}{kernel}, {}", std::env::consts::ARCH)
}

fn read(what: RefreshKind) -> Option<System> {
    System::new_with_specifics(what).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_seen() {
        let bytes = memory().unwrap();
        assert!(0 < bytes.available && bytes.available <= bytes.total, "{bytes:?}");
        assert!(processor().is_some());
        assert!(operating_system().ends_with(std::env::consts::ARCH));
    }
}
