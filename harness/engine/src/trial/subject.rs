//! Which workload is meant.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow, bail};
use rustworthy_model::comparison::{Kind, Route};

use super::TryRequest;
use crate::manifest::{Code, Contender, Equality, Input, Location, Project, Target, Workload, hint};

/// Size of an input where nobody says another.
const SIZE: u64 = 1000;

/// The workload that a request is about: one of the project's, or one of its own.
///
/// # Errors
/// When there is none, when several could be meant, or when it can't be tried.
pub(super) fn find(project: &Project, request: &TryRequest) -> Result<Workload> {
    let subject = request.subject.as_str();
    let found = match subject.contains(':') {
        true => of_function(project, request)?,
        false => named(project, subject, request.input.is_some())?,
    };
    match found.baseline().code {
        Code::Python(_) => Ok(found),
        _ => bail!("the baseline of workload '{}' isn't Python, so there is nothing to try", found.name),
    }
}

fn named(project: &Project, name: &str, has_input: bool) -> Result<Workload> {
    let Some(workload) = project.workloads.iter().find(|workload| workload.name == name) else {
        let known = project.workloads.iter().map(|workload| workload.name.as_str());
        let hint = hint(name, known);
        bail!(
            "there is no workload '{name}'{hint}; `rustworthy list` shows all; a function is written module:function"
        );
    };
    if has_input {
        bail!("--input: workload '{name}' has an input of its own; leave it out, or name the function");
    }
    Ok(workload.clone())
}

/// The workload of a function, or one that is made for it.
fn of_function(project: &Project, request: &TryRequest) -> Result<Workload> {
    let place = Location { line: 0, key: format!("try {}", request.subject) };
    let function =
        Target::parse(&request.subject, place).map_err(|error| anyhow!("try {}: {error}", request.subject))?;
    if let Some(input) = &request.input {
        return Ok(made_for(function, input.clone(), project));
    }
    let is_meant = |target: &Target| (&target.module, &target.callable) == (&function.module, &function.callable);
    let is_baseline =
        |workload: &&Workload| matches!(&workload.baseline().code, Code::Python(target) if is_meant(target));
    let replaces = |workload: &&Workload| workload.replaces.as_ref().is_some_and(is_meant);
    let mut found: Vec<&Workload> = project.workloads.iter().filter(is_baseline).collect();
    if found.is_empty() {
        found = project.workloads.iter().filter(replaces).collect();
    }
    match found[..] {
        [one] => Ok(one.clone()),
        [] => bail!(
            "no workload of {} has {function} as its baseline, or replaces it; say what makes its argument: --input \
             MODULE:CALLABLE, which is called with a size and a seed, or name a workload; `rustworthy list` shows all",
            project.manifest.display()
        ),
        _ => {
            let names: Vec<&str> = found.iter().map(|workload| workload.name.as_str()).collect();
            bail!("{function} is in several workloads; name one of them: {}", names.join(", "))
        }
    }
}

/// A workload of one function.
fn made_for(function: Target, input: Target, project: &Project) -> Workload {
    let last = function.callable.rsplit('.').next().unwrap_or_default();
    let plain = |character: char| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' };
    let baseline = Contender {
        name: "python".to_owned(),
        code: Code::Python(function.clone()),
        baseline: true,
        kind: Kind::Python,
        route: Route::InProcess,
        packaged: false,
        migration_days: None,
        differs: None,
        env: BTreeMap::new(),
        interpreter: None,
        limits: project.limits,
        sources: Vec::new(),
    };
    Workload {
        name: last.chars().map(plain).collect::<String>().trim_matches('-').to_owned(),
        description: Some(function.to_string()),
        requirements: project.requirements.clone(),
        input: Input::Callable(input),
        sizes: [("default".to_owned(), SIZE)].into(),
        bytes: None,
        equal: Equality::Exact,
        replaces: None,
        calls_per_month: None,
        fresh_input: false,
        unstable: false,
        contenders: vec![baseline],
        claims: Vec::new(),
    }
}
