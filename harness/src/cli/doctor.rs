//! `rustworthy doctor`: what is embedded and measured with.

use std::fmt::Write;

use anyhow::Result;
use rustworthy::environment::{available_memory, environment};
use rustworthy::measure::{Effort, Settings, allowed_cpus, control};
use rustworthy::stats::Resampling;
use rustworthy_reports::comparison::Environment;
use rustworthy_reports::embedding_warning;
use rustworthy_reports::visible::line;

use super::arguments::{DoctorArguments, Format};
use super::exit::Exit;
use super::printer::Printer;
use super::{interrupt, project};

/// Rounds of the control loop: more than a comparison makes, since here it's the result.
const ROUNDS: u32 = 8;

pub(crate) fn run(arguments: &DoctorArguments, printer: &Printer) -> Result<Exit> {
    let cancel = interrupt::flag()?;
    let loaded = project::load(&arguments.project)?;
    let interpreter = project::interpreter(&loaded.project, &arguments.python, &cancel, printer)?;
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
    let environment = environment(&interpreter, &control);
    embedding_warning(&environment).iter().for_each(|warning| printer.warning(warning));
    printer.result(&match arguments.format {
        Format::Table => text(&facts(&environment)),
        Format::Json => format!("{:#}", serde_json::to_value(&environment)?),
        Format::Markdown => markdown(&facts(&environment)),
    })?;
    Ok(Exit::Fine)
}

/// What there is to know, as name and value.
fn facts(environment: &Environment) -> Vec<(&'static str, String)> {
    let Environment { python, rustworthy, .. } = environment;
    let ratio = python.embedded_over_executable.map_or_else(
        || "unknown".to_owned(),
        |ratio| {
            let excess = (ratio.estimate - 1.0) * 100.0;
            let word = if excess < 0.0 { "faster" } else { "slower" };
            format!(
                "{:.3} (interval {:.3} to {:.3}): embedded, the same loop is {:.1} % {word} than in the executable",
                ratio.estimate,
                ratio.low,
                ratio.high,
                excess.abs()
            )
        },
    );
    let commit = rustworthy.commit.as_ref().map(|commit| format!(", commit {commit}")).unwrap_or_default();
    vec![
        ("rustworthy", format!("{}{commit}, built as {}", rustworthy.version, rustworthy.profile)),
        ("Python", format!("{} at {}", python.version, python.executable)),
        ("libpython", python.libpython.clone().unwrap_or_else(|| "linked statically".to_owned())),
        ("embedded/plain", ratio),
        ("processor", format!("{}, {} usable", environment.cpu, environment.cores)),
        ("memory", format!("{:.1} GiB", environment.memory_bytes as f64 / f64::from(1 << 30))),
        ("system", environment.os.clone()),
        (
            "governor",
            environment.governor.clone().unwrap_or_else(|| "none to see, as in most virtual machines".to_owned()),
        ),
    ]
}

fn text(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    facts.iter().fold(String::new(), |mut text, (name, value)| {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{name:width$}  {}", line(value));
        text
    })
}

fn markdown(facts: &[(&str, String)]) -> String {
    facts.iter().fold("| what | is |\n| --- | --- |\n".to_owned(), |mut text, (name, value)| {
        let _ = writeln!(text, "| {name} | {} |", line(value).replace('|', "\\|"));
        text
    })
}
