//! Interpreters for tests: the real one, and shell scripts that pretend to be one.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::embedding::Embedded;
use super::interpreter::inspect;

/// The interpreter that programs are built with: `PYO3_PYTHON`, else the first in `PATH`.
pub(crate) fn build_python() -> PathBuf {
    let named = std::env::var_os("PYO3_PYTHON").map(PathBuf::from);
    let found = || {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&folders).map(|folder| folder.join("python3")).find(|file| file.is_file())
    };
    inspect(&named.or_else(found).expect("a python3 in PATH")).unwrap().executable
}

/// As if that interpreter were embedded.
pub(crate) fn embedded() -> Embedded {
    let python = inspect(&build_python()).unwrap();
    let libpython = python.libpython.as_deref().and_then(|library| library.canonicalize().ok());
    Embedded { version: python.version, libpython, built_with: build_python() }
}

/// Makes a virtual environment without pip, which takes no time.
pub(crate) fn bare_environment(folder: &Path) {
    let made = Command::new(build_python()).args(["-I", "-m", "venv", "--without-pip"]).arg(folder).status();
    assert!(made.unwrap().success());
}

/// Where an environment's packages are.
pub(crate) fn site_packages(environment: &Path) -> PathBuf {
    let version = embedded().version;
    environment.join(format!("lib/python{}.{}/site-packages", version.major, version.minor))
}

/// Puts the metadata of a package into an environment.
pub(crate) fn pretend_installed(environment: &Path, name: &str, version: &str) {
    let folder = site_packages(environment).join(format!("{name}-{version}.dist-info"));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("METADATA"), format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")).unwrap();
}

/// Writes an executable shell script.
///
/// Another process writes it: were the file open here while another test forks, running it would fail with "text file
/// busy".
pub(crate) fn script(folder: &Path, name: &str, body: &str) -> PathBuf {
    let path = folder.join(name);
    let mut writer = Command::new("sh")
        .args(["-c", r#"cat > "$1" && chmod 755 "$1""#, "sh"])
        .arg(&path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    writer.stdin.take().unwrap().write_all(format!("#!/bin/sh\n{body}\n").as_bytes()).unwrap();
    assert!(writer.wait().unwrap().success());
    path
}

/// Whether the process with that number ends within a few seconds, or has ended.
pub(crate) fn ends(process: &str) -> bool {
    let deadline = Instant::now() + Duration::from_secs(5);
    while Instant::now() < deadline {
        // A killed orphan stays a zombie where nobody adopts it.
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        if stat.is_empty() || stat.contains(") Z ") {
            return true;
        }
        thread::sleep(Duration::from_millis(10));
    }
    false
}

/// A shell script that answers as an interpreter does, makes environments out of itself, and whose pip does what the
/// test wants.
pub(crate) struct Fake {
    pub(crate) implementation: &'static str,
    pub(crate) version: &'static str,
    /// Shell commands in place of `-m pip`; `$@` are its arguments, `$home` is the environment.
    pub(crate) pip: String,
    /// Shell commands in place of `-m ensurepip`.
    pub(crate) ensurepip: &'static str,
    /// What `requirements.py` answers.
    pub(crate) unmet: &'static str,
    /// A line that it prints before anything else.
    pub(crate) first_line: &'static str,
}

impl Default for Fake {
    fn default() -> Self {
        Self {
            implementation: "cpython",
            version: "3.11.7 (main)",
            pip: "echo Collecting nothing".to_owned(),
            ensurepip: "",
            unmet: "[]",
            first_line: "",
        }
    }
}

impl Fake {
    /// Writes it to `FOLDER/bin/python`, replacing what is there.
    pub(crate) fn install(&self, folder: &Path) -> PathBuf {
        let Self { implementation, version, pip, ensurepip, unmet, first_line } = self;
        fs::create_dir_all(folder.join("bin")).unwrap();
        let body = format!(
            r#"
home=$(cd "$(dirname "$0")/.." && pwd)
base={base}
echo "{first_line}"
case "$*" in
    *"-m venv"*) for folder; do :; done; mkdir -p "$folder/bin"; cp "$0" "$folder/bin/python" ;;
    *"-m ensurepip"*) {ensurepip} ;;
    *"-m pip"*) {pip} ;;
    *"of the requirements file"*) echo '{unmet}' ;;
    *) cat <<END
{{"executable": "$home/bin/python", "implementation": "{implementation}", "version": "{version}",
"prefix": "$home", "base_prefix": "$base", "base_executable": "$base/bin/python", "libraries": [], "gil_disabled": false,
"debug": false, "configured_with": null}}
END
esac"#,
            base = folder.display()
        );
        // The answer is one line.
        script(&folder.join("bin"), "python", &body.replace(",\n\"", ", \""))
    }
}
