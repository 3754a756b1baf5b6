//! The Python environment that workers run: choosing an interpreter, inspecting it, and providing what a
//! project requires.

mod architecture;
mod cache;
pub(crate) mod compilers;
mod discover;
mod embedding;
mod error;
mod hosted;
mod interpreter;
mod missing;
mod overlay;
mod provision;
mod requirements;
mod select;
mod supported;
#[cfg(test)]
pub(crate) mod testing;
mod version;

pub use cache::cache_directory;
pub use discover::{Discovered, discover};
pub use embedding::Embedded;
pub use error::PythonError;
pub use hosted::HostedWorkers;
pub use interpreter::{Interpreter, Jit, inspect};
pub use missing::{Missing, Unmet};
pub use overlay::{Move, Overlay, overlay};
pub use provision::{Progress, Request, environment};
pub use requirements::unmet;
pub use select::{Origin, Selection, file_of, select};
pub use supported::Supported;
pub use version::{OLDEST, Version};
