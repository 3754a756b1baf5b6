//! `rustworthy attribute`: which functions make up p99 of a service, and what it becomes when they get faster.

use anyhow::Result;
use rustworthy_engine::attribute::attribute;
use rustworthy_engine::attribution::AttributeError;
use rustworthy_engine::attribution::trace::TraceError;

use crate::arguments::AttributeArguments;
use crate::exit::Exit;
use crate::printer::Printer;
use crate::save::tell_page;
use crate::surroundings::Surroundings;
use crate::{render, requests};

pub(crate) fn run(arguments: &AttributeArguments, printer: &Printer) -> Result<Exit> {
    let surroundings = Surroundings::new(printer)?;
    let request = requests::attribute(arguments)?;
    let attributed = match surroundings.ask(|context| attribute(context, &request)) {
        Ok(attributed) => attributed,
        Err(error) => {
            return match error.downcast_ref() {
                Some(AttributeError::Failed { .. }) => {
                    printer.error(&error);
                    Ok(Exit::ContenderFailed)
                }
                Some(AttributeError::Trace(TraceError::Cancelled)) => Ok(Exit::Interrupted),
                _ => Err(error),
            };
        }
    };
    printer.result(&render::attribution(&attributed.attribution, arguments.result.format, printer))?;
    tell_page(&attributed.folder, printer);
    Ok(match () {
        () if surroundings.is_cancelled() => Exit::Interrupted,
        () if attributed.differs => Exit::ContenderFailed,
        () => Exit::Fine,
    })
}
