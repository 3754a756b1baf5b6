//! What is tried: which workload is meant, and what stands beside its baseline.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow, bail};
use rustworthy_model::comparison::{Kind, Route};
use rustworthy_model::tried::Candidate;

use super::TryRequest;
use super::boundary::Found;
use crate::manifest::{Code, Contender, Equality, Input, Location, Project, Target, Workload, hint};
use crate::plan::Filter;
use crate::project::Loaded;

/// Size of an input where nobody says another.
const SIZE: u64 = 1000;

/// A function that is tried.
#[derive(Debug)]
pub(super) struct Subject {
    /// The project with nothing but its workload, and of that nothing but the baseline.
    pub(super) loaded: Loaded,
    /// The function, which is the baseline.
    pub(super) function: Target,
    /// The project with all that is tried.
    pub(super) project: Project,
    /// What is tried, and what can't be.
    pub(super) candidates: Vec<Candidate>,
    /// What crosses the boundary to Rust, where that is tried.
    pub(super) boundary: Option<Found>,
}

impl Subject {
    /// The subject that is meant by a name.
    ///
    /// # Errors
    /// When there is none, when several could be meant, or when it can't be tried.
    pub(super) fn find(loaded: &Loaded, name: &str, request: &TryRequest) -> Result<Self> {
        let workload = find(&loaded.project, name, request)?;
        let Code::Python(function) = workload.baseline().code.clone() else {
            bail!("the baseline of workload '{}' isn't Python, so there is nothing to try", workload.name);
        };
        let project = loaded.project.with_baseline_of(&workload);
        Ok(Self {
            loaded: Loaded { project: project.clone(), home: loaded.home.clone(), built_in: loaded.built_in },
            function,
            project,
            candidates: Vec::new(),
            boundary: None,
        })
    }

    /// Its workload, with all that is tried.
    pub(super) fn workload(&self) -> &Workload {
        &self.project.workloads[0]
    }

    /// Has something tried, if the filter lets it pass.
    pub(super) fn add(&mut self, filter: &Filter, contender: Contender, label: String, remark: Option<String>) {
        if filter.lets_pass(&self.workload().name, &contender.name) {
            self.candidates.push(Candidate {
                name: contender.name.clone(),
                label,
                remark,
                failure: None,
                needless: false,
            });
            self.project.workloads[0].contenders.push(contender);
        }
    }

    /// Says why something can't be tried, or needn't.
    pub(super) fn add_untried(&mut self, name: String, label: String, why: String, needless: bool) {
        self.candidates.push(Candidate { name, label, remark: None, failure: Some(why), needless });
    }
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

/// The workload that a name is about: one of the project's, or one of its own.
fn find(project: &Project, subject: &str, request: &TryRequest) -> Result<Workload> {
    match subject.contains(':') {
        true => of_function(project, subject, request),
        false => named(project, subject, request.input.is_some()),
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
fn of_function(project: &Project, subject: &str, request: &TryRequest) -> Result<Workload> {
    let place = Location { line: 0, key: format!("try {subject}") };
    let function = Target::parse(subject, place).map_err(|error| anyhow!("try {subject}: {error}"))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Origin;

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
