//! `rustworthy attribute`: which functions make up p99 of a service, and what it becomes when they get faster.

use std::io::{self, Write};

use anyhow::{Result, bail};
use rustworthy_engine::attribute::attribute;
use rustworthy_engine::attribution::AttributeError;
use rustworthy_engine::attribution::trace::{TraceError, parts, slices};

use crate::arguments::AttributeArguments;
use crate::exit::Exit;
use crate::interrupt;
use crate::printer::Printer;
use crate::save::tell_page;
use crate::surroundings::Surroundings;
use crate::{render, requests};

pub(crate) fn run(arguments: &AttributeArguments, printer: &Printer) -> Result<Exit> {
    check(arguments)?;
    if let Some(ended) = of_parts(arguments, printer) {
        return match ended {
            Ok(()) => Ok(Exit::Fine),
            Err(error) if matches!(error.downcast_ref(), Some(TraceError::Cancelled)) => Ok(Exit::Interrupted),
            Err(error) => Err(error),
        };
    }
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

/// Sees that what was given about parts goes together, which has remedies that the parser of arguments can't tell.
fn check(arguments: &AttributeArguments) -> Result<()> {
    let AttributeArguments { scenario, listen, merge, partial, reading, .. } = arguments;
    if partial.is_some() {
        if scenario.is_some() {
            bail!("--partial: a scenario has no parts; give traces, --trace FILES");
        }
        if merge.is_some() {
            bail!("--partial: parts aren't merged to another part; copy them into one folder, and --merge that");
        }
        if listen.is_some() {
            bail!(
                "--partial: what is received isn't written as a part; --listen keeps it in the folder of its run, of which \
                 --trace makes one: --trace DIR/received.binpb --partial FILE.parquet"
            );
        }
    }
    match (merge, reading.of_parts()) {
        (Some(folder), Some(option)) => bail!(
            "{option}: parts have it in them; leave it out here, and give it where they are made: --trace FILES {option} … \
             --partial {}",
            folder.join("NAME.parquet").display()
        ),
        _ => Ok(()),
    }
}

/// What makes parts of an answer, if one is to be made rather than an answer.
fn of_parts(arguments: &AttributeArguments, printer: &Printer) -> Option<Result<()>> {
    let AttributeArguments { trace, partial, slices, of, files, resolve, .. } = arguments;
    if partial.is_none() && slices.is_none() && !files && !resolve {
        return None;
    }
    let made = || {
        let cancel = interrupt::flag()?;
        let options = requests::trace_options(&arguments.reading)?;
        if let Some(file) = partial {
            let written = parts::write(trace, &options, file, &cancel)?;
            printer.note(&format!(
                "{}: {} requests among {} spans; attribute --merge with its folder gives the answer of all parts there",
                file.display(),
                written.requests,
                written.spans
            ));
        } else if *files {
            let mut out = io::stdout().lock();
            for file in slices::files(trace)? {
                out.write_all(file.as_os_str().as_encoded_bytes())?;
                out.write_all(&[0])?;
            }
        } else if let Some(number) = slices {
            let paths = if of.is_empty() { trace } else { of };
            slices::cut(trace, paths, *number, &options, &mut io::stdout().lock(), &cancel)?;
        } else {
            slices::resolve(&mut io::stdin().lock(), &options.limits, &mut io::stdout(), &cancel)?;
        }
        Ok(())
    };
    Some(made())
}
