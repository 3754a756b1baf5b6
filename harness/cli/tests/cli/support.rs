//! Projects in temporary folders, and the real binary run on them.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

/// A project in a folder of its own.
pub(crate) struct Project {
    folder: TempDir,
    /// Whether the built-in workloads are asked for, with `--builtin`.
    is_builtin: bool,
}

/// What a run of the program left.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    /// A project of these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, contents) in files {
            fs::write(folder.path().join(name), contents).expect("a file in it");
        }
        Self { folder, is_builtin: false }
    }

    /// The built-in workloads, with a folder of their own.
    pub(crate) fn builtin() -> Self {
        Self { is_builtin: true, ..Self::new(&[]) }
    }

    /// A workload `w` whose contenders are functions of one module: the first is the baseline.
    pub(crate) fn of_functions(module: &str, names: &[&str]) -> Self {
        Self::with_settings(module, names, "", "")
    }

    /// The same, with lines for the workload and for every contender but the baseline.
    pub(crate) fn with_settings(module: &str, names: &[&str], workload: &str, contender: &str) -> Self {
        let manifest = format!("{OWN_MODULES}{}", workload_of("w", names, workload, contender));
        Self::new(&[("rustworthy.toml", &manifest), ("impls.py", module)])
    }

    /// Workloads `w0`, `w1` and so on of one module, each of these functions and with lines of its own: what one run tells of all
    /// of them needs no run for each.
    pub(crate) fn of_workloads(module: &str, workloads: &[(&[&str], &str)]) -> Self {
        let mut manifest = OWN_MODULES.to_owned();
        for (place, (names, settings)) in workloads.iter().enumerate() {
            manifest.push_str(&workload_of(&format!("w{place}"), names, settings, ""));
        }
        Self::new(&[("rustworthy.toml", &manifest), ("impls.py", module)])
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with these arguments, to be run in the project's folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        LazyLock::force(&AHEAD);
        let mut command = Command::new(env!("CARGO_BIN_EXE_rustworthy"));
        let (name, options) = arguments.split_first().expect("a command");
        command.arg(name).args(self.is_builtin.then_some("--builtin")).args(options).current_dir(self.path());
        command.env_remove("VIRTUAL_ENV").env_remove("FORCE_COLOR").env("NO_COLOR", "1");
        if !self.needs_packages() {
            activate(&mut command);
        }
        command
    }

    /// Whether an environment with packages is provided for it.
    fn needs_packages(&self) -> bool {
        let requires = |name| fs::read_to_string(self.file(name)).is_ok_and(|text| text.contains("requirements"));
        self.is_builtin || ["rustworthy.toml", "pyproject.toml"].into_iter().any(requires)
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().expect("the program runs"))
    }

    /// Compares all, as briefly as gives intervals, and returns the result with how the program ended.
    pub(crate) fn compare(&self, arguments: &[&str]) -> (Value, Ran) {
        let ran = self.run(&[&["compare", "all", "--format", "json"], &BRIEFLY[..], arguments].concat());
        let value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"));
        (value, ran)
    }
}

/// An environment without any packages, of the Python that the program embeds: what the machine's own has installed, and runs
/// whenever it starts, is none of the tests' business, and may take most of the time of a short process.
static BARE: LazyLock<PathBuf> = LazyLock::new(|| {
    let (tests, python) = (Path::new(env!("CARGO_TARGET_TMPDIR")), rustworthy_worker::libpython::built_with());
    let folder = tempfile::Builder::new().prefix("bare-").tempdir_in(tests).expect("a folder");
    let made = Command::new(&python).args(["-m", "venv", "--without-pip"]).arg(folder.path()).status();
    assert!(made.is_ok_and(|status| status.success()), "a virtual environment can't be made");
    let kept = tests.join(format!("bare{}", python.display().to_string().replace('/', "-")));
    // It may be there already, and in use by others.
    let _ = fs::rename(folder.path(), &kept);
    kept
});

/// A Python with what projects have their tests run by and their services made of, made once for all tests and kept between runs.
pub(crate) static ENVIRONMENT: LazyLock<PathBuf> = LazyLock::new(|| {
    const PACKAGES: &str = "pytest==9.2.0\npytest-benchmark==5.3.1\nhypothesis\nflask==3.1.3\nfastapi==0.165.0\n\
                            django==5.2.19\npolyline==2.0.4\n";
    environment("environment", &rustworthy_worker::libpython::built_with(), PACKAGES)
});

/// An environment of this Python with these requirements, which is kept between runs.
pub(crate) fn environment(name: &str, python: &Path, requirements: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let stamp = folder.join("wanted.txt");
    let wanted = format!("# {}\n{requirements}", python.display());
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return folder;
    }
    let run = |command: &mut Command| {
        let output = command.output().expect("Python runs");
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run(Command::new(python).args(["-m", "venv", "--clear"]).arg(&folder));
    let list = folder.join("requirements.txt");
    fs::write(&list, requirements).expect("a list of packages");
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    run(Command::new(folder.join("bin/python")).args(install).arg(list));
    fs::write(stamp, wanted).expect("a stamp");
    folder
}

/// Has what takes long to make, and only some tests need, made beside those that don't: or they would all wait for it at the same
/// time. Whoever runs a few tests makes what these need.
static AHEAD: LazyLock<()> = LazyLock::new(|| {
    if std::env::args().skip(1).all(|argument| argument.starts_with('-')) {
        std::thread::spawn(|| {
            LazyLock::force(&crate::hosted::PYTHONS);
            LazyLock::force(&ENVIRONMENT);
        });
    }
});

/// Sets what its `activate` script does.
fn activate(command: &mut Command) {
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let path = [BARE.join("bin")].into_iter().chain(std::env::split_paths(&inherited));
    command.env("VIRTUAL_ENV", &*BARE).env("PATH", std::env::join_paths(path).expect("a path"));
}

/// Rounds of a comparison are as few and as short then as they can be, whatever the machine: for all that doesn't ask how long
/// something takes.
pub(crate) const BRIEFLY: [&str; 3] = ["--quick", "--budget", "100ms"];

/// The head of a manifest whose modules are beside it.
const OWN_MODULES: &str = "[project]\npython-path = [\".\"]\n";

/// A workload whose contenders are functions of the module `impls`, the baseline first, with lines for it and for every other one.
fn workload_of(workload: &str, names: &[&str], settings: &str, contender: &str) -> String {
    let mut text =
        format!("\n[workload.{workload}]\ninput = \"impls:make\"\nsizes = {{ default = 100 }}\n{settings}\n");
    for (index, name) in names.iter().enumerate() {
        let dashed = name.replace('_', "-");
        let own = if index == 0 { "baseline = true" } else { contender };
        text.push_str(&format!("\n[workload.{workload}.contender.{dashed}]\npython = \"impls:{name}\"\n{own}\n"));
    }
    text
}

impl Project {
    /// Starts the program as a shell would, in a process group of its own.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(arguments);
        command.process_group(0).env(MARK, self.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(Some(command.spawn().expect("the program starts")))
    }

    /// Command lines of living processes that descend from anything [started](Self::start) here.
    pub(crate) fn processes(&self) -> Vec<String> {
        let mark = format!("{MARK}={}", self.path().display()).into_bytes();
        let processes = fs::read_dir("/proc").expect("/proc").flatten().map(|entry| entry.path());
        processes
            .filter(|process| {
                let environment = fs::read(process.join("environ")).unwrap_or_default();
                environment.split(|&byte| byte == 0).any(|variable| variable == mark)
            })
            .map(|process| {
                let line = fs::read(process.join("cmdline")).unwrap_or_default();
                format!("{} {}", process.display(), String::from_utf8_lossy(&line).replace('\0', " "))
            })
            .collect()
    }

    /// Waits until no process is left, as long as that may take.
    #[track_caller]
    pub(crate) fn assert_deserted(&self) {
        let deserted = within(Duration::from_secs(5), || self.processes().is_empty());
        assert!(deserted, "left behind: {:#?}", self.processes());
    }

    /// Whole lines of the newest run's journal; none while there is no run.
    pub(crate) fn journal(&self) -> Vec<String> {
        let text = fs::read_to_string(self.file(".rustworthy/latest/journal.jsonl")).unwrap_or_default();
        text.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(|line| line.trim_end().to_owned()).collect()
    }

    /// How many timed blocks the newest run's journal holds.
    pub(crate) fn samples(&self) -> u64 {
        let events = self.journal();
        let events = events.iter().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
        events.filter(|event| event["event"] == "sample" && event["latencies_only"] == false).count() as u64
    }
}

/// Environment variable by which descendants are known, even those that have detached themselves.
const MARK: &str = "RUSTWORTHY_TEST_MARK";

/// A run in the background. Dropping it kills it.
pub(crate) struct Running(Option<Child>);

impl Running {
    fn pid(&self) -> Pid {
        Pid::from_raw(self.0.as_ref().expect("a process").id() as i32)
    }

    /// Waits until something has come true.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, mut is_true: impl FnMut() -> bool) {
        let child = self.0.as_mut().expect("a process");
        let true_or_ended =
            within(Duration::from_secs(60), || is_true() || child.try_wait().expect("a status").is_some());
        assert!(true_or_ended && is_true(), "it never came to this: {what}");
    }

    /// Sends a signal to the program alone; one that has ended gets none.
    pub(crate) fn signal(&self, signal: Signal) {
        let _ = kill(self.pid(), signal);
    }

    /// Sends a signal to its whole process group, as a terminal does on Ctrl-C.
    pub(crate) fn signal_group(&self, signal: Signal) {
        let _ = killpg(self.pid(), signal);
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Ran {
        let child = self.0.take().expect("a process");
        Ran::from(child.wait_with_output().expect("the program ends"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Whether it becomes true in time.
pub(crate) fn within(limit: Duration, mut is_true: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !is_true() {
        if start.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "exit {:?}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// The section of a manifest that has the built-in workloads served.
pub(crate) const SERVICE: &str = "[service.workloads]\n\
     command = [\"{rustworthy}\", \"serve-workloads\", \"--port\", \"{port}\"]\n\
     ready = \"http://127.0.0.1:{port}/healthz\"\n";

/// One contender of a result.
pub(crate) fn contender<'a>(result: &'a Value, workload: &str, name: &str) -> &'a Value {
    let workloads = result["workloads"].as_array().expect("workloads");
    let workload = workloads.iter().find(|one| one["name"] == workload).expect("the workload");
    let contenders = workload["contenders"].as_array().expect("contenders");
    contenders.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no contender {name}: {workload:#}"))
}
