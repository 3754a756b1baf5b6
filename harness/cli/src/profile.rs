//! `rustworthy profile`: where the time of a contender, a program or a running process goes.

use anyhow::Result;
use rustworthy_engine::profile::{
    ProfileMade, ProfileRequest, ProfileRunError, Profiled, TargetRequest, profile_target,
};
use rustworthy_reports::{Part, profile as reports, report, to_json};

use crate::arguments::ProfileArguments;
use crate::exit::Exit;
use crate::printer::Printer;
use crate::render;
use crate::requests::common;
use crate::save::{PAGE, tell_page};
use crate::surroundings::Surroundings;

pub(crate) fn run(arguments: &ProfileArguments, printer: &Printer) -> Result<Exit> {
    let surroundings = Surroundings::new(printer)?;
    let made = match surroundings.ask(|context| profile_target(context, &request(arguments))) {
        Ok(made) => made,
        Err(error) => {
            let exit = match error.downcast_ref() {
                Some(ProfileRunError::Failed { .. }) => Exit::ContenderFailed,
                Some(ProfileRunError::TooShort { .. }) if surroundings.is_cancelled() => Exit::Interrupted,
                Some(ProfileRunError::TooShort { exit_code, .. }) => Exit::Target(*exit_code),
                None => return Err(error),
            };
            printer.error(&error);
            return Ok(exit);
        }
    };
    save(&made, arguments.threads, printer)?;
    printer.result(&render::profile(&made.profile, arguments.result.format, printer))?;
    tell_page(&made.folder, printer);
    Ok(match made.exit_code {
        _ if surroundings.is_cancelled() => Exit::Interrupted,
        Some(code) => Exit::Target(code),
        None => Exit::Fine,
    })
}

fn request(arguments: &ProfileArguments) -> ProfileRequest {
    let target = match (&arguments.target, arguments.pid) {
        (Some(target), _) => TargetRequest::Named {
            target: target.clone(),
            against: arguments.against.clone(),
            size: arguments.size.clone(),
        },
        (None, Some(pid)) => TargetRequest::Process(pid),
        (None, None) => TargetRequest::Program(arguments.program.clone()),
    };
    ProfileRequest {
        target,
        rate: arguments.rate.into(),
        duration: arguments.duration,
        idle: arguments.idle,
        native: arguments.native,
        out: arguments.result.out.clone(),
        common: common(&arguments.project, &arguments.python, &arguments.measuring),
    }
}

/// Writes flame graphs, stacks for other tools, the page and the whole result.
fn save(made: &ProfileMade, by_thread: bool, printer: &Printer) -> Result<()> {
    let ProfileMade { profile, profiled, folder, .. } = made;
    let mut graphs = Vec::new();
    for Profiled { target, stacks, .. } in profiled {
        folder.write(&format!("{}.folded", target.files), &reports::folded(stacks, by_thread))?;
        folder.write(&format!("{}.speedscope.json", target.files), &reports::speedscope(&target.name, stacks))?;
        match reports::flame_graph(target, stacks, by_thread) {
            Ok(graph) => {
                folder.write(&format!("{}.svg", target.files), &graph)?;
                graphs.push(Some(graph));
            }
            Err(error) => {
                printer.warning(&format!("{}: {error}; --idle shows what waits", target.name));
                graphs.push(None);
            }
        }
    }
    let difference = match (profiled.as_slice(), graphs.as_slice()) {
        ([after, before], [Some(_), Some(_)]) => {
            Some(reports::difference((&before.target, &before.stacks), (&after.target, &after.stacks))?)
        }
        _ => None,
    };
    if let Some(difference) = &difference {
        folder.write("difference.svg", difference)?;
    }
    let part = Part::Profile { result: profile, graphs: &graphs, difference: difference.as_deref() };
    folder.write(PAGE, &report(&[part]))?;
    folder.write("run.json", &to_json(profile))?;
    folder.become_latest()?;
    Ok(())
}
