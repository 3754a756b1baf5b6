//! The workload of a crate, for the manifest.

use std::path::Path;

use rustworthy_model::capture::Capture;

use crate::new_crate::existing::Crate;
use crate::new_crate::names::{CRATES, capture_target, workload_name};

/// The contender that the crate is.
const RUST: &str = "rust";

/// The workload, in TOML.
pub(in crate::new_crate) fn workload(one: &Crate, capture: Option<&Capture>) -> String {
    let Crate { module, function, name, .. } = one;
    let workload = capture.map_or_else(|| workload_name(&one.package), |capture| capture.name.clone());
    let head = match capture {
        // Up to its first contender it's as `capture` has printed it.
        Some(capture) => {
            let head = capture.workload.split("[workload.").nth(1).unwrap_or_default();
            let body = head.split_once('\n').map_or("", |(_, body)| body).trim_end();
            format!("[workload.{workload}]\n{body}\n")
        }
        None => format!(
            "# Record its input first: rustworthy capture {} --name {workload} -- python app.py\n[workload.{workload}]\ninput = \"capture:{workload}\"\nsizes = {{ default = 1000, quick = 200 }}    # calls\n",
            capture_target(function)
        ),
    };
    let (python, rust) = if one.is_async {
        (format!("{module}.awaited:original"), format!("{module}.awaited:rust"))
    } else {
        (function.clone(), format!("{module}:{name}"))
    };
    format!(
        "{head}
[workload.{workload}.contender.python]
python = \"{python}\"
baseline = true

[workload.{workload}.contender.{RUST}]
python = \"{rust}\"
kind = \"rust\"
route = \"pyo3\"
"
    )
}

/// What `[project]` needs for it, in TOML, with the folders of modules that the project has; `shown` is the crate's. Crates that lie
/// where they usually do are built together.
pub(in crate::new_crate) fn project(shown: &str, folders: &[String]) -> String {
    let folders = [folders, &[format!("{shown}/python")]].concat();
    let mut build = vec!["{rustworthy}", "new", "--build"];
    if Path::new(shown).parent() != Some(Path::new(CRATES)) {
        build.push(shown);
    }
    format!("[project]\npython-path = {folders:?}\nbuild = {build:?}\n")
}
