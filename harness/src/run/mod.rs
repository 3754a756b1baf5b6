//! Run folders: what a run leaves behind, whole at every moment.

mod folder;
mod journal;
mod limit;
mod sources;

pub use folder::{RunFolder, latest, own_folder, past, write_whole};
pub use journal::{Header, Journal, JournalError, read};
pub use limit::survive_size_limit;
pub use sources::sources_digest;
