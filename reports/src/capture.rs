//! Renderings of recorded calls.

pub(crate) mod words;

use rustworthy_model::capture::Capture;

pub use crate::markdown::capture as markdown;
pub use crate::table::capture as table;

/// Several captures as one JSON array, with a line break at its end.
pub fn all_to_json(captures: &[Capture]) -> String {
    crate::json::pretty(&captures)
}
