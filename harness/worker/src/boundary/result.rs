//! Making the Python object of a result that Rust has beforehand.

use std::collections::{HashMap, HashSet};

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyFrozenSet, PyList, PySet, PyString, PyTuple, PyType};

use super::array::{self, ArrayPlan};
use super::shape::Fields;
use super::text;

/// Objects that a function has at hand.
pub(super) enum Given {
    /// Those of its argument, by their addresses, and the names in dicts: what of the result is one of them is handed back as it
    /// is.
    Objects(HashSet<usize>),
    /// None: everything is made anew.
    Nothing,
}

/// How the object of a result is made.
pub(super) struct ResultPlan {
    root: Piece,
    /// What occurs more than once in the result, once it is made.
    made: Vec<Option<Py<PyAny>>>,
}

enum Piece {
    None,
    Bool(bool),
    Int(i64),
    WideInt(i128),
    Float(f64),
    Text(Text),
    Bytes(Box<[u8]>),
    ByteArray(Box<[u8]>),
    Array(Box<ArrayPlan>),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    Texts(Vec<Text>),
    List(Vec<Piece>),
    Tuple(Vec<Piece>),
    Dict(Vec<(Piece, Piece)>),
    Set(Vec<Piece>),
    FrozenSet(Vec<Piece>),
    Instance(Py<PyType>, Vec<(Py<PyString>, Piece)>),
    NamedTuple(Py<PyType>, Vec<Piece>),
    /// An object that is at hand.
    Same(Py<PyAny>),
    /// Made for the first time, to be kept in that place.
    First(usize, Box<Piece>),
    /// Made before.
    Again(usize),
}

/// A string, and whether it is ASCII.
struct Text(Box<str>, bool);

impl Text {
    fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        // SAFETY: a `str` that lives as long as its reference.
        let text = unsafe { text::read(object.as_ptr()) };
        let text: Box<str> = text.ok_or_else(|| PyTypeError::new_err("str with lone surrogates"))?.into();
        let is_ascii = text.is_ascii();
        Ok(Self(text, is_ascii))
    }

    /// A new reference, or null with an exception.
    #[inline]
    fn make(&self) -> *mut ffi::PyObject {
        let length = self.0.len() as isize;
        // SAFETY: the interpreter is attached. A new string of that length and of ASCII has room for the bytes.
        unsafe {
            if !self.1 {
                return ffi::PyUnicode_FromStringAndSize(self.0.as_ptr().cast(), length);
            }
            let string = ffi::PyUnicode_New(length, 127);
            // Those of one character, and the empty one, are the interpreter's own.
            if !string.is_null() && length > 0 {
                std::ptr::copy_nonoverlapping(self.0.as_ptr(), ffi::PyUnicode_DATA(string).cast::<u8>(), self.0.len());
            }
            string
        }
    }
}

impl ResultPlan {
    /// The making of an object like that one.
    ///
    /// # Errors
    /// When part of it can't be made.
    pub(super) fn new(result: &Bound<'_, PyAny>, given: &Given) -> PyResult<Self> {
        let mut counts = HashMap::new();
        count(result, &mut counts)?;
        let mut planning = Planning { given, counts, places: HashMap::new() };
        let root = planning.piece(result)?;
        Ok(Self { root, made: (0..planning.places.len()).map(|_| None).collect() })
    }

    /// Makes it.
    ///
    /// # Errors
    /// When there is no memory.
    pub(super) fn make<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let made = self.root.make(py, &mut self.made);
        self.made.iter_mut().for_each(|made| *made = None);
        made
    }
}

/// Counts how often each object that isn't the interpreter's own occurs in a result.
fn count(object: &Bound<'_, PyAny>, counts: &mut HashMap<usize, u32>) -> PyResult<()> {
    if object.is_none() || object.is_exact_instance_of::<PyBool>() {
        return Ok(());
    }
    let times = counts.entry(object.as_ptr() as usize).or_default();
    *times += 1;
    if *times == 1 {
        for part in parts(object)? {
            count(&part, counts)?;
        }
    }
    Ok(())
}

/// What an object contains.
fn parts<'py>(object: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    if let Ok(dict) = object.cast_exact::<PyDict>() {
        Ok(dict.iter().flat_map(|(name, value)| [name, value]).collect())
    } else if object.is_instance_of::<PyTuple>()
        || object.is_exact_instance_of::<PyList>()
        || object.is_exact_instance_of::<PySet>()
        || object.is_exact_instance_of::<PyFrozenSet>()
    {
        object.try_iter()?.collect()
    } else if let Some(fields) = Fields::of(&object.get_type()) {
        fields.names.iter().map(|name| object.getattr(name.bind(object.py()))).collect()
    } else {
        Ok(Vec::new())
    }
}

struct Planning<'a> {
    given: &'a Given,
    counts: HashMap<usize, u32>,
    /// Where what occurs more than once is kept.
    places: HashMap<usize, usize>,
}

impl Planning<'_> {
    fn piece(&mut self, object: &Bound<'_, PyAny>) -> PyResult<Piece> {
        let address = object.as_ptr() as usize;
        if let Given::Objects(known) = self.given
            && known.contains(&address)
        {
            return Ok(Piece::Same(object.clone().unbind()));
        }
        if self.counts.get(&address).is_none_or(|times| *times < 2) {
            return self.new_piece(object);
        }
        if let Some(place) = self.places.get(&address) {
            return Ok(Piece::Again(*place));
        }
        let place = self.places.len();
        self.places.insert(address, place);
        Ok(Piece::First(place, Box::new(self.new_piece(object)?)))
    }

    fn new_piece(&mut self, object: &Bound<'_, PyAny>) -> PyResult<Piece> {
        if object.is_none() {
            return Ok(Piece::None);
        }
        let class = object.get_type_ptr();
        Ok(if class == &raw mut ffi::PyBool_Type {
            Piece::Bool(object.extract()?)
        } else if class == &raw mut ffi::PyUnicode_Type {
            Piece::Text(Text::new(object)?)
        } else if class == &raw mut ffi::PyLong_Type {
            match object.extract() {
                Ok(integer) => Piece::Int(integer),
                Err(_) => Piece::WideInt(object.extract()?),
            }
        } else if class == &raw mut ffi::PyFloat_Type {
            Piece::Float(object.extract()?)
        } else if let Ok(bytes) = object.cast_exact::<PyBytes>() {
            Piece::Bytes(bytes.as_bytes().into())
        } else if let Ok(bytes) = object.cast_exact::<PyByteArray>() {
            Piece::ByteArray(bytes.to_vec().into())
        } else if let Ok(list) = object.cast_exact::<PyList>() {
            packed(self.pieces(list.iter())?)
        } else if let Ok(tuple) = object.cast_exact::<PyTuple>() {
            Piece::Tuple(self.pieces(tuple.iter())?)
        } else if let Ok(dict) = object.cast_exact::<PyDict>() {
            let pairs = dict.iter().map(|(name, value)| Ok((self.name(&name)?, self.piece(&value)?)));
            Piece::Dict(pairs.collect::<PyResult<_>>()?)
        } else if let Ok(set) = object.cast_exact::<PySet>() {
            Piece::Set(self.pieces(set.iter())?)
        } else if let Ok(set) = object.cast_exact::<PyFrozenSet>() {
            Piece::FrozenSet(self.pieces(set.iter())?)
        } else if array::name(object).is_some() {
            Piece::Array(Box::new(ArrayPlan::new(object)?))
        } else {
            self.instance(object)?
        })
    }

    fn pieces<'py>(&mut self, objects: impl Iterator<Item = Bound<'py, PyAny>>) -> PyResult<Vec<Piece>> {
        objects.map(|object| self.piece(&object)).collect()
    }

    /// A name in a dict: a string that a careful function makes once.
    fn name(&mut self, name: &Bound<'_, PyAny>) -> PyResult<Piece> {
        match self.given {
            Given::Objects(_) if name.is_exact_instance_of::<PyString>() => Ok(Piece::Same(name.clone().unbind())),
            _ => self.piece(name),
        }
    }

    fn instance(&mut self, object: &Bound<'_, PyAny>) -> PyResult<Piece> {
        let class = object.get_type();
        let fields = Fields::of(&class).ok_or_else(|| PyTypeError::new_err(class.to_string()))?;
        if let Ok(tuple) = object.cast::<PyTuple>() {
            return Ok(Piece::NamedTuple(class.unbind(), self.pieces(tuple.iter())?));
        }
        let pieces = fields.names.into_iter().map(|name| {
            let value = object.getattr(name.bind(object.py()))?;
            Ok((name, self.piece(&value)?))
        });
        Ok(Piece::Instance(class.unbind(), pieces.collect::<PyResult<_>>()?))
    }
}

/// A list of pieces, packed where they are all of one plain type.
fn packed(pieces: Vec<Piece>) -> Piece {
    macro_rules! all {
        ($kind:ident, $kinds:ident) => {
            if !pieces.is_empty() && pieces.iter().all(|piece| matches!(piece, Piece::$kind(_))) {
                let values = pieces.into_iter().filter_map(|piece| match piece {
                    Piece::$kind(value) => Some(value),
                    _ => None,
                });
                return Piece::$kinds(values.collect());
            }
        };
    }
    all!(Int, Ints);
    all!(Float, Floats);
    all!(Text, Texts);
    Piece::List(pieces)
}

/// A new list, filled by a function that returns new references, or null with an exception.
fn list<'py, T>(
    py: Python<'py>,
    values: &[T],
    mut make: impl FnMut(&T) -> PyResult<*mut ffi::PyObject>,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: a new list, whose places are filled once each; one that isn't filled is dropped with empty places.
    unsafe {
        let list = Bound::from_owned_ptr_or_err(py, ffi::PyList_New(values.len() as isize))?;
        for (place, value) in values.iter().enumerate() {
            let made = make(value)?;
            if made.is_null() {
                return Err(PyErr::fetch(py));
            }
            ffi::PyList_SET_ITEM(list.as_ptr(), place as isize, made);
        }
        Ok(list)
    }
}

/// A new tuple of pieces.
fn tuple<'py>(py: Python<'py>, pieces: &[Piece], kept: &mut [Option<Py<PyAny>>]) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: as of a list.
    unsafe {
        let tuple = Bound::from_owned_ptr_or_err(py, ffi::PyTuple_New(pieces.len() as isize))?;
        for (place, piece) in pieces.iter().enumerate() {
            ffi::PyTuple_SET_ITEM(tuple.as_ptr(), place as isize, piece.make(py, kept)?.into_ptr());
        }
        Ok(tuple)
    }
}

impl Piece {
    fn make<'py>(&self, py: Python<'py>, kept: &mut [Option<Py<PyAny>>]) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: a new reference, or null with an exception.
        let owned = |made: *mut ffi::PyObject| unsafe { Bound::from_owned_ptr_or_err(py, made) };
        match self {
            Self::None => Ok(py.None().into_bound(py)),
            Self::Bool(value) => Ok(PyBool::new(py, *value).to_owned().into_any()),
            // SAFETY: the interpreter is attached.
            Self::Int(value) => owned(unsafe { ffi::PyLong_FromLongLong(*value) }),
            Self::WideInt(value) => Ok(value.into_pyobject(py)?.into_any()),
            // SAFETY: the interpreter is attached.
            Self::Float(value) => owned(unsafe { ffi::PyFloat_FromDouble(*value) }),
            Self::Text(text) => owned(text.make()),
            Self::Bytes(bytes) => Ok(PyBytes::new(py, bytes).into_any()),
            Self::ByteArray(bytes) => Ok(PyByteArray::new(py, bytes).into_any()),
            Self::Array(plan) => plan.make(py),
            // SAFETY: the interpreter is attached.
            Self::Ints(values) => list(py, values, |value| Ok(unsafe { ffi::PyLong_FromLongLong(*value) })),
            // SAFETY: the interpreter is attached.
            Self::Floats(values) => list(py, values, |value| Ok(unsafe { ffi::PyFloat_FromDouble(*value) })),
            Self::Texts(texts) => list(py, texts, |text| Ok(text.make())),
            Self::List(pieces) => list(py, pieces, |piece| Ok(piece.make(py, kept)?.into_ptr())),
            Self::Tuple(pieces) => tuple(py, pieces, kept),
            Self::Dict(pairs) => {
                let dict = PyDict::new(py);
                for (name, value) in pairs {
                    dict.set_item(name.make(py, kept)?, value.make(py, kept)?)?;
                }
                Ok(dict.into_any())
            }
            Self::Set(pieces) => {
                let set = PySet::empty(py)?;
                for piece in pieces {
                    set.add(piece.make(py, kept)?)?;
                }
                Ok(set.into_any())
            }
            Self::FrozenSet(pieces) => {
                let elements = pieces.iter().map(|piece| piece.make(py, kept)).collect::<PyResult<Vec<_>>>()?;
                Ok(PyFrozenSet::new(py, elements)?.into_any())
            }
            Self::Instance(class, fields) => instance(class.bind(py), fields, kept),
            Self::NamedTuple(class, pieces) => {
                let values = tuple(py, pieces, kept)?;
                py.get_type::<PyTuple>().call_method1(pyo3::intern!(py, "__new__"), (class, values))
            }
            Self::Same(object) => Ok(object.bind(py).clone()),
            Self::First(place, piece) => {
                let made = piece.make(py, kept)?;
                kept[*place] = Some(made.clone().unbind());
                Ok(made)
            }
            Self::Again(place) => match &kept[*place] {
                Some(made) => Ok(made.bind(py).clone()),
                None => Err(PyTypeError::new_err("a result that contains itself")),
            },
        }
    }
}

/// An instance of a dataclass with these fields, made without running its code.
fn instance<'py>(
    class: &Bound<'py, PyType>,
    fields: &[(Py<PyString>, Piece)],
    kept: &mut [Option<Py<PyAny>>],
) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    let nothing = PyTuple::empty(py);
    // SAFETY: a class that is alive and derives from `object` alone, and the `__new__` of that without arguments.
    let made = unsafe {
        let new = ffi::PyBaseObject_Type.tp_new.ok_or_else(|| PyTypeError::new_err("object has no __new__"))?;
        Bound::from_owned_ptr_or_err(py, new(class.as_type_ptr(), nothing.as_ptr(), std::ptr::null_mut()))?
    };
    for (name, piece) in fields {
        let value = piece.make(py, kept)?;
        // SAFETY: all three are alive. A frozen class refuses in its own `__setattr__` alone, which this isn't.
        if unsafe { ffi::PyObject_GenericSetAttr(made.as_ptr(), name.as_ptr(), value.as_ptr()) } != 0 {
            return Err(PyErr::fetch(py));
        }
    }
    Ok(made)
}
