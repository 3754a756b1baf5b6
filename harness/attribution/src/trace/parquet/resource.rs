//! What rows tell of a resource.

use super::column::Cell;
use crate::trace::names::Resources;
use crate::trace::otlp::{INSTANCE, SERVICE};

/// A service, and which instance of it.
pub(super) struct Resource {
    service: String,
    /// The most specific attribute counts, wherever it stands: its place among those, and its value.
    instance: (usize, String),
}

impl Resource {
    /// That of a service whose name has a column, or is empty.
    pub(super) fn of(service: String) -> Self {
        Self { service, instance: (INSTANCE.len(), String::new()) }
    }

    /// Whether an attribute of this name can tell something.
    pub(super) fn asks_for(key: &[u8]) -> bool {
        INSTANCE.iter().chain([&SERVICE]).any(|known| known.as_bytes() == key)
    }

    /// Takes in an attribute, of which texts alone tell something.
    pub(super) fn attribute(&mut self, key: &[u8], text: &str) {
        let rank = INSTANCE.iter().position(|known| known.as_bytes() == key);
        if let Some(rank) = rank.filter(|rank| *rank < self.instance.0) {
            self.instance = (rank, text.to_owned());
        } else if self.service.is_empty() && key == SERVICE.as_bytes() {
            self.service = text.to_owned();
        }
    }

    /// The same of a value of a table.
    pub(super) fn cell(&mut self, key: &[u8], cell: Cell<'_>) {
        if let Cell::Bytes(bytes) = cell
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            self.attribute(key, text);
        }
    }

    /// Its number.
    ///
    /// # Errors
    /// When there are too many.
    pub(super) fn number(self, resources: &mut Resources) -> Result<u32, String> {
        resources.of(&self.service, &self.instance.1)
    }
}
