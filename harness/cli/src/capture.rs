//! `rustworthy capture`: real calls of functions, recorded while a program runs.

use anyhow::{Result, anyhow, bail};
use rustworthy_engine::capture::{CaptureError, CaptureMade, CaptureRequest, Driver, Place, capture, target};
use rustworthy_engine::context::Context;
use rustworthy_engine::manifest::{Location, Target};
use rustworthy_engine::request::ProjectRequest;

use crate::arguments::CaptureArguments;
use crate::exit::Exit;
use crate::printer::Printer;
use crate::render;
use crate::surroundings::Surroundings;

pub(crate) fn run(arguments: &CaptureArguments, printer: &Printer) -> Result<Exit> {
    let surroundings = Surroundings::new(printer)?;
    let request = surroundings.ask(|context| request(context, arguments))?;
    let made = match surroundings.ask(|context| capture(context, &request)) {
        Ok(made) => made,
        Err(error) => {
            let exit = match error.downcast_ref() {
                Some(CaptureError::NoCalls { .. }) if surroundings.is_cancelled() => Exit::Interrupted,
                Some(CaptureError::NoCalls { exit_code: 0, .. }) => Exit::NothingRun,
                Some(CaptureError::NoCalls { exit_code, .. }) => Exit::Target(*exit_code),
                Some(CaptureError::Refused(_)) => Exit::Usage,
                None => return Err(error),
            };
            printer.error(&error);
            return Ok(exit);
        }
    };
    let CaptureMade { captures, folders, exit_code } = &made;
    printer.result(&render::captures(captures, arguments.format, printer))?;
    for folder in folders {
        printer.note(&format!("the calls are in {}", folder.display()));
    }
    Ok(if surroundings.is_cancelled() { Exit::Interrupted } else { Exit::Target(*exit_code) })
}

/// The request; a target is named before the `--`, the program after it.
fn request(context: &Context<'_>, arguments: &CaptureArguments) -> Result<CaptureRequest> {
    let project = ProjectRequest::from(&arguments.project);
    let recipe = |text: &String| Target::parse(text, Location::default()).map_err(|error| anyhow!("{error}"));
    let driver = match (&arguments.pytest, &arguments.scenario) {
        (Some(words), _) => Driver::Pytest(words.clone()),
        (None, Some(name)) => Driver::Scenario(name.clone()),
        (None, None) if arguments.program.is_empty() => {
            bail!("there is nothing to run: add -- python app.py, or --pytest, or --scenario")
        }
        (None, None) => Driver::Program(arguments.program.clone()),
    };
    Ok(CaptureRequest {
        targets: arguments.functions.iter().map(|text| target(context, &project, text)).collect::<Result<_>>()?,
        driver,
        urls: arguments.url.clone(),
        name: arguments.name.clone(),
        replace: arguments.replace,
        keep: arguments.keep as usize,
        most_bytes: arguments.max_bytes,
        streams: arguments.streams,
        redact: arguments.redact.clone(),
        keeps_pickles: !arguments.no_pickles,
        recipes: arguments
            .recipe
            .iter()
            .map(|(what, text)| Ok((what.clone(), recipe(text)?)))
            .collect::<Result<_>>()?,
        duration: arguments.duration,
        replays: !arguments.no_replay,
        project,
        python: (&arguments.python).into(),
        place: Place::default(),
    })
}
