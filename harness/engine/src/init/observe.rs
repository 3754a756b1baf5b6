//! Running what is allowed to be run: where the time goes, and calls of the functions that it goes to.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use rustworthy_model::capture::Capture;
use rustworthy_stats::Confidence;

use super::applications::Asking;
use super::facts::{Application, Facts};
use super::hot::{Hot, hot};
use super::init::{Look, Permission};
use super::proposal::Routed;
use super::recorded::LeftOut;
use super::sampled::{Program, Sampled, named, sample};
use crate::capture::{self, CaptureError, CaptureRequest, Driver, Place, capture, names};
use crate::context::{Context, Notice};
use crate::manifest::{Location, Target};
use crate::request::{ProjectRequest, PythonRequest};

/// Functions whose calls are recorded, at most.
const MOST_RECORDED: usize = 6;

/// Of these, functions that pytest-benchmark times, and functions that tests call by name, each at most.
const MOST_NAMED: usize = 3;

/// Share from which on a function is worth recording.
const WORTH: f64 = 0.01;

/// What is kept of each: as many calls as `capture` keeps, but less of large ones, since this is a first look.
const KEEP: usize = 200;
const MOST_BYTES: u64 = 2 << 20;

/// How much longer a program may take while calls are recorded: writing down large objects takes its time.
const SLOWDOWN: u32 = 4;
const AT_LEAST: Duration = Duration::from_secs(10);

/// What running has shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    /// What was run; `None` where nothing was.
    pub ran: Option<Ran>,
    /// Functions of the project by their shares, the largest first.
    pub hot: Vec<Hot>,
    /// What was recorded.
    pub captures: Vec<Capture>,
    /// Functions of which no call was recorded, and why.
    pub unrecorded: Vec<LeftOut>,
    /// What applications answer; those that weren't asked are left out.
    pub routes: BTreeMap<String, Routed>,
}

/// A program that was run.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// Its command, as people write it.
    pub command: String,
    /// Whether these are the project's tests.
    pub is_tests: bool,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Samples in which functions of the project were at work.
    pub samples: u64,
}

/// Runs what the user allows.
///
/// # Errors
/// When the user interrupts, or a program can't be started.
pub(super) fn observe(context: &Context<'_>, look: &Look, permission: &Permission) -> Result<Observed> {
    let path: Vec<PathBuf> = look.facts.roots().iter().map(|root| look.folder.join(root)).collect();
    let asking = Asking::new(&look.interpreter.executable, &look.folder, &path)?;
    let mut observed = Observed::default();
    let applications = look.importable();
    if permission.project && !applications.is_empty() {
        context.tell(Notice::Step("asking applications for their routes".to_owned()));
        observed.routes = asking.routes(context, &applications)?;
    }
    let Some(What { name, words, is_tests }) = what(look, permission, &asking, &observed.routes)? else {
        return Ok(observed);
    };
    let program = Program { name, words, folder: look.folder.clone(), python_path: path, most: permission.duration };
    context.tell(Notice::Step(format!("looking where the time of `{}` goes", program.name)));
    let sampled = sample(context, &program)?;
    if context.is_cancelled() {
        bail!("interrupted");
    }
    tell(context, &sampled, is_tests, &program);
    let relative = |file: &str| {
        let file = look.folder.join(file);
        Some(file.strip_prefix(&look.folder).ok()?.to_str()?.to_owned())
    };
    observed.hot = hot(&sampled.stacks, &look.facts, relative, Confidence::USUAL);
    observed.ran = Some(Ran {
        command: program.name.clone(),
        is_tests,
        seconds: sampled.seconds,
        samples: observed.hot.iter().map(|hot| hot.samples).sum(),
    });
    let longest = (Duration::from_secs_f64(sampled.seconds) * SLOWDOWN + AT_LEAST).min(program.most);
    let program = Program { most: longest, ..for_recording(program, look, is_tests) };
    // Functions that take large objects may slow down what else is recorded with them, but not what users call.
    for names in worth_recording(&look.facts, &observed.hot, is_tests) {
        let targets = named_otherwise(&names, &look.taken());
        let (captures, unrecorded) = record(context, look, &program, targets)?;
        observed.captures.extend(captures);
        observed.unrecorded.extend(unrecorded);
    }
    Ok(observed)
}

/// What is run.
struct What {
    name: String,
    words: Vec<OsString>,
    is_tests: bool,
}

/// What the user names, else the tests, else requests to the applications; `None` where there is nothing, or it isn't allowed.
fn what(
    look: &Look,
    permission: &Permission,
    asking: &Asking<'_>,
    routes: &BTreeMap<String, Routed>,
) -> Result<Option<What>> {
    if let Some(command) = &permission.command {
        let words: Vec<OsString> = command.iter().map(OsString::from).collect();
        return Ok(Some(What { name: named(&words), words, is_tests: false }));
    }
    if !permission.project {
        return Ok(None);
    }
    if let Some(mut words) = look.tests() {
        // Nothing is left in the project's folder that wasn't asked for.
        words.push("-o".into());
        words.push(format!("cache_dir={}", asking.scratch().join("pytest").display()).into());
        return Ok(Some(What { name: "python -m pytest".to_owned(), words, is_tests: true }));
    }
    let answered = |application: &Application| match routes.get(&application.target()) {
        Some(Routed::Answered(paths)) => Some(paths.clone()),
        _ => None,
    };
    let asked: Vec<(&Application, Vec<String>)> =
        look.importable().into_iter().filter_map(|one| Some((one, answered(one)?))).collect();
    if asked.is_empty() {
        return Ok(None);
    }
    let asked: Vec<(&Application, &Vec<String>)> = asked.iter().map(|(one, paths)| (*one, paths)).collect();
    let targets: Vec<String> = asked.iter().map(|(one, _)| one.target()).collect();
    let name = format!("requests to {}", targets.join(", "));
    Ok(Some(What { name, words: asking.drive(&asked)?, is_tests: false }))
}

/// The program as it's recorded: of pytest-benchmark one call does, and failures have been told.
fn for_recording(mut program: Program, look: &Look, is_tests: bool) -> Program {
    if is_tests {
        program.words.extend(["--tb=no".into(), "-rN".into()]);
    }
    if is_tests && look.facts.has("pytest_benchmark") {
        program.words.push("--benchmark-disable".into());
    }
    program
}

/// Tells what isn't as it should be.
fn tell(context: &Context<'_>, sampled: &Sampled, is_tests: bool, program: &Program) {
    for note in &sampled.notes {
        context.tell(Notice::Remark(note.clone()));
    }
    let code = sampled.code;
    match code {
        0 => {}
        1 if is_tests => context.warn("some tests fail; what the others do counts all the same"),
        2 if is_tests => context.warn(
            "pytest can't collect all tests: what is said above is in the way, such as a package that isn't installed \
             (`pip install -e .`, or another Python by --python)",
        ),
        5 if is_tests => {
            context.warn("pytest finds no tests here; --run 'python app.py' has a program looked at instead")
        }
        _ => context.warn(format!("`{}` has ended with {code}; what it did until then counts", program.name)),
    }
}

/// What is worth recording: first what pytest-benchmark times and what tests call by name, which users call too; then hot functions,
/// those whose time is in native code last. Of methods the object has to be recorded too, so that plain functions come first.
pub(super) fn worth_recording(facts: &Facts, hot: &[Hot], is_tests: bool) -> [Vec<String>; 2] {
    let mut hot: Vec<&Hot> = hot.iter().filter(|hot| hot.share.estimate >= WORTH).collect();
    hot.sort_by_key(|hot| (hot.native.is_some(), hot.function.method));
    let [mut named, mut others]: [Vec<String>; 2] = Default::default();
    for names in [&facts.tests.timed, &facts.tests.called] {
        let new = names.iter().filter(|name| is_tests && facts.is_fit(name) && !named.contains(name));
        let new: Vec<String> = new.take(MOST_NAMED).cloned().collect();
        named.extend(new);
    }
    for name in hot.into_iter().map(|hot| hot.function.target()) {
        if named.len() + others.len() < MOST_RECORDED && facts.is_fit(&name) && !named.contains(&name) {
            others.push(name);
        }
    }
    [named, others]
}

/// The functions whose captures have names that no other has.
fn named_otherwise(functions: &[String], taken: &BTreeSet<String>) -> Vec<Target> {
    let parsed = functions.iter().filter_map(|name| Target::parse(name, Location::default()).ok());
    let mut targets: Vec<Target> = parsed.filter(|target| names(std::slice::from_ref(target), None).is_ok()).collect();
    // Names depend on one another: each turn may free or take some.
    loop {
        let Ok(named) = names(&targets, None) else {
            targets.pop();
            continue;
        };
        let Some(place) = named.iter().position(|name| taken.contains(name)) else { return targets };
        targets.remove(place);
    }
}

/// Runs the program once more with a recorder beside it: what was recorded, and of which functions nothing was.
fn record(
    context: &Context<'_>,
    look: &Look,
    program: &Program,
    mut targets: Vec<Target>,
) -> Result<(Vec<Capture>, Vec<LeftOut>)> {
    let reasons = RefCell::new(Vec::new());
    // That a function isn't called is nothing to warn of: the user has named none.
    let listener = |notice: Notice<'_>| match notice {
        Notice::Warning(text) => reasons.borrow_mut().push(text),
        other => context.tell(other),
    };
    let quieter = Context { listener: &listener, ..context.clone() };
    let mut captures = Vec::new();
    let all = targets.clone();
    while !targets.is_empty() {
        context.tell(Notice::Step(format!("recording calls of {}", counted(targets.len(), "function", "functions"))));
        let made = capture(&quieter, &request(look, program, &targets));
        if context.is_cancelled() {
            bail!("interrupted; what was recorded is in {}", capture::folder(&look.folder, "").display());
        }
        let error = match made {
            Ok(made) => {
                captures = made.captures;
                break;
            }
            Err(error) => error,
        };
        match error.downcast_ref() {
            // Nothing has run: the others can be recorded.
            Some(CaptureError::Refused(problems)) => {
                let before = targets.len();
                targets.retain(|target| !problems.iter().any(|problem| problem.starts_with(&format!("{target}: "))));
                reasons.borrow_mut().extend(problems.iter().cloned());
                if targets.len() < before {
                    continue;
                }
            }
            Some(CaptureError::NoCalls { why, .. }) => reasons.borrow_mut().extend(why.lines().map(str::to_owned)),
            None => context.warn(format!("no calls were recorded: {error:#}")),
        }
        break;
    }
    let reasons = reasons.into_inner();
    let unrecorded = all.iter().map(ToString::to_string).filter_map(|function| {
        let why = reasons
            .iter()
            .find_map(|reason| reason.strip_prefix(&function).filter(|why| why.starts_with([':', ' '])))?;
        Some(LeftOut { why: why.trim_start_matches([':', ' ']).to_owned(), function })
    });
    Ok((captures, unrecorded.collect()))
}

fn request(look: &Look, program: &Program, targets: &[Target]) -> CaptureRequest {
    CaptureRequest {
        targets: targets.to_vec(),
        driver: Driver::Program(program.words.clone()),
        urls: Vec::new(),
        name: None,
        replace: false,
        keep: KEEP,
        most_bytes: MOST_BYTES,
        redact: Vec::new(),
        // What takes consent to be read is no workload that runs without an edit; other calls of the same function are.
        keeps_pickles: false,
        recipes: BTreeMap::new(),
        streams: None,
        duration: Some(program.most),
        replays: true,
        project: ProjectRequest { folder: look.folder.clone(), manifest: Some(look.manifest()), builtin: false },
        python: PythonRequest::default(),
        place: Place { folder: Some(program.folder.clone()), python_path: program.python_path.clone() },
    }
}

/// `1 function`, `3 functions`.
pub(super) fn counted(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// How long a program may run where the user doesn't say it.
pub(super) const MOST: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use rustworthy_model::Estimate;

    use super::*;
    use crate::init::facts::{Function, Tests};

    fn function(name: &str) -> Function {
        Function {
            module: "shop.tax".to_owned(),
            name: name.to_owned(),
            root: String::new(),
            file: "shop/tax.py".to_owned(),
            line: 1,
            generator: name == "lines",
            method: false,
            decorators: Vec::new(),
            script: false,
            aside: false,
        }
    }

    fn chosen(hot: &[(&str, f64, Option<&str>)], tests: Tests) -> [Vec<String>; 2] {
        let names = ["rate", "total", "round_up", "lines", "parse", "ünter", "a", "b"];
        let facts = Facts { functions: names.map(function).into(), tests, ..Facts::default() };
        let hot: Vec<Hot> = hot
            .iter()
            .map(|&(name, share, native)| Hot {
                function: function(name),
                share: Estimate { estimate: share, low: share, high: share },
                samples: 10,
                native: native.map(str::to_owned),
            })
            .collect();
        let short = |name: String| name.rsplit(':').next().unwrap_or_default().to_owned();
        worth_recording(&facts, &hot, true).map(|names| names.into_iter().map(short).collect())
    }

    fn tests(timed: &[&str], called: &[&str]) -> Tests {
        let named = |names: &[&str]| names.iter().map(|name| format!("shop.tax:{name}")).collect();
        Tests { timed: named(timed), called: named(called), ..Tests::default() }
    }

    #[test]
    fn what_is_timed_comes_first_then_what_is_called_then_what_is_hot() {
        let hot = [("total", 0.5, None), ("rate", 0.3, None), ("parse", 0.1, Some("numpy")), ("a", 0.005, None)];
        let [named, others] = chosen(&hot, tests(&["round_up"], &["b", "rate"]));
        assert_eq!((named, others), (owned(&["round_up", "b", "rate"]), owned(&["total", "parse"])));
    }

    #[test]
    fn what_cannot_be_recorded_or_has_no_name_is_left_out() {
        let hot = [("lines", 0.5, None), ("ünter", 0.3, None), ("rate", 0.1, None), ("gone", 0.1, None)];
        let [named, others] = chosen(&hot, tests(&[], &["lines"]));
        assert_eq!((named, &others), (Vec::new(), &owned(&["ünter", "rate"])));
        let targets = |taken: &[&str]| {
            let functions = owned(&["shop.tax:ünter", "shop.tax:rate", "not a function"]);
            let found = named_otherwise(&functions, &owned(taken).into_iter().collect());
            found.into_iter().map(|target| target.callable).collect::<Vec<_>>()
        };
        assert_eq!(targets(&[]), ["ünter", "rate"]);
        assert_eq!(targets(&["rate"]), ["ünter"]);
    }

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }
}
