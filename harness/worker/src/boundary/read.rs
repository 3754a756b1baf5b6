//! Reading an argument by the cheapest types that hold it: numbers are read, strings and memory are borrowed, where they lie.
//!
//! Nothing is kept, since a function may use each value as it comes: reading one gives a number that depends on it, and these
//! are added up. What is decided by a type is decided once for all the values in a row.

mod containers;
mod mixed;
mod scalars;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;

use super::Object;
use super::shape::{Alternative, Fields, Node};
use containers::{Dicts, Evens, Instances, Lists, LongTuples, Pairs, Sets, Tuples};
use mixed::Mixed;
use scalars::{Arrays, Bools, ByteArrays, ByteStrings, Floats, Ints, Memory, Nones, Objects, Texts, WideInts};

pub(super) use containers::elements;

/// A value isn't of the type that was seen in its place.
struct Unlike;

/// What depends on a value, or that it isn't like what was seen.
type Seen = Result<u64, Unlike>;

/// Reads values of one kind. They are alive meanwhile, and so is the interpreter attached.
trait Read {
    /// Reads a value.
    fn read(&self, value: Object) -> Seen;

    /// Reads values that lie in a row.
    fn read_row(&self, values: &[Object]) -> Seen {
        let mut sum = 0_u64;
        for &value in values {
            sum = sum.wrapping_add(self.read(value)?);
        }
        Ok(sum)
    }
}

impl Read for Box<dyn Read> {
    #[inline]
    fn read(&self, value: Object) -> Seen {
        (**self).read(value)
    }

    #[inline]
    fn read_row(&self, values: &[Object]) -> Seen {
        (**self).read_row(values)
    }
}

/// One that is known where it's used, if it's one of the usual, so that no value takes a call through a pointer.
enum Reader {
    Ints(Ints),
    Floats(Floats),
    Texts(Texts),
    Other(Box<dyn Read>),
}

/// Does the same with whatever reader it is.
macro_rules! with {
    ($reader:expr, $known:ident => $work:expr) => {
        match $reader {
            Reader::Ints($known) => $work,
            Reader::Floats($known) => $work,
            Reader::Texts($known) => $work,
            Reader::Other($known) => $work,
        }
    };
}

impl Read for Reader {
    #[inline(always)]
    fn read(&self, value: Object) -> Seen {
        with!(self, known => known.read(value))
    }

    #[inline]
    fn read_row(&self, values: &[Object]) -> Seen {
        with!(self, known => known.read_row(values))
    }
}

/// The reading of an argument.
pub(super) struct Argument(Reader);

impl Argument {
    /// The reading of values of that shape.
    pub(super) fn new(node: &Node) -> Self {
        Self(reader(node))
    }

    /// Reads an argument.
    ///
    /// # Errors
    /// When it is of another shape.
    #[inline]
    pub(super) fn read(&self, argument: Object) -> PyResult<()> {
        match self.0.read(argument) {
            Ok(seen) => {
                std::hint::black_box(seen);
                Ok(())
            }
            Err(Unlike) => Err(PyTypeError::new_err("the argument isn't like the one that the boundary was made for")),
        }
    }
}

fn reader(node: &Node) -> Reader {
    match &node.alternatives[..] {
        [one] => reader_of(one),
        several => boxed(Mixed::new(several)),
    }
}

fn boxed(reader: impl Read + 'static) -> Reader {
    Reader::Other(Box::new(reader))
}

fn reader_of(alternative: &Alternative) -> Reader {
    match alternative {
        Alternative::None => boxed(Nones),
        Alternative::Bool => boxed(Bools),
        Alternative::Int => Reader::Ints(Ints),
        Alternative::WideInt => boxed(WideInts),
        Alternative::Float => Reader::Floats(Floats),
        Alternative::Str => Reader::Texts(Texts),
        Alternative::Bytes => boxed(ByteStrings),
        Alternative::ByteArray => boxed(ByteArrays),
        Alternative::Array(name, class) if name.starts_with("ndarray[") => boxed(Arrays::new(class)),
        Alternative::Array(_, class) => boxed(Memory::new(class)),
        Alternative::List(node) => boxed(Lists(reader(node))),
        Alternative::LongTuple(node) => boxed(LongTuples(reader(node))),
        Alternative::Tuple(nodes) => tuples(nodes),
        Alternative::Dict(_, values) => with!(reader(values), values => boxed(Dicts(values))),
        Alternative::Set(node) => boxed(Sets::new(reader(node), &raw mut ffi::PySet_Type)),
        Alternative::FrozenSet(node) => boxed(Sets::new(reader(node), &raw mut ffi::PyFrozenSet_Type)),
        Alternative::Opaque(_, class) => boxed(Objects::new(class)),
        Alternative::Object(fields) if fields.is_tuple => {
            boxed(Tuples::named(fields.nodes.iter().map(reader).collect(), &fields.class))
        }
        Alternative::Object(Fields { names, nodes, .. }) => {
            let names = Python::attach(|py| names.iter().map(|name| name.clone_ref(py)).collect::<Vec<_>>());
            boxed(Instances(names.into_iter().zip(nodes.iter().map(reader)).collect()))
        }
    }
}

/// Tuples of a few elements: pairs, those whose elements are all of one type, and others.
fn tuples(nodes: &[Node]) -> Reader {
    let places: Vec<Reader> = nodes.iter().map(reader).collect();
    let count = places.len();
    if count > 2 {
        return match places.first() {
            Some(Reader::Ints(_)) if places.iter().all(|one| matches!(one, Reader::Ints(_))) => {
                boxed(Evens(count, Ints))
            }
            Some(Reader::Floats(_)) if places.iter().all(|one| matches!(one, Reader::Floats(_))) => {
                boxed(Evens(count, Floats))
            }
            Some(Reader::Texts(_)) if places.iter().all(|one| matches!(one, Reader::Texts(_))) => {
                boxed(Evens(count, Texts))
            }
            _ => boxed(Tuples::new(places)),
        };
    }
    match <[Reader; 2]>::try_from(places) {
        Ok([left, right]) => with!(left, left => with!(right, right => boxed(Pairs(left, right)))),
        Err(places) => boxed(Tuples::new(places)),
    }
}

/// Whether an object is of exactly that type.
#[inline(always)]
fn is_of(object: Object, class: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: an object that is alive.
    unsafe { ffi::Py_TYPE(object) == class }
}
