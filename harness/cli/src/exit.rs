//! Exit codes: what a script learns from a run without reading its output.

use std::io;
use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything went as it should.
    Fine,
    /// The gate found a regression, a switch is to be rolled back, or a migration isn't worth its upkeep any more.
    Regressed,
    /// Usage, manifest or environment are wrong, or results couldn't be written.
    Usage,
    /// A contender crashed, timed out or unexpectedly differed; the rest was measured and reported.
    ContenderFailed,
    /// Nothing was run.
    NothingRun,
    /// The gate or what a migration is worth is inconclusive, or a switch has too little telemetry.
    Inconclusive,
    /// Interrupted; what was measured is saved.
    Interrupted,
    /// As the profiled program ended.
    Target(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Regressed => 1,
            Exit::Usage => 2,
            Exit::ContenderFailed => 3,
            Exit::NothingRun => 4,
            Exit::Inconclusive => 5,
            Exit::Interrupted => 130,
            Exit::Target(code) => code,
        })
    }
}

/// The exit code of arguments that can't be parsed, or that ask for help.
pub(crate) fn of_usage(error: &clap::Error) -> ExitCode {
    // Where even the message can't be printed, the code has to do.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Fine.into() }
}

/// A worker's exit code.
pub(crate) fn of_worker(ended: io::Result<i32>) -> ExitCode {
    match ended {
        Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        Err(error) => {
            eprintln!("rustworthy: the worker can't run: {error}");
            ExitCode::FAILURE
        }
    }
}
