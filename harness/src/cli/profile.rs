//! `rustworthy profile`: where the time of a contender, a program or a running process goes.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;
use rustworthy::manifest::{Project, hint};
use rustworthy::measure::Planned;
use rustworthy::plan::{Wish, plan};
use rustworthy::profile::{Aim, Profiled, Settings, Subject, profile, profile_subject};
use rustworthy::run::{self, RunFolder};
use rustworthy::service::Services;
use rustworthy::worker::Workers;
use rustworthy_model::Run;
use rustworthy_model::comparison::Kind;
use rustworthy_model::profile::{Profile, SCHEMA};
use rustworthy_reports::profile as reports;
use rustworthy_reports::{Part, report, to_json};

use super::arguments::{Format, ProfileArguments};
use super::exit::Exit;
use super::files::begun;
use super::printer::Printer;
use super::progress::Spinner;
use super::project::{self, Loaded, Site};
use super::report::{PAGE, render_profile};
use super::{compare, interrupt};

/// How long to sample what doesn't end by itself.
const DURATION: Duration = Duration::from_secs(10);

pub(crate) fn run(arguments: &ProfileArguments, printer: &Printer) -> Result<Exit> {
    let cancel = interrupt::flag()?;
    run::survive_size_limit()?;
    if arguments.target.is_some() {
        return of_project(arguments, &cancel, printer);
    }
    let output = Output::begin(arguments, &project::home(&arguments.project)?)?;
    match arguments.pid {
        Some(pid) => {
            let aim = Aim { name: format!("process {pid}"), files: "profile".to_owned(), pid, own_child: false };
            let settings = settings(arguments, Some(DURATION), arguments.native)?;
            let spinner = Spinner::new(printer);
            spinner.detail(&sampling(&aim.name, &settings));
            let profiled = profile(&aim, &settings, &cancel)?;
            drop(spinner);
            output.deliver(vec![profiled], printer)?;
            Ok(if cancel.load(Ordering::Relaxed) { Exit::Interrupted } else { Exit::Fine })
        }
        None => of_program(arguments, &output, &cancel, printer),
    }
}

/// Starts a program, and passes on how it ends. It's the user's: nothing here ends it.
fn of_program(arguments: &ProfileArguments, output: &Output, cancel: &AtomicBool, printer: &Printer) -> Result<Exit> {
    let [program, rest @ ..] = arguments.program.as_slice() else { bail!("there is no command after --") };
    let settings = settings(arguments, None, arguments.native)?;
    let mut child = Command::new(program)
        .args(rest)
        .spawn()
        .with_context(|| format!("can't start {}", Path::new(program).display()))?;
    let name = arguments.program.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    let aim = Aim { name, files: "profile".to_owned(), pid: child.id(), own_child: true };
    let profiled = profile(&aim, &settings, cancel);
    // Sampling is over, so that its end can be waited for; Ctrl-C reaches it as well.
    let status = end_of(&mut child)?;
    let exit = if cancel.load(Ordering::Relaxed) { Exit::Interrupted } else { Exit::Target(code(status)) };
    match profiled {
        Ok(mut profiled) => {
            profiled.target.exit_code = Some(code(status).into());
            output.deliver(vec![profiled], printer)?;
            Ok(exit)
        }
        Err(error @ rustworthy::profile::ProfileError::TooShort(_)) => {
            printer.error(&anyhow!("{}: {error}; it ended with {}", aim.name, code(status)));
            Ok(exit)
        }
        Err(error) => Err(anyhow!("{}: {error}", aim.name)),
    }
}

fn end_of(child: &mut Child) -> Result<ExitStatus> {
    child.wait().context("can't wait for the program's end")
}

/// Its exit code, or 128 and the number of the signal that ended it, as shells tell it.
fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

/// Profiles what a manifest names.
fn of_project(arguments: &ProfileArguments, cancel: &Arc<AtomicBool>, printer: &Printer) -> Result<Exit> {
    let mut loaded = project::load(&arguments.project)?;
    compare::limit(&mut loaded.project, &arguments.measuring);
    let named: Vec<&str> = arguments.target.iter().chain(&arguments.against).map(String::as_str).collect();
    let wish = Wish { workloads: vec!["all".to_owned()], size: arguments.size.clone(), ..Wish::default() };
    let planned = match arguments.size {
        // Only a size that one of them has is an error of the others.
        Some(_) => plan(&loaded.project, &Wish { workloads: workloads_of(&named), ..wish })?,
        None => plan(&loaded.project, &wish)?,
    };
    let subjects: Vec<(Subject<'_>, bool)> =
        named.iter().map(|name| subject(&loaded.project, &planned, name)).collect::<Result<_>>()?;

    let interpreter = project::interpreter(&loaded.project, &arguments.python, cancel, printer)?;
    let mut workers = project::workers(&loaded.project, &interpreter, Arc::clone(cancel))?;
    project::build(&loaded.project, Site::of(&loaded.project, &interpreter), &workers, printer)?;
    project::check_targets(&loaded.project, &workers)?;
    let _services = services(&loaded, &subjects, &mut workers)?;
    let output = Output::begin(arguments, &loaded.home)?;
    let mut profiled = Vec::new();
    for (place, (name, (subject, is_rust))) in named.iter().zip(subjects).enumerate() {
        let settings = settings(arguments, Some(DURATION), arguments.native || is_rust)?;
        let files = if place == 0 { "profile" } else { "against" };
        let aim = Aim { name: full_name(name, subject), files: files.to_owned(), pid: 0, own_child: false };
        let spinner = Spinner::new(printer);
        spinner.detail(&sampling(&aim.name, &settings));
        let scratch =
            tempfile::Builder::new().prefix("rustworthy-").tempdir().context("can't create a temporary folder")?;
        workers.env.insert(project::SCRATCH.to_owned(), scratch.path().display().to_string());
        match profile_subject(&workers, subject, arguments.measuring.seed, scratch.path(), &aim, &settings) {
            Ok(found) => profiled.push(found),
            Err(rustworthy::profile::SubjectError::Failed(failure)) if !cancel.load(Ordering::Relaxed) => {
                printer.error(&anyhow!("{}: {failure}", aim.name));
                return Ok(Exit::ContenderFailed);
            }
            Err(error) => return Err(anyhow!("{}: {error}", aim.name)),
        }
    }
    output.deliver(profiled, printer)?;
    Ok(if cancel.load(Ordering::Relaxed) { Exit::Interrupted } else { Exit::Fine })
}

/// Names of workloads among what was named.
fn workloads_of(named: &[&str]) -> Vec<String> {
    named.iter().map(|name| name.split(':').next().unwrap_or_default().to_owned()).collect()
}

/// Services that a contender may need.
fn services(loaded: &Loaded, subjects: &[(Subject<'_>, bool)], workers: &mut Workers) -> Result<Services> {
    let needed = subjects.iter().filter_map(|(subject, _)| match *subject {
        Subject::Contender(workload, contender, size) => {
            Some(Planned { workload, size, size_name: None, contenders: vec![contender] })
        }
        Subject::Scenario(..) => None,
    });
    let services = project::services(&loaded.project, loaded.built_in, &needed.collect::<Vec<_>>());
    let services = Services::start(services, &loaded.project.root, &workers.program, &workers.cancel)?;
    workers.env.extend(services.env.clone());
    Ok(services)
}

/// What a name stands for, and whether that's Rust.
fn subject<'a>(project: &'a Project, planned: &[Planned<'a>], name: &str) -> Result<(Subject<'a>, bool)> {
    let (workload, contender) =
        name.split_once(':').map_or((name, None), |(workload, contender)| (workload, Some(contender)));
    if let Some(planned) = planned.iter().find(|planned| planned.workload.name == workload) {
        let contender = match contender {
            None => planned.workload.baseline(),
            Some(named) => {
                planned.workload.contenders.iter().find(|contender| contender.name == named).ok_or_else(|| {
                    let known = planned.workload.contenders.iter().map(|contender| contender.name.as_str());
                    anyhow!("workload '{workload}' has no contender '{named}'{}", hint(named, known))
                })?
            }
        };
        let subject = Subject::Contender(planned.workload, contender, planned.size);
        return Ok((subject, contender.kind == Kind::Rust));
    }
    if let Some(scenario) = project.scenarios.iter().find(|scenario| scenario.name == name) {
        return Ok((Subject::Scenario(scenario, project.limits), false));
    }
    let workloads = project.workloads.iter().map(|workload| workload.name.as_str());
    let known = workloads.chain(project.scenarios.iter().map(|scenario| scenario.name.as_str()));
    bail!("there is no workload or scenario '{workload}'{}; `rustworthy list` shows all", hint(workload, known))
}

fn full_name(name: &str, subject: Subject<'_>) -> String {
    match subject {
        Subject::Contender(workload, contender, _) => format!("{}:{}", workload.name, contender.name),
        Subject::Scenario(..) => name.to_owned(),
    }
}

fn settings(arguments: &ProfileArguments, duration: Option<Duration>, native: bool) -> Result<Settings> {
    Ok(Settings {
        rate: arguments.rate.into(),
        duration: arguments.duration.or(duration),
        idle: arguments.idle,
        native,
        confidence: compare::resampling(&arguments.measuring)?.confidence,
    })
}

fn sampling(name: &str, settings: &Settings) -> String {
    let duration = settings.duration.map(|duration| format!(" for {} s", duration.as_secs_f64())).unwrap_or_default();
    format!("sampling {name}{duration} at {} Hz", settings.rate)
}

/// Where the result goes.
struct Output {
    folder: RunFolder,
    run: Run,
    format: Format,
    by_thread: bool,
}

impl Output {
    /// Sees that there is room for the files before anything is run.
    fn begin(arguments: &ProfileArguments, home: &Path) -> Result<Self> {
        let run = begun(Timestamp::now(), &arguments.measuring);
        let folder = RunFolder::create(arguments.result.out.as_deref(), home, &run.id)?;
        Ok(Self { folder, run, format: arguments.result.format, by_thread: arguments.threads })
    }

    /// Writes files and standard output.
    fn deliver(&self, profiled: Vec<Profiled>, printer: &Printer) -> Result<()> {
        let run = Run { finished: Some(Timestamp::now()), complete: !interrupt::happened(), ..self.run.clone() };
        let profile = Profile {
            schema: SCHEMA.to_owned(),
            run,
            targets: profiled.iter().map(|one| one.target.clone()).collect(),
        };
        let mut graphs = Vec::new();
        for Profiled { target, stacks, .. } in &profiled {
            self.folder.write(&format!("{}.folded", target.files), &reports::folded(stacks, self.by_thread))?;
            self.folder
                .write(&format!("{}.speedscope.json", target.files), &reports::speedscope(&target.name, stacks))?;
            match reports::flame_graph(target, stacks, self.by_thread) {
                Ok(graph) => {
                    self.folder.write(&format!("{}.svg", target.files), &graph)?;
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
            self.folder.write("difference.svg", difference)?;
        }
        let part = Part::Profile { result: &profile, graphs: &graphs, difference: difference.as_deref() };
        self.folder.write(PAGE, &report(&[part]))?;
        self.folder.write("run.json", &to_json(&profile))?;
        self.folder.become_latest()?;
        printer.result(&render_profile(&profile, self.format, printer))?;
        printer.note(&format!("report: {}", self.folder.path().join(PAGE).display()));
        Ok(())
    }
}
