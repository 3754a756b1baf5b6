//! `rustworthy new`: a crate that stands for a function in Python; with `--check` how it does after an edit.

use anyhow::{Result, anyhow};
use rustworthy_engine::manifest::{Location, Target};
use rustworthy_engine::new_crate::{
    BuildRequest, CheckRequest, Checked, Created, NewRequest, NotBuilt, build, check, create,
};

use crate::arguments::NewArguments;
use crate::exit::Exit;
use crate::printer::Printer;
use crate::surroundings::Surroundings;
use crate::{render, requests};

pub(crate) fn run(arguments: &NewArguments, printer: &Printer) -> Result<Exit> {
    let surroundings = Surroundings::new(printer)?;
    let exit = match (&arguments.check, &arguments.build, &arguments.function) {
        (Some(named), ..) => run_check(named, arguments, &surroundings, printer)?,
        (None, Some(crates), _) => run_build(crates, arguments, &surroundings)?,
        (None, None, function) => {
            run_create(function.as_deref().unwrap_or_default(), arguments, &surroundings, printer)?
        }
    };
    Ok(if surroundings.is_cancelled() { Exit::Interrupted } else { exit })
}

fn run_create(
    function: &str,
    arguments: &NewArguments,
    surroundings: &Surroundings<'_>,
    printer: &Printer,
) -> Result<Exit> {
    let NewArguments { name, out, capture, no_build, budget, measuring, project, python, .. } = arguments;
    let request = NewRequest {
        target: Target::parse(function, Location::default()).map_err(|error| anyhow!("new {function}: {error}"))?,
        name: name.clone(),
        out: out.clone(),
        capture: capture.clone(),
        builds: !no_build,
        budget: *budget,
        common: requests::common(project, python, measuring),
    };
    let Created { made, folder, not_built, checked } = surroundings.ask(|context| create(context, &request))?;
    printer.result(&render::new_crate(&made, arguments.format, printer))?;
    printer.note(&format!("the crate is in {}", folder.display()));
    if let Some(manifest) = &made.manifest {
        printer.note(&format!("{manifest} was written, for there was no manifest"));
    }
    match (not_built, checked) {
        (Some(why), _) => {
            printer.error(&anyhow!("{why}\nThe crate is written; `rustworthy new --check {}` builds it", made.package));
            Ok(Exit::Usage)
        }
        (None, Some(checked)) => Ok(tell(&checked, printer)),
        (None, None) => Ok(Exit::Fine),
    }
}

fn run_check(
    named: &str,
    arguments: &NewArguments,
    surroundings: &Surroundings<'_>,
    printer: &Printer,
) -> Result<Exit> {
    let NewArguments { budget, measuring, project, python, .. } = arguments;
    let request = CheckRequest {
        named: (!named.is_empty()).then(|| named.to_owned()),
        budget: *budget,
        common: requests::common(project, python, measuring),
    };
    let checked = surroundings.ask(|context| check(context, &request))?;
    printer.result(&render::check(&checked.package, &checked.check, arguments.format, printer))?;
    Ok(tell(&checked, printer))
}

fn run_build(crates: &[String], arguments: &NewArguments, surroundings: &Surroundings<'_>) -> Result<Exit> {
    let NewArguments { project, python, .. } = arguments;
    let request = BuildRequest { crates: crates.to_vec(), project: project.into(), python: python.into() };
    match surroundings.ask(|context| build(context, &request)) {
        Ok(_) => Ok(Exit::Fine),
        Err(error) if matches!(error.downcast_ref(), Some(NotBuilt::Interrupted)) => Ok(Exit::Interrupted),
        Err(error) => Err(error),
    }
}

/// Says what the result doesn't, and how the program ends.
fn tell(checked: &Checked, printer: &Printer) -> Exit {
    for remark in &checked.remarks {
        match checked.failed {
            true => printer.error(&anyhow!("{remark}")),
            false => printer.warning(remark),
        }
    }
    match checked.check.builds {
        false => Exit::Usage,
        true if checked.failed => Exit::ContenderFailed,
        true => Exit::Fine,
    }
}
