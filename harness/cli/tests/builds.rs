//! What Cargo makes of the workspace: measured code is optimised, and tests are of the program that users build.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use toml::Table;

/// Packages that run inside timed regions, with what they depend on: the kernels and services, and the process that calls.
const TIMED: [&str; 2] = ["rustworthy-worker", "rustworthy-workloads"];

/// Packages that these are linked with, and that nothing calls while it's timed: dates, schemas and names of results, products of
/// matrices, and colour profiles of pictures. They take long to optimise.
const NEVER_CALLED: [&str; 7] =
    ["jiff", "jiff-core", "matrixmultiply", "moxcms", "pxfm", "rustworthy-model", "schemars"];

/// `cargo run` measures with the development profile, so all that can run inside a timed region has to be optimised by it.
#[test]
fn what_can_be_timed_is_optimised() {
    let graph = Graph::read();
    let manifest = std::fs::read_to_string(Path::new(&graph.root).join("Cargo.toml")).unwrap();
    let manifest: Table = manifest.parse().unwrap();
    let profile = manifest["profile"]["dev"].as_table().unwrap();

    let timed = graph.closure(&TIMED);
    let known: BTreeSet<&str> = timed.iter().map(|package| package.name.as_str()).collect();
    for expected in ["httparse", "matchit", "mio", "numpy", "pyo3", "sonic-rs"] {
        assert!(known.contains(expected), "{expected} serves calls, and isn't among {known:?}");
    }
    for stale in NEVER_CALLED {
        assert!(known.contains(stale), "{stale} isn't among what can be timed any more");
    }
    let slow: Vec<String> = timed
        .into_iter()
        .filter(|package| !NEVER_CALLED.contains(&&*package.name) && opt_level(profile, package) != "3")
        .map(|package| format!("{} {}", package.name, package.version))
        .collect();
    assert!(slow.is_empty(), "[profile.dev] of Cargo.toml must leave these at opt-level 3: {}", slow.join(", "));
}

/// A test that turned on a feature of a package would test another program than the one that users build, and take a second
/// build of all that depends on it.
#[test]
fn tests_are_built_with_the_features_of_the_program() {
    let packages = |arguments: &[&str]| -> BTreeSet<String> {
        let format = ["tree", "--locked", "--offline", "--prefix", "none", "--format", "{p} [{f}]"];
        let listed = cargo(&[&format, arguments].concat());
        listed.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).filter(|line| !line.is_empty()).collect()
    };
    let (program, tests) =
        (packages(&["--edges", "no-dev"]), packages(&["--edges", "normal,build,dev", "--workspace"]));
    let others: Vec<&String> = program.difference(&tests).collect();
    assert!(others.is_empty(), "dependencies of tests change the features of {others:#?}");
}

/// What Cargo prints.
fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A package as `cargo metadata` tells of it.
struct Package {
    name: String,
    version: String,
    is_member: bool,
    is_macro: bool,
}

/// The packages of the workspace and what they depend on.
struct Graph {
    root: String,
    packages: HashMap<String, Package>,
    /// The normal dependencies of each on this platform, by id.
    dependencies: HashMap<String, Vec<String>>,
}

impl Graph {
    fn read() -> Self {
        let version = cargo(&["-vV"]);
        let platform = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let format = ["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", platform];
        let metadata: Value = serde_json::from_str(&cargo(&format)).unwrap();

        let members: BTreeSet<String> = list(&metadata["workspace_members"]).iter().map(text).collect();
        let packages = list(&metadata["packages"]).iter().map(|package| {
            let id = text(&package["id"]);
            let mut kinds = list(&package["targets"]).iter().flat_map(|target| list(&target["kind"]));
            let package = Package {
                name: text(&package["name"]),
                version: text(&package["version"]),
                is_member: members.contains(&id),
                is_macro: kinds.any(|kind| kind == "proc-macro"),
            };
            (id, package)
        });
        let dependencies = list(&metadata["resolve"]["nodes"]).iter().map(|node| {
            let is_normal =
                |dependency: &&Value| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
            let normal = list(&node["deps"]).iter().filter(is_normal);
            (text(&node["id"]), normal.map(|dependency| text(&dependency["pkg"])).collect())
        });
        Self {
            root: text(&metadata["workspace_root"]),
            packages: packages.collect(),
            dependencies: dependencies.collect(),
        }
    }

    /// These members and all that is linked into a program with them. Macros run while it's compiled.
    fn closure(&self, names: &[&str]) -> Vec<&Package> {
        let mut ids: Vec<&String> = names
            .iter()
            .map(|name| {
                let is_it = |package: &Package| package.is_member && package.name == *name;
                let found = self.packages.iter().find(|(_, package)| is_it(package));
                found.unwrap_or_else(|| panic!("the workspace has no package {name}")).0
            })
            .collect();
        let mut seen = BTreeSet::new();
        while let Some(id) = ids.pop() {
            if !self.packages[id].is_macro && seen.insert(id) {
                ids.extend(&self.dependencies[id]);
            }
        }
        seen.into_iter().map(|id| &self.packages[id]).collect()
    }
}

/// The level by the order in which Cargo looks: the package by its name, then `*` for what isn't of the workspace, then all.
fn opt_level(profile: &Table, package: &Package) -> String {
    let overrides = profile.get("package").and_then(|overrides| overrides.as_table());
    let by_name = overrides.into_iter().flatten().find(|(spec, _)| {
        let (name, version) = spec.split_once('@').unwrap_or((spec, ""));
        name == package.name
            && (version.is_empty() || format!("{}.", package.version).starts_with(&format!("{version}.")))
    });
    let by_star = overrides.and_then(|overrides| overrides.get("*")).filter(|_| !package.is_member);
    let levels =
        [by_name.map(|(_, values)| values), by_star].into_iter().flatten().map(|values| values.get("opt-level"));
    let level = levels.flatten().next().or(profile.get("opt-level"));
    level.map_or("0".to_owned(), |level| level.to_string().trim_matches('"').to_owned())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
