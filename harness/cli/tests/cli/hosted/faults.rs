//! Pythons and workers that won't do, and what is said of them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use super::{Hosted, MODULE, PYTHONS, newest, project, workers};
use crate::support::{Project, Ran, contender};

#[test]
fn what_is_no_python_or_too_old_is_refused_with_what_would_do() {
    let project = project(MODULE, &["loop", "built_in"], "");
    let refused = |python: &Path| {
        let ran = project.run_in(python, &["compare", "all", "--quick"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
        ran.stderr
    };
    assert!(refused("/bin/true".as_ref()).contains("does not answer as a Python interpreter does"));
    let old = fs::read_dir(PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".pyenv/versions"));
    let is_old = |folder: &PathBuf| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("3.10."));
    match old.into_iter().flatten().flatten().map(|entry| entry.path()).find(is_old) {
        Some(folder) => assert!(refused(&folder.join("bin/python")).contains("but 3.11 or newer is needed")),
        None => eprintln!("not tested: there is no Python 3.10"),
    }
    // As copied from a machine with other processors.
    let foreign = project.file("python-of-elsewhere");
    let machine = if cfg!(target_arch = "riscv64") { 62_u8 } else { 243 };
    let mut head = b"\x7fELF\x02\x01\x01".to_vec();
    head.resize(64, 0);
    head[18] = machine;
    fs::write(&foreign, head).unwrap();
    fs::set_permissions(&foreign, fs::Permissions::from_mode(0o755)).unwrap();
    let message = refused(&foreign);
    assert!(message.contains("which this machine can't run; name a Python for "), "{message}");
    // PyPy answers so.
    let answers = r#"{"executable": "/opt/pypy3.11/bin/pypy3", "implementation": "pypy", "version": "3.11.13 (413c9b7f57f5, Jul 03 2026) [PyPy 7.3.20 with GCC 10.2.1]", "prefix": "/opt/pypy3.11", "base_prefix": "/opt/pypy3.11", "base_executable": "/opt/pypy3.11/bin/pypy3", "libraries": [], "soabi": "pypy311-pp73-x86_64-linux-gnu", "gil_disabled": false, "debug": false, "configured_with": null}"#;
    let pypy = project.file("pypy3");
    fs::write(&pypy, format!("#!/bin/sh\necho '{answers}'\n")).unwrap();
    fs::set_permissions(&pypy, fs::Permissions::from_mode(0o755)).unwrap();
    let message = refused(&pypy);
    assert!(
        message.contains("is pypy, but only CPython is supported") && message.contains("--python PATH"),
        "{message}"
    );
}

#[test]
fn a_version_without_a_worker_is_refused_with_the_command_that_builds_it() {
    let project = project(MODULE, &["loop", "built_in"], "");
    let mut command = project.hosted(newest(), &["compare", "all", "--quick"]);
    let ran = Ran::from(command.env("RUSTWORTHY_WORKERS", project.path()).output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
    assert!(ran.stderr.contains("no worker is built for it") && ran.stderr.contains("harness/hosted/build /"), "{ran}");
}

/// An extension module in the place of a worker, as it could be left of another version.
const OTHER_WORKER: &str = r#"
#include <Python.h>
static struct PyModuleDef module = { PyModuleDef_HEAD_INIT, "rustworthy_worker" };
PyMODINIT_FUNC PyInit_rustworthy_worker(void) {
    PyObject *made = PyModule_Create(&module);
    PyModule_AddIntConstant(made, "PROTOCOL", 4);
    return made;
}
"#;

#[test]
fn a_worker_of_another_version_is_refused_with_what_it_speaks() {
    let python = newest();
    let asked = Command::new(python).args(["-c", "import sysconfig; print(sysconfig.get_path('include'))"]).output();
    let include = String::from_utf8(asked.unwrap().stdout).unwrap();
    let soabi = soabi(python);
    let project = project(MODULE, &["loop", "built_in"], "");
    fs::write(project.file("other.c"), OTHER_WORKER).unwrap();
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-I", include.trim(), "-o"])
        .arg(project.file(&format!("rustworthy_worker.{soabi}.so")))
        .arg(project.file("other.c"))
        .status();
    assert!(built.expect("a C compiler, as Rust needs one too").success());
    let mut command = project.hosted(python, &["compare", "all", "--quick"]);
    let ran = Ran::from(command.env("RUSTWORTHY_WORKERS", project.path()).output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
    assert!(ran.stderr.contains("it speaks version 4 of the protocol of workers"), "{ran}");
    assert!(ran.stderr.contains("build it anew"), "{ran}");

    // What is no extension module at all is told in the words of the linker.
    fs::write(project.file(&format!("rustworthy_worker.{soabi}.so")), "no library").unwrap();
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("before its worker answered") && ran.stderr.contains("ImportError"), "{ran}");
}

#[test]
fn a_worker_of_another_python_is_refused_before_it_is_loaded() {
    let python = newest();
    let own = soabi(python);
    let Some(other) = PYTHONS.iter().map(|python| soabi(python)).find(|other| *other != own) else {
        return eprintln!("not tested: there is one version of Python alone");
    };
    let project = project(MODULE, &["loop", "built_in"], "");
    let file = |soabi: &str| format!("rustworthy_worker.{soabi}.so");
    fs::copy(workers().join(file(&other)), project.file(&file(&own))).unwrap();
    let mut command = project.hosted(python, &["compare", "all", "--quick"]);
    let ran = Ran::from(command.env("RUSTWORTHY_WORKERS", project.path()).output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
    assert!(ran.stderr.contains("is built for CPython 3.") && ran.stderr.contains("whatever its name says"), "{ran}");
}

/// The name of the binary interface of a Python.
fn soabi(python: &Path) -> String {
    let asked =
        Command::new(python).args(["-c", "import sysconfig; print(sysconfig.get_config_var('SOABI'))"]).output();
    String::from_utf8(asked.unwrap().stdout).unwrap().trim().to_owned()
}

/// An environment of a Python with a file among its packages that is run when it starts.
fn environment(project: &Project, name: &str, contents: &str) -> PathBuf {
    let folder = project.file("environment");
    let made = Command::new(newest()).args(["-m", "venv", "--without-pip"]).arg(&folder).status();
    assert!(made.unwrap().success());
    let version = fs::read_dir(folder.join("lib")).unwrap().flatten().next().unwrap().path();
    fs::write(version.join("site-packages").join(name), contents).unwrap();
    folder
}

#[test]
fn start_up_files_of_the_environment_run_as_in_production() {
    let module = format!("{MODULE}\ndef marked(numbers): return sys.marked\n");
    let project = project(&module, &["marked"], "");
    let folder = environment(&project, "mark.pth", "import sys; sys.marked = 5\n");
    let (result, ran) = project.compare_in(&folder);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(contender(&result, "w", "marked")["status"], "measured");
}

#[test]
fn a_python_that_does_not_start_for_its_start_up_files_is_told_with_what_it_says() {
    let project = project(MODULE, &["loop", "built_in"], "");
    // It answers what it's asked first, and ends where a worker is to run in it.
    let broken = "import os, sys\nif 'RUSTWORTHY_WORKER_PROTOCOL' in os.environ:\n    sys.stderr.write('no licence\\n')\n    os._exit(3)\n";
    let folder = environment(&project, "sitecustomize.py", broken);
    let ran = project.run_in(&folder, &["compare", "all", "--quick"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
    assert!(ran.stderr.contains("ended with status 3 before its worker answered"), "{ran}");
    // The command that is advised fails as the worker did, where another would start.
    let (_, advised) = ran.stderr.split_once("workers are given: ").unwrap_or_else(|| panic!("{ran}"));
    let (command, advice) = advised.split_once("; if it does, ").unwrap_or_else(|| panic!("{ran}"));
    assert!(advice.starts_with("build the worker anew") && advice.contains("no licence"), "{ran}");
    let tried = Command::new("sh").args(["-c", command]).output().unwrap();
    assert_eq!((tried.status.code(), &*tried.stderr), (Some(3), &b"no licence\n"[..]), "{command}");
}

#[test]
fn what_start_up_files_print_is_told_once_and_is_no_output_of_contenders() {
    let module = format!("{MODULE}\nimport os\ndef leaves(numbers): os._exit(5)\n");
    let project = project(&module, &["loop", "built_in", "leaves"], "");
    // Python says what is wrong with it, and goes on.
    let folder = environment(&project, "sitecustomize.py", "raise ValueError('broken')\n");
    let (result, ran) = project.compare_in(&folder);
    assert_eq!(ran.code, Some(3), "`leaves` fails: {ran}");
    assert_eq!(ran.stderr.matches("prints when it starts").count(), 1, "{ran}");
    assert!(ran.stderr.contains("ValueError: broken"), "{ran}");
    let built_in = contender(&result, "w", "built-in");
    assert_eq!((&built_in["status"], built_in["warnings"].to_string().contains("prints")), (&"measured".into(), false));
    let error = contender(&result, "w", "leaves")["error"].as_str().unwrap();
    assert!(error.starts_with("ended its process with status 5") && !error.contains("broken"), "{error}");
}

#[test]
fn start_up_files_that_hang_end_with_the_timeout_and_are_told() {
    let project = project(MODULE, &["loop", "built_in"], "");
    let hangs = "import os, time\nif 'RUSTWORTHY_WORKER_PROTOCOL' in os.environ: time.sleep(1000)\n";
    let folder = environment(&project, "sitecustomize.py", hangs);
    let ran = project.run_in(&folder, &["compare", "all", "--quick", "--timeout", "1s"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
    assert!(ran.stderr.contains("hadn't started after 10 s, perhaps for its start-up files"), "{ran}");
    assert!(ran.stderr.contains("Ctrl-C shows where it hangs") && !ran.stderr.contains("raise `timeout`"), "{ran}");
    project.assert_deserted();
}

#[test]
fn variables_that_say_where_python_finds_its_modules_mean_what_they_mean_to_the_executable() {
    let module = format!("{MODULE}\ndef found(numbers):\n    import elsewhere\n    return elsewhere.VALUE\n");
    let project = project(&module, &["found"], "");
    fs::create_dir(project.file("more")).unwrap();
    fs::write(project.file("more/elsewhere.py"), "VALUE = 5\n").unwrap();
    let mut command = project.hosted(newest(), &["compare", "all", "--quick", "--budget", "100ms"]);
    let ran = Ran::from(command.env("PYTHONPATH", "more").output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran}");
    let mut command = project.hosted(newest(), &["compare", "all", "--quick"]);
    let ran = Ran::from(command.env("PYTHONHOME", project.path()).output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
    assert!(ran.stderr.contains("PYTHONHOME is"), "{ran}");
}

/// A requirement that nothing satisfies.
fn with_requirements(project: &Project) {
    let manifest = fs::read_to_string(project.file("rustworthy.toml")).unwrap();
    let manifest = manifest.replace("[project]\n", "[project]\nrequirements = \"requirements.txt\"\n");
    fs::write(project.file("rustworthy.toml"), manifest).unwrap();
    fs::write(project.file("requirements.txt"), "rustworthy-has-no-such-package==1.0\n").unwrap();
}

/// A Python as it is, but for a module of its standard library.
fn python_without(project: &Project, module: &str) -> PathBuf {
    const WHERE: &str = "import os, sys; print(sys.base_prefix); print(os.path.dirname(os.__file__)); print(os.path.realpath(sys.executable))";
    let asked = Command::new(newest()).args(["-c", WHERE]).output().unwrap();
    let asked = String::from_utf8(asked.stdout).unwrap();
    let [prefix, library, executable] = asked.lines().collect::<Vec<_>>()[..] else { panic!("{asked}") };
    let root = project.file("python");
    let own = root.join(Path::new(library).strip_prefix(prefix).unwrap());
    fs::create_dir_all(&own).unwrap();
    fs::create_dir(root.join("bin")).unwrap();
    for entry in fs::read_dir(library).unwrap().flatten().filter(|entry| entry.file_name() != module) {
        symlink(entry.path(), own.join(entry.file_name())).unwrap();
    }
    // A link would lead to the whole library.
    let copy = root.join("bin").join(Path::new(executable).file_name().unwrap());
    fs::copy(executable, &copy).unwrap();
    copy
}

#[test]
fn a_python_that_makes_no_environments_measures_what_needs_none() {
    let project = project(MODULE, &["loop", "built_in"], "");
    let python = python_without(&project, "ensurepip");
    let (result, ran) = project.compare_in(&python);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(contender(&result, "w", "built-in")["status"], "measured");
    with_requirements(&project);
    let mut command = project.hosted(&python, &["compare", "all", "--quick"]);
    let ran = Ran::from(command.env("RUSTWORTHY_CACHE", project.file("cache")).output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
    assert!(ran.stderr.contains("cannot create virtual environments, for want of ensurepip"), "{ran}");
}

#[test]
fn a_home_that_cannot_be_written_to_is_needed_for_packages_alone() {
    let project = project(MODULE, &["loop", "built_in"], "");
    let run = |project: &Project| {
        let mut command = project.hosted(newest(), &["compare", "all", "--quick", "--budget", "100ms"]);
        command.env("HOME", "/sys").env_remove("XDG_CACHE_HOME").env_remove("RUSTWORTHY_CACHE");
        Ran::from(command.output().unwrap())
    };
    let ran = run(&project);
    assert_eq!(ran.code, Some(0), "{ran}");
    with_requirements(&project);
    let ran = run(&project);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
    assert!(
        ran.stderr.contains("/sys/.cache") && ran.stderr.contains("set RUSTWORTHY_CACHE to another folder"),
        "{ran}"
    );
}

/// Sizes and times of the files below a folder, but for bytecode, which any Python that imports keeps there.
fn files(folder: &Path, found: &mut BTreeMap<PathBuf, (u64, SystemTime)>) {
    for entry in fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.file_name() != "__pycache__") {
        let state = fs::symlink_metadata(entry.path()).unwrap();
        if state.is_dir() {
            files(&entry.path(), found);
        } else {
            found.insert(entry.path(), (state.len(), state.modified().unwrap()));
        }
    }
}

#[test]
fn an_environment_without_pip_is_measured_in_and_stays_as_it_is() {
    let project = project(MODULE, &["loop", "built_in"], "");
    // As uv makes them.
    let folder = environment(&project, "own.py", "");
    let settings = fs::read_to_string(folder.join("pyvenv.cfg")).unwrap();
    fs::write(folder.join("pyvenv.cfg"), settings + "uv = 0.9.0\n").unwrap();
    let state = || {
        let mut found = BTreeMap::new();
        files(&folder, &mut found);
        found
    };
    let before = state();
    let (result, ran) = project.compare_in(&folder);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(contender(&result, "w", "built-in")["status"], "measured");
    with_requirements(&project);
    let ran = project.run_in(&folder, &["compare", "all", "--quick", "--offline"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
    assert!(ran.stderr.contains("rustworthy-has-no-such-package"), "{ran}");
    // It has no pip that could be advised.
    let command = format!("uv pip install --python {}/bin/python -r ", folder.display());
    assert!(ran.stderr.contains(&command), "{command}: {ran}");
    assert_eq!(state(), before);
}
