//! Compilers that take Python's own source: a module compiled from a copy, kept in the cache, and loaded in its place.
//!
//! ```text
//! CACHE/compilers/mypyc.txt                what is installed, for an environment of its own in CACHE/environments
//! CACHE/compiled/mypyc-1f0c…/              one source, one compiler, one Python
//!     outcome.json                         whether it could be compiled; written last
//!     parse.cpython-311-x86_64-linux-gnu.so
//!     functions/8c41…/rustworthy_mypyc.py  offers one function of it to workers
//! ```
//!
//! Nothing is written into the project, and nothing is installed into its environment.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::PythonError;
use super::interpreter::{self, Interpreter};
use super::provision::{Progress, Request, environment};
use super::select::{Origin, Selection};
use crate::manifest::Target;
use crate::process::{self, Ending, RunLimits};

const COMPILE: &str = include_str!("compilers/compile.py");
const LOCATE: &str = include_str!("compilers/locate.py");
const NATIVE: &str = include_str!("compilers/native.py");
const NUMBA: &str = include_str!("compilers/numba.py");
const WATCHED: &str = include_str!("compilers/watched.py");

/// Longest that compiling one module may take.
const COMPILING: Duration = Duration::from_secs(300);
const LOCATING: Duration = Duration::from_secs(60);

/// Part of every key: a change in how modules are compiled makes new ones.
const LAYOUT: &str = "2";

/// A compiler that takes Python's own source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Compiler {
    Mypyc,
    Cython,
    Numba,
}

impl Compiler {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Mypyc, Self::Cython, Self::Numba];

    /// The name of its contender.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Mypyc => "mypyc",
            Self::Cython => "cython",
            Self::Numba => "numba",
        }
    }

    /// The name that people know it by.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Mypyc => "mypyc",
            Self::Cython => "Cython",
            Self::Numba => "Numba",
        }
    }

    /// What of Python's meaning it doesn't keep, whatever an input shows.
    pub(crate) fn remark(self) -> &'static str {
        match self {
            Self::Mypyc => "annotations are enforced",
            Self::Cython => "annotated floats are C's",
            Self::Numba => "ints have 64 bits and wrap",
        }
    }

    fn requirements(self) -> &'static str {
        match self {
            Self::Mypyc => "mypy>=1.11\nsetuptools\n",
            Self::Cython => "cython>=3.0\nsetuptools\n",
            Self::Numba => "numba>=0.60\n",
        }
    }
}

/// A function that a compiler has taken, ready to be imported by a worker.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// The function, in a module of its own.
    pub(crate) target: Target,
    /// The folder to be on the search path for it.
    pub(crate) folder: PathBuf,
    /// Where Numba keeps machine code from process to process.
    pub(crate) machine_code: Option<PathBuf>,
}

/// Why a function can't be compiled.
#[derive(Debug, Clone)]
pub(crate) enum NotCompiled {
    /// The user interrupted.
    Interrupted,
    /// A reason in a line.
    Because(String),
    /// It could be, but there is nothing to gain: the reason in a line.
    Needless(String),
}

/// What compiling has at hand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workshop<'a> {
    /// Folders that go first on the search path of a Python.
    pub(crate) python_path: &'a [PathBuf],
    /// The folder of everything that is cached.
    pub(crate) cache: &'a Path,
    /// Whether the network must not be used.
    pub(crate) offline: bool,
    pub(crate) cancel: &'a AtomicBool,
}

/// A module that a function is written in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source {
    /// Its name, as it's imported.
    pub(crate) module: String,
    file: PathBuf,
}

/// A module that a compiler has taken: whatever of it is called, it is compiled once.
#[derive(Debug, Clone)]
pub(crate) struct CompiledModule {
    compiler: Compiler,
    source: Source,
    folder: PathBuf,
    tools: Interpreter,
}

/// How the compiling of a module went.
#[derive(Debug, Serialize, Deserialize)]
struct CompileOutcome {
    error: Option<String>,
    /// Whether it would be the same at another time.
    lasting: bool,
}

/// Where a module's source is.
#[derive(Debug, Deserialize)]
struct Located {
    /// The module that the function is written in, where a package offers it.
    module: String,
    file: Option<PathBuf>,
    is_package: bool,
    #[serde(default)]
    error: Option<String>,
}

impl From<PythonError> for NotCompiled {
    fn from(error: PythonError) -> Self {
        match error {
            PythonError::Interrupted => Self::Interrupted,
            PythonError::Offline { .. } => {
                Self::Because("it isn't in the cache, and --offline keeps it from being installed".into())
            }
            PythonError::NoNetwork { .. } => {
                Self::Because("it isn't in the cache, and there is no network to install it".into())
            }
            other => Self::Because(first_line(&other.to_string())),
        }
    }
}

impl Workshop<'_> {
    /// The module that a function is written in, as that Python finds it.
    ///
    /// # Errors
    /// Why its source can't be had.
    pub(crate) fn source(&self, python: &Interpreter, target: &Target) -> Result<Source, NotCompiled> {
        let executable = &python.executable;
        let mut python = interpreter::plain_command(executable);
        python.args(["-P", "-c", LOCATE, &target.module, &target.callable]).args(self.python_path);
        let limits = RunLimits { timeout: Some(LOCATING), cancel: Some(self.cancel) };
        let finished = process::run(python, &limits, &mut |_| {}).map_err(|error| cannot(executable, &error))?;
        if finished.ending == Ending::Cancelled {
            return Err(NotCompiled::Interrupted);
        }
        let because = |why: String| Err(NotCompiled::Because(why));
        match last_line::<Located>(&finished.stdout) {
            Some(Located { error: Some(error), .. }) => because(error),
            Some(Located { module, is_package: true, .. }) => {
                because(format!("'{module}' is a package, and only modules are compiled"))
            }
            Some(Located { module, file: Some(file), .. }) if file.extension().is_some_and(|known| known == "py") => {
                Ok(Source { module, file })
            }
            _ => because(format!("module '{}' has no source in Python", target.module)),
        }
    }

    /// The environment of a compiler, of the same Python.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn provide(
        &self,
        compiler: Compiler,
        python: &Interpreter,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Interpreter, NotCompiled> {
        let requirements = self.cache.join("compilers").join(format!("{}.txt", compiler.name()));
        if fs::read_to_string(&requirements).ok().as_deref() != Some(compiler.requirements()) {
            write(&requirements, compiler.requirements())?;
        }
        let request = Request {
            // Not a choice of the user's: what that environment has doesn't count.
            selection: Selection { interpreter: python.clone(), origin: Origin::Own },
            requirements: Some(requirements),
            offline: self.offline,
            cache: self.cache.to_owned(),
            cancel: self.cancel,
        };
        Ok(environment(&request, progress)?)
    }

    /// Has a compiler take a module, unless that was done before. Numba compiles functions when they are called, so that
    /// here it takes all.
    ///
    /// # Errors
    /// Why it can't.
    pub(crate) fn compile(
        &self,
        compiler: Compiler,
        python: &Interpreter,
        tools: Interpreter,
        source: &Source,
    ) -> Result<CompiledModule, NotCompiled> {
        let contents = fs::read(&source.file).map_err(|error| cannot(&source.file, &error))?;
        let key = key(&contents, source, python, &tools);
        let folder = self.cache.join("compiled").join(format!("{}-{key}", compiler.name()));
        if compiler != Compiler::Numba {
            self.compile_into(compiler, &tools, source, &folder)?;
        }
        Ok(CompiledModule { compiler, source: source.clone(), folder, tools })
    }
    /// Compiles the module into a folder, unless it's there; whole or not at all.
    fn compile_into(
        &self,
        compiler: Compiler,
        tools: &Interpreter,
        source: &Source,
        folder: &Path,
    ) -> Result<(), NotCompiled> {
        let known = fs::read_to_string(folder.join("outcome.json")).ok();
        if let Some(known) = known.and_then(|text| serde_json::from_str::<CompileOutcome>(&text).ok()) {
            return known.error.map_or(Ok(()), |error| Err(NotCompiled::Because(error)));
        }
        let parent = folder.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| cannot(parent, &error))?;
        let part =
            tempfile::Builder::new().prefix(".part-").tempdir_in(parent).map_err(|error| cannot(parent, &error))?;
        let mut python = interpreter::command(&tools.executable);
        python.args(["-c", COMPILE, compiler.name(), &source.module]).arg(&source.file).arg(part.path());
        python.env("TMPDIR", part.path());
        let limits = RunLimits { timeout: Some(COMPILING), cancel: Some(self.cancel) };
        let finished = process::run(python, &limits, &mut |_| {}).map_err(|error| cannot(&tools.executable, &error))?;
        let outcome = match finished.ending {
            Ending::Cancelled => return Err(NotCompiled::Interrupted),
            Ending::TimedOut => {
                return Err(NotCompiled::Because(format!("compiling took longer than {} s", COMPILING.as_secs())));
            }
            Ending::Exited(_) => last_line::<CompileOutcome>(&finished.stdout),
        };
        let Some(outcome) = outcome else {
            return Err(NotCompiled::Because(format!(
                "the compiler ended early:{}",
                first_line(finished.quote().trim())
            )));
        };
        if outcome.lasting {
            let text = serde_json::to_string_pretty(&outcome).unwrap_or_default();
            write(&part.path().join("outcome.json"), &text)?;
            match fs::rename(part.path(), folder) {
                Ok(()) => drop(part.keep()),
                Err(error) if !folder.join("outcome.json").is_file() => return Err(cannot(folder, &error)),
                // Another run was faster, with the same source.
                Err(_) => {}
            }
        }
        outcome.error.map_or(Ok(()), |error| Err(NotCompiled::Because(error)))
    }
}

impl Source {
    /// Offers a function of the module to workers, as one that takes down in a file whose code its time goes to; in that folder.
    ///
    /// # Errors
    /// When its file can't be written.
    pub(crate) fn watch(&self, function: &Target, folder: &Path, result: &Path) -> Result<Target, NotCompiled> {
        const MODULE: &str = "rustworthy_watched";
        let values = [("source", self.file.clone()), ("result", result.to_owned())];
        write(&folder.join(format!("{MODULE}.py")), &self.filled(WATCHED, function, &values))?;
        Ok(Target { module: MODULE.to_owned(), callable: "call".to_owned(), place: function.place.clone() })
    }

    /// A module with values in the places of their names.
    fn filled(&self, text: &str, function: &Target, values: &[(&str, PathBuf)]) -> String {
        let literal = |value: &str| serde_json::to_string(value).unwrap_or_default();
        let filled = text.replace("@callable@", &literal(&function.callable));
        let filled = filled.replace("@module@", &literal(&self.module));
        let path = |text: String, (name, value): &(&str, PathBuf)| {
            text.replace(&format!("@{name}@"), &literal(&value.to_string_lossy()))
        };
        values.iter().fold(filled, path)
    }
}

impl CompiledModule {
    /// Offers a function of it to workers.
    ///
    /// # Errors
    /// When its files can't be written.
    pub(crate) fn offer(&self, function: &Target) -> Result<Compiled, NotCompiled> {
        let Self { compiler, source, folder, tools } = self;
        let module = format!("rustworthy_{}", compiler.name());
        let offered = folder.join("functions").join(short(Sha256::new().chain_update(&function.callable)));
        let target = Target { module: module.clone(), callable: "call".to_owned(), place: function.place.clone() };
        let (text, machine_code) = match compiler {
            Compiler::Numba => {
                let machine_code = folder.join("machine-code");
                fs::create_dir_all(&machine_code).map_err(|error| cannot(folder, &error))?;
                let values = [("packages", packages(tools))];
                (source.filled(NUMBA, function, &values), Some(machine_code))
            }
            Compiler::Mypyc | Compiler::Cython => {
                let extension = extension(folder, &source.module)
                    .ok_or_else(|| NotCompiled::Because("the compiler left no extension module".to_owned()))?;
                let values = [("source", source.file.clone()), ("extension", extension), ("folder", folder.clone())];
                (source.filled(NATIVE, function, &values), None)
            }
        };
        write(&offered.join(format!("{module}.py")), &text)?;
        Ok(Compiled { target, folder: offered, machine_code })
    }
}

/// All that what comes out of compiling a module depends on.
fn key(contents: &[u8], source: &Source, python: &Interpreter, tools: &Interpreter) -> String {
    let mut digest = Sha256::new();
    let flags = ["CC", "CFLAGS"].map(|name| std::env::var_os(name).unwrap_or_default());
    let [compiler, options] = flags.each_ref().map(|flag| flag.as_encoded_bytes());
    let texts = [LAYOUT.as_bytes(), COMPILE.as_bytes(), contents, source.module.as_bytes(), compiler, options];
    // The folder of the environment is another one whenever it is made anew, with whatever versions there are then.
    let paths = [&source.file, &tools.prefix, &python.executable].map(|path| path.as_os_str().as_encoded_bytes());
    for text in texts.into_iter().chain(paths).chain([python.version.full.as_bytes()]) {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text);
    }
    short(digest)
}

fn short(digest: Sha256) -> String {
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Where the packages of an environment are.
fn packages(tools: &Interpreter) -> PathBuf {
    let version = &tools.version;
    let threads = if tools.gil_disabled { "t" } else { "" };
    tools.prefix.join(format!("lib/python{}.{}{threads}/site-packages", version.major, version.minor))
}

/// The extension module of that name below a folder.
fn extension(folder: &Path, module: &str) -> Option<PathBuf> {
    let (package, name) =
        module.rsplit_once('.').map_or((String::new(), module), |(package, name)| (package.replace('.', "/"), name));
    let entries = fs::read_dir(folder.join(package)).ok()?.flatten().map(|entry| entry.path());
    let start = format!("{name}.");
    entries.into_iter().find(|file| {
        let is_named = file.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(&start));
        is_named && file.extension().is_some_and(|extension| extension == "so")
    })
}

/// The answer of a script: its last line.
fn last_line<T: serde::de::DeserializeOwned>(printed: &str) -> Option<T> {
    serde_json::from_str(printed.lines().rev().find(|line| !line.trim().is_empty())?).ok()
}

fn first_line(text: &str) -> String {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

fn cannot(path: &Path, error: &io::Error) -> NotCompiled {
    NotCompiled::Because(format!("{}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), NotCompiled> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    crate::store::write_whole(path, text.as_bytes()).map_err(|error| cannot(path, &error))
}
