//! The command line: arguments → command → exit code.

mod arguments;
mod attribute;
mod compare;
mod decide;
mod doctor;
pub(crate) mod exit;
mod export;
mod files;
mod gate;
mod interrupt;
mod list;
mod past;
mod printer;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod profile;
mod progress;
mod project;
mod report;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use exit::Exit;
use printer::Printer;

/// Runs the command that the arguments ask for.
pub(crate) fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return exit::of_usage(&error),
    };
    let printer = Printer::new(&arguments.output);
    let result = match &arguments.command {
        Command::List(list) => list::run(list, &printer),
        Command::Compare(compare) => compare::run(compare, &printer),
        Command::Attribute(attribute) => attribute::run(attribute, &printer),
        Command::Decide(decide) => decide::run(decide, &printer),
        Command::Gate(gate) => gate::run(gate, &printer),
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        Command::Profile(profile) => profile::run(profile, &printer),
        #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
        Command::Profile(_) => Err(anyhow::anyhow!("profile works on Linux on x86-64 alone")),
        Command::Report(report) => report::run(report, &printer),
        Command::Doctor(doctor) => doctor::run(doctor, &printer),
    };
    result
        .unwrap_or_else(|error| {
            printer.error(&error);
            if interrupt::happened() { Exit::Interrupted } else { Exit::Usage }
        })
        .into()
}
