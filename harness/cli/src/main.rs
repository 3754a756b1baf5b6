//! `rustworthy`: measure before you migrate.
//!
//! The command line: arguments → engine → rendering → exit code.

mod arguments;
mod attribute;
#[cfg(feature = "builtin")]
mod builtin;
mod capture;
mod compare;
mod decide;
mod doctor;
mod examples;
mod exit;
mod export;
mod gate;
mod host;
mod init;
mod interrupt;
mod list;
mod new;
mod printer;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod profile;
mod progress;
mod render;
mod report;
mod requests;
mod rollout;
mod save;
mod shell;
mod surroundings;
mod trial;
mod watch;

use std::process::ExitCode;

use clap::Parser;
use rustworthy_engine::workers;

use arguments::{Arguments, Command};
use exit::Exit;
use printer::Printer;

fn main() -> ExitCode {
    if let Some(ended) = workers::run_if_asked(host::serve) {
        return exit::of_worker(ended);
    }
    #[cfg(feature = "builtin")]
    if let Some(exit) = rustworthy_workloads::program::main(&std::env::args_os().skip(1).collect::<Vec<_>>()) {
        return exit;
    }
    run()
}

/// Runs the command that the arguments ask for.
fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return exit::of_usage(&error),
    };
    let printer = Printer::new(&arguments.output);
    let result = match &arguments.command {
        Command::Init(init) => init::run(init, &printer),
        Command::List(list) => list::run(list, &printer),
        Command::Compare(compare) => compare::run(compare, &printer),
        Command::Attribute(attribute) => attribute::run(attribute, &printer),
        Command::Decide(decide) => decide::run(decide, &printer),
        Command::Try(arguments) => trial::run(arguments, &printer),
        Command::Gate(gate) => gate::run(gate, &printer),
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        Command::Profile(profile) => profile::run(profile, &printer),
        #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
        Command::Profile(_) => Err(anyhow::anyhow!("profile works on Linux on x86-64 alone")),
        Command::Capture(capture) => capture::run(capture, &printer),
        Command::New(arguments) => new::run(arguments, &printer),
        Command::Report(report) => report::run(report, &printer),
        Command::Watch(watch) => watch::run(watch, &printer),
        Command::Rollout(rollout) => rollout::run(rollout, &printer),
        Command::Doctor(doctor) => doctor::run(doctor, &printer),
        Command::Completions(completions) => shell::completions(completions, &printer),
        Command::Man => shell::man(&printer),
    };
    result
        .unwrap_or_else(|error| {
            printer.error(&error);
            if interrupt::happened() { Exit::Interrupted } else { Exit::Usage }
        })
        .into()
}
