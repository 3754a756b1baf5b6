//! What a function is, as the project's own Python knows it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use serde::Deserialize;

use crate::context::Context;
use crate::manifest::Target;
use crate::prepared::inherited_search_path;
use crate::process::{Ending, RunLimits, run};
use crate::python::Interpreter;
use crate::workers::Packages;

const SCRIPT: &str = include_str!("facts.py");

/// Longest that importing the project's module may take.
const IMPORTING: Duration = Duration::from_secs(60);

/// What is known of a function before anything of it has run.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Facts {
    /// `module:callable`; of a decorated function the one that is wrapped.
    pub(crate) function: String,
    /// Its own name.
    pub(crate) name: String,
    /// How it's bound.
    pub(crate) kind: Binding,
    /// The class that defines it.
    pub(crate) class_name: Option<String>,
    /// Whether it's a coroutine function.
    pub(crate) is_async: bool,
    /// Whether it names itself.
    pub(crate) is_recursive: bool,
    /// Whether something wraps it.
    pub(crate) is_decorated: bool,
    pub(crate) parameters: Vec<Parameter>,
    /// Annotation of what it returns.
    pub(crate) returns: Option<String>,
    /// Line of its definition.
    pub(crate) line: u64,
    /// Its code, empty where there is none to read.
    pub(crate) source: String,
    /// Regular expressions that it uses, as far as they're seen.
    pub(crate) patterns: Vec<String>,
}

/// How a function is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Binding {
    /// To a name in a module.
    Function,
    /// To objects of a class.
    Method,
    /// To a class.
    #[serde(rename = "classmethod")]
    ClassMethod,
    /// To a class, as a plain function.
    #[serde(rename = "staticmethod")]
    StaticMethod,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) kind: ParameterKind,
    pub(crate) default: Option<DefaultValue>,
    /// As text, not evaluated.
    pub(crate) annotation: Option<String>,
}

/// How arguments reach a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ParameterKind {
    /// By position alone.
    PositionalOnly,
    /// By position or by name.
    Positional,
    /// All further positions, `*args`.
    Rest,
    /// By name alone.
    Named,
    /// All further names, `**kwargs`.
    Others,
}

/// What a parameter is where nothing is given.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct DefaultValue {
    /// Name of its type where it has a literal, else `other`.
    pub(crate) kind: String,
    /// As Python shows it.
    pub(crate) text: String,
    /// The text, or the bytes, of those that have a literal.
    #[serde(default)]
    pub(crate) value: serde_json::Value,
}

/// What the script answers.
#[derive(Debug, Deserialize)]
struct Answer {
    refused: Option<Refusal>,
    /// Whether there is a module of the crate's name.
    taken: bool,
    #[serde(flatten)]
    facts: Option<Facts>,
}

/// Why there can be no crate.
#[derive(Debug, Deserialize)]
struct Refusal {
    /// `leave` where nothing is to be had by one.
    code: String,
    why: String,
}

/// Asks a Python, in the project's folder and with folders in front of its search path, for a function, and whether it has a module of that name.
///
/// # Errors
/// Why there can be no crate for the function: the message begins with its name.
pub(crate) fn facts(
    context: &Context<'_>,
    python: &Interpreter,
    (root, folders): (&Path, &[PathBuf]),
    target: &Target,
    module: &str,
) -> Result<(Facts, bool)> {
    let mut command = Command::new(&python.executable);
    command.args(["-P", "-c", SCRIPT, &target.module, &target.callable, module]).args(folders);
    command.current_dir(root).envs(inherited_search_path(&|folder| folder.to_owned()));
    let limits = RunLimits { timeout: Some(IMPORTING), cancel: Some(&context.cancel) };
    let finished = run(command, &limits, &mut |_| ()).with_context(|| python.executable.display().to_string())?;
    match finished.ending {
        Ending::Cancelled => bail!("interrupted"),
        Ending::TimedOut => {
            bail!(
                "{target}: importing module '{}' took longer than {} s; what it does at import has to be moved into functions",
                target.module,
                IMPORTING.as_secs()
            )
        }
        Ending::Exited(_) => {}
    }
    let last = finished.stdout.lines().next_back().unwrap_or_default();
    let answer: Answer = serde_json::from_str(last).map_err(|_| {
        anyhow!("{target}: module '{}' ended the process while it was imported:{}", target.module, finished.quote())
    })?;
    match (answer.refused, answer.facts) {
        (Some(Refusal { code, why }), _) if code == "leave" => bail!("leave {target}: {why}"),
        (Some(Refusal { why, .. }), _) => {
            bail!("{target}: {}", Packages::new(&python.executable, root).explain(why))
        }
        (None, Some(facts)) => Ok((facts, answer.taken)),
        (None, None) => bail!("{target}: Python gave no answer that can be read"),
    }
}

impl Facts {
    /// The parameters that a recorded call gives: of a class method all but the class.
    pub(crate) fn given(&self) -> &[Parameter] {
        match self.kind {
            Binding::ClassMethod => self.parameters.get(1..).unwrap_or_default(),
            _ => &self.parameters,
        }
    }
}
