//! Flame graphs of real programs, started and running ones, and what can go wrong with them.

use std::fs;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::support::{Project, Ran, within};
use super::validation::assert_valid;

/// Works in two functions of which one takes twice as long, then ends with the exit code that it is given.
const SPLIT: &str = r#"
import sys, time

def spin(seconds):
    end = time.process_time() + seconds
    number = 0
    while time.process_time() < end:
        for _ in range(200):
            number += 1

def long_part():
    spin(0.02)

def short_part():
    spin(0.01)

def main(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        long_part()
        short_part()

if __name__ == "__main__":
    open("begun", "w").close()
    main(float(sys.argv[1]))
    sys.exit(int(sys.argv[2]))
"#;

fn split() -> Project {
    Project::new(&[("split.py", SPLIT)])
}

/// Every CPython of 3.11 to 3.14 that this machine has.
fn pythons() -> Vec<(String, PathBuf)> {
    let found = installed(11..=14);
    for minor in 11..=14 {
        let name = format!("3.{minor}");
        if !found.iter().any(|(known, _)| *known == name) {
            eprintln!("skipped: CPython {name}, which isn't here");
        }
    }
    found
}

/// Every CPython 3 of these minor versions that this machine has, once.
pub(crate) fn installed(minors: RangeInclusive<u32>) -> Vec<(String, PathBuf)> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let pyenv = fs::read_dir(home.join(".pyenv/versions")).into_iter().flatten().flatten();
    let folders = pyenv.map(|entry| entry.path().join("bin")).chain(["/usr/bin".into(), "/usr/local/bin".into()]);
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for folder in folders {
        for minor in minors.clone() {
            let name = format!("3.{minor}");
            let program = folder.join(format!("python{name}"));
            if program.exists() && !found.iter().any(|(known, _)| *known == name) {
                found.push((name, program));
            }
        }
    }
    found.sort();
    found
}

fn profile(project: &Project, arguments: &[&str]) -> (Value, Ran) {
    let ran = project.run(&[&["profile", "--format", "json"], arguments].concat());
    let result = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
    (result, ran)
}

/// The total share of a function in the first target.
fn total(result: &Value, name: &str) -> f64 {
    let functions = result["targets"][0]["functions"].as_array().unwrap();
    let function = functions.iter().find(|function| function["name"] == name);
    function.and_then(|function| function["total_share"]["estimate"].as_f64()).unwrap_or_default()
}

fn notes(result: &Value) -> String {
    result["targets"][0]["notes"].to_string()
}

/// A running program that is killed in the end.
struct Running(Child);

impl Running {
    fn start(project: &Project, program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        let child = command.args(arguments).current_dir(project.path()).stdout(Stdio::null()).spawn().unwrap();
        Self(child)
    }

    fn pid(&self) -> String {
        self.0.id().to_string()
    }

    fn state(&self) -> char {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next()).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_program_is_profiled_to_its_end_and_its_exit_code_passed_on() {
    let pythons = pythons();
    assert!(!pythons.is_empty());
    for (version, python) in pythons {
        let project = split();
        let (result, ran) = profile(&project, &["--", python.to_str().unwrap(), "split.py", "2", "7"]);
        assert_eq!(ran.code, Some(7), "{version}: {ran}");
        let target = &result["targets"][0];
        assert_eq!((&target["exit_code"], &target["python"]), (&7.into(), &version.clone().into()), "{ran}");
        let (long, short) = (total(&result, "long_part"), total(&result, "short_part"));
        assert!((0.5..0.8).contains(&long) && (0.2..0.5).contains(&short), "{version}: {long} {short} {ran}");
        assert!(
            target["samples"]["failed"].as_u64().unwrap() * 20 <= target["samples"]["taken"].as_u64().unwrap(),
            "{ran}"
        );
        // What the graph shows was called: the leaf by either part, those by main.
        let folded = fs::read_to_string(project.file(".rustworthy/latest/profile.folded")).unwrap();
        for line in folded.lines().filter(|line| line.contains("spin (")) {
            let (callers, _) = line.split_once(";spin (split.py:4)").unwrap();
            assert!(
                callers.ends_with("main (split.py:17);long_part (split.py:11)")
                    || callers.ends_with("main (split.py:17);short_part (split.py:14)"),
                "{version}: {line}"
            );
        }
    }
}

#[test]
fn the_files_are_what_their_readers_expect() {
    let project = split();
    let (result, ran) = profile(&project, &["--", "python3", "split.py", "1.5", "0"]);
    assert_valid::<rustworthy_model::profile::Profile>(&result);
    let file = |name: &str| fs::read_to_string(project.file(".rustworthy/latest").join(name)).unwrap();
    assert!(file("profile.svg").contains("long_part") && file("profile.svg").ends_with("</svg>"), "{ran}");
    let speedscope: Value = serde_json::from_str(&file("profile.speedscope.json")).unwrap();
    let timeline = &speedscope["profiles"][0];
    assert_eq!(speedscope["$schema"], "https://www.speedscope.app/file-format-schema.json");
    assert_eq!(timeline["samples"].as_array().unwrap().len(), timeline["weights"].as_array().unwrap().len());
    let again = project.run(&["report"]);
    assert!(
        again.code == Some(0) && again.stdout.contains("spin") && again.stdout.contains("Shares are counts"),
        "{again}"
    );
    a_run_from_elsewhere_is_not_trusted(&project, result);
}

/// What a run names is read from its own folder alone, and runs nothing.
fn a_run_from_elsewhere_is_not_trusted(project: &Project, mut result: Value) {
    let folder = project.file("elsewhere");
    fs::create_dir(&folder).unwrap();
    let secret = "<svg><g>secret</g></svg>";
    fs::write(project.file("secret.svg"), secret).unwrap();
    let mut report = |files: &str| {
        result["targets"][0]["files"] = files.into();
        fs::write(folder.join("run.json"), result.to_string()).unwrap();
        project.run(&["report", "elsewhere"])
    };
    for outside in ["../secret", "/etc/hostname", "..", "a/../../secret", "", "./profile"] {
        let ran = report(outside);
        assert!(
            ran.code == Some(2) && ran.stderr.contains("isn't the name of a file in the folder"),
            "{outside}: {ran}"
        );
        assert!(!folder.join("report.html").exists(), "{outside}");
    }
    let page = || fs::read_to_string(folder.join("report.html")).unwrap();
    std::os::unix::fs::symlink("../secret.svg", folder.join("profile.svg")).unwrap();
    assert_eq!(report("profile").code, Some(0));
    assert!(!page().contains("data:image/svg+xml"), "a link leads out too");
    fs::remove_file(folder.join("profile.svg")).unwrap();
    fs::write(folder.join("profile.svg"), "<svg onload=\"alert(1)\"><script>alert(1)</script></svg>").unwrap();
    assert_eq!(report("profile").code, Some(0));
    assert!(page().contains("<img class=\"still\"") && !page().contains("unsafe-hashes"), "{}", page());
}

#[test]
fn a_running_process_is_left_as_it_was() {
    for (version, python) in pythons() {
        let project = split();
        let script = project.file("split.py");
        let mut running = Running::start(&project, python.to_str().unwrap(), &[script.to_str().unwrap(), "600", "0"]);
        assert!(within(Duration::from_secs(60), || project.file("begun").exists()), "{version} doesn't begin");
        let (result, ran) = profile(&project, &["--pid", &running.pid(), "--duration", "1.5s"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!((0.5..0.8).contains(&total(&result, "long_part")), "{version}: {ran}");
        assert!(running.0.try_wait().unwrap().is_none() && running.state() != 'T' && running.state() != 't', "{ran}");
    }
}

#[test]
fn a_process_without_python_is_an_error_and_lives_on() {
    let project = Project::new(&[]);
    let mut running = Running::start(&project, "sleep", &["600"]);
    let ran = project.run(&["profile", "--pid", &running.pid(), "--duration", "1s"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("doesn't run Python"), "{ran}");
    assert!(running.0.try_wait().unwrap().is_none() && running.state() == 'S', "{ran}");
}

#[test]
fn a_process_that_is_not_there_is_an_error() {
    let ran = Project::new(&[]).run(&["profile", "--pid", "999999"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("there is no process 999999"), "{ran}");
}

#[test]
fn a_program_that_ends_at_once_passes_its_exit_code_on() {
    let ran = Project::new(&[]).run(&["profile", "--", "sh", "-c", "exit 9"]);
    assert!(ran.code == Some(9) && ran.stderr.contains("ended before"), "{ran}");
    let ran = Project::new(&[]).run(&["profile", "--", "no-such-program"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("can't start no-such-program"), "{ran}");
}

#[test]
fn a_program_that_cannot_be_sampled_is_told_at_once_and_ended_with_what_it_started() {
    let project = Project::new(&[]);
    // Neither would ever end by itself, and one doesn't end when it's asked to.
    for (script, told) in [
        ("trap '' TERM; sleep 1000; while :; do sleep 1; done", "doesn't run Python"),
        ("python3 -c 'import time; time.sleep(1000)'; exit 0", "it has started"),
    ] {
        let ran = project.start(&["profile", "--", "sh", "-c", script]).finish();
        assert!(ran.code == Some(2) && ran.stderr.contains(told), "{ran}");
        assert!(ran.stderr.contains("the program was ended"), "{ran}");
        project.assert_deserted();
    }
}

#[test]
fn a_python_whose_frames_cannot_be_read_is_told_at_the_start() {
    let project = Project::new(&[("app.py", "while True: sum(range(1000))\n")]);
    for (_, python) in installed(6..=10) {
        let ran = project.start(&["profile", "--", python.to_str().unwrap(), "app.py"]).finish();
        assert!(ran.code == Some(2) && ran.stderr.contains("CPython 3.11 to 3.15 can"), "{ran}");
        project.assert_deserted();
    }
}

#[test]
fn a_signal_that_ends_the_program_shows_in_the_exit_code() {
    let script = "import os, time\nend = time.monotonic() + 1\nwhile time.monotonic() < end: sum(range(1000))\nos.kill(os.getpid(), 15)";
    let (result, ran) = profile(&Project::new(&[]), &["--", "python3", "-c", script]);
    assert_eq!((ran.code, &result["targets"][0]["exit_code"]), (Some(143), &143.into()), "{ran}");
}

#[test]
fn signals_and_timers_of_the_program_reach_it() {
    let script = r#"
import signal, sys, time
count = 0
def tick(*_):
    global count
    count += 1
signal.signal(signal.SIGALRM, tick)
signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
end = time.monotonic() + 60
while count < 200 and time.monotonic() < end:
    sum(range(100))
signal.setitimer(signal.ITIMER_REAL, 0)
sys.exit(0 if count >= 200 else 1)
"#;
    let (_, ran) = profile(&Project::new(&[]), &["--rate", "1000", "--", "python3", "-c", script]);
    assert_eq!(ran.code, Some(0), "{ran}");
}

#[test]
fn threads_are_told_apart() {
    let script = r#"
import threading, time
def work(end):
    while time.monotonic() < end:
        sum(range(1000))
end = time.monotonic() + 1.5
threads = [threading.Thread(target=work, args=(end,), name=f"worker-{n}") for n in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"#;
    let project = Project::new(&[]);
    let (result, ran) = profile(&project, &["--threads", "--", "python3", "-c", script]);
    let names = result["targets"][0]["threads"].to_string();
    assert!(names.contains("worker-0") && names.contains("worker-1"), "{ran}");
    let folded = fs::read_to_string(project.file(".rustworthy/latest/profile.folded")).unwrap();
    assert!(folded.contains("thread worker-0") && folded.contains("thread worker-1"), "{folded}");
    let waiting = result["targets"][0]["kinds"].to_string();
    assert!(waiting.contains("the GIL"), "{waiting}");
}

#[test]
fn children_are_told_and_another_program_is_followed() {
    let fork = r#"
import os, time
pid = os.fork()
end = time.monotonic() + 1.5
while time.monotonic() < end:
    sum(range(1000))
if pid: os.waitpid(pid, 0)
"#;
    let (result, ran) = profile(&Project::new(&[]), &["--", "python3", "-c", fork]);
    assert!(ran.code == Some(0) && notes(&result).contains("other processes"), "{ran}");
    let project = Project::new(&[
        (
            "first.py",
            "import os, sys, time\nend = time.monotonic() + 1\nwhile time.monotonic() < end: sum(range(1000))\nos.execv(sys.executable, [sys.executable, 'split.py', '2', '4'])",
        ),
        ("split.py", SPLIT),
    ]);
    let (result, ran) = profile(&project, &["--", "python3", "first.py"]);
    assert!(ran.code == Some(4) && total(&result, "long_part") > 0.2, "{ran}");
}

#[test]
fn waiting_is_counted_and_shown_when_asked_for() {
    let script = "import time\nend = time.monotonic() + 2\nwhile time.monotonic() < end:\n    time.sleep(0.02)\n    sum(range(100000))";
    let project = Project::new(&[]);
    let (result, ran) = profile(&project, &["--idle", "--", "python3", "-c", script]);
    assert!(result["targets"][0]["kinds"].to_string().contains("time to pass"), "{ran}");
    let folded = fs::read_to_string(project.file(".rustworthy/latest/profile.folded")).unwrap();
    assert!(folded.contains("waiting for time to pass"), "{folded}");
}

#[test]
fn native_libraries_garbage_collection_and_rust_have_kinds_of_their_own() {
    let script = r#"
import gc, json, time
data = [{"a": [1, 2, 3], "b": str(n)} for n in range(20000)]
end = time.monotonic() + 2
while time.monotonic() < end:
    json.loads(json.dumps(data))
    gc.collect()
"#;
    let (result, ran) = profile(&Project::new(&[]), &["--", "python3", "-c", script]);
    let kinds = result["targets"][0]["kinds"].to_string();
    assert!(kinds.contains("_json") && kinds.contains("\"gc\""), "{kinds} {ran}");
}

#[test]
fn a_pair_of_contenders_is_drawn_side_by_side_with_its_difference() {
    let project = Project::builtin();
    let arguments =
        ["sum-squares:pyo3-serial", "--against", "sum-squares:python", "--duration", "1.5s", "--size", "quick"];
    let (result, ran) = profile(&project, &arguments);
    assert_eq!(ran.code, Some(0), "{ran}");
    let [after, before] = [0, 1].map(|place| &result["targets"][place]);
    assert_eq!((&after["name"], &before["name"]), (&"sum-squares:pyo3-serial".into(), &"sum-squares:python".into()));
    assert!(after["kinds"].to_string().contains("rust") && before["kinds"].to_string().contains("python"), "{ran}");
    assert!(after["seconds_per_call"].as_f64() < before["seconds_per_call"].as_f64(), "{ran}");
    let rust = after["functions"]
        .as_array()
        .unwrap()
        .iter()
        .any(|function| function["kind"] == "rust" && function["line"].is_u64());
    assert!(rust, "no Rust function has a line: {ran}");
    for name in ["profile.svg", "against.svg", "difference.svg", "report.html"] {
        assert!(project.file(".rustworthy/latest").join(name).exists(), "{name}: {ran}");
    }
}

#[test]
fn a_scenario_is_its_handler_on_its_requests() {
    let manifest = r#"
[project]
python-path = ["."]

[scenario.api]
handler = "service:handle"
requests = "service:requests"
count = 50
arrivals = { process = "closed" }
"#;
    let service = r#"
def requests(count, seed):
    return list(range(count))

def parse(request):
    return sum(range(2000))

def handle(request):
    return parse(request)
"#;
    let project = Project::new(&[("rustworthy.toml", manifest), ("service.py", service)]);
    let (result, ran) = profile(&project, &["api", "--duration", "1s"]);
    assert!(ran.code == Some(0) && total(&result, "handle") > 0.5 && total(&result, "parse") > 0.5, "{ran}");
}

#[test]
fn a_name_that_is_not_there_gets_a_hint_and_a_failing_contender_its_exit_code() {
    let ran = Project::builtin().run(&["profile", "csv-aply"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("did you mean 'csv-apply'"), "{ran}");
    let module = "def make(size, seed):\n    return size\n\ndef base(value):\n    raise ValueError('no')\n";
    let ran = Project::of_functions(module, &["base"]).run(&["profile", "w", "--duration", "1s"]);
    assert!(ran.code == Some(3) && ran.stderr.contains("ValueError"), "{ran}");
}

#[test]
fn an_interrupted_profile_is_kept() {
    let project = split();
    let mut running = project.start(&["profile", "--", "python3", "split.py", "6", "0"]);
    running.until("it works", || project.file("begun").exists());
    // What is sampled isn't told meanwhile.
    std::thread::sleep(Duration::from_secs(2));
    running.signal(Signal::SIGTERM);
    let ran = running.finish();
    assert!(ran.code == Some(130) && ran.stdout.contains("spin"), "{ran}");
    assert!(project.file(".rustworthy/latest/profile.svg").exists(), "{ran}");
    project.assert_deserted();
}
