//! What to measure: from a project and what was asked for.

use globset::{Glob, GlobMatcher};

use crate::manifest::{Contender, Project, Workload, did_you_mean};
use crate::measure::Planned;

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// Names of workloads, or `all`.
    pub workloads: Vec<String>,
    /// Globs over `contender` and `workload:contender`; none lets all pass.
    pub filter: Vec<String>,
    /// Name of a size, or a number.
    pub size: Option<String>,
    /// Whether the size `quick` is meant where none is named.
    pub quick: bool,
}

/// Why a wish can't be met.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// There is no such workload.
    #[error("there is no workload '{name}'{hint}; `rustworthy list` shows all")]
    NoWorkload {
        /// The name.
        name: String,
        /// What might have been meant.
        hint: String,
    },
    /// None of the workloads has such a size.
    #[error("workload '{workload}' has no size '{size}'; it has {sizes}, or give a number")]
    NoSize {
        /// The workload.
        workload: String,
        /// The size.
        size: String,
        /// Those that it has.
        sizes: String,
    },
    /// A filter isn't a glob.
    #[error("--filter {glob}: {why}")]
    BadGlob {
        /// The filter.
        glob: String,
        /// What is wrong with it.
        why: String,
    },
}

/// Plans what was asked for. Workloads of which the filter leaves nothing but the baseline are left out.
///
/// # Errors
/// When something is asked for that isn't there.
pub fn plan<'a>(project: &'a Project, wish: &Wish) -> Result<Vec<Planned<'a>>, PlanError> {
    let filter = Filter::new(&wish.filter)?;
    let workloads = chosen(project, &wish.workloads)?;
    let mut planned = Vec::new();
    for workload in workloads {
        let contenders: Vec<&Contender> = workload
            .contenders
            .iter()
            .filter(|contender| contender.baseline || filter.lets_pass(&workload.name, &contender.name))
            .collect();
        let only_baseline = contenders.len() == 1 && !filter.lets_pass(&workload.name, &workload.baseline().name);
        if !only_baseline {
            let (size, size_name) = size(workload, wish)?;
            planned.push(Planned { workload, size, size_name, contenders });
        }
    }
    Ok(planned)
}

fn chosen<'a>(project: &'a Project, names: &[String]) -> Result<Vec<&'a Workload>, PlanError> {
    if names.iter().any(|name| name == "all") {
        return Ok(project.workloads.iter().collect());
    }
    let mut chosen: Vec<&Workload> = Vec::new();
    for name in names {
        let found = project.workloads.iter().find(|workload| workload.name == *name).ok_or_else(|| {
            let known = project.workloads.iter().map(|workload| workload.name.as_str());
            let hint = did_you_mean(name, known).map(|meant| format!("; did you mean '{meant}'?")).unwrap_or_default();
            PlanError::NoWorkload { name: name.clone(), hint }
        })?;
        if !chosen.iter().any(|workload| workload.name == *name) {
            chosen.push(found);
        }
    }
    Ok(chosen)
}

fn size(workload: &Workload, wish: &Wish) -> Result<(u64, Option<String>), PlanError> {
    let named = |name: &str| workload.sizes.get(name).map(|&size| (size, Some(name.to_owned())));
    // A checked manifest has a default size for every workload, which stands in for `quick`.
    let standard = |name: &str| named(name).or_else(|| named("default")).unwrap_or_default();
    match wish.size.as_deref() {
        None if wish.quick => Ok(standard("quick")),
        None => Ok(standard("default")),
        Some("quick") => Ok(standard("quick")),
        Some(size) => {
            let number = || size.replace('_', "").parse().ok().map(|size| (size, None));
            named(size).or_else(number).ok_or_else(|| {
                let sizes: Vec<&str> = workload.sizes.keys().map(String::as_str).collect();
                PlanError::NoSize { workload: workload.name.clone(), size: size.to_owned(), sizes: sizes.join(", ") }
            })
        }
    }
}

struct Filter(Vec<GlobMatcher>);

impl Filter {
    fn new(globs: &[String]) -> Result<Self, PlanError> {
        let matcher = |glob: &String| {
            let bad = |error: globset::Error| PlanError::BadGlob { glob: glob.clone(), why: error.kind().to_string() };
            Glob::new(glob).map(|glob| glob.compile_matcher()).map_err(bad)
        };
        globs.iter().map(matcher).collect::<Result<_, _>>().map(Self)
    }

    fn lets_pass(&self, workload: &str, contender: &str) -> bool {
        let full = format!("{workload}:{contender}");
        self.0.is_empty() || self.0.iter().any(|glob| glob.is_match(contender) || glob.is_match(&full))
    }
}
