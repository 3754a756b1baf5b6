//! Running what calls the functions that are recorded.

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::Signal;
use rustworthy_protocol::SCENARIO_ENTRY;
use serde_json::json;

use super::beside::Beside;
use super::capture::{CaptureRequest, Driver, Place};
use crate::attribution::find_scenario;
use crate::context::Context;
use crate::environments::Needed;
use crate::manifest::EntryPoint;
use crate::prepared::{Built, Prepared};
#[cfg(target_os = "linux")]
use crate::process::die_with_parent;
use crate::process::{code, end};
use crate::project::Loaded;

/// How often a running program is looked at.
const POLL: Duration = Duration::from_millis(20);

/// How long a program may take to end after an interruption that has reached it too.
const GRACE: Duration = Duration::from_secs(10);

/// What answers the requests of a scenario.
const DRIVING: &str = include_str!("driving.py");

/// How a program ended.
pub(super) struct Ended {
    /// Its exit code, or 128 and the number of the signal that ended it.
    pub(super) code: u8,
    /// Whether it was ended because its time was over.
    pub(super) is_ended: bool,
}

/// Runs a program to its end with a recorder beside it. Its output goes to standard error: standard output is for the result.
pub(super) fn run(context: &Context<'_>, request: &CaptureRequest, beside: &Beside) -> Result<Ended> {
    let Program { mut command, path, _prepared } = program(context, request, beside)?;
    let name = command.get_program().to_owned();
    let errors = io::stderr().as_fd().try_clone_to_owned().context("can't share standard error")?;
    command.stdout(Stdio::from(errors));
    beside.stand_beside(&mut command, &path)?;
    #[cfg(target_os = "linux")]
    die_with_parent(&mut command);
    let mut child = command.spawn().with_context(|| format!("can't start {}", Path::new(&name).display()))?;
    let start = Instant::now();
    let mut interrupted: Option<Instant> = None;
    loop {
        if let Some(status) = child.try_wait().context("can't wait for the program's end")? {
            return Ok(Ended { code: code(status), is_ended: false });
        }
        if context.is_cancelled() && interrupted.is_none() {
            interrupted = Some(Instant::now());
        }
        let is_over = request.duration.is_some_and(|duration| start.elapsed() >= duration);
        if is_over || interrupted.is_some_and(|since| since.elapsed() >= GRACE) {
            // Python ends in good order by an interruption: what has been counted is written then.
            end(&mut child, Signal::SIGINT).context("can't end the program")?;
            return Ok(Ended { code: 0, is_ended: true });
        }
        std::thread::sleep(POLL);
    }
}

/// A program that is ready to be started.
struct Program {
    command: Command,
    /// Folders in which it finds modules beside its own.
    path: Vec<PathBuf>,
    /// Services that it needs, which end with this.
    _prepared: Option<Prepared>,
}

impl Program {
    fn of(words: &[OsString], place: &Place) -> Result<Self> {
        let [program, rest @ ..] = words else { bail!("there is no command after --") };
        let mut command = Command::new(program);
        command.args(rest);
        if let Some(folder) = &place.folder {
            command.current_dir(folder);
        }
        Ok(Self { command, path: place.python_path.clone(), _prepared: None })
    }
}

fn program(context: &Context<'_>, request: &CaptureRequest, beside: &Beside) -> Result<Program> {
    match &request.driver {
        Driver::Program(words) => Program::of(words, &request.place),
        Driver::Pytest(arguments) => {
            let Some(arguments) = shlex::split(arguments) else {
                bail!("--pytest: {arguments}: a quotation mark is missing");
            };
            let python = request.python.named.clone().map_or_else(|| OsString::from("python"), OsString::from);
            let words = [python, "-m".into(), "pytest".into()].into_iter();
            let words: Vec<OsString> = words.chain(arguments.into_iter().map(Into::into)).collect();
            Program::of(&words, &request.place)
        }
        Driver::Scenario(name) => scenario(context, request, beside, name),
    }
}

/// A program that answers the requests of a scenario in the project's own Python, with the services that it needs.
fn scenario(context: &Context<'_>, request: &CaptureRequest, beside: &Beside, name: &str) -> Result<Program> {
    const SEED: u64 = 1;
    let loaded = Loaded::load(context.host, &request.project)?;
    let project = &loaded.project;
    let scenario = find_scenario(project, name)?;
    let needed = Needed { requirements: vec![scenario.requirements.as_deref()], ..Needed::default() };
    let built = Built::new(context, project, &request.python, &needed)?;
    let services = if loaded.built_in { &[] } else { project.services.as_slice() };
    let prepared = built.start(context, project, services)?;
    let (kind, target) = match &scenario.entry {
        EntryPoint::Handler(target) => ("handler", target),
        EntryPoint::Wsgi(target) => ("wsgi", target),
        EntryPoint::Asgi(target) => ("asgi", target),
    };
    let folder = beside.path().join("driver");
    std::fs::create_dir(&folder)?;
    std::fs::write(folder.join("driving.py"), DRIVING)?;
    std::fs::write(folder.join("entry.py"), SCENARIO_ENTRY)?;
    let order = json!({
        "kind": kind,
        "target": target.to_string(),
        "requests": scenario.requests.to_string(),
        "count": scenario.count,
        "seed": SEED,
    });
    std::fs::write(folder.join("order.json"), order.to_string())?;
    let mut command = Command::new(&prepared.workers.python);
    command.arg(folder.join("driving.py")).arg(folder.join("order.json"));
    command.current_dir(&prepared.workers.folder).envs(&prepared.workers.env);
    Ok(Program { command, path: project.python_path.clone(), _prepared: Some(prepared) })
}
