//! What runs before this one have found out.

use std::collections::BTreeMap;
use std::path::Path;

use rustworthy::manifest::Project;
use rustworthy::run::past;
use rustworthy_model::Estimate;
use rustworthy_model::comparison::{Comparison, Kind, Route, SCHEMA, Workload};

/// Speedups that workloads have measured of the functions that they replace, from the newest complete comparison that has
/// the workload, by the function's name.
pub(super) fn speedups(home: &Path, project: &Project) -> BTreeMap<String, Estimate> {
    let mut found = BTreeMap::new();
    let wanted: Vec<_> = project
        .workloads
        .iter()
        .filter_map(|workload| Some((workload.name.as_str(), workload.replaces.as_ref()?.to_string())))
        .collect();
    if wanted.is_empty() {
        return found;
    }
    for file in past(home) {
        let Some(comparison) = read(&file) else { continue };
        for (name, function) in &wanted {
            let workload = comparison.workloads.iter().find(|workload| workload.name == *name);
            if let Some(speedup) = workload.and_then(best)
                && !found.contains_key(function)
            {
                found.insert(function.clone(), speedup);
            }
        }
        if found.len() == wanted.len() {
            break;
        }
    }
    found
}

/// The largest speedup by Rust that a caller in Python can have.
fn best(workload: &Workload) -> Option<Estimate> {
    let contenders = workload.contenders.iter();
    let rust = contenders.filter(|contender| contender.kind == Kind::Rust && contender.route != Route::Kernel);
    rust.filter_map(|contender| contender.speedup).max_by(|one, other| one.estimate.total_cmp(&other.estimate))
}

/// A complete comparison; `None` of anything else.
fn read(file: &Path) -> Option<Comparison> {
    let value: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()?;
    if value.get("schema")?.as_str()? != SCHEMA {
        return None;
    }
    let comparison: Comparison = serde_json::from_value(value).ok()?;
    comparison.run.complete.then_some(comparison)
}
