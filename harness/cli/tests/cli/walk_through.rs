//! The walk-through of the book, from an empty folder: somebody's service, a function of somebody's package, a verdict.

use std::fs;

use serde_json::Value;

use super::documents::copy;
use super::hosted;
use super::new::target;
use super::support::{ENVIRONMENT, Project, Ran};

/// Has the outputs in the book written anew, which takes a machine on which nothing else runs.
const UPDATE: &str = "UPDATE_WALK_THROUGH";

/// The project. Its user has activated an environment with what it needs.
struct Walk(Project);

impl Walk {
    fn begin() -> Self {
        let project = Project::new(&[]);
        copy("examples/routes", project.path());
        fs::remove_file(project.file("body.rs")).expect("it isn't written yet");
        Self(project)
    }

    /// Runs a command as the book has it, and keeps its output for the book if that is asked for; else as briefly as can be.
    fn step(&self, name: &str, command: &str, briefly: &str) -> Ran {
        let book = include_str!("../../../../docs/src/walk-through.md");
        assert!(book.contains(&format!("$ rustworthy {command}\n")), "the book has no '{command}'");
        let is_updated = std::env::var_os(UPDATE).is_some();
        let ran = self.run(&[command, if is_updated { "" } else { briefly }].concat());
        if is_updated {
            let folder = self.0.path().display().to_string();
            let shown = ran.stdout.replace(&folder, "~/routes");
            let kept: String = shown.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
            let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/output/walk-");
            fs::write(format!("{file}{name}.txt"), kept).expect("a file of the book");
        }
        ran
    }

    fn run(&self, command: &str) -> Ran {
        let words: Vec<&str> = command.split(' ').collect();
        let mut command = self.0.command(&words);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let paths = [ENVIRONMENT.join("bin")].into_iter().chain(std::env::split_paths(&path));
        command.env("VIRTUAL_ENV", &*ENVIRONMENT).env("PATH", std::env::join_paths(paths).expect("a path"));
        hosted::pythons();
        command.env("RUSTWORTHY_WORKERS", hosted::workers()).env("CARGO_TARGET_DIR", target());
        Ran::from(command.output().expect("the program runs"))
    }

    fn edit(&self, name: &str, edit: impl FnOnce(String) -> String) {
        let file = self.0.file(name);
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        fs::write(file, edit(text)).expect("an edit");
    }
}

/// What is printed from the line on that begins so.
fn from_line<'a>(printed: &'a str, start: &str) -> &'a str {
    let place = if printed.starts_with(start) { 0 } else { printed.find(&format!("\n{start}")).expect(start) + 1 };
    &printed[place..]
}

#[test]
fn a_strangers_service_gets_a_function_in_rust_and_a_verdict() {
    let walk = Walk::begin();
    let ran = walk.step("init", "init --yes", "");
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("workload lengths"), "{ran}");

    let ran = walk.step("capture", "capture polyline:decode --pytest test_app.py", "");
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("it is pure, as far as that shows"), "{ran}");
    let workload = from_line(&ran.stdout, "[workload.decode]").to_owned();
    walk.edit("rustworthy.toml", |manifest| format!("{manifest}\n{workload}"));

    let ran = walk.step("try", "try decode", " --quick --budget 1s");
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("to be had for nothing: "), "{ran}");

    let ran = walk.step("new", "new polyline:decode", " --budget 1s");
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("builds, equal"), "{ran}");
    let printed = from_line(&ran.stdout, "[project]").to_owned();
    walk.edit("rustworthy.toml", |manifest| {
        let rest = from_line(&manifest, "# What is here");
        let end = rest.find(&workload).expect("the workload");
        format!("{printed}\n{}", &rest[..end])
    });
    let body = include_str!("../../../../examples/routes/body.rs");
    walk.edit("rust/decode-rust/src/lib.rs", |source| {
        let (before, rest) = source.split_once("// rustworthy: begin body\n").expect("a marker");
        let (_, after) = rest.split_once("    // rustworthy: end body").expect("a marker");
        format!("{before}// rustworthy: begin body\n{body}    // rustworthy: end body{after}")
    });

    let ran = walk.step("check", "new --check decode-rust", " --budget 1s");
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("builds, equal"), "{ran}");

    let ran = walk.step("decide", "decide decode", " --quick --budget 1s");
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = walk.run("report --format json");
    let decision: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    let candidate = &decision["candidates"][0];
    assert_eq!((&candidate["name"], &candidate["verdict"]), (&"decode".into(), &"migrate".into()), "{ran}");
}
