//! `rustworthy try`: other Pythons, compilers that take the same source, and the price of the boundary to Rust.

use anyhow::{Result, anyhow};
use rustworthy_engine::compare::Compared;
use rustworthy_engine::trial::{Trial, outcome_of};
use rustworthy_engine::verdict::Outcome;
use rustworthy_reports::{all_to_json, embedding_warning};

use crate::arguments::{Format, TryArguments};
use crate::exit::Exit;
use crate::printer::Printer;
use crate::save::tell_page;
use crate::surroundings::Surroundings;
use crate::{render, requests};

pub(crate) fn run(arguments: &TryArguments, printer: &Printer) -> Result<Exit> {
    let surroundings = Surroundings::new(printer)?;
    let request = requests::trial(arguments)?;
    let trial = surroundings.ask(|context| Trial::prepare(context, request))?;
    if trial.subjects() > 1 {
        return several(&trial, arguments.result.format, &surroundings, printer);
    }
    let compared = surroundings.ask(|context| trial.measure(context, 0))?;
    show(&compared, arguments.result.format, printer)?;
    tell(&compared, printer);
    Ok(exit(&compared, &surroundings))
}

/// Measures one after the other; what is found of each is printed at once, but as JSON, which is one array.
fn several(trial: &Trial, format: Format, surroundings: &Surroundings<'_>, printer: &Printer) -> Result<Exit> {
    let is_json = format == Format::Json;
    let (mut exits, mut all) = (Vec::new(), Vec::new());
    for place in 0..trial.subjects() {
        let compared = match surroundings.ask(|context| trial.measure(context, place)) {
            Ok(compared) => compared,
            Err(_) if surroundings.is_cancelled() => break,
            Err(error) => {
                printer.error(&error);
                exits.push(Exit::Usage);
                continue;
            }
        };
        if !is_json {
            if place > 0 {
                printer.result("\n")?;
            }
            show(&compared, format, printer)?;
        }
        tell(&compared, printer);
        exits.push(exit(&compared, surroundings));
        all.push(compared.comparison);
    }
    if is_json {
        printer.result(&all_to_json(&all))?;
    }
    let worst = |wanted: Exit| exits.contains(&wanted).then_some(wanted);
    Ok(match worst(Exit::Usage).or_else(|| worst(Exit::ContenderFailed)) {
        _ if surroundings.is_cancelled() => Exit::Interrupted,
        Some(exit) => exit,
        None if all.is_empty() => Exit::NothingRun,
        None => Exit::Fine,
    })
}

fn show(compared: &Compared, format: Format, printer: &Printer) -> Result<()> {
    let Compared { comparison, .. } = compared;
    // The table shows it already.
    if format != Format::Table {
        embedding_warning(comparison).iter().for_each(|warning| printer.warning(warning));
    }
    Ok(printer.result(&render::comparison(comparison, format, printer))?)
}

/// Tells where it was saved.
fn tell(compared: &Compared, printer: &Printer) {
    match (&compared.saved, &compared.folder) {
        (Ok(()), Some(folder)) => tell_page(folder, printer),
        (Err(error), _) => printer.error(&anyhow!("the run could not be saved: {error}")),
        (Ok(()), None) => {}
    }
}

fn exit(compared: &Compared, surroundings: &Surroundings<'_>) -> Exit {
    match outcome_of(compared) {
        _ if surroundings.is_cancelled() => Exit::Interrupted,
        _ if compared.saved.is_err() => Exit::Usage,
        Outcome::Fine => Exit::Fine,
        Outcome::ContenderFailed => Exit::ContenderFailed,
        Outcome::NothingRun => Exit::NothingRun,
    }
}
