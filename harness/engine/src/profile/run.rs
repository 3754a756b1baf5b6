//! `profile`: where the time of a contender, a scenario, a program or a running process goes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use jiff::Timestamp;
use rustworthy_model::Run;
use rustworthy_model::comparison::Kind;
use rustworthy_model::profile::{Profile, SCHEMA};

use super::program::of_program;
use super::{Subject, SubjectError, profile_subject};
use crate::context::{Context, Notice};
use crate::environments::Needed;
use crate::manifest::{Project, hint};
use crate::measure::Planned;
use crate::plan::{WorkloadSelection, plan};
use crate::prepared::Built;
use crate::project::{Loaded, home};
use crate::request::Common;
use crate::store::{self, RunFolder};
use crate::workers::Failure;
use rustworthy_profiler::{ProfileError, Profiled, SampledProcess, Settings, profile};

/// How long to sample what doesn't end by itself.
const DURATION: Duration = Duration::from_secs(10);

/// What to profile, and how.
#[derive(Debug, Clone)]
pub struct ProfileRequest {
    /// What.
    pub target: TargetRequest,
    /// Samples a second.
    pub rate: f64,
    /// How long; without one ten seconds, a program that is started to its end.
    pub duration: Option<Duration>,
    /// Whether stacks that wait are kept too.
    pub idle: bool,
    /// Whether native functions are shown one by one.
    pub native: bool,
    /// Folder for the files of the run, instead of a new one of the project's.
    pub out: Option<PathBuf>,
    /// The options that all measuring commands share.
    pub common: Common,
}

/// What is profiled.
#[derive(Debug, Clone)]
pub enum TargetRequest {
    /// What a manifest names: `workload`, `workload:contender` or a scenario.
    Named {
        /// Its name.
        target: String,
        /// Another one to hold it against.
        against: Option<String>,
        /// Name of a size, or a number.
        size: Option<String>,
    },
    /// A process that is running, by its number.
    Process(u32),
    /// A program to start, with its arguments.
    Program(Vec<OsString>),
}

/// A profile that was made.
#[derive(Debug)]
pub struct ProfileMade {
    /// The result.
    pub profile: Profile,
    /// What it was made from, target by target.
    pub profiled: Vec<Profiled>,
    /// The folder of the run, in which nothing is yet.
    pub folder: RunFolder,
    /// How the program ended that was started; 128 and the number of the signal that ended it, as shells report it.
    pub exit_code: Option<u8>,
}

/// Why there is no profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileRunError {
    /// A contender or a service failed.
    #[error("{name}: {failure}")]
    Failed {
        /// What was called.
        name: String,
        /// Why.
        failure: Failure,
    },
    /// The program that was started was over before anything was seen of it.
    #[error("{name}: {error}; it ended with {exit_code}")]
    TooShort {
        /// The program.
        name: String,
        /// Why nothing was seen.
        error: ProfileError,
        /// How it ended.
        exit_code: u8,
    },
}

/// Samples what was asked for.
///
/// # Errors
/// A [`ProfileRunError`] when the target fails or ends too early; another error when the request can't be met.
pub fn profile_target(context: &Context<'_>, request: &ProfileRequest) -> Result<ProfileMade> {
    let begin = |home: &Path| begin(context, request, home);
    match &request.target {
        TargetRequest::Named { target, against, size } => {
            let named: Vec<&str> = [target].into_iter().chain(against).map(String::as_str).collect();
            of_project(context, request, &named, size.as_ref())
        }
        TargetRequest::Process(pid) => {
            let (folder, run) = begin(&home(&request.common.project)?)?;
            let aim = SampledProcess {
                name: format!("process {pid}"),
                files: "profile".to_owned(),
                pid: *pid,
                own_child: false,
            };
            let settings = request.settings(Some(DURATION), false)?;
            context.tell(Notice::Detail(sampling(&aim.name, &settings)));
            let profiled = profile(&aim, &settings, &context.cancel)?;
            Ok(made(context, folder, run, vec![profiled], None))
        }
        TargetRequest::Program(words) => {
            let (folder, run) = begin(&home(&request.common.project)?)?;
            let (profiled, code) = of_program(context, request, words)?;
            Ok(made(context, folder, run, vec![profiled], Some(code)))
        }
    }
}

/// Sees that there is room for the files before anything is run.
fn begin(context: &Context<'_>, request: &ProfileRequest, home: &Path) -> Result<(RunFolder, Run)> {
    let Common { seed, confidence, .. } = request.common;
    let run = store::begun(Timestamp::now(), context.command.clone(), seed, confidence);
    Ok((RunFolder::create(request.out.as_deref(), home, &run.id)?, run))
}

fn made(
    context: &Context<'_>,
    folder: RunFolder,
    run: Run,
    profiled: Vec<Profiled>,
    exit_code: Option<u8>,
) -> ProfileMade {
    let run = Run { finished: Some(Timestamp::now()), complete: !context.is_cancelled(), ..run };
    let targets = profiled.iter().map(|one| one.target.clone()).collect();
    ProfileMade { profile: Profile { schema: SCHEMA.to_owned(), run, targets }, profiled, folder, exit_code }
}

/// Profiles what a manifest names.
fn of_project(
    context: &Context<'_>,
    request: &ProfileRequest,
    named: &[&str],
    size: Option<&String>,
) -> Result<ProfileMade> {
    let common = &request.common;
    let mut loaded = Loaded::load(context.host, &common.project)?;
    common.limit(&mut loaded.project);
    let selection =
        WorkloadSelection { workloads: vec!["all".to_owned()], size: size.cloned(), ..WorkloadSelection::default() };
    let planned = match size {
        // Only a size that one of them has is an error of the others.
        Some(_) => plan(&loaded.project, &WorkloadSelection { workloads: workloads_of(named), ..selection })?,
        None => plan(&loaded.project, &selection)?,
    };
    let subjects: Vec<(Subject<'_>, bool)> =
        named.iter().map(|name| subject(&loaded.project, &planned, name)).collect::<Result<_>>()?;
    let requirements = subjects.iter().map(|(subject, _)| subject.requirements()).collect();
    let interpreters = subjects.iter().filter_map(|(subject, _)| subject.interpreter()).collect();
    let needed_of_python = Needed { requirements, interpreters };
    let built = Built::new(context, &loaded.project, &common.python, &needed_of_python)?;
    let prepared = built.start(context, &loaded.project, loaded.services(&needed(&subjects)))?;
    let (folder, run) = begin(context, request, &loaded.home)?;
    let mut profiled = Vec::new();
    for (place, (name, (subject, is_rust))) in named.iter().zip(subjects).enumerate() {
        let settings = request.settings(Some(DURATION), is_rust)?;
        let files = if place == 0 { "profile" } else { "against" };
        let aim = SampledProcess { name: full_name(name, subject), files: files.to_owned(), pid: 0, own_child: false };
        context.tell(Notice::Detail(sampling(&aim.name, &settings)));
        // Each has a folder of its own for its input.
        let scratch = prepared.scratch().join(files);
        std::fs::create_dir(&scratch).with_context(|| scratch.display().to_string())?;
        match profile_subject(
            &prepared.workers_for(subject.requirements()),
            subject,
            common.seed,
            &scratch,
            &aim,
            &settings,
        ) {
            Ok(found) => profiled.push(found),
            Err(SubjectError::Failed(failure)) if !context.is_cancelled() => {
                return Err(ProfileRunError::Failed { name: aim.name, failure }.into());
            }
            Err(error) => return Err(anyhow!("{}: {error}", aim.name)),
        }
    }
    Ok(made(context, folder, run, profiled, None))
}

/// Names of workloads among what was named.
fn workloads_of(named: &[&str]) -> Vec<String> {
    named.iter().map(|name| name.split(':').next().unwrap_or_default().to_owned()).collect()
}

/// The contenders among the subjects, which may need services.
fn needed<'a>(subjects: &[(Subject<'a>, bool)]) -> Vec<Planned<'a>> {
    let contender = |(subject, _): &(Subject<'a>, bool)| match *subject {
        Subject::Contender(workload, contender, size) => {
            Some(Planned { workload, size, size_name: None, contenders: vec![contender] })
        }
        Subject::Scenario(..) => None,
    };
    subjects.iter().filter_map(contender).collect()
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

fn sampling(name: &str, settings: &Settings) -> String {
    let duration = settings.duration.map(|duration| format!(" for {} s", duration.as_secs_f64())).unwrap_or_default();
    format!("sampling {name}{duration} at {} Hz", settings.rate)
}

impl ProfileRequest {
    pub(super) fn settings(&self, duration: Option<Duration>, is_rust: bool) -> Result<Settings> {
        Ok(Settings {
            rate: self.rate,
            duration: self.duration.or(duration),
            idle: self.idle,
            native: self.native || is_rust,
            confidence: self.common.resampling()?.confidence,
        })
    }
}
