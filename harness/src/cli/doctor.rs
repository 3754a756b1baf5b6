//! `rustworthy doctor`: what is embedded and measured with, and what spoils measurements here.

mod noise;
mod surroundings;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rustworthy::environment::{available_memory, environment, is_debug_build};
use rustworthy::machine::{Facts, Machine, PythonBuild, Root, findings};
use rustworthy::measure::{Effort, Settings, allowed_cpus, control};
use rustworthy::stats::Resampling;
use rustworthy_model::doctor::Doctor;
use rustworthy_reports::doctor::{self, Detail};
use rustworthy_reports::to_json;

use super::arguments::{DoctorArguments, Format};
use super::exit::Exit;
use super::printer::Printer;
use super::progress::Spinner;
use super::{interrupt, project};

pub(super) use surroundings::Surroundings;

/// Rounds of the control loop: more than a comparison makes, since here it's the result.
const ROUNDS: u32 = 8;

/// How long to look at what else runs: two processors tick 200 times in it.
const LOOK: Duration = Duration::from_secs(1);

pub(crate) fn run(arguments: &DoctorArguments, printer: &Printer) -> Result<Exit> {
    let cancel = interrupt::flag()?;
    let loaded = project::load(&arguments.project)?;
    let spinner = Spinner::new(printer);
    spinner.detail("looking at what else runs");
    // Before anything of our own is started: its load would count as others'.
    let machine = look(LOOK, &cancel);
    if cancel.load(Ordering::Relaxed) {
        bail!("interrupted");
    }
    let interpreter = project::interpreter(&loaded.project, &arguments.python, &cancel, printer)?;
    spinner.detail("timing a control loop in the embedded Python and in the executable");
    let settings = Settings {
        workers: project::workers(&loaded.project, &interpreter, cancel)?,
        effort: Effort::QUICK,
        seed: 1,
        cpus: allowed_cpus(),
        memory: available_memory(),
        scratch: std::env::temp_dir(),
    };
    let control = control(&settings, ROUNDS, &Resampling::default())
        .map_err(|failure| anyhow::anyhow!("the embedded Python doesn't work: {failure}"))?;
    project::check_embedded(&control, &interpreter)?;
    let noise = if arguments.noise { Some(noise::measure(&settings.workers, &spinner)?) } else { None };
    let python = PythonBuild::new(&interpreter, control.embedded_over_executable);
    let doctor = Doctor {
        schema: rustworthy_model::doctor::SCHEMA.to_owned(),
        environment: environment(&interpreter, &control),
        findings: findings(&Facts { machine, debug_program: is_debug_build(), python }),
        noise,
    };
    drop(spinner);
    if doctor.noise.is_some() {
        surroundings::keep(&doctor);
    }
    printer.result(&rendered(&doctor, arguments.format, printer))?;
    Ok(Exit::Fine)
}

fn rendered(doctor: &Doctor, format: Format, printer: &Printer) -> String {
    let detail = if printer.is_verbose() { Detail::Full } else { Detail::Brief };
    match format {
        Format::Table => doctor::table(doctor, &printer.table(), detail),
        Format::Json => to_json(doctor),
        Format::Markdown => doctor::markdown(doctor),
    }
}

/// What the machine is like, looking for so long at what else runs.
fn look(time: Duration, cancel: &AtomicBool) -> Machine {
    Machine::read(&Root::system(), || wait(time, cancel))
}

/// Sleeps, but not beyond an interruption.
fn wait(time: Duration, cancel: &AtomicBool) {
    let start = Instant::now();
    while start.elapsed() < time && !cancel.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(50));
    }
}
