//! The baseline in other Pythons of the machine.

use anyhow::Result;
use rustworthy_model::comparison::Kind;
use rustworthy_model::tried::PassedOver;

use super::TryRequest;
use super::subject::{Subject, like_baseline};
use crate::context::{Context, Notice};
use crate::manifest::{InterpreterName, Location, Project};
use crate::plan::Filter;
use crate::python::{Interpreter, Jit, discover, select};

/// The Pythons of the machine that workers can run.
pub(super) struct Pythons {
    /// The one of the baseline first, each with what it's called.
    usable: Vec<(Interpreter, Label)>,
    /// The others.
    pub(super) passed_over: Vec<PassedOver>,
}

impl Pythons {
    /// Looks for them.
    ///
    /// # Errors
    /// When there is no Python at all.
    pub(super) fn find(context: &Context<'_>, project: &Project, request: &TryRequest) -> Result<Self> {
        let supported = context.host.supported(project.host)?;
        let chosen = select(request.common.python.named.as_deref(), supported)?.interpreter;
        context.tell(Notice::Detail("looking for other Pythons".to_owned()));
        let discovered = discover(&chosen);
        let mut passed_over = discovered.passed_over;
        let mut usable = vec![chosen];
        for python in discovered.pythons {
            match supported.check(&python) {
                Ok(()) => usable.push(python),
                Err(why) => passed_over.push((python.executable, why)),
            }
        }
        let labels = labels(&usable.iter().collect::<Vec<_>>());
        let passed_over = passed_over.into_iter().map(|(executable, why)| PassedOver {
            executable: executable.display().to_string(),
            why: why.to_string().lines().next().unwrap_or_default().to_owned(),
        });
        Ok(Self { passed_over: passed_over.collect(), usable: usable.into_iter().zip(labels).collect() })
    }

    /// Adds the baseline in each of them, with its compiler of hot code where it has one that is off.
    pub(super) fn add_to(&self, subject: &mut Subject, filter: &Filter) {
        for (place, (python, label)) in self.usable.iter().enumerate() {
            let is_chosen = place == 0;
            if !is_chosen {
                add_python(subject, filter, python, is_chosen, label, false);
            }
            if python.jit == Some(Jit::Off) {
                add_python(subject, filter, python, is_chosen, label, true);
            }
        }
    }
}

fn add_python(
    subject: &mut Subject,
    filter: &Filter,
    python: &Interpreter,
    is_chosen: bool,
    label: &Label,
    has_jit: bool,
) {
    let Label { version, shown: label } = label;
    let name = format!("python{version}{}", if has_jit { "-jit" } else { "" });
    let mut contender = like_baseline(subject.workload(), &name);
    contender.kind = Kind::Interpreter;
    if has_jit {
        contender.env.insert("PYTHON_JIT".to_owned(), "1".to_owned());
    }
    if !is_chosen {
        contender.interpreter =
            Some(InterpreterName { path: python.executable.clone(), place: Location { line: 0, key: label.clone() } });
    }
    let label = match (has_jit, is_chosen) {
        (true, true) => "JIT".to_owned(),
        (true, false) => format!("{label} JIT"),
        (false, _) => label.clone(),
    };
    subject.add(filter, contender, label, None);
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

#[cfg(test)]
mod tests {
    use super::*;
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
}
