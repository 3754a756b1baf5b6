//! `rustworthy completions` and `rustworthy man`: the command line for shells and for manuals.

use std::io;

use anyhow::Result;
use clap::{Command, CommandFactory};

use crate::arguments::{Arguments, CompletionsArguments};
use crate::exit::Exit;
use crate::printer::Printer;

/// Prints what a shell completes commands and options from.
pub(crate) fn completions(arguments: &CompletionsArguments, printer: &Printer) -> Result<Exit> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    printer.result(&String::from_utf8(script)?)?;
    Ok(Exit::Fine)
}

/// Prints the manual: the program, then each of its commands.
pub(crate) fn man(printer: &Printer) -> Result<Exit> {
    let mut program = Arguments::command().disable_help_subcommand(true);
    // With the names of commands in full, and the options that all of them have.
    program.build();
    let mut page = Vec::new();
    write(&program, &mut page)?;
    for command in program.get_subcommands() {
        write(command, &mut page)?;
    }
    printer.result(&String::from_utf8(page)?)?;
    Ok(Exit::Fine)
}

fn write(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(page)
}
