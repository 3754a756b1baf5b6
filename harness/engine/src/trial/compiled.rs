//! The baseline's module as compilers make it that take Python's own source.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use rustworthy_model::comparison::Kind;

use super::TryRequest;
use super::subject::{Subject, like_baseline};
use super::watched::why_needless;
use crate::context::Context;
use crate::manifest::Code;
use crate::plan::Filter;
use crate::prepared::{Built, inherited_search_path};
use crate::python::compilers::{Compiled, CompiledModule, Compiler, NotCompiled, Source, Workshop};
use crate::python::{Interpreter, cache_directory};
use crate::side_by_side::side_by_side;
use crate::workers::Workers;

/// A compiler that is to take the function of a subject.
struct Wanted<'a> {
    /// Which subject.
    place: usize,
    python: &'a Interpreter,
    compiler: Compiler,
    /// The module that the function is in, where it's of use to compile it.
    source: Result<Source, NotCompiled>,
}

/// A subject whose calls are watched.
struct Watching<'a> {
    place: usize,
    subject: &'a Subject,
    workers: Workers,
    source: &'a Source,
}

/// A compiler of a Python.
type Tools = (PathBuf, Compiler);
/// What it takes.
type Module = (Tools, Source);

/// Adds the modules of baselines as every compiler makes them that can. A module that several subjects are in is compiled
/// once, and all that is to be installed and compiled is done side by side.
///
/// # Errors
/// When there is no folder for the cache, or the user interrupts.
pub(super) fn add_to(
    context: &Context<'_>,
    request: &TryRequest,
    filter: &Filter,
    subjects: &mut [Subject],
    built: &Built,
) -> Result<()> {
    let cache = cache_directory()?;
    let offline = request.common.python.offline;
    let python_path = &built.workers.python_path;
    let workshop = Workshop { python_path, cache: &cache, offline, cancel: &context.cancel };
    let wanted = wanted(context, request, workshop, filter, subjects, built);
    let modules = compiled(context, workshop, &wanted);
    for one in &wanted {
        let subject = &mut subjects[one.place];
        let mut contender = like_baseline(subject.workload(), one.compiler.name());
        contender.kind = Kind::Compiler;
        let label = one.compiler.label().to_owned();
        match one.offered(&modules, subject) {
            Ok(compiled) => {
                put_on_path(&compiled.folder, &mut contender.env);
                if let Some(machine_code) = &compiled.machine_code {
                    contender.env.insert("NUMBA_CACHE_DIR".to_owned(), machine_code.display().to_string());
                }
                contender.code = Code::Python(compiled.target);
                subject.add(filter, contender, label, Some(one.compiler.remark().to_owned()));
            }
            Err(NotCompiled::Interrupted) => bail!("interrupted"),
            Err(NotCompiled::Because(why)) => subject.add_untried(contender.name, label, why, false),
            Err(NotCompiled::Needless(why)) => subject.add_untried(contender.name, label, why, true),
        }
    }
    Ok(())
}

/// Which compilers are to take which subject, with the modules that these are in.
fn wanted<'a>(
    context: &Context<'_>,
    request: &TryRequest,
    workshop: Workshop<'_>,
    filter: &Filter,
    subjects: &[Subject],
    built: &'a Built,
) -> Vec<Wanted<'a>> {
    let compilers = |subject: &Subject| -> Vec<Compiler> {
        let name = &subject.workload().name;
        Compiler::ALL.into_iter().filter(|compiler| filter.lets_pass(name, compiler.name())).collect()
    };
    let compiled = subjects.iter().enumerate().filter(|(_, subject)| !compilers(subject).is_empty());
    let looked_for: Vec<(String, (usize, &Subject, &Interpreter))> = compiled
        .map(|(place, subject)| {
            let python = built.environments.interpreter(subject.workload().requirements.as_deref());
            (subject.workload().name.clone(), (place, subject, python))
        })
        .collect();
    let sources = side_by_side(context, "looking for sources", &looked_for, |(_, subject, python), _| {
        workshop.source(python, &subject.function)
    });
    let watched: Vec<(String, Watching<'_>)> = sources
        .iter()
        .zip(&looked_for)
        .filter_map(|(source, (name, (place, subject, python)))| {
            let (source, workers) = (source.as_ref().ok()?, built.workers.within(python));
            Some((name.clone(), Watching { place: *place, subject, workers, source }))
        })
        .collect();
    let needless = side_by_side(context, "looking whose code takes the time", &watched, |one, _| {
        why_needless(one.subject, request, &one.workers, one.source)
    });
    let needless: BTreeMap<usize, String> =
        watched.iter().zip(needless).filter_map(|((_, one), needless)| Some((one.place, needless?))).collect();
    let all = looked_for.into_iter().zip(sources);
    all.flat_map(|((_, (place, subject, python)), source)| {
        let source = match needless.get(&place) {
            Some(why) => Err(NotCompiled::Needless(why.clone())),
            None => source,
        };
        let wanted = move |compiler| Wanted { place, python, compiler, source: source.clone() };
        compilers(subject).into_iter().map(wanted)
    })
    .collect()
}

/// Has compilers take what is wanted: first all of them are provided that are needed, each in an environment of its own.
fn compiled(
    context: &Context<'_>,
    workshop: Workshop<'_>,
    wanted: &[Wanted<'_>],
) -> BTreeMap<Module, Result<CompiledModule, NotCompiled>> {
    let modules: BTreeMap<Module, &Interpreter> =
        wanted.iter().filter_map(|one| Some((one.module().ok()?, one.python))).collect();
    let tools: BTreeMap<&Tools, &Interpreter> = modules.iter().map(|((tools, _), python)| (tools, *python)).collect();
    let needed: Vec<(String, (&Tools, &Interpreter))> =
        tools.into_iter().map(|(tools, python)| (tools.1.label().to_owned(), (tools, python))).collect();
    let provided = side_by_side(context, "providing compilers", &needed, |((_, compiler), python), progress| {
        workshop.provide(*compiler, python, progress)
    });
    let provided: BTreeMap<&Tools, Result<Interpreter, NotCompiled>> =
        needed.into_iter().map(|(_, (tools, _))| tools).zip(provided).collect();
    let to_compile: Vec<(String, (&Module, &Interpreter))> = modules
        .iter()
        .map(|(module, python)| {
            let ((_, compiler), source) = module;
            (format!("{} by {}", source.module, compiler.label()), (module, *python))
        })
        .collect();
    let made = side_by_side(context, "compiling", &to_compile, |((tools, source), python), _| {
        workshop.compile(tools.1, python, provided[tools].clone()?, source)
    });
    to_compile.iter().map(|(_, (module, _))| (*module).clone()).zip(made).collect()
}

impl Wanted<'_> {
    fn module(&self) -> Result<Module, NotCompiled> {
        Ok(((self.python.executable.clone(), self.compiler), self.source.clone()?))
    }

    /// The function of its subject in the module that was compiled.
    fn offered(
        &self,
        modules: &BTreeMap<Module, Result<CompiledModule, NotCompiled>>,
        subject: &Subject,
    ) -> Result<Compiled, NotCompiled> {
        modules[&self.module()?].as_ref().map_err(Clone::clone)?.offer(&subject.function)
    }
}

/// Has a worker find modules in a folder.
pub(super) fn put_on_path(folder: &Path, env: &mut BTreeMap<String, String>) {
    const PATH: &str = "PYTHONPATH";
    let folder = folder.display().to_string();
    let inherited = env.get(PATH).cloned().or_else(|| Some(inherited_search_path(&|folder| folder.to_owned())?.1));
    env.insert(PATH.to_owned(), inherited.map_or(folder.clone(), |inherited| format!("{folder}:{inherited}")));
}
