//! What of a block is looked at: a group of its rows.

use parquet::basic::Type;
use parquet::file::metadata::RowGroupMetaData;
use parquet::schema::types::SchemaDescriptor;

use super::leaf::{AttributeLeaves, Leaf};
use super::meta::{Meta, Scope};
use crate::trace::otlp::INSTANCE;
use crate::trace::parquet::file::ParquetFile;
use crate::trace::telling::Telling;

/// How many lists resources, scopes and spans are in.
pub(super) const RESOURCES: i16 = 1;
pub(super) const SCOPES: i16 = 2;
pub(super) const SPANS: i16 = 3;

/// An attribute of resources that vParquet4 always has a column for.
const POD: (&str, &str) = ("k8s.pod.name", "K8sPodName");

/// Types of columns, and how errors call them.
type Kinds = (&'static [Type], &'static str);
const IDS: Kinds = (&[Type::BYTE_ARRAY, Type::FIXED_LEN_BYTE_ARRAY], "bytes");
const TEXTS: Kinds = (&[Type::BYTE_ARRAY], "texts");
const NANOS: Kinds = (&[Type::INT64], "whole numbers of nanoseconds");
const CODES: Kinds = (&[Type::INT64, Type::INT32], "whole numbers");

/// The leaves of a group of rows that are looked at.
pub(super) struct Rows {
    pub(super) trace: Leaf,
    pub(super) service: Option<Leaf>,
    pub(super) resource: Option<AttributeLeaves>,
    /// Attributes with columns of their own, by their names.
    pub(super) own_of_resource: Vec<(String, Leaf)>,
    pub(super) scope: Option<AttributeLeaves>,
    pub(super) id: Leaf,
    pub(super) parent: Leaf,
    pub(super) name: Leaf,
    pub(super) start: Leaf,
    pub(super) duration: Leaf,
    pub(super) kind: Option<Leaf>,
    pub(super) status: Option<Leaf>,
    pub(super) state: Option<Leaf>,
    pub(super) attributes: Option<AttributeLeaves>,
    pub(super) own_of_span: Vec<(String, Leaf)>,
}

impl Rows {
    /// # Errors
    /// When a column is missing without which there is no span, or can't be read.
    pub(super) fn open(
        file: &ParquetFile,
        schema: &SchemaDescriptor,
        group: &RowGroupMetaData,
        meta: &Meta,
        telling: &Telling<'_>,
    ) -> Result<Self, String> {
        let leaf = |path: &str, lists: i16| Leaf::open(file, schema, group, path, lists);
        let of_span = |name: &str| leaf(&format!("rs.ss.Spans.{name}"), SPANS);
        let missing = |name: &str| format!("is a block of Tempo without a column '{name}'");
        let required =
            |name: &str, (kinds, expected): Kinds| of_span(name)?.ok_or_else(|| missing(name))?.of(kinds, expected);
        let other =
            |leaf: Option<Leaf>, (kinds, expected): Kinds| leaf.map(|leaf| leaf.of(kinds, expected)).transpose();
        let attributes = |path: &str, lists: i16| AttributeLeaves::open(file, schema, group, path, lists);
        let own = |scope: Scope, path: &str, lists: i16, asks_for: &dyn Fn(&str) -> bool| {
            let named = meta.dedicated(scope).into_iter().filter(|(name, _)| asks_for(name));
            let mut found = Vec::new();
            for (name, column) in named {
                let column = format!("{path}.DedicatedAttributes.{column}");
                found.extend(leaf(&column, lists)?.map(|leaf| (name.to_owned(), leaf)));
            }
            Ok::<_, String>(found)
        };
        let is_instance = |name: &str| INSTANCE.contains(&name);
        let mut own_of_resource = own(Scope::Resource, "rs.Resource", RESOURCES, &is_instance)?;
        let pod = leaf(&format!("rs.Resource.{}", POD.1), RESOURCES)?;
        own_of_resource.extend(pod.map(|leaf| (POD.0.to_owned(), leaf)));
        Ok(Self {
            trace: leaf("TraceID", 0)?.ok_or_else(|| missing("TraceID"))?.of(IDS.0, IDS.1)?,
            service: other(leaf("rs.Resource.ServiceName", RESOURCES)?, TEXTS)?,
            resource: attributes("rs.Resource.Attrs", RESOURCES)?,
            own_of_resource,
            scope: attributes("rs.ss.Scope.Attrs", SCOPES)?,
            id: required("SpanID", IDS)?,
            parent: required("ParentSpanID", IDS)?,
            name: required("Name", TEXTS)?,
            start: required("StartTimeUnixNano", NANOS)?,
            duration: required("DurationNano", NANOS)?,
            kind: other(of_span("Kind")?, CODES)?,
            status: other(of_span("StatusCode")?, CODES)?,
            state: other(of_span("TraceState")?, TEXTS)?,
            attributes: attributes("rs.ss.Spans.Attrs", SPANS)?,
            own_of_span: own(Scope::Span, "rs.ss.Spans", SPANS, &|name| telling.asks_for(name.as_bytes()))?,
        })
    }

    /// Reads so many rows.
    ///
    /// # Errors
    /// When a column can't be decoded, or has fewer.
    pub(super) fn fill(&mut self, rows: usize) -> Result<(), String> {
        let required =
            [&mut self.trace, &mut self.id, &mut self.parent, &mut self.name, &mut self.start, &mut self.duration];
        let others = [&mut self.service, &mut self.kind, &mut self.status, &mut self.state].into_iter().flatten();
        let own = self.own_of_resource.iter_mut().chain(&mut self.own_of_span).map(|(_, leaf)| leaf);
        let attributes = [&mut self.resource, &mut self.scope, &mut self.attributes];
        let attributes = attributes.into_iter().flatten().flat_map(AttributeLeaves::leaves_mut);
        required.into_iter().chain(others).chain(own).chain(attributes).try_for_each(|leaf| leaf.fill(rows))
    }
}
