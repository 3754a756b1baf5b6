//! Whatever way a project's code is found by, each side runs its own, or the gate says that it didn't. What was run shows in
//! the output, which is `old` on one side and `new` on the other.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::repository::{Repository, benchmark};
use crate::support::{Project, Ran};

const MANIFEST: &str = "[workload.w]\ninput = \"bench:make\"\nsizes = { default = 1 }\n\n\
                        [workload.w.contender.hot]\npython = \"bench:run\"\nbaseline = true\n";
const BENCH: &str = "from acme.hot import work\n\n\ndef make(size, seed):\n    return size\n\n\n\
                     def run(size):\n    return work()\n";
const WORK: &str = "def work():\n    return 'old'\n";

/// A repository with an environment of its own in it, whose package `acme` lies in `src`.
struct Checkout(Repository);

impl Checkout {
    fn new(settings: &str) -> Self {
        let repository = Repository::of(Project::new(&[(".gitignore", ".venv\n__pycache__\n")]));
        for folder in ["src/acme", "benches"] {
            fs::create_dir_all(repository.file(folder)).unwrap();
        }
        repository.write("rustworthy.toml", &format!("[project]\npython-path = [\"benches\"]\n{settings}\n{MANIFEST}"));
        repository.write("benches/bench.py", BENCH);
        repository.write("src/acme/__init__.py", "");
        repository.write("src/acme/hot.py", WORK);
        repository.commit("Old");
        let python = rustworthy_worker::libpython::built_with();
        let made = Command::new(python).args(["-m", "venv", "--without-pip"]).arg(repository.file(".venv")).status();
        assert!(made.unwrap().success());
        Self(repository)
    }

    /// What is installed in the environment.
    fn packages(&self) -> PathBuf {
        let lib = fs::read_dir(self.0.file(".venv/lib")).unwrap().next().unwrap().unwrap();
        lib.path().join("site-packages")
    }

    fn install(&self, name: &str, contents: &str) {
        let path = self.packages().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    fn source(&self) -> PathBuf {
        self.0.file("src").canonicalize().unwrap()
    }

    /// Makes the working tree's output `new`, and gates it.
    fn gate(&self, variables: &[(&str, &Path)]) -> (Value, Ran) {
        let new = WORK.replace("old", "new");
        self.0.write("src/acme/hot.py", &new);
        let mut command = self.0.command(&["gate", "--against", "HEAD", "--budget", "100ms", "--format", "json"]);
        command.arg("--python").arg(".venv").envs(variables.iter().copied());
        let ran = Ran::from(command.output().unwrap());
        (serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}")), ran)
    }

    #[track_caller]
    fn each_runs_its_own(&self, variables: &[(&str, &Path)]) {
        let (gate, ran) = self.gate(variables);
        let problem = &benchmark(&gate, "w:hot")["problem"];
        assert_eq!((ran.code, problem["kind"].as_str()), (Some(3), Some("output_changed")), "{problem} {ran}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("old") && detail.contains("new"), "{detail}");
    }

    #[track_caller]
    fn says_whose_code_it_was(&self, parts: &[&str]) {
        let (gate, ran) = self.gate(&[]);
        let problem = &benchmark(&gate, "w:hot")["problem"];
        assert_eq!((ran.code, problem["kind"].as_str()), (Some(5), Some("foreign_code")), "{problem} {ran}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(parts.iter().all(|part| detail.contains(part)), "{detail}");
        assert_eq!(gate["verdict"], "inconclusive");
    }
}

#[test]
fn an_editable_install_by_a_path_is_that_of_the_side() {
    let checkout = Checkout::new("");
    checkout.install("__editable__.acme-0.1.pth", &format!("{}\n", checkout.source().display()));
    checkout.each_runs_its_own(&[]);
}

#[test]
fn an_editable_install_by_a_finder_is_that_of_the_side() {
    let checkout = Checkout::new("");
    let finder = format!(
        "import sys\nfrom importlib.machinery import PathFinder\nMAPPING = {{'acme': '{}/acme'}}\n\n\n\
         class Finder:\n    @classmethod\n    def find_spec(cls, name, path=None, target=None):\n        \
         if name in MAPPING:\n            return PathFinder.find_spec(name, [MAPPING[name].rsplit('/', 1)[0]])\n\n\n\
         def install():\n    sys.meta_path.append(Finder)\n",
        checkout.source().display()
    );
    checkout.install("__editable___acme_0_1_finder.py", &finder);
    let start = "import __editable___acme_0_1_finder; __editable___acme_0_1_finder.install()\n";
    checkout.install("__editable__.acme-0.1.pth", start);
    checkout.each_runs_its_own(&[]);
}

#[test]
fn an_editable_install_by_a_link_is_that_of_the_side() {
    let checkout = Checkout::new("");
    symlink(checkout.source().join("acme"), checkout.packages().join("acme")).unwrap();
    checkout.each_runs_its_own(&[]);
}

#[test]
fn an_editable_install_that_spells_the_checkout_by_a_link_is_that_of_the_side() {
    let checkout = Checkout::new("");
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("by another way");
    symlink(checkout.0.path(), &link).unwrap();
    checkout.install("acme.pth", &format!("{}\n", link.join("src").display()));
    checkout.each_runs_its_own(&[]);
}

#[test]
fn the_search_path_of_the_caller_leads_into_the_side() {
    let checkout = Checkout::new("");
    checkout.each_runs_its_own(&[("PYTHONPATH", &checkout.source())]);
    checkout.each_runs_its_own(&[("PYTHONPATH", Path::new("src"))]);
}

#[test]
fn an_absolute_folder_of_the_manifest_leads_into_the_side() {
    let checkout = Checkout::new("");
    let source = checkout.source().display().to_string();
    checkout.0.edit_manifest(|manifest| manifest.replace("[\"benches\"]", &format!("[\"benches\", \"{source}\"]")));
    checkout.0.commit("Absolute");
    checkout.each_runs_its_own(&[]);
}

#[test]
fn a_build_installs_into_an_environment_of_the_side() {
    let build = "build = [\"sh\", \"-c\", \"cp -r src/acme \\\"$(python -c 'import site; print(site.getsitepackages()[0])')\\\"\"]";
    Checkout::new(build).each_runs_its_own(&[]);
}

#[test]
fn a_build_that_installs_into_the_callers_environment_is_found_out() {
    let checkout = Checkout::new("build = [\"true\"]");
    let packages = checkout.packages().canonicalize().unwrap().display().to_string();
    let build = format!("build = [\"cp\", \"-rT\", \"src/acme\", \"{packages}/acme\"]");
    checkout.0.edit_manifest(|manifest| manifest.replace("build = [\"true\"]", &build));
    checkout.0.commit("Installs elsewhere");
    checkout.says_whose_code_it_was(&["both sides have loaded acme", "site-packages/acme", "`build`"]);
}

#[test]
fn an_installed_copy_of_the_project_is_found_out() {
    let checkout = Checkout::new("");
    checkout.install("acme/__init__.py", "");
    checkout.install("acme/hot.py", WORK);
    checkout.says_whose_code_it_was(&["both sides have loaded acme", "site-packages/acme"]);
}

#[test]
fn an_installed_copy_whose_name_the_checkout_does_not_show_is_found_out() {
    let checkout = Checkout::new("");
    checkout.0.write("benches/bench.py", &BENCH.replace("acme.hot", "renamed"));
    checkout.0.commit("By its name");
    checkout.install("renamed.py", WORK);
    let url =
        format!("{{\"url\": \"file://{}\", \"dir_info\": {{}}}}", checkout.0.path().canonicalize().unwrap().display());
    checkout.install("acme-0.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: acme\nVersion: 0.1\n");
    checkout.install("acme-0.1.dist-info/RECORD", "renamed.py,,\nacme-0.1.dist-info/METADATA,,\n");
    checkout.install("acme-0.1.dist-info/direct_url.json", &url);
    checkout.says_whose_code_it_was(&["both sides have loaded renamed", "site-packages/renamed.py"]);
}

#[test]
fn code_that_finds_the_callers_checkout_by_itself_is_found_out() {
    let checkout = Checkout::new("");
    let source = checkout.source();
    checkout.0.write("benches/bench.py", &format!("import sys\nsys.path.insert(0, '{}')\n{BENCH}", source.display()));
    checkout.0.commit("By itself");
    checkout.says_whose_code_it_was(&["the old side has loaded acme", "the caller's checkout", "`python-path`"]);
}

/// A workload of its own for each way to look for something by a path that is spelt out: data, data for the input, code that no
/// module shows, and what native code opens.
const SPELT_OUT: [&str; 5] = ["data", "input", "code", "database", "library"];

/// The file that one of them looks for.
fn looked_for(what: &str) -> String {
    format!("src/acme/{what}.py")
}

/// What one of them is made of. A library is none, but what is looked at is whose file it is.
fn spelt_out(checkout: &Checkout, what: &str) -> String {
    let path = checkout.0.path().canonicalize().unwrap().join(looked_for(what));
    let path = format!("'{}'", path.display());
    let (head, input, output) = match what {
        "data" => (String::new(), "size".to_owned(), format!("open({path}).read()")),
        "input" => (String::new(), format!("open({path}).read()"), "given".to_owned()),
        "code" => (
            format!(
                "from importlib.util import module_from_spec, spec_from_file_location\n\n\
                 spec = spec_from_file_location('found', {path})\nfound = module_from_spec(spec)\n\
                 spec.loader.exec_module(found)\n\n\n"
            ),
            "size".to_owned(),
            "found.work()".to_owned(),
        ),
        "database" => {
            ("import sqlite3\n\n\n".to_owned(), "size".to_owned(), format!("[sqlite3.connect({path}).close()]"))
        }
        _ => (
            format!(
                "import ctypes\n\n\ndef load():\n    try:\n        ctypes.CDLL({path})\n    except OSError:\n        return 1\n\n\n"
            ),
            "size".to_owned(),
            "load()".to_owned(),
        ),
    };
    format!("{head}def make(size, seed):\n    return {input}\n\n\ndef run(given):\n    return {output}\n")
}

#[test]
fn a_file_of_the_callers_checkout_that_is_read_in_place_of_ones_own_is_found_out() {
    let checkout = Checkout::new("");
    checkout.install("acme.pth", &format!("{}\n", checkout.source().display()));
    let write = |contents: &str| SPELT_OUT.iter().for_each(|what| checkout.0.write(&looked_for(what), contents));
    write(WORK);
    for what in SPELT_OUT {
        checkout.0.write(&format!("benches/{what}_bench.py"), &spelt_out(&checkout, what));
        checkout.0.edit_manifest(|manifest| {
            let own = MANIFEST.replace("workload.w", &format!("workload.{what}"));
            manifest + "\n" + &own.replace("bench:", &format!("{what}_bench:"))
        });
    }
    checkout.0.commit("By their whole paths");
    let problems = || {
        let (gate, ran) = checkout.0.gate(&[&SPELT_OUT[..], &["--fail-over", "100000%", "--python", ".venv"]].concat());
        let problem = |what: &str| benchmark(&gate, &format!("{what}:hot"))["problem"].clone();
        (SPELT_OUT.map(problem), ran)
    };
    let (found, ran) = problems();
    assert!(found.iter().all(Value::is_null), "both sides would have read the same: {ran}");
    write(&WORK.replace("old", "new"));
    let (found, ran) = problems();
    for (what, problem) in SPELT_OUT.into_iter().zip(found) {
        assert_eq!(problem["kind"], "foreign_code", "{what}: {ran}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.starts_with("the old side has read") && detail.contains(&looked_for(what)), "{what}: {detail}");
    }
}

#[test]
fn an_ignored_extension_module_that_no_build_makes_is_told() {
    let fast =
        "try:\n    from acme import _fast\nexcept ImportError:\n    _fast = None\n\n\ndef work():\n    return 1\n";
    for (build, is_told) in [("", true), ("build = [\"sh\", \"-c\", \"touch src/acme/_fast.so\"]", false)] {
        let checkout = Checkout::new(build);
        checkout.install("acme.pth", &format!("{}\n", checkout.source().display()));
        checkout.0.write(".gitignore", ".venv\n__pycache__\n*.so\n");
        checkout.0.write("src/acme/hot.py", fast);
        checkout.0.commit("With an extension module");
        checkout.0.write("src/acme/_fast.so", "");
        let ran = checkout.0.run(&["gate", "--against", "HEAD", "--budget", "100ms", "--python", ".venv"]);
        let text = ran.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(text.contains("src/acme/_fast.so: git ignores this extension module"), is_told, "{ran}");
    }
}

#[test]
fn files_are_those_of_the_side_by_whatever_path() {
    let checkout = Checkout::new("");
    checkout.install("acme.pth", &format!("{}\n", checkout.source().display()));
    let read = "import os\nfrom importlib.resources import files\n\n\ndef work():\n    beside = os.path.join(os.path.dirname(__file__), 'data.txt')\n    \
                return open('factor.txt').read(), open(beside).read(), files('acme').joinpath('data.txt').read_text()\n";
    checkout.0.write("src/acme/hot.py", read);
    for name in ["factor.txt", "src/acme/data.txt"] {
        checkout.0.write(name, "old");
    }
    checkout.0.commit("Files");
    for (name, contents) in [("factor.txt", "new"), ("src/acme/data.txt", "newer")] {
        checkout.0.write(name, contents);
    }
    let ran = Ran::from(
        checkout.0.command(&["gate", "--against", "HEAD", "--budget", "100ms", "--python", ".venv"]).output().unwrap(),
    );
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.stdout.contains("'old'") && ran.stdout.contains("'new'"), "{ran}");
    // From a folder below too, a file is looked for beside the manifest.
    let mut command = checkout.0.command(&["compare", "w", "--quick", "--budget", "100ms", "--python", "../.venv"]);
    let ran = Ran::from(command.current_dir(checkout.0.file("src")).output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran}");
}

#[test]
fn a_branch_that_first_adds_the_manifest_has_nothing_to_compare_with() {
    let repository = Repository::of(Project::new(&[("README", "")]));
    let project =
        Project::of_functions("def make(size, seed):\n    return 1\n\n\ndef same(one):\n    return one\n", &["same"]);
    for name in ["rustworthy.toml", "impls.py"] {
        fs::copy(project.file(name), repository.file(name)).unwrap();
    }
    let message = repository.refused(4, &["--against", "HEAD"]);
    assert!(message.contains("has no rustworthy.toml yet") && message.contains("committed"), "{message}");
}
