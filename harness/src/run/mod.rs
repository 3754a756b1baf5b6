//! Run folders: what a run leaves behind, whole at every moment.

mod folder;
mod journal;

pub use folder::{RunFolder, latest, write_whole};
pub use journal::{Header, Journal, JournalError, read};
