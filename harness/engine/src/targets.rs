//! Seeing that the callables which a manifest names are there, before anything is measured.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use rustworthy_model::comparison::Source;
use rustworthy_protocol::{LookedUp, Lookup};

use crate::context::Context;
use crate::manifest::{self, Input, ManifestError, ManifestErrors, Project, Target, Workload, hint};
use crate::workers::{Failure, Laboratory, Packages, Worker, Workers};

/// The code of callables, as far as there is any.
pub type Codes = BTreeMap<Target, Source>;

/// Sees that callables that the project names exist, each by its workers, and reads their code.
///
/// Modules that fail while they are imported pass: that is their contender's failure, and shows when it's measured. What Python itself
/// prints when it starts is told here, once, and is nobody's output later.
pub(crate) fn check(
    context: &Context<'_>,
    project: &Project,
    looked_for: Vec<(Workers, Vec<&Target>)>,
) -> Result<Codes> {
    let mut errors = Vec::new();
    let mut codes = Codes::new();
    for (workers, targets) in looked_for {
        look(context, project, &workers, targets, &mut errors, &mut codes)?;
    }
    ManifestErrors::check(errors)?;
    Ok(codes)
}

/// Sees that recorded calls are there that the project has as inputs.
pub(crate) fn check_captures(project: &Project) -> Result<(), ManifestErrors> {
    let missing = |workload: &Workload| {
        let Input::Calls(captured) = &workload.input else { return None };
        let folder = &captured.calls.folder;
        if folder.join("calls.jsonl").is_file() {
            return None;
        }
        let known = std::fs::read_dir(folder.parent()?).into_iter().flatten().flatten();
        let known: Vec<String> = known.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        let meant = hint(&captured.name, known.iter().map(String::as_str).filter(|name| !name.starts_with('.')));
        let message = format!(
            "there is no capture '{}'{meant}; record it: rustworthy capture MODULE:FUNCTION --name {} -- python app.py",
            captured.name, captured.name
        );
        Some(ManifestError::at(&project.manifest, &captured.place, message))
    };
    ManifestErrors::check(project.workloads.iter().filter_map(missing).collect())
}

fn look(
    context: &Context<'_>,
    project: &Project,
    workers: &Workers,
    mut left: Vec<&Target>,
    errors: &mut Vec<ManifestError>,
    codes: &mut Codes,
) -> Result<()> {
    let mut is_first = true;
    while !left.is_empty() {
        let mut worker =
            workers.start(&Default::default(), project.limits, 1).map_err(|failure| anyhow!("{failure}"))?;
        if std::mem::take(&mut is_first) {
            context.warn_of_start(&workers.python, worker.said());
        }
        while let Some(&target) = left.first() {
            left.remove(0);
            match worker.find(vec![Lookup::from(target)]) {
                Ok(found) => {
                    let found = found.into_iter().next();
                    let packages = Packages::new(&workers.python, &project.root);
                    errors.extend(found.as_ref().and_then(|found| error(project, target, found, &packages)));
                    if let Some(LookedUp::Callable(Some(code))) = found {
                        codes.insert(target.clone(), shown(code, project));
                    }
                }
                Err(Failure::Interrupted) => bail!("interrupted"),
                // A module that ends its process or hangs takes the worker along: the rest needs another.
                Err(_) => {
                    left.retain(|other| other.module != target.module);
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Code as results have it: not longer than needed, and without folders that are nobody's business.
fn shown(code: Source, project: &Project) -> Source {
    const PACKAGES: &str = "site-packages/";
    let file = Path::new(&code.file);
    let roots = std::iter::once(&project.root).chain(&project.python_path);
    let within = roots.filter_map(|root| file.strip_prefix(root).ok()).next();
    let file = match within {
        Some(within) => within.display().to_string(),
        None => code.file.rsplit_once(PACKAGES).map_or(&*code.file, |(_, rest)| rest).to_owned(),
    };
    Source { file, text: manifest::shortened(&code.text), line: code.line }
}

fn error(project: &Project, target: &Target, found: &LookedUp, packages: &Packages) -> Option<ManifestError> {
    let Target { module, callable, place } = target;
    let message = match found {
        LookedUp::Callable(_) | LookedUp::Unknown => return None,
        LookedUp::NoModule => {
            format!(
                "there is no module '{module}'; these folders were searched: {}",
                folders(&project.python_path, packages)
            )
        }
        LookedUp::NotCallable(kind) => {
            format!("'{callable}' in module '{module}' can't be called: it is of type '{kind}'")
        }
        LookedUp::NoName(names) => {
            let meant = hint(callable, names.iter().map(String::as_str));
            let has = if names.is_empty() { "it has none".to_owned() } else { format!("it has {}", quoted(names)) };
            format!("module '{module}' has no function '{callable}'{meant}; {has}")
        }
    };
    Some(ManifestError::at(&project.manifest, place, message))
}

fn quoted(names: &[String]) -> String {
    const MOST: usize = 8;
    let mut list: Vec<String> = names.iter().take(MOST).map(|name| format!("'{name}'")).collect();
    if names.len() > MOST {
        list.push(format!("{} more", names.len() - MOST));
    }
    list.join(", ")
}

fn folders(path: &[PathBuf], packages: &Packages) -> String {
    let mut folders: Vec<String> = path.iter().map(|folder: &PathBuf| Path::display(folder).to_string()).collect();
    folders.push(packages.to_string());
    folders.join(", ")
}
