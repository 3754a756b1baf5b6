//! The arguments of the command line: a file for each command, and for the options that commands share.

mod attribute;
mod capture;
mod compare;
mod completions;
mod decide;
mod deciding;
mod doctor;
mod gate;
mod init;
mod list;
mod measuring;
mod new;
mod output;
mod profile;
mod project;
mod report;
mod rollout;
mod traces;
mod trial;
mod watch;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand};

use crate::examples;
use crate::host::VERSION;

pub(crate) use attribute::AttributeArguments;
pub(crate) use capture::CaptureArguments;
pub(crate) use compare::CompareArguments;
pub(crate) use completions::CompletionsArguments;
pub(crate) use decide::{DecideArguments, DecisionVersion};
pub(crate) use deciding::DecidingOptions;
pub(crate) use doctor::DoctorArguments;
pub(crate) use gate::{GateArguments, GateFormat, GateMetric};
pub(crate) use init::InitArguments;
pub(crate) use list::ListArguments;
pub(crate) use measuring::{CommonMeasuring, MeasuringOptions, QuietOption};
pub(crate) use new::NewArguments;
pub(crate) use output::{ColorChoice, ExportOptions, Format, OutputOptions};
pub(crate) use profile::ProfileArguments;
pub(crate) use project::{ProjectOptions, PythonOptions};
pub(crate) use report::ReportArguments;
pub(crate) use rollout::RolloutArguments;
pub(crate) use traces::TraceOptions;
pub(crate) use trial::TryArguments;
pub(crate) use watch::WatchArguments;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Measure before you migrate: tells which Python hot paths are worth rewriting in Rust, and proves it.
#[derive(Debug, Parser)]
#[command(name = "rustworthy", version = VERSION.as_str(), styles = STYLES, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

const EXIT_CODES: &str = "Exit codes: 0 fine; 1 the gate found a regression, or a switch is to be rolled back; 2 usage, manifest or environment \
                          error; 3 a contender crashed, timed out or unexpectedly differed; 4 nothing was run; 5 inconclusive gate, or a switch \
                          with too little telemetry; 130 interrupted";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find what a project could measure, and write a manifest that runs as it is
    #[command(after_help = examples::INIT)]
    Init(InitArguments),
    /// Show the workloads and contenders that were found, and in which manifest
    #[command(after_help = examples::LIST)]
    List(ListArguments),
    /// Time every contender on the same input: table, run folder, HTML report
    #[command(after_help = examples::COMPARE)]
    Compare(CompareArguments),
    /// Tell whether anything has become slower since a revision or a saved run: the gate for continuous integration
    #[command(after_help = examples::GATE)]
    Gate(GateArguments),
    /// Show where the time of a contender, a program or a running process goes: flame graphs
    #[command(after_help = examples::PROFILE)]
    Profile(ProfileArguments),
    /// Tell which functions make up p99 of a service, and what it becomes if they get faster
    #[command(after_help = examples::ATTRIBUTE)]
    Attribute(AttributeArguments),
    /// Tell for every hot function and workload whether to leave it, fix the algorithm, use a library, compile it, upgrade
    /// Python, or migrate; with reasons and a price
    #[command(after_help = examples::DECIDE)]
    Decide(DecideArguments),
    /// Record real calls of functions while a program runs; they become the input of a workload
    #[command(after_help = examples::CAPTURE)]
    Capture(CaptureArguments),
    /// Try what costs nothing: other Pythons, compilers that take the same source, and the price of the boundary before any Rust
    /// is written
    #[command(after_help = examples::TRY)]
    Try(TryArguments),
    /// Make a crate that stands for a function in Python: it builds and is equal at once, and its body is left to be written
    #[command(after_help = examples::NEW)]
    New(NewArguments),
    /// Render a saved run again
    #[command(after_help = examples::REPORT)]
    Report(ReportArguments),
    /// Tell what switches in production have recorded: promote their candidates, keep shadowing or roll back
    #[command(after_help = examples::ROLLOUT)]
    Rollout(RolloutArguments),
    /// Tell whether migrations that were shipped are still worth their upkeep, now that there are newer Pythons and libraries
    #[command(after_help = examples::WATCH)]
    Watch(WatchArguments),
    /// Show what is measured with, and what on this machine spoils measurements
    #[command(after_help = examples::DOCTOR)]
    Doctor(DoctorArguments),
    /// Print what a shell completes commands and options from
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsArguments),
    /// Print the manual, for `man`
    #[command(after_help = examples::MAN)]
    Man,
}

#[cfg(test)]
mod tests;
