//! Functions that are decided about but aren't there any more.
//!
//! Importing the project to check that would take longer than deciding. A function whose name no longer stands in the
//! file of its module is gone; where a module may get names in other ways, nothing is reported.

use std::path::PathBuf;

use super::manifest_functions;
use crate::manifest::{Location, ManifestError, ManifestErrors, Project, Target};
use anyhow::{Result, bail};
use rustworthy_model::attribution::Attribution;

/// Text of a module that shows that it may get names which don't stand in it.
const OTHER_WAYS: [&str; 4] = ["import *", "__getattr__", "globals()", "setattr("];

/// Sees that functions which the manifest names for scenarios are there.
pub(super) fn check_manifest(project: &Project) -> Result<()> {
    let errors = manifest_functions(project).filter_map(|target| {
        let file = missing_from(project, target)?;
        let message = format!("'{}' is gone: {} doesn't define it any more", target.callable, file.display());
        Some(ManifestError::at(&project.manifest, &target.place, message))
    });
    Ok(ManifestErrors::check(errors.collect())?)
}

/// Sees that functions of scenarios that were attributed are there.
pub(super) fn check_attributions(project: &Project, attributions: &[&Attribution]) -> Result<()> {
    for attribution in attributions.iter().filter(|attribution| attribution.trace.is_none()) {
        let named = attribution.functions.iter().filter(|function| function.calls_per_request.is_some());
        for function in named {
            let Ok(target) = Target::parse(&function.name, Location::default()) else { continue };
            if let Some(file) = missing_from(project, &target) {
                bail!(
                    "run {} of scenario {} is of a function that is gone: {} doesn't define '{}' any more; measure it again: \
                     rustworthy attribute {}",
                    attribution.run.id,
                    attribution.scenario,
                    file.display(),
                    target.callable,
                    attribution.scenario
                );
            }
        }
    }
    Ok(())
}

/// The file that a function ought to be in and isn't; `None` where it is, or may be.
fn missing_from(project: &Project, target: &Target) -> Option<PathBuf> {
    let relative = target.module.replace('.', "/");
    let files = project
        .python_path
        .iter()
        .flat_map(|folder| [folder.join(format!("{relative}.py")), folder.join(&relative).join("__init__.py")]);
    let file = files.into_iter().find(|file| file.is_file())?;
    let source = std::fs::read_to_string(&file).ok()?;
    let name = target.callable.rsplit('.').next().unwrap_or_default();
    let is_whole = |(at, _): &(usize, &str)| {
        let part_of_name = |character: char| character == '_' || character.is_alphanumeric();
        let before = source[..*at].chars().next_back();
        let after = source[at + name.len()..].chars().next();
        !before.is_some_and(part_of_name) && !after.is_some_and(part_of_name)
    };
    let is_there = source.match_indices(name).any(|found| is_whole(&found));
    let may_be_there = OTHER_WAYS.iter().any(|way| source.contains(way)) || name.contains('<');
    (!is_there && !may_be_there).then_some(file)
}
