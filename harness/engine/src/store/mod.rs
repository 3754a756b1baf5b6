//! The runs of a project: the files of each, consistent at every moment, and which results can be reused later.

mod digests;
mod folder;
mod journal;
mod limit;
mod reuse;
mod run;
mod saved;
mod sources;

pub use digests::CodeDigests;
pub use folder::{RunFolder, latest, own_folder, past, write_whole};
pub use journal::{Header, Journal, JournalError, read as read_journal};
pub use limit::survive_size_limit;
pub use reuse::{ReuseCriteria, Reused, attributed_functions, reuse, speedups, speedups_of, take, tried};
pub use run::{BestEffortJournal, begin, begun, new_id};
pub use saved::{Saved, find_named, read, read_comparison};
pub use sources::sources_digest;
