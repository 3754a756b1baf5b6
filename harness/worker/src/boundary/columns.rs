//! Reading an argument by the cheapest types that hold it: column by column, each a loop over values of one type.
//!
//! What holds many values hands them down in batches, so that what is decided by a value's type is decided once a batch.
//! Columns keep their room from call to call, as a function might that minds its memory.

mod containers;
mod mixed;
mod scalars;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;

use super::shape::{Alternative, Fields, Node};
use containers::{Dicts, Instances, Lists, LongTuples, Sets, Tuples};
use mixed::Mixed;
use scalars::{Arrays, Bools, ByteStrings, Floats, Ints, Names, Nones, Texts, WideInts};

/// Values that are handed down at once.
const BATCH: usize = 1024;

type Object = *mut ffi::PyObject;

/// A value isn't of the type that was seen in its place.
struct Unlike;

/// One column, or several of values that belong together.
trait Column {
    /// Reads values. They are alive until it returns.
    fn extend(&mut self, values: &[Object]) -> Result<(), Unlike>;

    /// Forgets what was read, and keeps the room.
    fn clear(&mut self);
}

/// The columns of an argument.
pub(super) struct Columns(Box<dyn Column>);

impl Columns {
    /// Columns for values of that shape.
    pub(super) fn new(node: &Node) -> Self {
        Self(column(node))
    }

    /// Reads an argument.
    ///
    /// # Errors
    /// When it is of another shape.
    pub(super) fn read(&mut self, argument: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.clear();
        let read = self.0.extend(&[argument.as_ptr()]);
        std::hint::black_box(&self.0);
        read.map_err(|Unlike| PyTypeError::new_err("the argument isn't like the one that the boundary was made for"))
    }
}

fn column(node: &Node) -> Box<dyn Column> {
    match &node.alternatives[..] {
        [one] => column_of(one),
        several => Box::new(Mixed::new(several)),
    }
}

fn column_of(alternative: &Alternative) -> Box<dyn Column> {
    match alternative {
        Alternative::None => Box::new(Nones),
        Alternative::Bool => Box::new(Bools::default()),
        Alternative::Int => Box::new(Ints::default()),
        Alternative::WideInt => Box::new(WideInts::default()),
        Alternative::Float => Box::new(Floats::default()),
        Alternative::Str => Box::new(Texts::default()),
        Alternative::Bytes => Box::new(ByteStrings::default()),
        Alternative::ByteArray | Alternative::Array(..) => Box::new(Arrays::default()),
        Alternative::List(node) => Box::new(Lists::new(column(node))),
        Alternative::LongTuple(node) => Box::new(LongTuples::new(column(node))),
        Alternative::Tuple(nodes) => Box::new(Tuples::new(nodes.iter().map(column).collect())),
        Alternative::Dict(names, values) => Box::new(Dicts::new(names_column(names), column(values))),
        Alternative::Set(node) | Alternative::FrozenSet(node) => Box::new(Sets::new(column(node))),
        Alternative::Object(Fields { names, nodes, is_tuple, .. }) => {
            let places = nodes.iter().map(column).collect();
            if *is_tuple {
                Box::new(Tuples::new(places))
            } else {
                let names = Python::attach(|py| names.iter().map(|name| name.clone_ref(py)).collect());
                Box::new(Instances::new(names, places))
            }
        }
    }
}

/// A column for the names in dicts, which are mostly the same few objects.
fn names_column(node: &Node) -> Box<dyn Column> {
    match &node.alternatives[..] {
        [Alternative::Str] => Box::new(Names::default()),
        _ => column(node),
    }
}

/// Whether an object is of exactly that type.
#[inline(always)]
fn is_of(object: Object, class: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: an object that is alive.
    unsafe { ffi::Py_TYPE(object) == class }
}

/// Hands down what is in a batch, and empties it.
#[inline]
fn hand_down(batch: &mut Vec<Object>, column: &mut dyn Column) -> Result<(), Unlike> {
    column.extend(batch)?;
    batch.clear();
    Ok(())
}
