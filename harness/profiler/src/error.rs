//! Why a target can't be profiled, and what would help.

use std::fs;

use nix::errno::Errno;
use nix::unistd::Pid;

use super::state::{children_of, has_ended};
use super::stop::StopError;

/// Why a target can't be profiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// There is no such process.
    #[error("there is no process {0}")]
    NoProcess(i32),
    /// It ended before anything was seen.
    #[error("process {0} ended before it could be sampled")]
    TooShort(i32),
    /// The system doesn't allow it.
    #[error("process {pid} can't be sampled: the system doesn't allow it; {remedy}")]
    Denied {
        /// The process.
        pid: i32,
        /// What would help.
        remedy: String,
    },
    /// Its Python has no GIL.
    #[error(
        "process {pid} ({program}) runs a free-threaded Python, whose stacks can't be read yet; profile it in the Python of the same version \
         with a GIL"
    )]
    FreeThreaded {
        /// The process.
        pid: i32,
        /// What it runs.
        program: String,
    },
    /// There is no Python in it.
    #[error("process {pid} ({program}) doesn't run Python, or one that can't be recognised: {why}")]
    NoPython {
        /// The process.
        pid: i32,
        /// What it runs.
        program: String,
        /// What was tried.
        why: String,
    },
    /// Its Python is too new or too old.
    #[error("process {pid} runs a Python whose frames can't be read: {why}; CPython 3.11 to 3.15 can")]
    Unsupported {
        /// The process.
        pid: i32,
        /// Its version.
        why: String,
    },
    /// An error of the system.
    #[error("process {pid} can't be stopped: {error}")]
    System {
        /// The process.
        pid: i32,
        /// The error.
        error: Errno,
    },
}

impl ProfileError {
    pub(super) fn of_stop(pid: Pid, error: StopError) -> Self {
        let exists = fs::exists(format!("/proc/{pid}")).unwrap_or_default();
        let pid = pid.as_raw();
        match error {
            StopError::Gone if exists => Self::TooShort(pid),
            StopError::Gone => Self::NoProcess(pid),
            StopError::Denied => Self::Denied { pid, remedy: remedy(pid) },
            StopError::System(error) => Self::System { pid, error },
        }
    }

    pub(super) fn of_python(pid: Pid, error: &str) -> Self {
        if has_ended(pid) {
            return Self::TooShort(pid.as_raw());
        }
        match error.split_once("Unsupported version of Python: ") {
            Some((_, version)) => Self::Unsupported { pid: pid.as_raw(), why: version.to_owned() },
            None if is_free_threaded(&mapped(pid)) => Self::FreeThreaded { pid: pid.as_raw(), program: program(pid) },
            None => Self::NoPython {
                pid: pid.as_raw(),
                program: program(pid),
                why: started_python(pid).unwrap_or_else(|| error.to_owned()),
            },
        }
    }
}

/// The file that a process runs.
fn program(pid: Pid) -> String {
    fs::read_link(format!("/proc/{pid}/exe")).map_or("?".to_owned(), |path| path.display().to_string())
}

/// What a process has mapped into its memory.
fn mapped(pid: Pid) -> String {
    fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default()
}

/// Whether there is a free-threaded Python in such a list: a library or an executable with a `t` behind its version.
fn is_free_threaded(mapped: &str) -> bool {
    let names = mapped.lines().filter_map(|line| line.rsplit('/').next());
    names.filter_map(|name| name.strip_prefix("lib").unwrap_or(name).strip_prefix("python3.")).any(|version| {
        let rest = version.trim_start_matches(|character: char| character.is_ascii_digit());
        rest.len() < version.len() && (rest == "t" || rest.starts_with("t."))
    })
}

/// What a script that has started a Python needs, as scripts of the shell do; `None` where none of its children is one.
fn started_python(pid: Pid) -> Option<String> {
    let is_python = |program: &str| program.rsplit('/').next().is_some_and(|name| name.starts_with("python"));
    let children = children_of(pid).into_iter().map(|child| (child, program(child)));
    let (child, python) = children.into_iter().find(|(_, program)| is_python(program))?;
    Some(format!(
        "it has started {python} as process {child}, and one process is sampled; name that one, or let the script become \
         it: exec python …"
    ))
}

/// What prevents a process from being sampled.
fn remedy(pid: i32) -> String {
    let tracer = fs::read_to_string(format!("/proc/{pid}/status")).ok().and_then(|status| {
        let line = status.lines().find_map(|line| line.strip_prefix("TracerPid:"))?;
        line.trim().parse::<i32>().ok().filter(|&tracer| tracer != 0)
    });
    if let Some(tracer) = tracer {
        return format!("process {tracer} is debugging or profiling it already; end that first");
    }
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").unwrap_or_default();
    match scope.trim() {
        "1" | "2" => "run as root, or `sudo sysctl kernel.yama.ptrace_scope=0`, or let rustworthy start the program: \
                      `rustworthy profile -- python …`"
            .to_owned(),
        "3" => "kernel.yama.ptrace_scope is 3, which forbids it to all until the next boot".to_owned(),
        _ => "run as its user or as root; in a container add `--cap-add SYS_PTRACE`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_threaded_pythons_are_told_by_their_names() {
        let line = |name: &str| format!("7f00-7f01 r-xp 00000000 fe:00 42  /opt/lib/{name}\n");
        for name in ["libpython3.14t.so.1.0", "python3.14t", "libpython3.15t.dylib"] {
            assert!(is_free_threaded(&(line("libc.so.6") + &line(name))), "{name}");
        }
        for name in ["libpython3.14.so.1.0", "python3.14", "python3.test", "libpython3.so", "libc.so.6"] {
            assert!(!is_free_threaded(&line(name)), "{name}");
        }
    }
}
