//! What is known of a project before anything of it has run.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What reading a project's files has shown. Files and folders are relative to it, with `/` between their parts; its own
/// folder is "".
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Facts {
    /// Top-level packages.
    pub packages: Vec<Package>,
    /// Modules that are in no package.
    pub modules: Vec<Module>,
    /// Functions and methods, but for those within others.
    pub functions: Vec<Function>,
    /// Its tests.
    pub tests: Tests,
    /// WSGI and ASGI applications.
    pub applications: Vec<Application>,
    /// Console scripts that it declares.
    pub scripts: Vec<Script>,
    /// Files of requirements.
    pub requirements: Vec<String>,
    /// Virtual environments in its folders.
    pub environments: Vec<String>,
    /// What makes native modules of its sources: `maturin`, `ext_modules`.
    pub builds: Vec<String>,
    /// Packages that its modules need and that the chosen Python doesn't have.
    pub missing: Vec<Missing>,
    /// Which of pytest and its plugins the chosen Python has.
    pub has: BTreeMap<String, bool>,
    /// Whether its own folder is a package, whose modules are found from the folder above.
    pub is_package: bool,
    /// How many Python files there are.
    pub files: u64,
    /// Files that couldn't be read.
    pub problems: Vec<Problem>,
    /// What wasn't looked at, as texts for people.
    pub limits: Vec<String>,
}

/// A top-level package.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Package {
    /// The name that it's imported by.
    pub name: String,
    /// Its folder.
    pub folder: String,
    /// The folder that it's found from.
    pub root: String,
    /// Whether it's a namespace package, which may have parts elsewhere.
    pub namespace: bool,
}

/// A module.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Module {
    /// The name that it's imported by.
    pub module: String,
    /// Its file.
    pub file: String,
}

/// A function or a method.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Function {
    /// Its module.
    pub module: String,
    /// Its name there, `Class.method` of a method.
    pub name: String,
    /// The folder that its module is found from.
    pub root: String,
    /// Its file.
    pub file: String,
    /// The line at which its code begins, that of its first decorator.
    pub line: u32,
    /// Whether it's a generator function, whose calls are over before their work is done.
    pub generator: bool,
    /// Whether it's a method.
    pub method: bool,
    /// Names of its decorators, as they stand there.
    pub decorators: Vec<String>,
    /// Whether its file does its work whenever it's imported.
    pub script: bool,
    /// Whether its file is an example, a document's or a tool's.
    pub aside: bool,
}

/// Tests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Tests {
    /// Files with tests in them.
    pub files: u64,
    /// Functions that are tests.
    pub count: u64,
    /// Folders and files that pytest is told to collect; none where there are too many to name.
    pub places: Vec<String>,
    /// Those that pytest-benchmark times, `tests/test_parse.py::test_fast`.
    pub benchmarks: Vec<String>,
    /// Functions of the project that these time, `module:function`.
    pub timed: Vec<String>,
    /// Functions of the project that tests call by name, the most frequent first.
    pub called: Vec<String>,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Application {
    /// Its module.
    pub module: String,
    /// Its name there.
    pub name: String,
    /// The folder that its module is found from.
    pub root: String,
    /// Its file.
    pub file: String,
    /// The line at which it's made.
    pub line: u32,
    /// By which interface it's called.
    pub kind: Interface,
    /// The framework that makes it; `None` of one written by hand.
    pub framework: Option<String>,
    /// Whether it's a function that makes one.
    pub factory: bool,
    /// Whether its module does its work whenever it's imported, such as running a server.
    pub script: bool,
    /// Paths that can be asked for by GET, without anything else.
    pub routes: Vec<String>,
}

impl Application {
    /// `module:name`.
    pub fn target(&self) -> String {
        format!("{}:{}", self.module, self.name)
    }
}

/// How an application is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interface {
    /// PEP 3333.
    Wsgi,
    /// <https://asgi.readthedocs.io>
    Asgi,
}

impl Interface {
    /// The key that a manifest has for it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Wsgi => "wsgi",
            Self::Asgi => "asgi",
        }
    }
}

/// A console script.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Script {
    /// Its command.
    pub name: String,
    /// What it calls, `module:function`.
    pub target: String,
}

/// A package that isn't there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Missing {
    /// The name that it's imported by.
    pub name: String,
    /// A file that imports it.
    pub file: String,
}

/// A file that couldn't be read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// Its path.
    pub file: String,
    /// The line, where one is to blame.
    pub line: Option<u32>,
    /// What is wrong.
    pub what: String,
}

/// Decorators whose functions remember results: what they wrap would have to be called for every call to do its work.
const REMEMBERING: [&str; 6] = ["cache", "cached", "cached_property", "lru_cache", "memoize", "memoized"];

/// Decorators that make something else than a function of it.
const OTHERWISE: [&str; 8] =
    ["contextmanager", "asynccontextmanager", "fixture", "overload", "property", "setter", "getter", "abstractmethod"];

impl Function {
    /// `module:name`, which people and manifests know it by.
    pub fn target(&self) -> String {
        format!("{}:{}", self.module, self.name)
    }

    /// Why calls of it can't become a workload; `None` where they can.
    pub fn unfit(&self) -> Option<&'static str> {
        let decorated = |names: &[&str]| {
            self.decorators.iter().any(|decorator| names.contains(&decorator.rsplit('.').next().unwrap_or_default()))
        };
        let last = self.name.rsplit('.').next().unwrap_or_default();
        if self.module.rsplit('.').next() == Some("__main__") {
            Some("it's a part of the program that its package is when it's run")
        } else if self.script {
            Some("its file does its work whenever it's imported: put that under `if __name__ == \"__main__\":`")
        } else if self.generator {
            Some("a generator function: its calls are over before their work is done. Name what consumes it")
        } else if decorated(&REMEMBERING) {
            Some("it remembers its results; what it wraps is named by `.__wrapped__`")
        } else if decorated(&OTHERWISE) {
            Some("its decorator makes something else than a function of it")
        } else if last.starts_with("__") && last.ends_with("__") && last != "__call__" {
            Some("Python calls it by itself; name what needs it")
        } else if self.aside {
            Some("it's in a file that isn't part of the project's packages")
        } else {
            None
        }
    }
}

impl Facts {
    /// The function with that name.
    pub fn function(&self, target: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.target() == target)
    }

    /// Whether there is a function with that name whose calls can become a workload, and which is no command by itself.
    pub fn is_fit(&self, target: &str) -> bool {
        let is_command = self.scripts.iter().any(|script| script.target == target);
        !is_command && self.function(target).is_some_and(|function| function.unfit().is_none())
    }

    /// How `capture` is told to run the tests, `--pytest tests`, as a shell takes it; `None` where there are none.
    pub fn pytest_option(&self) -> Option<String> {
        let places = shlex::try_join(self.tests.places.iter().map(String::as_str)).unwrap_or_default();
        let argument = shlex::try_quote(&places).map(std::borrow::Cow::into_owned).unwrap_or_default();
        (self.tests.count > 0).then(|| format!("--pytest {argument}"))
    }

    /// Whether pytest or one of its plugins is there.
    pub fn has(&self, name: &str) -> bool {
        self.has.get(name).copied().unwrap_or_default()
    }

    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty() && self.applications.is_empty() && self.packages.is_empty() && self.modules.is_empty()
    }

    /// Folders for `sys.path`: those that packages, modules and applications are found from. The project's own comes first.
    pub fn roots(&self) -> Vec<&str> {
        let packages = self.packages.iter().map(|package| package.root.as_str());
        let modules = self.modules.iter().map(|module| parent(&module.file));
        let applications = self.applications.iter().map(|application| application.root.as_str());
        let mut roots: Vec<&str> = packages.chain(modules).chain(applications).collect();
        roots.sort_by_key(|root| (root.matches('/').count() + usize::from(!root.is_empty()), *root));
        roots.dedup();
        roots
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str, decorators: &[&str]) -> Function {
        Function {
            module: "shop.tax".to_owned(),
            name: name.to_owned(),
            root: "src".to_owned(),
            file: "src/shop/tax.py".to_owned(),
            line: 1,
            generator: false,
            method: false,
            decorators: decorators.iter().map(|&one| one.to_owned()).collect(),
            script: false,
            aside: false,
        }
    }

    #[test]
    fn functions_whose_calls_say_nothing_are_unfit() {
        assert_eq!(function("rate", &["app.get"]).unfit(), None);
        assert_eq!(function("Cart.__call__", &[]).unfit(), None);
        assert!(function("rate", &["functools.lru_cache"]).unfit().unwrap().contains("__wrapped__"));
        assert!(function("Cart.__init__", &[]).unfit().is_some());
        assert!(Function { script: true, ..function("rate", &[]) }.unfit().unwrap().contains("__main__"));
        assert!(Function { generator: true, ..function("rate", &[]) }.unfit().is_some());
    }

    #[test]
    fn folders_are_in_the_order_of_their_depth() {
        let package = |root: &str| Package {
            name: "a".to_owned(),
            folder: format!("{root}/a"),
            root: root.to_owned(),
            namespace: false,
        };
        let module = Module { module: "app".to_owned(), file: "app.py".to_owned() };
        let facts = Facts {
            packages: vec![package("one/src"), package("src"), package("one/src")],
            modules: vec![module],
            ..Facts::default()
        };
        assert_eq!(facts.roots(), ["", "src", "one/src"]);
    }
}
