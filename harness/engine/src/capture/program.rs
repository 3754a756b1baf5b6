//! Running what calls the functions that are recorded.

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::Signal;
use rustworthy_protocol::SCENARIO_ENTRY;
use serde_json::json;

use super::beside::Beside;
use super::capture::{CaptureRequest, Driver, Place};
use super::traffic::{READY, Traffic, USUAL, questions};
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
    let questions = questions(&request.urls)?;
    let errors = io::stderr().as_fd().try_clone_to_owned().context("can't share standard error")?;
    command.stdout(Stdio::from(errors));
    beside.stand_beside(&mut command, &path)?;
    #[cfg(target_os = "linux")]
    die_with_parent(&mut command);
    let mut child = command.spawn().with_context(|| format!("can't start {}", Path::new(&name).display()))?;
    let mut traffic = (!questions.is_empty()).then(|| Traffic::begin(questions));
    let ended = until_over(context, &mut child, request.duration, traffic.as_mut())?;
    let unanswered = traffic.as_mut().is_some_and(|traffic| traffic.since().is_none());
    // The server is there still: what is under way is answered.
    if let Some(warning) = traffic.map(Traffic::end).and_then(|asked| asked.warning()) {
        context.warn(warning);
    }
    if unanswered && !context.is_cancelled() {
        context.warn(format!("nothing has answered at {}", request.urls.join(", ")));
    }
    if let Some(ended) = ended {
        return Ok(ended);
    }
    // Python ends in good order by an interruption: what has been counted is written then.
    end(&mut child, Signal::SIGINT).context("can't end the program")?;
    Ok(Ended { code: 0, is_ended: true })
}

/// Waits for a program's end; `None` where its time is over, or it goes on though it was interrupted.
fn until_over(
    context: &Context<'_>,
    child: &mut Child,
    duration: Option<Duration>,
    mut traffic: Option<&mut Traffic>,
) -> Result<Option<Ended>> {
    let start = Instant::now();
    let most = if traffic.is_some() { Some(duration.unwrap_or(USUAL)) } else { duration };
    let mut interrupted: Option<Instant> = None;
    loop {
        if let Some(status) = child.try_wait().context("can't wait for the program's end")? {
            return Ok(Some(Ended { code: code(status), is_ended: false }));
        }
        if context.is_cancelled() && interrupted.is_none() {
            interrupted = Some(Instant::now());
        }
        // Where it's asked for something its time begins with its first answer.
        let since = traffic.as_deref_mut().map_or(Some(start), Traffic::since);
        let is_over = since.zip(most).is_some_and(|(since, most)| since.elapsed() >= most);
        let is_silent = since.is_none() && start.elapsed() >= READY;
        if is_over || is_silent || interrupted.is_some_and(|since| since.elapsed() >= GRACE) {
            return Ok(None);
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
    std::fs::write(folder.join("rustworthy_entry.py"), SCENARIO_ENTRY)?;
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
