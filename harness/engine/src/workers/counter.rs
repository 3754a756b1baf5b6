//! What counts instructions on this machine: the processor, where the system lets it, or else callgrind.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustworthy_model::gate::CountedBy;

use crate::manifest::Limits;

/// How many times as long as usual a call may take while callgrind counts: it makes code about fifty times as slow.
const PATIENCE: u32 = 100;

/// Callgrind, ready to run workers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callgrind {
    /// The program `valgrind`.
    program: PathBuf,
}

/// What counts the instructions of workers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counter {
    /// A counter of the processor, which the worker opens itself.
    Hardware,
    /// Callgrind, which runs the worker.
    Callgrind(Callgrind),
}

/// Why nothing can count.
#[derive(Debug, thiserror::Error)]
#[error(
    "instructions can't be counted here: the processor's counter can't be opened ({hardware}), and there is no valgrind on \
     PATH; install valgrind (apt install valgrind), or allow the counter (sysctl kernel.perf_event_paranoid=2; in a \
     container --cap-add PERFMON)"
)]
pub struct NoCounter {
    hardware: String,
}

impl Counter {
    /// The counter of this machine, found out by opening it.
    ///
    /// # Errors
    /// When there is none.
    pub fn find() -> Result<Self, NoCounter> {
        match open_hardware() {
            Ok(()) => Ok(Self::Hardware),
            Err(hardware) => match find_valgrind() {
                Some(program) => Ok(Self::Callgrind(Callgrind { program })),
                None => Err(NoCounter { hardware }),
            },
        }
    }

    /// What a result says of it.
    pub fn name(&self) -> CountedBy {
        match self {
            Self::Hardware => CountedBy::Hardware,
            Self::Callgrind(_) => CountedBy::Callgrind,
        }
    }
}

impl Callgrind {
    /// The command that runs a worker, whose own follows. Counts are written to that folder.
    ///
    /// Nothing is counted before the worker asks for it, and nothing of the processes that it starts.
    pub(super) fn command(&self, folder: &Path) -> Vec<OsString> {
        let file = folder.join("counts");
        let options = ["-q", "--tool=callgrind", "--instr-atstart=no", "--collect-atstart=no", "--trace-children=no"];
        let mut out = OsString::from("--callgrind-out-file=");
        out.push(file);
        [self.program.clone().into()].into_iter().chain(options.map(OsString::from)).chain([out]).collect()
    }

    /// The limits of a worker that it runs. It needs about as much memory again for what it knows of the code.
    pub(super) fn limits(limits: Limits) -> Limits {
        const OWN_MEMORY: u64 = 1 << 30;
        Limits {
            timeout: limits.timeout.saturating_mul(PATIENCE),
            memory: limits.memory.saturating_mul(2).saturating_add(OWN_MEMORY),
        }
    }

    /// How long something may take that isn't counted.
    pub(super) fn patience(limit: Duration) -> Duration {
        limit * 10
    }
}

/// Opens the processor's counter, as a worker will; why that can't be done.
#[cfg(target_os = "linux")]
fn open_hardware() -> Result<(), String> {
    use perf_event::{Builder, events::Hardware};
    let counted = Builder::new(Hardware::INSTRUCTIONS).pinned(true).build().and_then(|mut counter| {
        counter.enable()?;
        counter.disable()?;
        counter.read()
    });
    match counted {
        Ok(0) => Err("it stands still".to_owned()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Systems where there is no way to.
#[cfg(not(target_os = "linux"))]
fn open_hardware() -> Result<(), String> {
    Err("only Linux has one for every process".to_owned())
}

/// The first program `valgrind` on the caller's path, on processors whose way to ask it is known.
fn find_valgrind() -> Option<PathBuf> {
    let is_known = cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")));
    let is_program =
        |file: &PathBuf| fs::metadata(file).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0);
    let path = env::var_os("PATH").filter(|_| is_known)?;
    env::split_paths(&path).map(|folder| folder.join("valgrind")).find(is_program)
}
