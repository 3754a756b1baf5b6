//! How many instructions calls execute, and nothing else that happens in the process.
//!
//! Only the calling thread is counted, and of it only what it does between [`Counter::resume`] and [`Counter::pause`]: by
//! a counter of the processor, or by callgrind where the engine has started this process under it.

mod callgrind;
#[cfg(target_os = "linux")]
mod hardware;
mod memory;

use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;

use pyo3::Python;
use rustworthy_protocol::variables::COUNTS;

/// Where callgrind writes its counts, in a process that runs under it.
static FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// Takes note of the folder for counts, which foreign code isn't to see. To be called once, by the only thread.
pub(crate) fn take_folder() {
    keep_folder(std::env::var_os(COUNTS).map(PathBuf::from));
    // SAFETY: this process has one thread, and no Python yet.
    unsafe { std::env::remove_var(COUNTS) };
}

/// Takes note of the folder for counts, if this process runs under callgrind.
pub(crate) fn keep_folder(folder: Option<PathBuf>) {
    if let Some(folder) = folder {
        FOLDER.get_or_init(|| folder);
    }
}

/// Brings memory into a state that doesn't depend on what was done in it before: by the seed alone.
pub(crate) fn settle_memory(py: Python<'_>, seed: u32) {
    memory::settle(py, seed);
}

/// Counts instructions of the calling thread in user space, while it isn't paused. It begins paused.
pub(crate) enum Counter {
    Callgrind(callgrind::Callgrind),
    #[cfg(target_os = "linux")]
    Hardware(hardware::Hardware),
}

impl Counter {
    /// The counter of this process.
    ///
    /// # Errors
    /// When there is none, or the system refuses it.
    pub(crate) fn open() -> io::Result<Self> {
        match FOLDER.get() {
            Some(folder) => callgrind::Callgrind::new(folder).map(Self::Callgrind),
            #[cfg(target_os = "linux")]
            None => hardware::Hardware::open().map(Self::Hardware),
            #[cfg(not(target_os = "linux"))]
            None => Err(io::Error::new(io::ErrorKind::Unsupported, "instructions are counted on Linux alone")),
        }
    }

    /// Sets it to zero.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn begin(&mut self) -> io::Result<()> {
        match self {
            Self::Callgrind(callgrind) => callgrind.begin(),
            #[cfg(target_os = "linux")]
            Self::Hardware(hardware) => hardware.reset()?,
        }
        Ok(())
    }

    /// From here on instructions count.
    #[inline(always)]
    pub(crate) fn resume(&mut self) -> io::Result<()> {
        match self {
            Self::Callgrind(callgrind) => callgrind.toggle(),
            #[cfg(target_os = "linux")]
            Self::Hardware(hardware) => hardware.enable()?,
        }
        Ok(())
    }

    /// From here on they don't.
    #[inline(always)]
    pub(crate) fn pause(&mut self) -> io::Result<()> {
        match self {
            Self::Callgrind(callgrind) => callgrind.toggle(),
            #[cfg(target_os = "linux")]
            Self::Hardware(hardware) => hardware.disable()?,
        }
        Ok(())
    }

    /// How many have counted since it was set to zero.
    ///
    /// # Errors
    /// When that can't be told for certain.
    pub(crate) fn end(&mut self) -> io::Result<u64> {
        match self {
            Self::Callgrind(callgrind) => callgrind.end(),
            #[cfg(target_os = "linux")]
            Self::Hardware(hardware) => hardware.read(),
        }
    }
}
