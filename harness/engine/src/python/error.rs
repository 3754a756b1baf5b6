//! What can go wrong with a Python environment: each message names the thing, the place and the remedy.

use std::io;
use std::path::PathBuf;

use super::missing::Missing;
use super::version::{OLDEST, Version};
use crate::shell;

/// Why no Python environment can be had.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    /// The file named isn't there.
    #[error(
        "{}: no such file; --python takes a Python executable, the folder of a virtual environment, or a name in PATH \
         such as python3.12",
        path.display()
    )]
    NotFound {
        /// The file.
        path: PathBuf,
    },

    /// A bare name is no command.
    #[error("{name}: no such command in PATH; name an executable by its path: --python /usr/bin/python3")]
    NotInPath {
        /// The command.
        name: String,
    },

    /// A folder was named that is no virtual environment.
    #[error(
        "{}: a folder without bin/python, so not a virtual environment; make it one: python3 -m venv {0}",
        shell_word(folder)
    )]
    NotAnEnvironment {
        /// The folder.
        folder: PathBuf,
    },

    /// The active virtual environment is gone.
    #[error(
        "{}: VIRTUAL_ENV names this folder, but it has no bin/python; run `deactivate`, or choose another with --python PATH",
        folder.display()
    )]
    ActiveEnvironmentGone {
        /// The folder.
        folder: PathBuf,
    },

    /// There is no Python at all.
    #[error(
        "no Python found: no --python, no active virtual environment, no {} (which this program was built with) and no \
         python3 in PATH; install CPython {embedded} (Debian: apt install python3), or name one with --python PATH",
        built_with.display()
    )]
    None {
        /// The interpreter that the program was built with.
        built_with: PathBuf,
        /// Version that the program embeds.
        embedded: String,
    },

    /// There is no Python at all, and any version would do.
    #[error(
        "no Python found: no --python, no active virtual environment, none that this program is installed into and no python3 \
         in PATH; install CPython {}.{} or newer (Debian: apt install python3), or name one with --python PATH",
        OLDEST.0, OLDEST.1
    )]
    NoneToHost,

    /// No worker is built for this version.
    #[error(
        "{}: is Python {version}, and no worker is built for it: {} isn't there; build it with harness/hosted/build {} in a \
         checkout of rustworthy, name a folder that has it with RUSTWORTHY_WORKERS, or another Python with --python PATH",
        path.display(), file.display(), shell_word(path)
    )]
    NoWorker {
        /// The interpreter.
        path: PathBuf,
        /// Its version.
        version: Version,
        /// The file that was looked for.
        file: PathBuf,
    },

    /// A worker has the name of one for another version.
    #[error(
        "{}: is built for CPython {built_for}, whatever its name says, and {} is {version}; build it anew: harness/hosted/build {} in \
         a checkout of rustworthy, or install rustworthy anew",
        file.display(), path.display(), shell_word(path)
    )]
    OtherWorker {
        /// The worker.
        file: PathBuf,
        /// What it is built for.
        built_for: String,
        /// The interpreter.
        path: PathBuf,
        /// Its version.
        version: Version,
    },

    /// A worker can't be read.
    #[error("{}: cannot read this worker: {source}; make it readable, or install rustworthy anew", file.display())]
    UnreadableWorker {
        /// The worker.
        file: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// The program can't embed Python.
    #[error(
        "this rustworthy embeds no Python, and the project says `host = \"embedded\"`; leave that out, or build rustworthy with \
         its feature `embedded`: cargo install --path harness/cli"
    )]
    EmbedsNone,

    /// The standard library would be another's.
    #[error(
        "PYTHONHOME is {}, but the home of {} is {}: with another's standard library it doesn't start, or isn't itself; \
         unset PYTHONHOME, or name the Python that it belongs to with --python PATH",
        home.display(), executable.display(), base_prefix.display()
    )]
    ForeignHome {
        /// The interpreter that was chosen.
        executable: PathBuf,
        /// What the variable says.
        home: PathBuf,
        /// Where its own standard library is.
        base_prefix: PathBuf,
    },

    /// The file can't be run.
    #[error("{}: cannot be run ({source}); name a Python executable with --python PATH", path.display())]
    NotExecutable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// A program for other processors.
    #[error(
        "{}: is a program for {architecture}, which this machine can't run; name a Python for {} with --python PATH",
        path.display(), std::env::consts::ARCH
    )]
    OtherArchitecture {
        /// The file.
        path: PathBuf,
        /// What it's for.
        architecture: String,
    },

    /// The file runs, but isn't a Python, or one that is broken.
    #[error(
        "{}: does not answer as a Python interpreter does: {output}\n  name a Python executable with --python PATH",
        path.display()
    )]
    NotPython {
        /// The file.
        path: PathBuf,
        /// What it said.
        output: String,
    },

    /// Another implementation, such as PyPy.
    #[error(
        "{}: is {implementation}, but only CPython is supported; name a CPython with --python PATH",
        path.display()
    )]
    NotCPython {
        /// The interpreter.
        path: PathBuf,
        /// What it calls itself.
        implementation: String,
    },

    /// Older than the oldest version that works.
    #[error(
        "{}: is Python {version}, but {}.{} or newer is needed; name a newer one with --python PATH",
        path.display(), OLDEST.0, OLDEST.1
    )]
    TooOld {
        /// The interpreter.
        path: PathBuf,
        /// Its version.
        version: String,
    },

    /// It doesn't end.
    #[error(
        "{}: gave no answer within {seconds} s when asked for its version; try it: {} -I -c pass",
        path.display(), shell_word(path)
    )]
    Hangs {
        /// The interpreter.
        path: PathBuf,
        /// How long was waited.
        seconds: u64,
    },

    /// The embedded Python doesn't report its version.
    #[error("the Python that this rustworthy embeds calls its version '{version}'; rebuild it with a CPython")]
    UnknownEmbedded {
        /// What it says.
        version: String,
    },
    /// Not the version that is embedded.
    #[error(
        "this rustworthy embeds CPython {}.{}; {} is {version}. Have its executable run workers (`host = \"python\"` in [project]), or \
         rebuild rustworthy for it: PYO3_PYTHON={} cargo build",
        embedded.major, embedded.minor, path.display(), shell_word(path)
    )]
    OtherVersion {
        /// The interpreter.
        path: PathBuf,
        /// Its version.
        version: Version,
        /// The version that is embedded.
        embedded: Version,
    },

    /// One of the two has no global interpreter lock.
    #[error(
        "this rustworthy embeds CPython {embedded}; {} is {version}, and only one of them is a free-threaded build. \
         Rebuild it for that interpreter: PYO3_PYTHON={} cargo build",
        path.display(), shell_word(path)
    )]
    OtherThreading {
        /// The interpreter.
        path: PathBuf,
        /// Its version.
        version: Version,
        /// The version that is embedded.
        embedded: Version,
    },

    /// Its standard library would run under another version's libpython.
    #[error(
        "{}: is Python {version} without a shared libpython, and the {embedded} that this rustworthy embeds cannot stand in \
         for it; have its executable run workers (`host = \"python\"` in [project]), or install its shared library (Debian: apt install \
         libpython{}.{})",
        path.display(), version.major, version.minor
    )]
    NoLibrary {
        /// The interpreter.
        path: PathBuf,
        /// Its version.
        version: Version,
        /// The version that is embedded.
        embedded: Version,
    },

    /// The requirements can't be read.
    #[error("{}: cannot read these requirements: {source}", path.display())]
    Requirements {
        /// The requirements file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// The environment can't be held against the requirements.
    #[error(
        "{}: cannot tell whether {} satisfies these requirements: {output}",
        path.display(), executable.display()
    )]
    Unchecked {
        /// The requirements file.
        path: PathBuf,
        /// The interpreter of the environment.
        executable: PathBuf,
        /// What the check said.
        output: String,
    },

    /// There is nowhere to put the cache.
    #[error("no home folder, so no place for the cache; set RUSTWORTHY_CACHE to a folder for it")]
    NoCache,

    /// The cache can't be written.
    #[error(
        "{}: cannot write to the cache: {source}; make it writable, or set RUSTWORTHY_CACHE to another folder",
        folder.display()
    )]
    Cache {
        /// The folder.
        folder: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// The disk is full.
    #[error(
        "{}: the disk is full; make room there, or set RUSTWORTHY_CACHE to a folder on another disk",
        folder.display()
    )]
    DiskFull {
        /// The folder that was written to.
        folder: PathBuf,
    },

    /// A Python without `venv` or `ensurepip`, as Debian packages it.
    #[error(
        "{}: cannot create virtual environments, for want of ensurepip; install it (Debian and Ubuntu: apt install \
         python{}.{}-venv)",
        executable.display(), version.major, version.minor
    )]
    NoVenv {
        /// The base interpreter.
        executable: PathBuf,
        /// Its version.
        version: Version,
    },

    /// The environment couldn't be created.
    #[error("{}: cannot create a virtual environment in {}: {output}", executable.display(), folder.display())]
    NotCreated {
        /// The base interpreter.
        executable: PathBuf,
        /// The environment's folder.
        folder: PathBuf,
        /// What it said.
        output: String,
    },

    /// Packages are missing, and installing them wasn't allowed.
    #[error(
        "offline, and these packages of {} are missing: {missing}; once connected, run the same without --offline, or: {command}",
        requirements.display()
    )]
    Offline {
        /// The requirements file.
        requirements: PathBuf,
        /// What the environment lacks.
        missing: Missing,
        /// Command that gets it.
        command: String,
    },

    /// Packages are missing, and there is no way to the package index.
    #[error(
        "no network, and these packages of {} are missing: {missing}; once connected, run the same again, or: {command}",
        requirements.display()
    )]
    NoNetwork {
        /// The requirements file.
        requirements: PathBuf,
        /// What the environment lacks.
        missing: Missing,
        /// Command that gets it.
        command: String,
    },

    /// pip failed.
    #[error(
        "{}: pip cannot install these requirements for Python {version}: {output}\n  once they are mended, run the same \
         again, or see more of it: {command}",
        requirements.display()
    )]
    NotInstalled {
        /// The requirements file.
        requirements: PathBuf,
        /// Version that they were to be installed for.
        version: Version,
        /// What pip said.
        output: String,
        /// Command that does the same by hand.
        command: String,
    },

    /// Cancelled by the caller.
    #[error("interrupted while the Python environment was being provided; the next run starts it over")]
    Interrupted,
}

/// A path as a word of a shell command.
pub(super) fn shell_word(path: &std::path::Path) -> String {
    shell::word(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_version_is_told_with_the_command_that_mends_it() {
        let error = PythonError::OtherVersion {
            path: "/usr/bin/python3.12".into(),
            version: Version::parse("3.12.1 (main)").unwrap(),
            embedded: Version::parse("3.11.7 (main)").unwrap(),
        };
        assert_eq!(
            error.to_string(),
            "this rustworthy embeds CPython 3.11; /usr/bin/python3.12 is 3.12.1. Have its executable run workers \
             (`host = \"python\"` in [project]), or rebuild rustworthy for it: PYO3_PYTHON=/usr/bin/python3.12 cargo build"
        );
    }
}
