//! `rustworthy list`: what a project has to compare.

use std::fmt::Write;

use anyhow::Result;
use rustworthy_engine::manifest::{Code, Contender, Project, Workload};
use rustworthy_engine::project::Loaded;
use rustworthy_reports::visible::{line, wrapped};
use serde_json::json;

use crate::arguments::{Format, ListArguments};
use crate::exit::Exit;
use crate::host::host;
use crate::printer::Printer;

pub(crate) fn run(arguments: &ListArguments, printer: &Printer) -> Result<Exit> {
    let loaded = Loaded::load(&host()?, &(&arguments.project).into())?;
    printer.result(&match arguments.format {
        Format::Table => text(&loaded, printer.table().width),
        Format::Json => format!("{:#}", json(&loaded.project)),
        Format::Markdown => markdown(&loaded.project),
    })?;
    Ok(if loaded.project.workloads.is_empty() { Exit::NothingRun } else { Exit::Fine })
}

fn text(loaded: &Loaded, columns: usize) -> String {
    let Loaded { project, built_in, .. } = loaded;
    let mut text = match built_in {
        true => "built-in workloads\n".to_owned(),
        false => format!("{}\n", project.manifest.display()),
    };
    if project.workloads.is_empty() {
        text.push_str("\nno workloads; add [workload.NAME]\n");
    }
    for workload in &project.workloads {
        let about = workload.description.as_deref().map(|about| format!("  {}", line(about))).unwrap_or_default();
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "\n{}", wrapped(&format!("{}{about}", workload.name), columns, 2));
        let _ = writeln!(text, "{}", wrapped(&format!("  sizes: {}", sizes(workload)), columns, 4));
        let width = workload.contenders.iter().map(|contender| contender.name.len()).max().unwrap_or_default();
        for contender in &workload.contenders {
            let row = format!("  {:width$}  {}", contender.name, line(&properties(contender)));
            let _ = writeln!(text, "{}", wrapped(&row, columns, width + 4));
        }
    }
    if !project.scenarios.is_empty() {
        let names: Vec<&str> = project.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
        let _ = writeln!(text, "\n{}", wrapped(&format!("scenarios: {}", names.join(", ")), columns, 2));
    }
    text
}

fn markdown(project: &Project) -> String {
    let mut text = "| workload | contender | kind | route | code |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for workload in &project.workloads {
        for contender in &workload.contenders {
            let (kind, route) = (word(&contender.kind), word(&contender.route));
            let _ =
                writeln!(text, "| {} | {} | {kind} | {route} | `{}` |", workload.name, contender.name, code(contender));
        }
    }
    text
}

fn json(project: &Project) -> serde_json::Value {
    let contender = |contender: &Contender| {
        json!({
            "name": contender.name, "baseline": contender.baseline, "kind": contender.kind, "route": contender.route,
            "code": code(contender), "differs": contender.differs,
        })
    };
    let workload = |workload: &Workload| {
        json!({
            "name": workload.name, "description": workload.description, "sizes": workload.sizes,
            "contenders": workload.contenders.iter().map(contender).collect::<Vec<_>>(),
        })
    };
    json!({
        "manifest": project.manifest,
        "workloads": project.workloads.iter().map(workload).collect::<Vec<_>>(),
        "scenarios": project.scenarios.iter().map(|scenario| &scenario.name).collect::<Vec<_>>(),
    })
}

fn properties(contender: &Contender) -> String {
    let mut words = vec![format!("{}, {}", word(&contender.kind), word(&contender.route)), code(contender)];
    if contender.baseline {
        words.push("baseline".to_owned());
    }
    words.extend(contender.differs.as_ref().map(|why| format!("differs: {why}")));
    words.join("  ")
}

fn code(contender: &Contender) -> String {
    match &contender.code {
        Code::Python(target) => format!("{}:{}", target.module, target.callable),
        Code::Kernel(name) => format!("kernel {name}"),
        Code::Boundary(target, _) => format!("boundary of {target}"),
    }
}

fn sizes(workload: &Workload) -> String {
    let mut sizes: Vec<(&String, &u64)> = workload.sizes.iter().collect();
    sizes.sort_by_key(|&(_, size)| size);
    sizes.iter().map(|(name, size)| format!("{name} {size}")).collect::<Vec<_>>().join(", ")
}

/// The word that manifests and results have for a kind or a route.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
