//! Renderings of a profile: tables, flame graphs, and the stack formats of other tools.

mod flamegraph;
mod folded;
mod page;
mod speedscope;
mod standalone;
mod text;
pub(crate) mod words;

pub(crate) use flamegraph::{ActiveParts, own_active_parts};
pub use flamegraph::{FlameGraphError, difference, flame_graph};
pub use folded::folded;
pub(crate) use page::section;
pub use speedscope::speedscope;
pub use standalone::page;
pub use text::{markdown, table};
