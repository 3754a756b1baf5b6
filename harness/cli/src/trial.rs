//! `rustworthy try`: other Pythons, compilers that take the same source, and the price of the boundary to Rust.

use anyhow::{Result, anyhow};
use rustworthy_engine::compare::Compared;
use rustworthy_engine::trial::{outcome_of, try_out};
use rustworthy_engine::verdict::Outcome;
use rustworthy_reports::embedding_warning;

use crate::arguments::{Format, TryArguments};
use crate::exit::Exit;
use crate::printer::Printer;
use crate::save::tell_page;
use crate::surroundings::Surroundings;
use crate::{render, requests};

pub(crate) fn run(arguments: &TryArguments, printer: &Printer) -> Result<Exit> {
    let surroundings = Surroundings::new(printer)?;
    let request = requests::trial(arguments)?;
    let compared = surroundings.ask(|context| try_out(context, &request))?;
    let Compared { comparison, folder, saved, .. } = &compared;
    // The table shows it already.
    if arguments.result.format != Format::Table {
        embedding_warning(comparison).iter().for_each(|warning| printer.warning(warning));
    }
    printer.result(&render::comparison(comparison, arguments.result.format, printer))?;
    match (saved, folder) {
        (Ok(()), Some(folder)) => tell_page(folder, printer),
        (Err(error), _) => printer.error(&anyhow!("the run could not be saved: {error}")),
        (Ok(()), None) => {}
    }
    Ok(match outcome_of(&compared) {
        _ if surroundings.is_cancelled() => Exit::Interrupted,
        _ if saved.is_err() => Exit::Usage,
        Outcome::Fine => Exit::Fine,
        Outcome::ContenderFailed => Exit::ContenderFailed,
        Outcome::NothingRun => Exit::NothingRun,
    })
}
