//! What a manifest says, checked and typed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustworthy_model::comparison::{Kind, Route, Source};
use rustworthy_model::environment::PythonHost;
use rustworthy_protocol::{BoundaryForm, Exceptions, RecordedCalls};

/// A project: everything that one manifest describes.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// The manifest file.
    pub manifest: PathBuf,
    /// Folder of the manifest; relative paths of the manifest start here.
    pub root: PathBuf,
    /// Absolute folders for `sys.path`, in order.
    pub python_path: Vec<PathBuf>,
    /// Absolute path of the requirements file to provision an environment from, for what names none of its own.
    pub requirements: Option<PathBuf>,
    /// Command to run once in `root` before measuring.
    pub build: Option<Vec<String>>,
    /// What runs the Python of workers; `None` where the manifest leaves it to the program.
    pub host: Option<PythonHost>,
    /// Limits where a contender sets none of its own.
    pub limits: Limits,
    /// In the order of the manifest.
    pub workloads: Vec<Workload>,
    /// In the order of the manifest.
    pub services: Vec<Service>,
    /// In the order of the manifest.
    pub scenarios: Vec<Scenario>,
    /// What computing and migrating cost; `None` leaves costs out of decisions.
    pub cost: Option<Cost>,
    /// The one benefit that counts; `None` when either a faster p99 or a payback does.
    pub goal: Option<Goal>,
    /// What the regression gate tolerates.
    pub gate: Gate,
}

impl Project {
    /// The same with nothing in it but the baseline of one workload.
    pub(crate) fn with_baseline_of(&self, workload: &Workload) -> Self {
        let baseline = workload.baseline().clone();
        let workload = Workload { contenders: vec![baseline], claims: Vec::new(), replaces: None, ..workload.clone() };
        Self { workloads: vec![workload], scenarios: Vec::new(), ..self.clone() }
    }

    /// A folder of modules that no manifest describes.
    pub(crate) fn bare(root: PathBuf) -> Self {
        Self {
            manifest: root.join("rustworthy.toml"),
            python_path: vec![root.clone()],
            root,
            requirements: None,
            build: None,
            host: None,
            limits: Limits::default(),
            workloads: Vec::new(),
            services: Vec::new(),
            scenarios: Vec::new(),
            cost: None,
            goal: None,
            gate: Gate::default(),
        }
    }

    /// Every Python callable that comparing the workloads calls, in the order of the manifest. One that is named in
    /// several places appears as often.
    pub fn targets(&self) -> Vec<&Target> {
        let of_workloads = self.workloads.iter().flat_map(Workload::targets);
        of_workloads.chain(self.scenarios.iter().flat_map(Scenario::targets)).collect()
    }

    /// The same by workload and scenario, each with the file of requirements of its environment, and with the Python that a
    /// contender names.
    pub fn targets_by_environment(&self) -> Vec<(Option<&Path>, Option<&InterpreterName>, Vec<&Target>)> {
        let workloads = self.workloads.iter().flat_map(|one| {
            let requirements = one.requirements.as_deref();
            let in_other = one.contenders.iter().filter(|contender| contender.interpreter.is_some());
            let in_other = in_other.map(move |contender| {
                (requirements, contender.interpreter.as_ref(), contender.target().into_iter().collect())
            });
            std::iter::once((requirements, None, one.targets_in_its_python().collect())).chain(in_other)
        });
        let scenarios = self.scenarios.iter().map(|one| (one.requirements.as_deref(), None, one.targets().collect()));
        workloads.chain(scenarios).collect()
    }

    /// Whether contenders name Pythons of their own.
    pub fn names_interpreters(&self) -> bool {
        self.workloads.iter().flat_map(|workload| &workload.contenders).any(|contender| contender.interpreter.is_some())
    }
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
    /// Absolute path of the requirements file of its environment: its own, or the project's.
    pub requirements: Option<PathBuf>,
    /// What makes the input.
    pub input: Input,
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
    /// Whether the baseline's output may vary.
    pub unstable: bool,
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

    fn targets(&self) -> impl Iterator<Item = &Target> {
        let in_other = self.contenders.iter().filter(|contender| contender.interpreter.is_some());
        self.targets_in_its_python().chain(in_other.filter_map(Contender::target))
    }

    fn targets_in_its_python(&self) -> impl Iterator<Item = &Target> {
        let equal = match &self.equal {
            Equality::Callable(target) => Some(target),
            Equality::Exact | Equality::Value | Equality::Tolerance { .. } | Equality::Except { .. } => None,
        };
        let contenders = self.contenders.iter().filter(|contender| contender.interpreter.is_none());
        let contenders = contenders.filter_map(Contender::target);
        let input = match &self.input {
            Input::Callable(target) => Some(target),
            Input::Calls(_) => None,
        };
        input.into_iter().chain(&self.bytes).chain(&self.replaces).chain(equal).chain(contenders)
    }
}

/// What makes the input of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// `module:callable(size, seed)`
    Callable(Target),
    /// `capture:NAME`: recorded calls, which contenders are called with one after the other.
    Calls(CapturedCalls),
}

/// Recorded calls as an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapturedCalls {
    /// Name of the capture.
    pub name: String,
    /// Where the manifest names it.
    pub place: Location,
    /// What was recorded, and what of it is an output. Pickles are read only where the caller says so.
    pub calls: RecordedCalls,
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
    /// Whether it comes from a package index, so that putting it in place is a swap.
    pub packaged: bool,
    /// Days that putting it in place takes, where the manifest says so for this one.
    pub migration_days: Option<f64>,
    /// Why it is known not to be equivalent.
    pub differs: Option<String>,
    /// Environment of its worker process.
    pub env: BTreeMap<String, String>,
    /// The Python that it runs in, where that isn't the project's; never of the baseline.
    pub interpreter: Option<InterpreterName>,
    /// Its own limits, or the project's.
    pub limits: Limits,
    /// Code behind what is called, as far as the manifest names it.
    pub sources: Vec<Source>,
}

impl Contender {
    /// The Python callable that it is, if it is one.
    pub fn target(&self) -> Option<&Target> {
        match &self.code {
            Code::Python(target) => Some(target),
            Code::Kernel(_) | Code::Boundary(..) => None,
        }
    }
}

/// A Python that a contender names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterpreterName {
    /// A command in `PATH`, or the absolute path of an executable or of an environment's folder.
    pub path: PathBuf,
    /// Where the manifest names it.
    pub place: Location,
}

/// What a contender calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// `python = "module:callable"`
    Python(Target),
    /// `kernel = "NAME"`, built-in workloads only.
    Kernel(String),
    /// The boundary of a Python callable without a function behind it. No manifest names one.
    Boundary(Target, BoundaryForm),
}

/// A Python callable by name, `module:callable`; the callable may be dotted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// Dotted module name.
    pub module: String,
    /// Attribute path within the module.
    pub callable: String,
    /// Where the manifest names it.
    pub place: Location,
}

/// A place in a manifest, for messages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Location {
    /// Line, from 1; 0 of what the command line says in a manifest's stead.
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
    /// As another, but for some parts.
    Except {
        /// How the rest is compared: not by a callable.
        of: Box<Equality>,
        /// Which parts aren't compared so.
        parts: Exceptions,
    },
}

/// `[[workload.NAME.claim]]`: published figures about one contender beside another.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Where it was published.
    pub source: String,
    /// The contender that it is about.
    pub contender: String,
    /// The contender that it is held against; `None` for the baseline.
    pub against: Option<String>,
    /// The size that it is about; `None` where it's meant for any.
    pub size: Option<u64>,
    /// Published times in seconds. A claim has times, or memory, or both.
    pub seconds: Option<Published>,
    /// Published peak memory in bytes.
    pub bytes: Option<Published>,
}

/// Two published figures, both above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Published {
    /// That of the baseline, or of what the claim is held against in its place.
    pub baseline: f64,
    /// That of the contender.
    pub contender: f64,
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

/// `[scenario.NAME]`: an application under load.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// Absolute path of the requirements file of its environment: its own, or the project's.
    pub requirements: Option<PathBuf>,
    /// What handles a request.
    pub entry: EntryPoint,
    /// `module:callable(count, seed)` that makes the requests.
    pub requests: Target,
    /// How many requests, at least 1.
    pub count: u64,
    /// When requests arrive.
    pub arrivals: Arrivals,
    /// Servers, each a thread that handles one request at a time, at least 1.
    pub servers: u32,
    /// Requests handled at the same time on one event loop, at least 1; more only with a single server.
    pub concurrency: u32,
    /// Functions that may be worth migrating; empty when they are to be found by sampling.
    pub candidates: Vec<Target>,
    /// How responses before and after a migration are compared.
    pub equal: Equality,
    /// The real migration that projections are held against; empty without one.
    pub migrated: Vec<Migration>,
}

impl Scenario {
    /// Requests handled at the same time, whether by threads or on one event loop.
    pub fn at_once(&self) -> u32 {
        self.servers.max(self.concurrency)
    }

    fn targets(&self) -> impl Iterator<Item = &Target> {
        let (EntryPoint::Handler(entry) | EntryPoint::Wsgi(entry) | EntryPoint::Asgi(entry)) = &self.entry;
        let equal = match &self.equal {
            Equality::Callable(target) => Some(target),
            Equality::Exact | Equality::Value | Equality::Tolerance { .. } | Equality::Except { .. } => None,
        };
        let migrated = self.migrated.iter().flat_map(|migration| [&migration.from, &migration.to]);
        [entry, &self.requests].into_iter().chain(&self.candidates).chain(equal).chain(migrated)
    }
}

/// What handles the requests of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryPoint {
    /// `module:callable(request) -> response`
    Handler(Target),
    /// A WSGI application.
    Wsgi(Target),
    /// An ASGI application.
    Asgi(Target),
}

/// When the requests of a scenario arrive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arrivals {
    /// Whenever the clock says so, ready or not.
    Open {
        /// How the gaps between them are drawn.
        gaps: Gaps,
        /// How close they follow each other.
        load: Load,
    },
    /// Each when the one before it is answered.
    Closed,
}

/// Gaps between the requests of an open scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gaps {
    /// Exponentially distributed.
    Poisson,
    /// All alike.
    Fixed,
}

/// How much is asked of the servers of an open scenario.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Load {
    /// Share of the time that a server is busy, between 0 and 1.
    Utilization(f64),
    /// Requests per second, above 0.
    Rate(f64),
}

/// An entry of `[scenario.NAME.migrated]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The function that is replaced.
    pub from: Target,
    /// What stands in its place.
    pub to: Target,
}

/// `[cost]`
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// Price of one core for an hour, in `currency`.
    pub core_hour: f64,
    /// Volume of the application, where it is known.
    pub requests_per_month: Option<f64>,
    /// Effort of one migration, where it is known.
    pub migration: Option<MigrationCost>,
    /// Months within which a migration has to pay back; 12 by default.
    pub horizon_months: f64,
    /// The currency of prices; `USD` by default.
    pub currency: String,
}

/// Effort of one migration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MigrationCost {
    /// Price of an engineer's day.
    pub engineer_day: f64,
    /// Days that it takes.
    pub days: f64,
}

/// `[goal]`: the one benefit that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// A 99th percentile of latency to reach.
    P99(Duration),
    /// A payback within the horizon.
    Cost,
}

/// `[gate]`: changes, as shares of what was before, beyond which the gate fails.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gate {
    /// For every workload.
    pub all: FailOver,
    /// By name of the workload; what one says goes before what is said for all.
    pub workloads: BTreeMap<String, FailOver>,
}

/// Changes beyond which the gate fails, where the manifest sets them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FailOver {
    /// Of the time of a call.
    pub time: Option<f64>,
    /// Of the 99th percentile of calls, which is gated only where this is set.
    pub p99: Option<f64>,
    /// Of peak memory, which is gated only where this is set.
    pub memory: Option<f64>,
}

impl FailOver {
    /// These thresholds, completed by the others where one isn't set.
    pub fn or(self, other: Self) -> Self {
        Self { time: self.time.or(other.time), p99: self.p99.or(other.p99), memory: self.memory.or(other.memory) }
    }
}

impl Gate {
    /// Change of time beyond which the gate fails where nobody says another.
    pub const FAIL_OVER: f64 = 0.05;

    /// What holds for a workload.
    pub fn fail_over(&self, workload: &str) -> FailOver {
        self.workloads.get(workload).copied().unwrap_or_default().or(self.all)
    }
}
