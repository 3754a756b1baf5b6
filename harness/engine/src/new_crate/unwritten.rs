//! Crates whose body isn't written yet: what they cost above the function in Python says nothing of Rust.

use std::path::Path;

use anyhow::Result;

use super::check::is_of;
use super::existing::{Crate, all};
use crate::manifest::Project;

/// A contender that is a crate without a body of its own.
#[derive(Debug)]
pub(crate) struct Unwritten {
    pub(crate) package: String,
    pub(crate) workload: String,
    pub(crate) contender: String,
}

/// Takes the contenders of crates whose body is still the one of `new` out of a project, with what is claimed of them.
///
/// # Errors
/// When a crate can't be read.
pub(crate) fn leave_out_unwritten(project: &mut Project, home: &Path) -> Result<Vec<Unwritten>> {
    let crates: Vec<Crate> = all(home)?.into_iter().filter(Crate::is_unwritten).collect();
    let mut left_out = Vec::new();
    for workload in &mut project.workloads {
        let name = &workload.name;
        workload.contenders.retain(|contender| {
            let own = crates.iter().find(|one| !contender.baseline && is_of(contender, one));
            left_out.extend(own.map(|one| Unwritten {
                package: one.package.clone(),
                workload: name.clone(),
                contender: contender.name.clone(),
            }));
            own.is_none()
        });
        let is_left = |name: &String| workload.contenders.iter().any(|one| one.name == *name);
        workload.claims.retain(|claim| is_left(&claim.contender) && claim.against.as_ref().is_none_or(is_left));
    }
    Ok(left_out)
}
