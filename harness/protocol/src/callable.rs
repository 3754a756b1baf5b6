//! Callables by their names, and what a look-up finds.

use std::fmt;

use std::path::PathBuf;

use rustworthy_model::comparison::Source;
use serde::{Deserialize, Serialize};

/// A module that a worker has loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadedModule {
    /// Its name, with those of its packages.
    pub name: String,
    /// Where it came from, without links on the way.
    pub file: PathBuf,
}

/// A callable to look up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Lookup {
    /// Dotted module name.
    pub module: String,
    /// Dotted attribute.
    pub callable: String,
}

impl fmt::Display for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.module, self.callable)
    }
}

/// What a look-up found.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub enum LookedUp {
    /// It exists and can be called; its code, where it has any.
    Callable(Option<Source>),
    /// There is no such module.
    NoModule,
    /// The module has no such name; these are the callables that it has.
    NoName(Vec<String>),
    /// The name is there but can't be called; the type that it has.
    NotCallable(String),
    /// The module exists, but importing it fails: its contender's own failure, for later.
    Unknown,
}

/// What a contender calls, as a worker needs to know it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Callable {
    /// A Python function.
    Python(Lookup),
    /// A Rust function without a Python boundary.
    Kernel(String),
    /// The boundary of a Python function without a function behind it: its argument to Rust, and its result back.
    Boundary {
        /// The Python function.
        function: Lookup,
        /// How the argument reaches Rust.
        form: BoundaryForm,
    },
}

/// How an argument reaches Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BoundaryForm {
    /// By the cheapest types that hold it, borrowed where possible.
    Cheapest,
    /// As plain objects that own everything.
    Owned,
    /// Not as it is: as `bytes` that hold the same values.
    Bytes,
}

/// What crosses a boundary, as annotations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundaryTypes {
    /// The type of the argument.
    pub argument: String,
    /// The type of the result.
    pub result: String,
    /// The classes of values that cross as they are, since what Rust would make of them isn't known.
    pub opaque: Vec<String>,
}
