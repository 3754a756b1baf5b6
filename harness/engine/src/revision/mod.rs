//! A project as it was: finds the repository around it, names its commits, and checks one out beside the caller's own
//! checkout, of which neither files nor index nor stash are ever touched.
//!
//! Git is run as a command. Libraries read objects and references well, but what a checkout is made of (attributes,
//! filters such as LFS, sparse checkouts, partial clones, other worktrees) is the command's own, and whoever has a
//! revision to name has it installed.

mod advice;
mod cache;
mod commit;
mod error;
mod git;
mod own;
mod repository;
mod slot;
#[cfg(test)]
mod tests;
mod worktree;

pub use commit::Commit;
pub use error::RevisionError;
pub use own::{OwnBuild, is_own};
pub use repository::Repository;
pub use worktree::Worktree;
