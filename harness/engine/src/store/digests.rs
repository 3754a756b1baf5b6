//! Digests of the code that a run measured, by workload and scenario; they show whether it is still the same.
//!
//! They cover the sources of the modules that the project names, the version of Python, and all of a manifest that is about
//! how something is measured, but not what measurements are decided by: prices, goals and volumes may change and keep the
//! runs.

use std::collections::BTreeMap;
use std::path::Path;

use rustworthy_protocol::RecordedCalls;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::folder::RunFolder;
use super::sources::sources_digest;
use crate::manifest::{Arrivals, Code, Contender, EntryPoint, Equality, Input, Project, Scenario, Target, Workload};
use crate::python::{self, Interpreter};

/// The file of a run folder that holds them.
const FILE: &str = "code.json";

/// Digests of everything in a project.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CodeDigests {
    workloads: BTreeMap<String, String>,
    scenarios: BTreeMap<String, String>,
}

impl CodeDigests {
    /// The digests of a project as it is now.
    pub fn of(project: &Project, interpreter: &Interpreter) -> Self {
        let shared = shared(project, interpreter);
        let digest = |text: String| hexadecimal(&Sha256::digest([shared.as_slice(), text.as_bytes()].concat()));
        Self {
            workloads: project.workloads.iter().map(|one| (one.name.clone(), digest(of_workload(one)))).collect(),
            scenarios: project.scenarios.iter().map(|one| (one.name.clone(), digest(of_scenario(one)))).collect(),
        }
    }

    /// The digests that were kept with a run; `None` if it has none.
    pub fn read(run: &Path) -> Option<Self> {
        serde_json::from_str(&std::fs::read_to_string(run.join(FILE)).ok()?).ok()
    }

    /// Whether a workload is the same in both.
    pub fn same_workload(&self, other: &Self, name: &str) -> bool {
        self.workloads.get(name).is_some_and(|digest| other.workloads.get(name) == Some(digest))
    }

    /// Whether a scenario is the same in both.
    pub fn same_scenario(&self, other: &Self, name: &str) -> bool {
        self.scenarios.get(name).is_some_and(|digest| other.scenarios.get(name) == Some(digest))
    }

    /// Keeps them with a run. One that can't be kept is measured again, which is no reason to end this one.
    pub fn keep(&self, run: &RunFolder) {
        let _ = run.write(FILE, &serde_json::to_string_pretty(self).unwrap_or_default());
    }
}

/// A digest of what every workload and scenario of a project depends on.
fn shared(project: &Project, interpreter: &Interpreter) -> Vec<u8> {
    let Interpreter { version, gil_disabled, debug, .. } = interpreter;
    let text = format!(
        "{:?} {:?} {:?} {} {version:?} {gil_disabled} {debug}",
        project.python_path,
        project.build,
        project.services,
        env!("CARGO_PKG_VERSION")
    );
    [sources_digest(project).as_slice(), text.as_bytes()].concat()
}

fn of_workload(workload: &Workload) -> String {
    let Workload { name, requirements, input, bytes, equal, fresh_input, unstable, contenders, .. } = workload;
    let contenders: Vec<String> = contenders.iter().map(of_contender).collect();
    let bytes = bytes.as_ref().map(ToString::to_string);
    let requirements = of_file(requirements.as_deref());
    let (input, equal) = (of_input(input), of_equality(equal));
    format!("{name:?} {requirements} {input} {bytes:?} {equal} {fresh_input} {unstable} {contenders:?}")
}

fn of_input(input: &Input) -> String {
    match input {
        Input::Callable(target) => target.to_string(),
        Input::Calls(captured) => {
            let RecordedCalls { folder, with_arguments, raises, .. } = &captured.calls;
            format!("{input} {} {with_arguments} {raises:?}", of_file(Some(&folder.join("calls.jsonl"))))
        }
    }
}

fn of_contender(contender: &Contender) -> String {
    let Contender { name, code, baseline, kind, route, differs, env, interpreter, .. } = contender;
    let code = match code {
        Code::Python(target) => target.to_string(),
        Code::Kernel(kernel) => format!("kernel {kernel}"),
        Code::Boundary(target, form) => format!("boundary {target} {form:?}"),
    };
    let interpreter = interpreter.as_ref().map(|name| of_python(&name.path));
    format!("{name:?} {code} {baseline} {kind:?} {route:?} {differs:?} {env:?} {interpreter:?}")
}

/// The executable that a Python's name stands for, and when it was installed: asking its version would take longer.
fn of_python(name: &Path) -> String {
    let file = python::file_of(name);
    let installed = file.as_ref().and_then(|file| file.metadata().ok()?.modified().ok());
    format!("{} {file:?} {installed:?}", name.display())
}

fn of_scenario(scenario: &Scenario) -> String {
    let Scenario {
        name,
        requirements,
        entry,
        requests,
        count,
        arrivals,
        servers,
        concurrency,
        candidates,
        equal,
        migrated,
    } = scenario;
    let (EntryPoint::Handler(target) | EntryPoint::Wsgi(target) | EntryPoint::Asgi(target)) = entry;
    let entry = match entry {
        EntryPoint::Handler(_) => "handler",
        EntryPoint::Wsgi(_) => "wsgi",
        EntryPoint::Asgi(_) => "asgi",
    };
    let arrivals = match arrivals {
        Arrivals::Open { gaps, load } => format!("{gaps:?} {load:?}"),
        Arrivals::Closed => "closed".to_owned(),
    };
    let candidates: Vec<String> = candidates.iter().map(Target::to_string).collect();
    let migrated: Vec<String> = migrated.iter().map(|one| format!("{} {}", one.from, one.to)).collect();
    format!(
        "{name:?} {} {entry} {target} {requests} {count} {arrivals} {servers} {concurrency} {candidates:?} {} {migrated:?}",
        of_file(requirements.as_deref()),
        of_equality(equal)
    )
}

/// The contents of a file, where there is one.
fn of_file(file: Option<&Path>) -> String {
    format!("{:?}", file.and_then(|file| std::fs::read(file).ok()))
}

fn of_equality(equality: &Equality) -> String {
    match equality {
        Equality::Callable(target) => target.to_string(),
        other => format!("{other:?}"),
    }
}

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
