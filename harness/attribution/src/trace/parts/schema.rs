//! The columns of a part.

use std::sync::{Arc, LazyLock};

use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnDescPtr, ColumnDescriptor, SchemaDescriptor, Type};

/// A row is a request. One of events of threads has no trace; one with a trace alone says that this has no request here.
const MESSAGE: &str = "
    message part {
        optional fixed_len_byte_array(16) trace;
        optional fixed_len_byte_array(8) root;
        optional binary service (STRING);
        optional binary operation (STRING);
        optional boolean waits;
        optional int64 start_ns;
        optional int64 duration_ns;
        optional double weight;
        optional boolean failed;
        optional int32 sampling;
        required group parts (LIST) {
            repeated group list {
                required group element {
                    required binary service (STRING);
                    required binary operation (STRING);
                    required boolean waits;
                    required int64 calls;
                    required int64 exclusive_ns;
                    required int64 inclusive_ns;
                    required int64 waiting_ns;
                }
            }
        }
    }
";

/// Rows that are written and read at once.
pub(super) const GROUP: usize = 1 << 16;

/// The columns, by their places.
pub(super) mod column {
    pub(in super::super) const TRACE: usize = 0;
    pub(in super::super) const ROOT: usize = 1;
    pub(in super::super) const SERVICE: usize = 2;
    pub(in super::super) const OPERATION: usize = 3;
    pub(in super::super) const WAITS: usize = 4;
    pub(in super::super) const START: usize = 5;
    pub(in super::super) const DURATION: usize = 6;
    pub(in super::super) const WEIGHT: usize = 7;
    pub(in super::super) const FAILED: usize = 8;
    pub(in super::super) const SAMPLING: usize = 9;
    pub(in super::super) const PART_SERVICE: usize = 10;
    pub(in super::super) const PART_OPERATION: usize = 11;
    pub(in super::super) const PART_WAITS: usize = 12;
    pub(in super::super) const CALLS: usize = 13;
    pub(in super::super) const EXCLUSIVE: usize = 14;
    pub(in super::super) const INCLUSIVE: usize = 15;
    pub(in super::super) const WAITING: usize = 16;
}

/// The schema of parts; `None` can't be, since the text is one.
pub(super) fn schema() -> Option<Arc<Type>> {
    static SCHEMA: LazyLock<Option<Arc<Type>>> = LazyLock::new(|| parse_message_type(MESSAGE).ok().map(Arc::new));
    SCHEMA.clone()
}

/// Whether a file has the columns of a part.
pub(super) fn is_part(found: &SchemaDescriptor) -> bool {
    let Some(schema) = schema() else { return false };
    let own = SchemaDescriptor::new(schema);
    let is_same = |(one, other): (&ColumnDescPtr, &ColumnDescPtr)| is_same_column(one, other);
    own.num_columns() == found.num_columns() && own.columns().iter().zip(found.columns()).all(is_same)
}

fn is_same_column(one: &ColumnDescriptor, other: &ColumnDescriptor) -> bool {
    let levels = |column: &ColumnDescriptor| (column.max_def_level(), column.max_rep_level());
    one.path() == other.path()
        && one.physical_type() == other.physical_type()
        && one.type_length() == other.type_length()
        && levels(one) == levels(other)
}
