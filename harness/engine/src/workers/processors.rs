//! Which logical processors there are to use, and who runs on which: workers, and the threads of the harness itself.

pub use system::allowed_cpus;
pub(crate) use system::{KeepAway, pin, stay_on};

#[cfg(target_os = "linux")]
mod system {
    use std::{fs, io};

    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    /// The calling thread.
    const SELF: Pid = Pid::from_raw(0);

    /// The logical processors that this process may use.
    pub fn allowed_cpus() -> Vec<usize> {
        let Ok(set) = sched_getaffinity(SELF) else { return vec![0] };
        (0..CpuSet::count()).filter(|&cpu| set.is_set(cpu).unwrap_or(false)).collect()
    }

    /// Keeps the calling thread, and the processes that it will start, on one processor; whether the system allows it.
    pub(crate) fn stay_on(cpu: usize) -> bool {
        let mut only = CpuSet::new();
        only.set(cpu).and_then(|()| sched_setaffinity(SELF, &only)).is_ok()
    }

    /// Keeps all threads of a process on these logical processors.
    pub(crate) fn pin(process: Pid, cpus: &[usize]) -> io::Result<()> {
        let mut set = CpuSet::new();
        for &cpu in cpus {
            set.set(cpu)?;
        }
        for entry in fs::read_dir(format!("/proc/{process}/task"))? {
            if let Some(thread) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) {
                sched_setaffinity(Pid::from_raw(thread), &set)?;
            }
        }
        Ok(())
    }

    /// Keeps the calling thread off one processor, if there is another, for as long as this lives.
    pub(crate) struct KeepAway(Option<CpuSet>);

    impl KeepAway {
        pub(crate) fn from(cpu: Option<usize>) -> Self {
            Self(cpu.and_then(leave))
        }
    }

    /// The processors that could be used before, if it could be done.
    fn leave(cpu: usize) -> Option<CpuSet> {
        let before = sched_getaffinity(SELF).ok()?;
        let mut others = before;
        others.unset(cpu).ok()?;
        // An empty set is refused, which is right: with one processor there is no other to go to.
        sched_setaffinity(SELF, &others).ok()?;
        Some(before)
    }

    impl Drop for KeepAway {
        fn drop(&mut self) {
            if let Some(before) = &self.0 {
                let _ = sched_setaffinity(SELF, before);
            }
        }
    }
}

/// Systems that don't let a process choose its processors.
#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;

    use nix::unistd::Pid;

    /// As many logical processors as there are.
    pub fn allowed_cpus() -> Vec<usize> {
        (0..std::thread::available_parallelism().map_or(1, usize::from)).collect()
    }

    pub(crate) fn stay_on(_: usize) -> bool {
        false
    }

    pub(crate) fn pin(_: Pid, _: &[usize]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) struct KeepAway;

    impl KeepAway {
        pub(crate) fn from(_: Option<usize>) -> Self {
            Self
        }
    }
}
