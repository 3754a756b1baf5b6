//! Which leaves of a schema hold what of spans.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor};
use rustworthy_model::spelling::did_you_mean;

use crate::trace::columns::{Columns, Role, Unit};
use crate::trace::foreign;

/// Where in a schema each of these is, by the number of its leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) trace: usize,
    pub(super) span: usize,
    pub(super) parent: usize,
    pub(super) name: usize,
    pub(super) service: Option<usize>,
    pub(super) start: Time,
    pub(super) end: End,
    pub(super) kind: Option<usize>,
    pub(super) status: Option<usize>,
    pub(super) state: Option<usize>,
    pub(super) attributes: Option<Attributes>,
    pub(super) resource: Option<Attributes>,
}

/// A column of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time {
    pub(super) leaf: usize,
    pub(super) unit: Unit,
}

/// By what it's known when spans end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    At(Time),
    After(Time),
}

/// Attributes of spans or of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attributes {
    /// A map: its keys and its values.
    Map(usize, usize),
    /// Objects of JSON.
    Json(usize),
}

impl Layout {
    /// Where a schema has what is looked at.
    ///
    /// # Errors
    /// When columns are missing, with those that there are, or aren't of a type that can be read.
    pub(super) fn of(schema: &SchemaDescriptor, columns: &Columns) -> Result<Self, String> {
        let search = Search { schema, columns };
        search.check_missing()?;
        let required = |role: Role| search.leaf(role)?.ok_or_else(|| format!("has no column of {}", role.word()));
        let time = |role: Role| Ok::<_, String>(search.time(role)?.ok_or("has no column of when spans end")?);
        Ok(Self {
            trace: required(Role::Trace)?,
            span: required(Role::Span)?,
            parent: required(Role::Parent)?,
            name: required(Role::Name)?,
            service: search.leaf(Role::Service)?,
            start: time(Role::Start)?,
            end: match search.time(Role::End)? {
                Some(time) => End::At(time),
                None => End::After(time(Role::Duration)?),
            },
            kind: search.leaf(Role::Kind)?,
            status: search.leaf(Role::Status)?,
            state: search.leaf(Role::State)?,
            attributes: search.attributes(Role::Attributes)?,
            resource: search.attributes(Role::Resource)?,
        })
    }

    /// Keys and values of the maps among them.
    pub(super) fn maps(&self) -> Vec<(usize, usize)> {
        let of_map = |attributes: Attributes| match attributes {
            Attributes::Map(keys, values) => Some((keys, values)),
            Attributes::Json(_) => None,
        };
        let mut maps: Vec<_> = [self.attributes, self.resource].into_iter().flatten().filter_map(of_map).collect();
        // A column may hold both.
        maps.dedup();
        maps
    }

    /// The leaves that are read.
    pub(super) fn leaves(&self) -> Vec<usize> {
        let of_map = |attributes: Option<Attributes>| match attributes {
            Some(Attributes::Map(keys, values)) => vec![keys, values],
            Some(Attributes::Json(leaf)) => vec![leaf],
            None => Vec::new(),
        };
        let (End::At(end) | End::After(end)) = self.end;
        let mut leaves = vec![self.trace, self.span, self.parent, self.name, self.start.leaf, end.leaf];
        leaves.extend([self.service, self.kind, self.status, self.state].into_iter().flatten());
        leaves.extend(of_map(self.attributes).into_iter().chain(of_map(self.resource)));
        leaves.sort_unstable();
        leaves.dedup();
        leaves
    }
}

/// Without these there is no span.
const REQUIRED: [Role; 6] = [Role::Trace, Role::Span, Role::Parent, Role::Name, Role::Start, Role::Duration];

/// Names of columns that errors list.
const LISTED: usize = 30;

struct Search<'a> {
    schema: &'a SchemaDescriptor,
    columns: &'a Columns,
}

impl Search<'_> {
    /// Sees that all columns are there that have to be, and those that a user has named.
    fn check_missing(&self) -> Result<(), String> {
        let names: Vec<&str> = self.schema.root_schema().get_fields().iter().map(|field| field.name()).collect();
        if let Some(foreign) = foreign::columns(&names) {
            return Err(foreign.to_owned());
        }
        let is_there = |column: &str| self.schema.columns().iter().any(|leaf| is_at(leaf, column));
        let roles = Columns::roles().filter_map(|role| Some((role, self.columns.of(role)?)));
        let missing =
            roles.filter(|(role, (column, is_named))| (*is_named || REQUIRED.contains(role)) && !is_there(column));
        let missing: Vec<String> = missing
            .map(|(role, (column, _))| {
                let meant = did_you_mean(column, names.iter().copied());
                let meant = meant.map(|meant| format!("; did you mean {}={meant}?", role.word()));
                let is_unit = role.has_unit() && column.contains(':');
                let units = if is_unit { "; what numbers count is said as :ns, :us, :ms or :s" } else { "" };
                format!("'{column}' ({}{units}{})", role.word(), meant.unwrap_or_default())
            })
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let more = names.len().saturating_sub(LISTED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let known: Vec<String> = names.iter().take(LISTED).map(|name| format!("'{name}'")).collect();
        Err(format!(
            "has no column {}; it has {}{more}. --columns says which column is what: \
             --columns trace=COLUMN,span=COLUMN,parent=COLUMN,name=COLUMN,start=COLUMN,duration=COLUMN",
            missing.join(", "),
            known.join(", ")
        ))
    }

    /// The leaves of the column that holds this; none where it isn't there.
    fn leaves(&self, role: Role) -> Vec<(usize, &ColumnDescPtr)> {
        let Some((column, _)) = self.columns.of(role) else { return Vec::new() };
        self.schema.columns().iter().enumerate().filter(|(_, leaf)| is_at(leaf, column)).collect()
    }

    /// The leaf that a column of single values is.
    ///
    /// # Errors
    /// When it isn't one.
    fn leaf(&self, role: Role) -> Result<Option<usize>, String> {
        let is_usable = |kind: Type| match role {
            Role::Name | Role::Service | Role::State => kind == Type::BYTE_ARRAY,
            Role::Kind => matches!(kind, Type::BYTE_ARRAY | Type::INT32 | Type::INT64),
            Role::Status => matches!(kind, Type::BYTE_ARRAY | Type::INT32 | Type::INT64 | Type::BOOLEAN),
            _ => matches!(kind, Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY | Type::INT32 | Type::INT64),
        };
        let expected = match role {
            Role::Name | Role::Service | Role::State => "texts",
            Role::Kind => "texts or numbers",
            Role::Status => "texts, numbers or truths",
            _ => "texts, bytes or whole numbers",
        };
        match self.leaves(role)[..] {
            [] => Ok(None),
            [(place, leaf)] if leaf.max_rep_level() == 0 && is_usable(leaf.physical_type()) => Ok(Some(place)),
            ref others => Err(self.unexpected(role, others, expected)),
        }
    }

    /// A column of times, and what its numbers count.
    fn time(&self, role: Role) -> Result<Option<Time>, String> {
        let leaves = self.leaves(role);
        let [(place, leaf)] = leaves[..] else {
            return if leaves.is_empty() { Ok(None) } else { Err(self.unexpected(role, &leaves, "times")) };
        };
        let own = match (leaf.logical_type_ref(), leaf.converted_type()) {
            (Some(LogicalType::Timestamp(time)), _) => Some(match time.unit {
                TimeUnit::MILLIS => Unit::Millis,
                TimeUnit::MICROS => Unit::Micros,
                TimeUnit::NANOS => Unit::Nanos,
            }),
            (_, ConvertedType::TIMESTAMP_MILLIS) => Some(Unit::Millis),
            (_, ConvertedType::TIMESTAMP_MICROS) => Some(Unit::Micros),
            _ => None,
        };
        let named = self.columns.unit(role);
        match leaf.physical_type() {
            _ if leaf.max_rep_level() > 0 => Err(self.unexpected(role, &leaves, "times")),
            Type::INT64 | Type::INT32 => Ok(Some(Time { leaf: place, unit: own.or(named).unwrap_or(Unit::Nanos) })),
            Type::INT96 => Ok(Some(Time { leaf: place, unit: Unit::Nanos })),
            Type::DOUBLE | Type::FLOAT => match named {
                Some(unit) => Ok(Some(Time { leaf: place, unit })),
                None => {
                    let expected = format!(
                        "whole numbers of nanoseconds; what fractions count has to be said, --columns {}={}:s (or ms, us, ns)",
                        role.word(),
                        leaf.path().string()
                    );
                    Err(self.unexpected(role, &leaves, &expected))
                }
            },
            _ => Err(self.unexpected(role, &leaves, "times or whole numbers")),
        }
    }

    fn attributes(&self, role: Role) -> Result<Option<Attributes>, String> {
        let leaves = self.leaves(role);
        let is_entry = |leaf: &ColumnDescPtr| leaf.max_rep_level() == 1 && leaf.path().parts().len() == 3;
        match leaves[..] {
            [] => Ok(None),
            [(place, leaf)] if leaf.max_rep_level() == 0 && leaf.physical_type() == Type::BYTE_ARRAY => {
                Ok(Some(Attributes::Json(place)))
            }
            [(keys, key), (values, value)]
                if is_entry(key) && is_entry(value) && key.physical_type() == Type::BYTE_ARRAY =>
            {
                Ok(Some(Attributes::Map(keys, values)))
            }
            ref others => Err(self.unexpected(role, others, "a map from texts to scalars, or texts of JSON")),
        }
    }

    fn unexpected(&self, role: Role, leaves: &[(usize, &ColumnDescPtr)], expected: &str) -> String {
        let column = self.columns.of(role).map(|(column, _)| column).unwrap_or_default();
        let found = match leaves {
            [(_, leaf)] if leaf.max_rep_level() == 0 => format!("{:?}", leaf.physical_type()),
            [(_, leaf)] => format!("a list of {:?}", leaf.physical_type()),
            several => format!("nested, with {} columns in it", several.len()),
        };
        format!("column '{column}' ({}) is {found}, not {expected}", role.word())
    }
}

/// Whether a leaf is a column, or within it. Names may have dots themselves.
fn is_at(leaf: &ColumnDescPtr, column: &str) -> bool {
    leaf.path().parts().first().is_some_and(|root| root == column) || leaf.path().string() == column
}
