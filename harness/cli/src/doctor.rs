//! `rustworthy doctor`: what is embedded and measured with, and what spoils measurements here.

use anyhow::Result;
use rustworthy_engine::doctor::doctor;

use crate::arguments::DoctorArguments;
use crate::exit::Exit;
use crate::printer::Printer;
use crate::render;
use crate::surroundings::Surroundings;

pub(crate) fn run(arguments: &DoctorArguments, printer: &Printer) -> Result<Exit> {
    let surroundings = Surroundings::new(printer)?;
    let found = surroundings.ask(|context| doctor(context, &arguments.into()))?;
    printer.result(&render::doctor(&found, arguments.format, printer))?;
    Ok(Exit::Fine)
}
