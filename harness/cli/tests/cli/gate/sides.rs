//! Each side runs its own code, whatever is built and wherever it's found.

use super::repository::{Repository, benchmark};
use super::{NEW, OLD};
use crate::support::Project;

/// A module that is made by the build command, out of what the revision has.
#[test]
fn what_is_built_is_built_for_each_side_apart() {
    let module = "import generated\n\n\ndef make(size, seed):\n    return list(range(size * 20))\n\n\n\
                  def same(numbers):\n    return generated.VALUE\n";
    let repository = Repository::of(Project::of_functions(module, &["same"]));
    repository.edit_manifest(|manifest| {
        let build = "build = [\"sh\", \"-c\", \"echo VALUE = $(cat value) > generated.py\"]";
        manifest.replace("[project]", &format!("[project]\n{build}"))
    });
    repository.write("value", "10");
    repository.write(".gitignore", "generated.py\n");
    repository.commit("Two");
    repository.write("value", "2000");
    // In the caller's checkout lies what was built of something else.
    repository.write("generated.py", "VALUE = 300\n");
    let before = repository.state();
    let (gate, ran) = repository.gate(&[]);
    assert_eq!(ran.code, Some(3), "{ran}");
    let problem = &benchmark(&gate, "w:same")["problem"];
    assert_eq!(problem["kind"], "output_changed", "{gate:#}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("10") && detail.contains("2000") && !detail.contains("300"), "{detail}");
    assert_eq!(repository.state(), before);
}

#[test]
fn a_project_below_the_top_of_its_repository_is_gated_there() {
    let repository = Repository::of(Project::new(&[("README", "")]));
    let below = repository.file("below it");
    std::fs::create_dir(&below).unwrap();
    let project = Project::of_functions(OLD, &["same", "changed"]);
    for name in ["rustworthy.toml", "impls.py"] {
        std::fs::copy(project.file(name), below.join(name)).unwrap();
    }
    repository.commit("Two");
    std::fs::write(below.join("impls.py"), format!("{OLD}{NEW}")).unwrap();
    let before = repository.state();
    let (gate, ran) = repository.gate(&["--project", "below it", "--filter", "changed"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert_eq!(benchmark(&gate, "w:changed")["problem"]["kind"], "output_changed");
    assert_eq!(repository.state(), before);
}

#[test]
fn a_hook_of_git_can_gate_what_is_committed() {
    let repository = Repository::of_functions(OLD, &format!("{OLD}{NEW}"), &["same", "changed"]);
    let arguments = ["gate", "--against", "HEAD", "--filter", "changed"];
    let mut command = repository.command(&arguments);
    command.env("GIT_DIR", repository.file(".git")).env("GIT_INDEX_FILE", repository.file(".git/index"));
    let before = repository.state();
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(repository.state(), before);
}
