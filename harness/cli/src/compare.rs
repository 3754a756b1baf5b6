//! `rustworthy compare`: times every contender on the same input.

use anyhow::{Result, anyhow};
use rustworthy_engine::compare::{Compared, compare};
use rustworthy_engine::verdict::{Outcome, outcome};
use rustworthy_reports::embedding_warning;

use crate::arguments::{CompareArguments, Format};
use crate::exit::Exit;
use crate::export;
use crate::printer::Printer;
use crate::render;
use crate::save::tell_page;
use crate::surroundings::Surroundings;

pub(crate) fn run(arguments: &CompareArguments, printer: &Printer) -> Result<Exit> {
    let surroundings = Surroundings::new(printer)?;
    let compared = surroundings.ask(|context| compare(context, &arguments.into()))?;
    let Some(Compared { comparison, series, folder, saved }) = compared else { return Ok(Exit::NothingRun) };
    // The table shows it already.
    if arguments.result.format != Format::Table {
        embedding_warning(&comparison).iter().for_each(|warning| printer.warning(warning));
    }
    printer.result(&render::comparison(&comparison, arguments.result.format, printer))?;
    match (&saved, &folder) {
        (Ok(()), Some(folder)) => tell_page(folder, printer),
        (Err(error), _) => printer.error(&anyhow!("the run could not be saved: {error}")),
        (Ok(()), None) => {}
    }
    export::write(&arguments.export, &series, None)?;
    Ok(match outcome(&comparison.workloads) {
        _ if surroundings.is_cancelled() => Exit::Interrupted,
        _ if saved.is_err() => Exit::Usage,
        Outcome::Fine => Exit::Fine,
        Outcome::ContenderFailed => Exit::ContenderFailed,
        Outcome::NothingRun => Exit::NothingRun,
    })
}
