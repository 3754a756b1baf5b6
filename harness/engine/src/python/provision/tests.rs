//! Provisioning from fake interpreters, whose pip does what the test wants, and once from a real one.

use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::*;
use crate::python::missing::Missing;
use crate::python::select::Origin;
use crate::python::testing::{Fake, bare_environment, build_python, ends};

const LOCK: &str = "alpha==1.5 --hash=sha256:00\n";
/// A pip that counts its runs and prints its arguments.
const COUNTING_PIP: &str = r#"echo run >> "$base/runs"; echo "$@""#;

/// A folder with a fake interpreter, requirements and a cache.
struct Fixture {
    folder: TempDir,
    cancel: AtomicBool,
}

impl Fixture {
    fn new(fake: &Fake, requirements: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), cancel: AtomicBool::new(false) };
        fake.install(place.path());
        fs::write(place.path().join("requirements.txt"), requirements).unwrap();
        place
    }

    fn with_pip(pip: &str) -> Self {
        Self::new(&Fake { pip: pip.to_owned(), ..Fake::default() }, LOCK)
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn request(&self, origin: Origin) -> Request<'_> {
        request(self.path(), origin, &self.cancel)
    }

    fn provide(&self) -> Result<Interpreter, PythonError> {
        self.watch().0
    }

    /// Provides the environment, and returns the progress that was reported meanwhile.
    fn watch(&self) -> (Result<Interpreter, PythonError>, Vec<Progress>) {
        let mut said = Vec::new();
        let result = environment(&self.request(Origin::Own), &mut |progress| said.push(progress));
        (result, said)
    }

    fn runs_of_pip(&self) -> usize {
        fs::read_to_string(self.path().join("runs")).unwrap_or_default().lines().count()
    }

    fn message(&self) -> String {
        self.provide().unwrap_err().to_string()
    }

    /// The attempts that are in the cache.
    fn attempts(&self) -> usize {
        let Ok(slots) = fs::read_dir(self.path().join("cache/environments")) else { return 0 };
        let entries = slots.flat_map(|slot| fs::read_dir(slot.unwrap().path()).unwrap());
        entries.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("env-")).count()
    }
}

fn request<'a>(folder: &Path, origin: Origin, cancel: &'a AtomicBool) -> Request<'a> {
    Request {
        selection: Selection { interpreter: inspect(&folder.join("bin/python")).unwrap(), origin },
        requirements: Some(folder.join("requirements.txt")),
        offline: false,
        cache: folder.join("cache"),
        cancel,
    }
}

#[test]
fn without_requirements_the_chosen_interpreter_is_used() {
    let place = Fixture::with_pip("exit 1");
    let request = Request { requirements: None, ..place.request(Origin::Own) };
    assert_eq!(environment(&request, &mut |_| {}).unwrap(), request.selection.interpreter);
    assert!(!place.path().join("cache").exists());
}

#[test]
fn an_environment_of_the_users_is_used_as_it_is_where_it_satisfies_and_never_installed_into() {
    let place = Fixture::with_pip(COUNTING_PIP);
    let request = place.request(Origin::Active);
    assert_eq!(environment(&request, &mut |_| {}).unwrap(), request.selection.interpreter);
    assert_eq!(place.runs_of_pip(), 0);

    let unmet = r#"[{"name": "alpha", "wanted": "==1.5", "found": null}]"#;
    let place = Fixture::new(&Fake { unmet, pip: COUNTING_PIP.to_owned(), ..Fake::default() }, LOCK);
    let provided = environment(&place.request(Origin::Active), &mut |_| {}).unwrap();
    assert!(provided.executable.starts_with(place.path().join("cache")));
}

#[test]
fn a_second_run_provides_nothing() {
    let place = Fixture::with_pip(COUNTING_PIP);
    let (first, said) = place.watch();
    let first = first.unwrap();
    assert!(matches!(said.first(), Some(Progress::CreatingEnvironment { .. })));
    assert_eq!(said.last(), Some(&Progress::Ready { executable: first.executable.clone() }));
    let (second, said) = place.watch();
    assert_eq!(second.unwrap(), first);
    assert_eq!(said, []);
    assert_eq!(place.runs_of_pip(), 1);
}

#[test]
fn hashes_are_required_where_the_file_has_them() {
    let arguments = |place: &Fixture| match &place.watch().1[1] {
        Progress::Installing { line } => line.replace(&place.path().display().to_string(), "HERE"),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        arguments(&Fixture::with_pip(COUNTING_PIP)),
        "-I -u -m pip install --disable-pip-version-check --no-input --require-hashes --only-binary :all: \
         -r HERE/requirements.txt --progress-bar off"
    );
    let fake = Fake { pip: COUNTING_PIP.to_owned(), ..Fake::default() };
    let plain = arguments(&Fixture::new(&fake, "alpha\n"));
    assert!(!plain.contains("--require-hashes") && plain.contains("-r HERE/requirements.txt"), "{plain}");
}

#[test]
fn a_failing_pip_is_told_with_its_last_lines_and_leaves_nothing() {
    let place = Fixture::with_pip("echo ERROR: no such thing >&2; exit 1");
    let message = place.message();
    assert!(message.contains("requirements.txt: pip cannot install these requirements for Python 3.11.7"), "{message}");
    assert!(message.contains("\n    ERROR: no such thing\n"), "{message}");
    assert!(message.contains("-m venv .venv && .venv/bin/python -m pip install"), "{message}");
    assert_eq!(place.attempts(), 0);

    Fake { pip: COUNTING_PIP.to_owned(), ..Fake::default() }.install(place.path());
    place.provide().unwrap();
    assert_eq!(place.attempts(), 1);
}

#[test]
fn a_full_disk_is_told() {
    let place = Fixture::with_pip("echo 'ERROR: Could not install: [Errno 28] No space left on device' >&2; exit 1");
    let message = place.message();
    assert!(message.contains("/cache: the disk is full; make room"), "{message}");
}

#[test]
fn a_python_without_ensurepip_is_told_with_the_package_that_has_it() {
    let ensurepip = "echo \"$0: No module named ensurepip\" >&2; exit 1";
    let message = Fixture::new(&Fake { ensurepip, ..Fake::default() }, LOCK).message();
    assert!(message.contains("apt install python3.11-venv"), "{message}");
}

#[test]
fn an_environment_that_cannot_be_created_is_told_with_the_reason() {
    let ensurepip = "echo 'Aborting: disk on fire' >&2; exit 1";
    let message = Fixture::new(&Fake { ensurepip, ..Fake::default() }, LOCK).message();
    assert!(message.contains("/bin/python: cannot create a virtual environment in "), "{message}");
    assert!(message.contains("Aborting: disk on fire"), "{message}");
}

#[test]
fn offline_names_what_is_missing_and_the_command_that_gets_it() {
    let unmet = r#"[{"name": "alpha", "wanted": "==1.5", "found": "1.4"}]"#;
    let place = Fixture::new(&Fake { unmet, pip: COUNTING_PIP.to_owned(), ..Fake::default() }, LOCK);
    let offline = |origin| Request { offline: true, ..place.request(origin) };
    let message = environment(&offline(Origin::Named), &mut |_| {}).unwrap_err().to_string();
    let here = place.path().display().to_string();
    assert_eq!(
        message.replace(&here, "HERE"),
        "offline, and these packages of HERE/requirements.txt are missing: alpha 1.5 (found 1.4); once connected, run the \
         same without --offline, or: HERE/bin/python -m venv .venv && .venv/bin/python -m pip install \
         --disable-pip-version-check --no-input --require-hashes --only-binary :all: -r HERE/requirements.txt, and name it \
         by --python .venv"
    );
    assert_eq!(place.runs_of_pip(), 0);

    // What was provided earlier serves offline too.
    place.provide().unwrap();
    environment(&offline(Origin::Own), &mut |_| {}).unwrap();
}

#[test]
fn offline_an_interpreter_that_has_everything_will_do() {
    let place = Fixture::with_pip(COUNTING_PIP);
    let request = Request { offline: true, ..place.request(Origin::Own) };
    assert_eq!(environment(&request, &mut |_| {}).unwrap(), request.selection.interpreter);
    assert_eq!(place.runs_of_pip(), 0);
}

#[test]
fn an_environment_that_no_longer_runs_is_made_anew() {
    let place = Fixture::with_pip(COUNTING_PIP);
    let broken = place.provide().unwrap();
    fs::remove_file(&broken.executable).unwrap();
    let (anew, said) = place.watch();
    assert!(matches!(&said[0], Progress::StartingOver { reason } if reason.contains("no such file")));
    assert!(anew.unwrap().executable.is_file());
    assert_eq!((place.runs_of_pip(), place.attempts()), (2, 1));
}

#[test]
fn two_runs_at_once_make_one_environment_and_the_second_says_that_it_waits() {
    let place = Fixture::with_pip(&format!("{COUNTING_PIP}; sleep 0.5"));
    let (first, second) = thread::scope(|scope| {
        let first = scope.spawn(|| place.watch());
        let second = scope.spawn(|| place.watch());
        (first.join().unwrap(), second.join().unwrap())
    });
    assert_eq!(first.0.unwrap(), second.0.unwrap());
    assert_eq!(place.runs_of_pip(), 1);
    assert!([first.1, second.1].contains(&vec![Progress::Waiting]));
}

#[test]
fn cancelling_ends_pip_and_leaves_nothing() {
    let place = Fixture::with_pip("echo $$; sleep 1000");
    let mut process = String::new();
    let result = environment(&place.request(Origin::Own), &mut |progress| {
        if let Progress::Installing { line } = progress {
            process = line;
            place.cancel.store(true, Ordering::Relaxed);
        }
    });
    assert!(matches!(result, Err(PythonError::Interrupted)));
    assert!(ends(&process));
    assert_eq!(place.attempts(), 0);
}

#[test]
fn a_wait_can_be_cancelled() {
    let place = Fixture::with_pip("sleep 1000");
    let other = AtomicBool::new(false);
    thread::scope(|scope| {
        let first = scope.spawn(|| place.provide());
        let waiting = request(place.path(), Origin::Own, &other);
        while place.attempts() == 0 {
            thread::sleep(Duration::from_millis(10));
        }
        let result = environment(&waiting, &mut |_| other.store(true, Ordering::Relaxed));
        assert!(matches!(result, Err(PythonError::Interrupted)));
        place.cancel.store(true, Ordering::Relaxed);
        assert!(matches!(first.join().unwrap(), Err(PythonError::Interrupted)));
    });
}

/// Runs in a process of its own, for the tests that need to kill it or to set its environment.
#[test]
#[ignore = "started by other tests"]
fn another_process() {
    let folder = PathBuf::from(std::env::var_os("PLACE").unwrap());
    let result = environment(&request(&folder, Origin::Own, &AtomicBool::new(false)), &mut |_| {});
    fs::write(folder.join("result"), result.map_or_else(|error| error.to_string(), |_| "ready".to_owned())).unwrap();
}

/// This test program, running [`another_process`] in `folder`.
fn another_process_in(folder: &Path) -> Command {
    let module = module_path!().split_once("::").unwrap().1;
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", &format!("{module}::another_process")]).env("PLACE", folder);
    command.stdout(Stdio::null());
    command
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_run_takes_pip_with_it_and_the_next_starts_over() {
    let place = Fixture::with_pip(
        r#"echo $$ > "$base/process.part"; mv "$base/process.part" "$base/process"; exec sleep 1000"#,
    );
    let mut run = another_process_in(place.path()).spawn().unwrap();
    let process = place.path().join("process");
    let deadline = Instant::now() + Duration::from_secs(20);
    while !process.exists() {
        assert!(Instant::now() < deadline, "pip was never started");
        thread::sleep(Duration::from_millis(10));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    assert!(ends(fs::read_to_string(process).unwrap().trim()));
    assert_eq!(place.attempts(), 1);

    Fake { pip: COUNTING_PIP.to_owned(), ..Fake::default() }.install(place.path());
    let (result, said) = place.watch();
    assert!(matches!(&said[0], Progress::StartingOver { reason } if reason == "an earlier run did not finish it"));
    assert!(result.unwrap().executable.is_file());
    assert_eq!(place.attempts(), 1);
}

/// The one test with a real pip: creating an environment with it takes seconds.
#[test]
fn a_real_pip_installs_what_is_pinned_and_tells_when_there_is_no_network() {
    let folder = tempfile::tempdir().unwrap();
    bare_environment(folder.path());
    let digest = build_wheel(folder.path());
    let pin = format!("alpha==1.5 --hash=sha256:{digest}\n");
    fs::write(folder.path().join("requirements.txt"), format!("--no-index\n--find-links ./wheels\n{pin}")).unwrap();
    let cancel = AtomicBool::new(false);
    let request = request(folder.path(), Origin::Own, &cancel);
    let python = environment(&request, &mut |_| {}).unwrap();
    let requirements = folder.path().join("requirements.txt");
    assert_eq!(unmet(&python, &requirements, &cancel).unwrap(), Missing(Vec::new()));
    assert!(!python.prefix.join("tmp").exists());
    assert!(python.is_virtual() && python.libpython.is_some());

    // The same environment's pip, without a network: nothing listens on port 9.
    let install = "-m pip install --isolated --retries 1 --index-url http://127.0.0.1:9/ beta";
    let pip = interpreter::command(&python.executable).args(install.split(' ')).output().unwrap();
    let output = String::from_utf8_lossy(&pip.stderr);
    assert!(tells_of_no_network(&output), "{output}");
}

#[test]
fn no_network_is_told_with_what_is_missing() {
    let pip = "echo \"WARNING: Retrying after connection broken by 'NewConnectionError('\" >&2
        echo 'ERROR: No matching distribution found for alpha==1.5' >&2; exit 1";
    let unmet = r#"[{"name": "alpha", "wanted": "==1.5", "found": null}]"#;
    let message = Fixture::new(&Fake { pip: pip.to_owned(), unmet, ..Fake::default() }, LOCK).message();
    assert!(message.starts_with("no network, and these packages of "), "{message}");
    assert!(message.contains("are missing: alpha 1.5; once connected, run the same again, or: "), "{message}");
}

#[test]
fn a_retry_that_helped_is_not_taken_for_a_missing_network() {
    let retry = "WARNING: Retrying after connection broken by 'ReadTimeoutError(...)'\n";
    assert!(!tells_of_no_network(&format!("{retry}ERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n")));
    assert!(tells_of_no_network("Traceback\n  pip._vendor.urllib3.exceptions.ReadTimeoutError: timed out."));
    assert!(tells_of_no_network("ERROR: OSError: (Caused by NewConnectionError())\n\n[notice] A new release"));
}

/// Puts a wheel of `alpha` 1.5 into `FOLDER/wheels`, and returns its SHA-256.
fn build_wheel(folder: &Path) -> String {
    const BUILD: &str = r#"
import hashlib, os, sys, zipfile
os.mkdir("wheels")
path = "wheels/alpha-1.5-py3-none-any.whl"
with zipfile.ZipFile(path, "w") as wheel:
    wheel.writestr("alpha.py", "")
    wheel.writestr("alpha-1.5.dist-info/METADATA", "Metadata-Version: 2.1\nName: alpha\nVersion: 1.5\n")
    wheel.writestr("alpha-1.5.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr("alpha-1.5.dist-info/RECORD", "")
print(hashlib.sha256(open(path, "rb").read()).hexdigest())
"#;
    let built = Command::new(build_python()).args(["-I", "-c", BUILD]).current_dir(folder).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    String::from_utf8(built.stdout).unwrap().trim().to_owned()
}
