//! One child process per contender.
//!
//! The program starts itself again as `rustworthy __worker`. That process is a [`warden`]: it forks the process that runs
//! Python and foreign code, outlives it, and leaves nothing behind of it. The engine talks to the inner process through a
//! socket; [`supervisor`] is its side of the conversation, the crate `rustworthy-worker` the other.

mod build;
mod failure;
mod guarded;
mod layout;
mod output;
mod supervisor;
mod tree;
mod warden;

pub use build::{Build, BuildError};
pub use failure::Failure;
pub use guarded::Guarded;
pub use supervisor::{Worker, Workers};
pub use warden::run_if_asked;

pub(crate) use layout::draw_none as draw_no_layouts;
pub(crate) use tree::pin;
