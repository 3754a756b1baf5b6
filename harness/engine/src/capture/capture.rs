//! `capture`: runs a program, and keeps calls of functions that it makes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use rustworthy_model::capture::Capture;

use super::beside::Beside;
use super::choose::Room;
use super::journals::{InProcess, Journals, Process};
use super::keep::{Together, described, put};
use super::name::{folder, names};
use super::program::{Ended, run};
use super::replay::{Replay, replay};
use super::stale;
use super::workload::toml;
use crate::context::Context;
use crate::manifest::{Project, Target};
use crate::project::{Loaded, home};
use crate::request::{ProjectRequest, PythonRequest};
use crate::store::own_folder;

/// What to record, of what.
#[derive(Debug, Clone)]
pub struct CaptureRequest {
    /// Functions, by the names that users import them by.
    pub targets: Vec<Target>,
    /// What calls them.
    pub driver: Driver,
    /// URLs of the program that are asked for while it runs, in turn.
    pub urls: Vec<String>,
    /// Name of the capture, where there is but one function; without one, the function's.
    pub name: Option<String>,
    /// Whether a capture of that name may be replaced.
    pub replace: bool,
    /// Calls to keep of each function, at least 1.
    pub keep: usize,
    /// Bytes to keep of each function.
    pub most_bytes: u64,
    /// Items to take down of what a generator gives; without it generator functions are refused.
    pub streams: Option<u64>,
    /// Patterns of secrets, as Python has them.
    pub redact: Vec<String>,
    /// Whether calls are kept that hold what only pickle can.
    pub keeps_pickles: bool,
    /// What makes values anew that can't be written down, by their path or their type.
    pub recipes: BTreeMap<String, Target>,
    /// How long to let the program run; without one, to its end.
    pub duration: Option<Duration>,
    /// Whether the calls are made again, to see what they depend on.
    pub replays: bool,
    /// The project whose captures they are.
    pub project: ProjectRequest,
    /// The Python of tests and of scenarios. Of tests it's `python` where none is named.
    pub python: PythonRequest,
    /// Where a program or tests run, and in which folders they find modules beside their own.
    pub place: Place,
}

impl CaptureRequest {
    /// What makes values anew, by its name.
    pub(super) fn recipes(&self) -> BTreeMap<&str, String> {
        self.recipes.iter().map(|(what, target)| (what.as_str(), target.to_string())).collect()
    }
}

/// Where what calls the functions runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Its working directory; `None` for that of this process.
    pub folder: Option<PathBuf>,
    /// Folders of modules, before those of `PYTHONPATH`.
    pub python_path: Vec<PathBuf>,
}

/// What calls the functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Driver {
    /// A program, with its arguments.
    Program(Vec<OsString>),
    /// Tests, with arguments of pytest as a shell would have them.
    Pytest(String),
    /// The requests of a scenario of the manifest, one after the other.
    Scenario(String),
}

/// What was recorded.
#[derive(Debug)]
pub struct CaptureMade {
    /// Of each function that was called, in the order of the request.
    pub captures: Vec<Capture>,
    /// Their folders.
    pub folders: Vec<PathBuf>,
    /// How the program ended; 0 where it was ended because its time was over.
    pub exit_code: u8,
}

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// Something is wrong with what was asked for; the program hasn't run.
    #[error("{}", .0.join("\n"))]
    Refused(Vec<String>),
    /// The program has run and called none of the functions.
    #[error("{why}")]
    NoCalls {
        /// Why, as far as it's known.
        why: String,
        /// How it ended.
        exit_code: u8,
    },
}

/// Runs a program with a recorder beside it, and keeps what that has recorded.
///
/// # Errors
/// A [`CaptureError`] when there is nothing to keep; another error when the program can't be run, or files can't be written.
pub fn capture(context: &Context<'_>, request: &CaptureRequest) -> Result<CaptureMade> {
    let names = names(&request.targets, request.name.as_deref())?;
    let home = home(&request.project)?;
    let places: Vec<PathBuf> = names.iter().map(|name| folder(&home, name)).collect();
    if let Some(place) = places.iter().find(|place| place.exists()).filter(|_| !request.replace) {
        bail!("{} is there already; replace it with --replace, or give another --name", place.display());
    }
    own_folder(&home)?;
    stale::sweep(context);
    let beside = Beside::new(request, &home, &names).context("can't lay the recorder down")?;
    let started = Timestamp::now();
    let ended = run(context, request, &beside)?;
    let times = [started, Timestamp::now()];
    if let Some(problems) = beside.refused() {
        return Err(CaptureError::Refused(problems).into());
    }
    let journals = Journals::read(&beside.recorded())?;
    let mut made = CaptureMade { captures: Vec::new(), folders: Vec::new(), exit_code: ended.code };
    let mut silent = Vec::new();
    // A manifest with a mistake has names too, but nobody knows them.
    let project = Loaded::load_or_bare(context.host, &request.project, true).ok().map(|loaded| loaded.project);
    for (number, target) in request.targets.iter().enumerate() {
        let function = target.to_string();
        let in_processes = journals.recorded.get(&number).map_or(&[][..], Vec::as_slice);
        let room = Room { calls: request.keep, bytes: request.most_bytes };
        let together = Together::new(in_processes, room);
        if together.made() == 0 {
            silent.push((function, in_processes));
            continue;
        }
        let project = project.as_ref();
        let own = Own { context, request, beside: &beside, processes: &journals.processes, in_processes, project };
        let (capture, place) = own.keep(&together, &names[number], &function, times, &places[number])?;
        made.captures.push(capture);
        made.folders.push(place);
    }
    let reasons: Vec<String> =
        silent.iter().map(|(function, one)| why_silent(function, one, &journals, &ended)).collect();
    if made.captures.is_empty() {
        return Err(CaptureError::NoCalls { why: reasons.join("\n"), exit_code: ended.code }.into());
    }
    for reason in reasons {
        context.warn(reason);
    }
    Ok(made)
}

/// What is at hand for one function.
struct Own<'a> {
    context: &'a Context<'a>,
    request: &'a CaptureRequest,
    beside: &'a Beside,
    processes: &'a [Process],
    in_processes: &'a [InProcess],
    /// What its manifest says, where there is one that can be read.
    project: Option<&'a Project>,
}

impl Own<'_> {
    /// Writes the capture of one function, and makes its calls again.
    fn keep(
        &self,
        together: &Together<'_>,
        name: &str,
        function: &str,
        times: [Timestamp; 2],
        place: &Path,
    ) -> Result<(Capture, PathBuf)> {
        let Some(first) = self.in_processes.iter().find(|one| one.made() > 0) else { bail!("{function}: no process") };
        let process = &self.processes[first.process];
        let captures = place.parent().unwrap_or(place);
        let described = Capture {
            streams: self.request.streams,
            recipes: self.request.recipes().into_iter().map(|(what, made_by)| (what.to_owned(), made_by)).collect(),
            ..described(name, function, &process.version, times)
        };
        let (folder, mut capture) = together.write(captures, &self.beside.recorded().join("objects"), described)?;
        match self.replay(folder.path(), function, first, process, together.mutates(), capture.kept) {
            Ok(purity) => capture.purity = Some(purity),
            Err(error) => capture.unreplayed = Some(format!("{error:#}")),
        }
        capture.workload = toml(&capture, together.mean(), self.project);
        let place = put(folder, place, &capture)?;
        Ok((capture, place))
    }

    fn replay(
        &self,
        capture: &Path,
        function: &str,
        first: &InProcess,
        process: &Process,
        mutates: bool,
        kept: u64,
    ) -> Result<rustworthy_model::capture::Purity> {
        if !self.request.replays {
            bail!("--no-replay");
        }
        if kept == 0 {
            bail!("no call could be recorded");
        }
        if self.context.is_cancelled() {
            bail!("it was interrupted");
        }
        if process.unguarded {
            bail!("importing its module runs the program again; put what runs it under `if __name__ == \"__main__\":`");
        }
        let path = first.counters.as_ref().map_or(&process.path, |counters| &counters.path);
        let order = Replay {
            capture,
            function,
            executable: &process.executable,
            folder: &process.folder,
            path,
            mutates,
            streams: self.request.streams,
            recipes: self.request.recipes(),
        };
        replay(self.context, self.beside, &order)
    }
}

/// Why nothing is known of a function after the program has run.
fn why_silent(function: &str, in_processes: &[InProcess], journals: &Journals, ended: &Ended) -> String {
    let statuses = in_processes.iter().filter_map(|one| Some(one.counters.as_ref()?.status.as_str()));
    let reason = statuses.clone().find(|status| !["armed", "waiting"].contains(status));
    if let Some(reason) = reason {
        return format!("{function}: {reason}");
    }
    if statuses.clone().any(|status| status == "armed") {
        return format!("{function} was never called");
    }
    if journals.processes.is_empty() {
        let home = std::env::var_os("PYTHONHOME").map(|home| {
            format!("; PYTHONHOME is {}, without whose standard library none starts", Path::new(&home).display())
        });
        return format!(
            "{function}: no Python has started that can be recorded: it takes CPython 3.11 or newer, without the options -I, -E and -S{}",
            home.unwrap_or_default()
        );
    }
    let module = function.split(':').next().unwrap_or(function);
    let end = if ended.is_ended { "in the time that it ran" } else { "by the program" };
    format!("{function} was never called: module '{module}' was not imported {end}")
}
