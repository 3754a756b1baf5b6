//! What is tried beside the baseline: other Pythons of the machine, and compilers that take the same source.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};
use rustworthy_model::comparison::Kind;
use rustworthy_model::tried::{Candidate, PassedOver};

use super::TryRequest;
use crate::context::{Context, Notice};
use crate::manifest::{Code, Contender, InterpreterName, Location, Project, Workload};
use crate::plan::Filter;
use crate::prepared::{Built, inherited_search_path};
use crate::python::compilers::{Compiled, Compiler, Compiling, NotCompiled};
use crate::python::{Interpreter, Jit, cache_directory, discover, select};

/// The candidates so far.
pub(super) struct Candidates<'a> {
    context: &'a Context<'a>,
    request: &'a TryRequest,
    filter: &'a Filter,
    pub(super) tried: Vec<Candidate>,
    pub(super) passed_over: Vec<PassedOver>,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(context: &'a Context<'a>, request: &'a TryRequest, filter: &'a Filter) -> Self {
        Self { context, request, filter, tried: Vec::new(), passed_over: Vec::new() }
    }

    /// Adds the baseline in every other Python of the machine that workers can run, with its compiler of hot code where it has
    /// one that is off.
    ///
    /// # Errors
    /// When there is no Python at all.
    pub(super) fn add_pythons(&mut self, project: &mut Project) -> Result<()> {
        let supported = self.context.host.supported(project.host)?;
        let chosen = select(self.request.common.python.named.as_deref(), supported)?.interpreter;
        self.context.tell(Notice::Detail("looking for other Pythons".to_owned()));
        let discovered = discover(&chosen);
        for (executable, why) in &discovered.passed_over {
            self.pass_over(executable, &why.to_string());
        }
        let mut usable = Vec::new();
        for python in discovered.pythons {
            match supported.check(&python) {
                Ok(()) => usable.push(python),
                Err(why) => self.pass_over(&python.executable, &why.to_string()),
            }
        }
        let Some(workload) = project.workloads.first_mut() else { return Ok(()) };
        let pythons: Vec<&Interpreter> = std::iter::once(&chosen).chain(&usable).collect();
        for (python, label) in pythons.iter().zip(labels(&pythons)) {
            let is_chosen = std::ptr::eq(*python, &chosen);
            if !is_chosen {
                self.add_python(workload, python, is_chosen, &label, false);
            }
            if python.jit == Some(Jit::Off) {
                self.add_python(workload, python, is_chosen, &label, true);
            }
        }
        Ok(())
    }

    fn add_python(
        &mut self,
        workload: &mut Workload,
        python: &Interpreter,
        is_chosen: bool,
        label: &Label,
        has_jit: bool,
    ) {
        let Label { version, shown: label } = label;
        let mut contender = like_baseline(workload, &format!("python{version}{}", if has_jit { "-jit" } else { "" }));
        contender.kind = Kind::Interpreter;
        if has_jit {
            contender.env.insert("PYTHON_JIT".to_owned(), "1".to_owned());
        }
        if !is_chosen {
            contender.interpreter = Some(InterpreterName {
                path: python.executable.clone(),
                place: Location { line: 0, key: label.clone() },
            });
        }
        let label = match (has_jit, is_chosen) {
            (true, true) => "JIT".to_owned(),
            (true, false) => format!("{label} JIT"),
            (false, _) => label.clone(),
        };
        self.add(workload, contender, label, None);
    }

    /// Adds the baseline's module as every compiler makes it that can.
    ///
    /// # Errors
    /// When there is no folder for the cache, or the user interrupts.
    pub(super) fn add_compiled(&mut self, project: &mut Project, built: &Built) -> Result<()> {
        let cache = cache_directory()?;
        let python_path = project.python_path.clone();
        let Some(workload) = project.workloads.first_mut() else { return Ok(()) };
        let Code::Python(target) = workload.baseline().code.clone() else { return Ok(()) };
        let compiling = Compiling {
            interpreter: built.environments.interpreter(workload.requirements.as_deref()),
            target: &target,
            python_path: &python_path,
            cache: &cache,
            offline: self.request.common.python.offline,
            cancel: &self.context.cancel,
        };
        for compiler in Compiler::ALL {
            if !self.filter.lets_pass(&workload.name, compiler.name()) {
                continue;
            }
            self.context.tell(Notice::Step(format!("trying {}", compiler.label())));
            let context = self.context;
            let mut contender = like_baseline(workload, compiler.name());
            contender.kind = Kind::Compiler;
            match compiling.with(compiler, &mut |progress| context.tell(Notice::Environment(&progress))) {
                Ok(compiled) => {
                    add_to_env(&compiled, &mut contender.env);
                    contender.code = Code::Python(compiled.target);
                    self.add(workload, contender, compiler.label().to_owned(), Some(compiler.remark().to_owned()));
                }
                Err(NotCompiled::Interrupted) => bail!("interrupted"),
                Err(NotCompiled::Because(why)) => self.tried.push(Candidate {
                    name: contender.name,
                    label: compiler.label().to_owned(),
                    remark: None,
                    failure: Some(why),
                }),
            }
        }
        Ok(())
    }

    fn add(&mut self, workload: &mut Workload, contender: Contender, label: String, remark: Option<String>) {
        if self.filter.lets_pass(&workload.name, &contender.name) {
            self.tried.push(Candidate { name: contender.name.clone(), label, remark, failure: None });
            workload.contenders.push(contender);
        }
    }

    fn pass_over(&mut self, executable: &Path, why: &str) {
        let why = why.lines().next().unwrap_or_default().to_owned();
        self.passed_over.push(PassedOver { executable: executable.display().to_string(), why });
    }
}

/// A Python as people call it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Label {
    /// `3.13`, `3.13t`, and `3.11.2` beside another 3.11.
    version: String,
    /// The same, with its file where another one has that version too.
    shown: String,
}

/// What these Pythons are called.
fn labels(pythons: &[&Interpreter]) -> Vec<Label> {
    let minor = |python: &Interpreter| (python.version.minor, python.gil_disabled);
    let versions: Vec<String> = pythons
        .iter()
        .map(|python| {
            let is_alone = pythons.iter().filter(|other| minor(other) == minor(python)).count() == 1;
            version(python, is_alone)
        })
        .collect();
    let labels = pythons.iter().zip(&versions).map(|(python, version)| {
        let is_alone = versions.iter().filter(|other| *other == version).count() == 1;
        let shown = match is_alone {
            true => version.clone(),
            false => format!("{version} of {}", python.executable.display()),
        };
        Label { version: version.clone(), shown }
    });
    labels.collect()
}

/// As much of a version as tells it from others.
fn version(python: &Interpreter, is_alone: bool) -> String {
    let version = &python.version;
    let threads = if python.gil_disabled { "t" } else { "" };
    let debug = if python.debug { "d" } else { "" };
    let number = if is_alone { format!("{}.{}", version.major, version.minor) } else { version.to_string() };
    format!("{number}{threads}{debug}")
}

/// A contender that is the baseline, under another name.
pub(super) fn like_baseline(workload: &Workload, name: &str) -> Contender {
    // The baseline goes on by its own name, whatever is added.
    let taken = |name: &str| workload.contenders.iter().any(|contender| contender.name == name);
    let names = [name.to_owned(), format!("{name}-tried")];
    let more = (2_u32..).map(|number| format!("{name}-tried-{number}"));
    let name = names.into_iter().chain(more).find(|name| !taken(name)).unwrap_or_default();
    Contender { name, baseline: false, ..workload.baseline().clone() }
}

/// Has a worker find what was compiled.
fn add_to_env(compiled: &Compiled, env: &mut BTreeMap<String, String>) {
    const PATH: &str = "PYTHONPATH";
    let folder = compiled.folder.display().to_string();
    let inherited = env.get(PATH).cloned().or_else(|| Some(inherited_search_path(&|folder| folder.to_owned())?.1));
    env.insert(PATH.to_owned(), inherited.map_or(folder.clone(), |inherited| format!("{folder}:{inherited}")));
    if let Some(machine_code) = &compiled.machine_code {
        env.insert("NUMBA_CACHE_DIR".to_owned(), machine_code.display().to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Origin;
    use crate::python::inspect;
    use crate::python::testing::build_python;

    #[test]
    fn pythons_are_called_by_as_much_of_their_version_as_tells_them_apart() {
        let python = inspect(&build_python()).unwrap();
        let (minor, micro) = (python.version.minor, python.version.micro);
        let free_threaded = Interpreter { gil_disabled: true, ..python.clone() };
        let called = |pythons: &[&Interpreter]| -> Vec<String> {
            labels(pythons).into_iter().map(|label| label.shown).collect()
        };
        assert_eq!(called(&[&python, &free_threaded]), [format!("3.{minor}"), format!("3.{minor}t")]);
        let mut newer = python.clone();
        newer.version.micro += 1;
        newer.version.full = newer.version.full.replacen(&format!(".{micro}"), &format!(".{}", micro + 1), 1);
        assert_eq!(called(&[&python, &newer])[0], format!("3.{minor}.{micro}"));
        let other = Interpreter { executable: "/other/python3".into(), ..python.clone() };
        assert_eq!(called(&[&python, &other])[1], format!("3.{minor}.{micro} of /other/python3"));
    }

    #[test]
    fn contenders_of_one_version_have_a_name_each() {
        let text = "[workload.w]\ninput = 'm:make'\nsizes = { default = 1 }\n[workload.w.contender.python]\npython = 'm:f'\nbaseline = true";
        let project = crate::manifest::understand("/project/rustworthy.toml".as_ref(), text, Origin::User).unwrap();
        let mut workload = project.workloads.into_iter().next().unwrap();
        for _ in 0..4 {
            let contender = like_baseline(&workload, "python3.11.2");
            workload.contenders.push(contender);
        }
        let names: Vec<&str> = workload.contenders.iter().skip(1).map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["python3.11.2", "python3.11.2-tried", "python3.11.2-tried-2", "python3.11.2-tried-3"]);
    }
}
