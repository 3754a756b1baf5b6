//! The Python environment that workers embed: choosing an interpreter, looking into it, and providing what a
//! project requires.

mod cache;
mod embedding;
mod error;
mod interpreter;
mod overlay;
mod provision;
mod requirements;
mod select;
#[cfg(test)]
pub(crate) mod testing;

pub use cache::cache_directory;
pub use embedding::Embedded;
pub use error::PythonError;
pub use interpreter::{Interpreter, OLDEST, Version, inspect};
pub use overlay::overlay;
pub use provision::{Progress, Request, environment};
pub use requirements::{Missing, Unmet, unmet};
pub use select::{Origin, Selection, select};
