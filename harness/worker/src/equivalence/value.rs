//! What a Python object comes to: a tree that can be written down, compared and hashed without Python.

use std::fs::{self, File as StdFile};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use super::buffer::Buffer;

/// A Python object taken apart. Capturing nests at most 500 Python objects, so recursion over a value is safe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// `None`
    None,
    /// `...`
    Ellipsis,
    /// `bool`
    Bool(bool),
    /// An `int` of up to 64 bits.
    Int(i64),
    /// Any other `int`.
    BigInt(BigInt),
    /// `float`
    Float(f64),
    /// `complex`, real and imaginary part.
    Complex(f64, f64),
    /// `str` as UTF-8, in which lone surrogates are encoded like other code points (WTF-8).
    Str(Buffer),
    /// `bytes`
    Bytes(Buffer),
    /// `bytearray`
    ByteArray(Buffer),
    /// `list`
    List(Vec<Value>),
    /// `tuple`
    Tuple(Vec<Value>),
    /// `dict` in the order of insertion.
    Dict(Vec<(Value, Value)>),
    /// `set`, in an order that depends on its elements alone.
    Set(Vec<Value>),
    /// `frozenset`, likewise.
    FrozenSet(Vec<Value>),
    /// An array of numbers or objects.
    Array(Box<Array>),
    /// Columns of equal length.
    Frame(Box<Frame>),
    /// An existing file that a path-like object points at.
    File(File),
    /// Something known by its dotted name: a function, a class, a module.
    Named(String),
    /// An instant, a decimal, a path: an immutable object that its type and text determine.
    Scalar(Box<Scalar>),
    /// An instance of a subclass of a built-in type.
    Typed(Box<Typed>),
    /// An instance of a class written in Python.
    Object(Box<Object>),
    /// An instance of a type written in C, taken apart by its `__reduce_ex__`.
    Reduced(Box<Reduced>),
    /// The container so many levels further up, itself part of what it contains.
    Cycle(u32),
    /// A value that can't be taken apart.
    Opaque(Box<Opaque>),
}

/// An integer beyond 64 bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BigInt {
    /// Whether it is below zero.
    pub negative: bool,
    /// Absolute value, most significant byte first, no leading zeros.
    pub magnitude: Buffer,
}

/// An array of one or more dimensions, or of none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Array {
    /// NumPy's type string, `<f8`, or its long form where the short one doesn't say all.
    pub dtype: String,
    /// Length of each dimension.
    pub shape: Vec<usize>,
    /// The elements, last dimension fastest.
    pub data: Data,
}

/// The elements of an array.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Data {
    /// As they lie in memory, in the machine's byte order.
    Raw(Buffer),
    /// One by one; `None` for a missing one.
    Items(Vec<Value>),
    /// A structured type: an array for each field.
    Fields(Vec<(String, Value)>),
}

/// A table, a column of one, or an index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Dotted name of its class.
    pub type_name: String,
    /// What it is.
    pub form: Form,
    /// Levels of the index; none where the library has no indexes.
    pub index: Vec<Column>,
    /// The columns; exactly one unless `form` is a table.
    pub columns: Vec<Column>,
}

/// What a [`Frame`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// Any number of columns.
    Table,
    /// One column.
    Series,
    /// An index on its own; several columns when it has several levels.
    Index,
}

/// A column of a [`Frame`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its label, any object.
    pub name: Value,
    /// The library's name of its type, categories and time zone included.
    pub dtype: String,
    /// Its elements, an array of one dimension.
    pub values: Array,
}

/// A file by its contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// SHA-256 of the contents, hexadecimal.
    pub sha256: String,
    /// Length of the contents.
    pub bytes: u64,
}

/// An immutable object that its type and text determine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scalar {
    /// Dotted name of its class.
    pub type_name: String,
    /// All that it says.
    pub text: String,
    /// Its place on a time axis, for equality across types and time zones.
    pub instant: Option<Instant>,
}

/// A point or a distance in time, nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Instant {
    /// Wall clock since 1970 in an unknown zone.
    Naive(i128),
    /// Since 1970 UTC.
    Utc(i128),
    /// Duration.
    Span(i128),
}

/// An instance of a subclass of a built-in type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Typed {
    /// Dotted name of its class.
    pub type_name: String,
    /// What it is as an instance of the built-in type.
    pub value: Value,
    /// Attributes beyond that, sorted by name.
    pub state: Vec<(String, Value)>,
}

/// An instance of a class written in Python.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Dotted name of its class.
    pub type_name: String,
    /// Attributes of the instance, slots included, sorted by name.
    pub state: Vec<(String, Value)>,
}

/// An instance of a type written in C, as its `__reduce_ex__` describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reduced {
    /// Dotted name of its class.
    pub type_name: String,
    /// Callable, arguments, state, list of items, dict of items; trailing ones that it lacks are left out.
    pub parts: Vec<Value>,
}

/// A value that can't be taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opaque {
    /// Dotted name of its class.
    pub type_name: String,
    /// Why not, and what to do about it where that is known.
    pub why: String,
}

impl Value {
    /// Writes it to a file, for [`Value::read_from`].
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write_to(&self, path: &Path) -> io::Result<()> {
        let file = BufWriter::with_capacity(1 << 18, StdFile::create(path)?);
        postcard::to_io(self, file).map_err(io::Error::other)?.flush()
    }

    /// Reads what [`Value::write_to`] wrote.
    ///
    /// # Errors
    /// The file can't be read, or holds something else.
    pub fn read_from(path: &Path) -> io::Result<Self> {
        postcard::from_bytes(&fs::read(path)?).map_err(|error| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}: not a captured value: {error}", path.display()))
        })
    }

    /// The value as an instance of the built-in type that its class derives from.
    pub(super) fn unwrapped(&self) -> &Self {
        let mut value = self;
        while let Self::Typed(typed) = value {
            value = &typed.value;
        }
        value
    }

    /// Name of the Python type.
    pub(super) fn type_name(&self) -> &str {
        match self {
            Self::None => "None",
            Self::Ellipsis => "ellipsis",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::BigInt(_) => "int",
            Self::Float(_) => "float",
            Self::Complex(..) => "complex",
            Self::Str(_) => "str",
            Self::Bytes(_) => "bytes",
            Self::ByteArray(_) => "bytearray",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Dict(_) => "dict",
            Self::Set(_) => "set",
            Self::FrozenSet(_) => "frozenset",
            Self::Array(_) => "array",
            Self::Frame(frame) => &frame.type_name,
            Self::File(_) => "file",
            Self::Named(_) => "name",
            Self::Scalar(scalar) => &scalar.type_name,
            Self::Typed(typed) => &typed.type_name,
            Self::Object(object) => &object.type_name,
            Self::Reduced(reduced) => &reduced.type_name,
            Self::Cycle(_) => "cycle",
            Self::Opaque(opaque) => &opaque.type_name,
        }
    }
}
