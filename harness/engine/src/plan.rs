//! What to measure: from a project and what was asked for.

use globset::{Glob, GlobMatcher};

use crate::environments::Needed;
use crate::manifest::{Contender, Project, Workload, hint};
use crate::measure::Planned;

/// The workloads, contenders and sizes that are to be measured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkloadSelection {
    /// Names of workloads, or `all`.
    pub workloads: Vec<String>,
    /// Globs over `contender` and `workload:contender`; none lets all pass.
    pub filter: Vec<String>,
    /// Name of a size, or a number.
    pub size: Option<String>,
    /// Whether the size `quick` is meant where none is named.
    pub quick: bool,
    /// Whether the filter applies to baselines too, as in a gate, which compares each contender with its own past.
    pub without_baseline: bool,
}

/// Why a request can't be planned.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// There is no such workload.
    #[error("there is no workload '{name}'{hint}; `rustworthy list` shows all")]
    NoWorkload {
        /// The name.
        name: String,
        /// A hint at similar names.
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
pub fn plan<'a>(project: &'a Project, selection: &WorkloadSelection) -> Result<Vec<Planned<'a>>, PlanError> {
    let filter = Filter::new(&selection.filter)?;
    let workloads = chosen(project, &selection.workloads)?;
    let mut planned = Vec::new();
    for workload in workloads {
        let contenders: Vec<&Contender> = workload
            .contenders
            .iter()
            .filter(|contender| {
                (contender.baseline && !selection.without_baseline) || filter.lets_pass(&workload.name, &contender.name)
            })
            .collect();
        let only_baseline = contenders.len() == 1 && !filter.lets_pass(&workload.name, &contenders[0].name);
        if !contenders.is_empty() && !only_baseline {
            let (size, size_name) = size(workload, selection.size.as_deref(), selection.quick)?;
            planned.push(Planned { workload, size, size_name, contenders });
        }
    }
    Ok(planned)
}

/// What of Python the planned workloads need, in their order.
pub fn needed<'a>(planned: &[Planned<'a>]) -> Needed<'a> {
    let requirements = |planned: &Planned<'a>| planned.workload.requirements.as_deref();
    let interpreters = planned.iter().flat_map(|planned| {
        let named = planned.contenders.iter().filter_map(|contender| contender.interpreter.as_ref());
        named.map(move |name| (requirements(planned), name))
    });
    Needed { requirements: planned.iter().map(requirements).collect(), interpreters: interpreters.collect() }
}

/// The workload at the sizes of a sweep, ascending, itself the last of them.
pub fn sweep<'a>(planned: &Planned<'a>) -> Vec<Planned<'a>> {
    let mut sizes = sweep_sizes(planned.size);
    sizes.pop();
    let at = |size| Planned { size, size_name: None, ..planned.clone() };
    sizes.into_iter().map(at).chain([planned.clone()]).collect()
}

/// Sizes from 1 to the largest, ascending and evenly spaced on a logarithmic scale.
///
/// Neighbours are a factor of about 4 to 10 apart; more where that would make over eight sizes, and less where it would
/// make under four, with which a line can't be distinguished from a curve.
fn sweep_sizes(largest: u64) -> Vec<u64> {
    const FEWEST_STEPS: u64 = 3;
    const MOST_STEPS: f64 = 7.0;
    let decades = (largest.max(1) as f64).log10();
    let fewest = largest.saturating_sub(1).min(FEWEST_STEPS) as f64;
    let steps = decades.ceil().max((decades / 4_f64.log10()).floor().min(5.0)).clamp(fewest, MOST_STEPS);
    let mut sizes: Vec<u64> =
        (0..steps as u32).map(|step| two_digits(10_f64.powf(decades * f64::from(step) / steps))).collect();
    sizes.push(largest);
    sizes.dedup();
    sizes
}

/// The nearest whole number of two significant digits.
fn two_digits(number: f64) -> u64 {
    let unit = 10_f64.powf(number.log10().floor() - 1.0).max(1.0);
    ((number / unit).round() * unit) as u64
}

fn chosen<'a>(project: &'a Project, names: &[String]) -> Result<Vec<&'a Workload>, PlanError> {
    if names.iter().any(|name| name == "all") {
        return Ok(project.workloads.iter().collect());
    }
    let mut chosen: Vec<&Workload> = Vec::new();
    for name in names {
        let found = project.workloads.iter().find(|workload| workload.name == *name).ok_or_else(|| {
            let known = project.workloads.iter().map(|workload| workload.name.as_str());
            PlanError::NoWorkload { name: name.clone(), hint: hint(name, known) }
        })?;
        if !chosen.iter().any(|workload| workload.name == *name) {
            chosen.push(found);
        }
    }
    Ok(chosen)
}

/// The size that is meant, with its name: of one that is named or a number, or else the size `default`, or `quick` in a quick run.
///
/// # Errors
/// When the workload has no such size.
pub fn size(workload: &Workload, wanted: Option<&str>, quick: bool) -> Result<(u64, Option<String>), PlanError> {
    let named = |name: &str| workload.sizes.get(name).map(|&size| (size, Some(name.to_owned())));
    // A checked manifest has a default size for every workload, which stands in for `quick`.
    let standard = |name: &str| named(name).or_else(|| named("default")).unwrap_or_default();
    match wanted {
        None if quick => Ok(standard("quick")),
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

/// Globs over `contender` and `workload:contender`.
#[derive(Debug, Clone)]
pub struct Filter(Vec<GlobMatcher>);

impl Filter {
    /// A filter of these globs; without any, all passes.
    ///
    /// # Errors
    /// When one of them isn't a glob.
    pub fn new(globs: &[String]) -> Result<Self, PlanError> {
        let matcher = |glob: &String| {
            let bad = |error: globset::Error| PlanError::BadGlob { glob: glob.clone(), why: error.kind().to_string() };
            Glob::new(glob).map(|glob| glob.compile_matcher()).map_err(bad)
        };
        globs.iter().map(matcher).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a contender passes.
    pub fn lets_pass(&self, workload: &str, contender: &str) -> bool {
        let full = format!("{workload}:{contender}");
        self.0.is_empty() || self.0.iter().any(|glob| glob.is_match(contender) || glob.is_match(&full))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_sweep_has_about_six_sizes_evenly_spaced() {
        assert_eq!(sweep_sizes(5_000), [1, 5, 30, 170, 910, 5_000]);
        assert_eq!(sweep_sizes(50_000), [1, 9, 76, 660, 5_700, 50_000]);
        assert_eq!(sweep_sizes(5_000_000), [1, 9, 82, 740, 6_700, 61_000, 550_000, 5_000_000]);
        assert_eq!(sweep_sizes(100), [1, 5, 22, 100]);
        assert_eq!(sweep_sizes(10), [1, 2, 5, 10]);
        assert_eq!(sweep_sizes(2), [1, 2]);
        assert_eq!(sweep_sizes(1), [1]);
        assert_eq!(sweep_sizes(0), [0]);
    }

    proptest! {
        #[test]
        fn sizes_rise_to_the_largest(largest in 1_u64..) {
            let sizes = sweep_sizes(largest);
            prop_assert!(sizes.len() <= 8 && sizes.is_sorted_by(|a, b| a < b), "{:?}", sizes);
            prop_assert_eq!((sizes[0], sizes.last()), (1, Some(&largest)));
        }
    }
}
