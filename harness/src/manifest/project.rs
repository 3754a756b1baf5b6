//! What a manifest says, checked and typed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rustworthy_reports::comparison::{Kind, Route};

/// A project: everything that one manifest describes.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// The manifest file.
    pub manifest: PathBuf,
    /// Folder of the manifest; relative paths of the manifest start here.
    pub root: PathBuf,
    /// Absolute folders for `sys.path`, in order.
    pub python_path: Vec<PathBuf>,
    /// Absolute path of the requirements file to provision an environment from.
    pub requirements: Option<PathBuf>,
    /// Command to run once in `root` before measuring.
    pub build: Option<Vec<String>>,
    /// Limits where a contender sets none of its own.
    pub limits: Limits,
    /// In the order of the manifest.
    pub workloads: Vec<Workload>,
    /// In the order of the manifest.
    pub services: Vec<Service>,
}

/// Limits of one contender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest that one call may take; importing has the same limit, apart.
    pub timeout: Duration,
    /// Most resident memory of its worker, with everything that it starts, in bytes.
    pub memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(60), memory: 4 << 30 }
    }
}

/// `[workload.NAME]`
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// One line about it.
    pub description: Option<String>,
    /// `module:callable(size, seed)` that makes the input.
    pub input: Target,
    /// By name, `default` always among them.
    pub sizes: BTreeMap<String, u64>,
    /// `module:callable(input) -> int`, the input's size in bytes.
    pub bytes: Option<Target>,
    /// How outputs are compared.
    pub equal: Equality,
    /// The scenario function that it stands for.
    pub replaces: Option<Target>,
    /// Its volume.
    pub calls_per_month: Option<f64>,
    /// Whether every call gets a new copy of the input.
    pub fresh_input: bool,
    /// In the order of the manifest; exactly one is the baseline.
    pub contenders: Vec<Contender>,
    /// Published figures.
    pub claims: Vec<Claim>,
}

impl Workload {
    /// The contender that all others are held against.
    pub fn baseline(&self) -> &Contender {
        self.contenders.iter().find(|contender| contender.baseline).expect("a checked manifest has one baseline")
    }
}

/// `[workload.NAME.contender.NAME]`
#[derive(Debug, Clone, PartialEq)]
pub struct Contender {
    /// Its name.
    pub name: String,
    /// What is called.
    pub code: Code,
    /// Whether the others are held against it.
    pub baseline: bool,
    /// What sort of solution it is.
    pub kind: Kind,
    /// How Python reaches it; always [`Route::Kernel`] for [`Code::Kernel`].
    pub route: Route,
    /// Why it is known not to be equivalent.
    pub differs: Option<String>,
    /// Environment of its worker process.
    pub env: BTreeMap<String, String>,
    /// Its own limits, or the project's.
    pub limits: Limits,
}

/// What a contender calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// `python = "module:callable"`
    Python(Target),
    /// `kernel = "NAME"`, built-in workloads only.
    Kernel(String),
}

/// A Python callable by name, `module:callable`; the callable may be dotted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// Dotted module name.
    pub module: String,
    /// Attribute path within the module.
    pub callable: String,
    /// Where the manifest names it.
    pub place: Place,
}

/// A place in a manifest, for messages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Dotted key, `workload.parse.input`.
    pub key: String,
}

/// How outputs are compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Equality {
    /// Same types and values throughout.
    Exact,
    /// Python's `==`, NaN equal to NaN.
    Value,
    /// Numbers within tolerances, the rest as [`Equality::Value`].
    Tolerance {
        /// Relative to the larger magnitude.
        relative: f64,
        /// Absolute.
        absolute: f64,
    },
    /// `module:callable(expected, got) -> bool`
    Callable(Target),
}

/// `[[workload.NAME.claim]]`
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Where it was published.
    pub source: String,
    /// The contender that it is about.
    pub contender: String,
    /// Published time of the baseline in seconds.
    pub baseline_seconds: f64,
    /// Published time of the contender in seconds.
    pub contender_seconds: f64,
}

/// `[service.NAME]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Command line, `{port}` standing for the port chosen.
    pub command: Vec<String>,
    /// URL that answers 2xx when it is up.
    pub ready: String,
}
