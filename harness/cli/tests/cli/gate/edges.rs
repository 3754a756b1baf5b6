//! Revisions that can't be had: each gets a message with what to do about it, before anything is measured.

use super::OLD;
use super::repository::{Repository, git};
use crate::support::Project;

#[test]
fn a_folder_without_repository_has_no_revisions() {
    let project = Project::of_functions(OLD, &["same"]);
    let ran = project.run(&["gate", "--against", "HEAD"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
    assert!(ran.stderr.contains("not in a git repository") && ran.stderr.contains("a saved run"), "{ran}");
}

#[test]
fn what_is_wrong_with_a_revision_is_told_with_a_remedy() {
    let repository = Repository::of(Project::new(&[("README", "no manifest yet")]));
    repository.write("rustworthy.toml", "[workload.w]\nimput = \"impls:make\"\n");
    repository.commit("Invalid");
    let project = Project::of_functions(OLD, &["same"]);
    let manifest = std::fs::read_to_string(project.file("rustworthy.toml")).unwrap();
    repository.write("impls.py", OLD);
    let renamed = manifest.replace("impls:same", "impls:renamed");
    repository.write("rustworthy.toml", &renamed);
    repository.commit("No such function");
    repository.write(
        "rustworthy.toml",
        &manifest.replace("[project]", "[project]\nbuild = [\"sh\", \"-c\", \"echo no way; exit 7\"]"),
    );
    repository.commit("Doesn't build");
    repository.write("rustworthy.toml", &manifest);
    repository.commit("Valid");

    let refused = |revision: &str, parts: &[&str]| {
        let message = repository.refused(2, &["--against", revision]);
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    };
    refused("mian", &["unknown revision 'mian'; did you mean 'main'?"]);
    refused("main~9", &["leads nowhere from it"]);
    refused("HEAD:impls.py", &["is a blob, not a commit"]);
    let message = repository.refused(4, &["--against", "HEAD~4"]);
    assert!(message.contains("nothing to gate: the revision 'HEAD~4' has no rustworthy.toml yet"), "{message}");
    refused("HEAD~3", &["the revision 'HEAD~3'", "rustworthy.toml:2", "imput", "did you mean 'input'?"]);
    refused("HEAD~2", &["the revision 'HEAD~2'", "has no function 'renamed'"]);
    refused("HEAD~1", &["the revision 'HEAD~1' doesn't build", "no way", "7"]);
    refused("nope.json", &["no such saved run"]);
    refused("--nope", &["unexpected argument"]);
}

#[test]
fn a_project_that_is_wrong_itself_is_told_first() {
    let repository = Repository::of_functions(OLD, "def make(size, seed):\n    return 1\n", &["same"]);
    let message = repository.refused(2, &["--against", "HEAD"]);
    assert!(
        message.contains("module 'impls' has no function 'same'") && !message.contains("the revision"),
        "{message}"
    );
    repository.edit_manifest(|_| "[project]\n".to_owned());
    repository.commit("No workloads");
    let message = repository.refused(4, &["--against", "HEAD"]);
    assert!(message.contains("nothing to gate") && message.contains("has no workload"), "{message}");
    let message = repository.refused(2, &["nope", "--against", "HEAD"]);
    assert!(message.contains("there is no workload 'nope'"), "{message}");
}

#[test]
fn a_shallow_clone_is_told_which_fetch_it_needs() {
    let origin = Repository::of_functions(OLD, &format!("{OLD}\n"), &["same"]);
    origin.commit("Two");
    let clone = Project::new(&[]);
    git(clone.path(), &["clone", "--quiet", "--depth=1", &format!("file://{}", origin.path().display()), "."]);
    let ran = clone.run(&["gate", "--against", "HEAD~1"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("shallow") && ran.stderr.contains("git fetch --unshallow"), "{ran}");
}

#[test]
fn the_built_in_workloads_have_revisions_only_in_a_checkout_of_the_program() {
    let repository = Repository::of(Project::new(&[("README", "")]));
    let message = repository.refused(2, &["--builtin", "--against", "HEAD"]);
    assert!(message.contains("only a checkout of rustworthy itself"), "{message}");
}
