//! A leaf of the schema, read in step with others.
//!
//! Of each element of a list, and of each list without any, a leaf within it has a slot: what it has for that element, or a level that
//! says there is none. So leaves that are read slot by slot together are always in the same element.

use parquet::basic::{Repetition, Type as Physical};
use parquet::file::metadata::RowGroupMetaData;
use parquet::schema::types::{SchemaDescriptor, Type};

use crate::trace::parquet::column::{Cell, Column};
use crate::trace::parquet::file::ParquetFile;

/// A leaf of a group of rows.
pub(super) struct Leaf {
    path: String,
    kind: Physical,
    pub(super) column: Column,
    /// From which level of definition on there is an element of the innermost list that it is in.
    there: i16,
}

impl Leaf {
    /// The leaf of that path, without the groups that lists are written with, in so many lists; `None` where the file has none.
    ///
    /// # Errors
    /// When it is in other lists, or can't be read.
    pub(super) fn open(
        file: &ParquetFile,
        schema: &SchemaDescriptor,
        group: &RowGroupMetaData,
        path: &str,
        lists: i16,
    ) -> Result<Option<Self>, String> {
        let Some(place) = schema.columns().iter().position(|leaf| is_at(leaf.path().parts(), path)) else {
            return Ok(None);
        };
        let described = schema.column(place);
        let (depth, whole) = (described.max_rep_level(), described.max_def_level());
        // A list of scalars is one more.
        if !(lists..=lists + 1).contains(&depth) {
            return Err(format!("column '{path}' is in {depth} lists, not in {lists}"));
        }
        let rows = usize::try_from(group.num_rows()).map_err(|_| "isn't whole Parquet: rows below zero".to_owned())?;
        let column = Column::new(file.column(group, place, rows)?, whole, depth > 0);
        let there = there(schema.root_schema(), described.path().parts(), lists);
        Ok(Some(Self { path: path.to_owned(), kind: described.physical_type(), column, there }))
    }

    /// The same, if it's of one of these types.
    ///
    /// # Errors
    /// When it isn't.
    pub(super) fn of(self, kinds: &[Physical], expected: &str) -> Result<Self, String> {
        match kinds.contains(&self.kind) {
            true => Ok(self),
            false => Err(format!("column '{}' is {:?}, not {expected}", self.path, self.kind)),
        }
    }

    /// Reads so many rows.
    ///
    /// # Errors
    /// When it can't be decoded, or has fewer.
    pub(super) fn fill(&mut self, rows: usize) -> Result<(), String> {
        self.column.fill(rows).map_err(|error| format!("column '{}': {error}", self.path))
    }

    /// Whether there is an element of the innermost list in the next slot.
    pub(super) fn is_there(&self) -> bool {
        self.column.is_defined_from(self.there)
    }

    /// How many levels the next slot within so many lists has, which begins an element of that list.
    ///
    /// # Errors
    /// When it isn't in step.
    pub(super) fn slot(&self, lists: i16, begins: i16) -> Result<usize, String> {
        match self.column.begins() == Some(begins) {
            true => Ok(self.column.within(lists)),
            false => Err(format!("column '{}' has other lists than those beside it; export it again", self.path)),
        }
    }

    /// The value of the next slot; nothing of several, which are a list.
    ///
    /// # Errors
    /// When it isn't in step.
    pub(super) fn value(&mut self, lists: i16, begins: i16) -> Result<Cell<'_>, String> {
        let levels = self.slot(lists, begins)?;
        let first = self.column.next();
        for _ in 1..levels {
            self.column.next();
        }
        Ok(self.column.at(first.filter(|_| levels == 1)))
    }
}

/// Whether the parts of a path are those, but for the groups that lists are written with.
fn is_at(parts: &[String], path: &str) -> bool {
    let is = |place: usize, name: &str| parts.get(place).is_some_and(|part| part == name);
    let is_of_list = |place: usize| {
        is(place, "list") && is(place + 1, "element") || is(place, "element") && place > 0 && is(place - 1, "list")
    };
    let own = (0..parts.len()).filter(|place| !is_of_list(*place)).map(|place| &parts[place][..]);
    own.eq(path.split('.'))
}

/// From which level of definition on there is an element of the last of so many lists on a path.
fn there(root: &Type, parts: &[String], lists: i16) -> i16 {
    let (mut node, mut defined, mut seen) = (root, 0, 0);
    for part in parts {
        let next =
            (seen < lists && node.is_group()).then(|| node.get_fields().iter().find(|field| field.name() == part));
        let Some(next) = next.flatten() else { break };
        let repetition = next.get_basic_info().repetition();
        defined += i16::from(repetition != Repetition::REQUIRED);
        seen += i16::from(repetition == Repetition::REPEATED);
        node = next;
    }
    defined
}

/// The leaves of a list of attributes: their keys, and their values by type.
pub(super) struct AttributeLeaves {
    key: Leaf,
    values: Vec<Leaf>,
    /// How many lists that list is in.
    lists: i16,
}

impl AttributeLeaves {
    /// Those of a list of that path, which is in so many lists itself; `None` where the file has none.
    ///
    /// # Errors
    /// When they are in other lists, or can't be read.
    pub(super) fn open(
        file: &ParquetFile,
        schema: &SchemaDescriptor,
        group: &RowGroupMetaData,
        path: &str,
        lists: i16,
    ) -> Result<Option<Self>, String> {
        const VALUES: [&str; 4] = ["Value", "ValueInt", "ValueDouble", "ValueBool"];
        let leaf = |name: &str| Leaf::open(file, schema, group, &format!("{path}.{name}"), lists + 1);
        let Some(key) = leaf("Key")? else { return Ok(None) };
        let values: Vec<Option<Leaf>> = VALUES.into_iter().map(leaf).collect::<Result<_, _>>()?;
        Ok(Some(Self { key, values: values.into_iter().flatten().collect(), lists }))
    }

    pub(super) fn leaves_mut(&mut self) -> impl Iterator<Item = &mut Leaf> {
        [&mut self.key].into_iter().chain(&mut self.values)
    }

    /// Tells the attributes of the next slot one by one.
    ///
    /// # Errors
    /// When it isn't in step.
    pub(super) fn tell(&mut self, begins: i16, tell: &mut dyn FnMut(&[u8], Cell<'_>)) -> Result<(), String> {
        for attribute in 0..self.key.slot(self.lists, begins)? {
            let begins = if attribute == 0 { begins } else { self.lists + 1 };
            self.key.slot(self.lists + 1, begins)?;
            let key = self.key.column.next();
            let key = self.key.column.at(key);
            for value in &mut self.values {
                match (key, value.value(self.lists + 1, begins)?) {
                    (_, Cell::Nothing) => {}
                    (Cell::Bytes(key), cell) => tell(key, cell),
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::schema::parser::parse_message_type;

    #[test]
    fn lists_are_known_however_they_are_written() {
        let parts = |path: &str| path.split('.').map(str::to_owned).collect::<Vec<_>>();
        for path in
            ["rs.ss.Spans.Attrs.Key", "rs.list.element.ss.list.element.Spans.list.element.Attrs.list.element.Key"]
        {
            assert!(is_at(&parts(path), "rs.ss.Spans.Attrs.Key"), "{path}");
        }
        // A column of that name is none of a list.
        assert!(is_at(&parts("rs.list"), "rs.list") && !is_at(&parts("rs.list.x"), "rs.x"));
        let schema = parse_message_type(
            "message t { optional group a (LIST) { repeated group list { optional group element { repeated group b {
                optional int64 c; } } } } }",
        )
        .unwrap();
        let path = parts("a.list.element.b.c");
        assert_eq!([0, 1, 2].map(|lists| there(&schema, &path, lists)), [0, 2, 4]);
    }
}
