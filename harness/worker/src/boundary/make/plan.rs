//! From results that are seen to what makes objects like them, column by column.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFrozenSet, PyList, PySet, PyTuple};

use super::super::shape::Fields;
use super::super::{array, text};
use super::containers::{Again, Dicts, Instances, Lists, Mixed, NamedTuples, Pairs, Repeated, Rows, Sets, Tuples};
use super::scalars::{Arrays, ByteStrings, BytesKind, Floats, Ints, Kept, Texts, WideInts};
use super::{Given, Maker, with};

/// Of so many different strings, numbers or names at the most a function can have its own beforehand.
const FEW: usize = 64;

/// A string or number has to occur so many times on average to be taken for one of a few.
const OFTEN: usize = 4;

/// The integers of which the interpreter has its own.
const OWN: std::ops::RangeInclusive<i64> = -5..=256;

/// How often an object occurs in results.
#[derive(Default)]
pub(super) struct Occurs {
    times: u32,
    pub(super) is_scalar: bool,
}

/// Counts how often each object that isn't the interpreter's own occurs in a result.
///
/// # Errors
/// When it can't be looked through.
pub(super) fn count(object: &Bound<'_, PyAny>, counts: &mut HashMap<usize, Occurs>) -> PyResult<()> {
    if object.is_none() || object.is_exact_instance_of::<PyBool>() {
        return Ok(());
    }
    let occurs = counts.entry(object.as_ptr() as usize).or_default();
    occurs.times += 1;
    if occurs.times == 1 {
        occurs.is_scalar = is_scalar(object);
        for part in parts(object)? {
            count(&part, counts)?;
        }
    }
    Ok(())
}

/// Whether it's a value that holds no others and never changes.
pub(super) fn is_scalar(object: &Bound<'_, PyAny>) -> bool {
    let class = object.get_type_ptr();
    class == &raw mut ffi::PyUnicode_Type
        || class == &raw mut ffi::PyLong_Type
        || class == &raw mut ffi::PyFloat_Type
        || class == &raw mut ffi::PyBytes_Type
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
    } else if is_scalar(object) {
        Ok(Vec::new())
    } else if let Some(fields) = Fields::of(&object.get_type()) {
        fields.names.iter().map(|name| object.getattr(name.bind(object.py()))).collect()
    } else {
        Ok(Vec::new())
    }
}

/// How an object is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    /// Not at all: it's at hand.
    Kept,
    /// Once, though it occurs in several places.
    Repeated,
    Int,
    WideInt,
    Float,
    Text,
    Bytes,
    ByteArray,
    Array,
    List,
    /// A tuple of so many elements.
    Tuple(usize),
    Dict,
    Set,
    FrozenSet,
    /// An instance of the class at that address.
    Instance(usize),
}

/// What a value is to those that look for equal ones.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Int(i64),
    Float(u64),
    Text(u32, Vec<u8>),
    Bytes(Vec<u8>),
}

pub(super) struct Planning<'a> {
    given: &'a Given,
    counts: HashMap<usize, Occurs>,
    repeated: HashMap<usize, Rc<RefCell<Repeated>>>,
    /// Whether instances of the classes at these addresses are made by their fields.
    has_fields: HashMap<usize, bool>,
    result: Rc<Cell<u64>>,
    hands_back: bool,
}

impl<'a> Planning<'a> {
    /// A plan of these results, which are counted.
    ///
    /// # Errors
    /// When one can't be looked through.
    pub(super) fn new(given: &'a Given, result: Rc<Cell<u64>>, results: &[Bound<'_, PyAny>]) -> PyResult<Self> {
        let mut counts = HashMap::new();
        results.iter().try_for_each(|result| count(result, &mut counts))?;
        Ok(Self { given, counts, repeated: HashMap::new(), has_fields: HashMap::new(), result, hands_back: false })
    }

    /// Whether parts of the argument are handed back.
    pub(super) fn hands_back(&self) -> bool {
        self.hands_back
    }

    /// What makes objects like these ones, in this order.
    ///
    /// # Errors
    /// When one can't be made.
    pub(super) fn maker<'py>(&mut self, py: Python<'py>, objects: Vec<Bound<'py, PyAny>>) -> PyResult<Maker> {
        self.column(py, objects, false)
    }

    fn column<'py>(
        &mut self,
        py: Python<'py>,
        mut objects: Vec<Bound<'py, PyAny>>,
        are_names: bool,
    ) -> PyResult<Maker> {
        let mut kinds = objects.iter().map(|object| self.kind(object)).collect::<PyResult<Vec<Kind>>>()?;
        if let Given::Objects { .. } = self.given {
            for kind in [Kind::Int, Kind::Float, Kind::Text, Kind::Bytes] {
                share_few(&mut objects, &mut kinds, kind, are_names);
            }
        }
        hand_out_own(&objects, &mut kinds);
        let mut several: Vec<(Kind, Vec<Bound<'py, PyAny>>)> = Vec::new();
        let mut tags = Vec::with_capacity(objects.len());
        for (kind, object) in kinds.into_iter().zip(objects) {
            let tag = several.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
                several.push((kind, Vec::new()));
                several.len() - 1
            });
            several[tag].1.push(object);
            tags.push(tag);
        }
        let mut makers = several
            .into_iter()
            .map(|(kind, objects)| self.of_kind(py, kind, objects))
            .collect::<PyResult<Vec<Maker>>>()?;
        Ok(match makers.len() {
            0 => Maker::Kept(Kept::new(Vec::new())),
            1 => makers.remove(0),
            _ => Maker::boxed(Mixed::new(makers, tags)),
        })
    }

    fn kind(&mut self, object: &Bound<'_, PyAny>) -> PyResult<Kind> {
        let is_singleton = object.is_none() || object.is_exact_instance_of::<PyBool>();
        if is_singleton || object.cast_exact::<PyTuple>().is_ok_and(|tuple| tuple.is_empty()) {
            return Ok(Kind::Kept);
        }
        let address = object.as_ptr() as usize;
        let is_repeated = self.counts.get(&address).is_some_and(|occurs| occurs.times > 1);
        let (is_of_argument, is_kept) = match self.given {
            Given::Objects { argument, constants } => {
                let is_of_argument = argument.contains(&address);
                let is_constant = constants.contains(&address) || (is_repeated && is_scalar(object));
                (is_of_argument, is_of_argument || is_constant)
            }
            Given::Nothing => (false, false),
        };
        let kind = kind_of(object)?;
        if let Kind::Instance(class) = kind {
            let has_fields = || Fields::of(&object.get_type()).is_some();
            if !*self.has_fields.entry(class).or_insert_with(has_fields) {
                // What it takes to make it isn't known, so nothing is counted for it.
                return Ok(Kind::Kept);
            }
        }
        // What the interpreter has of its own is found as quickly by the call that makes others, and may be among others.
        if is_kept && !is_own(object, kind) {
            self.hands_back |= is_of_argument;
            return Ok(Kind::Kept);
        }
        Ok(if is_repeated && !is_scalar(object) { Kind::Repeated } else { kind })
    }

    fn of_kind<'py>(&mut self, py: Python<'py>, kind: Kind, objects: Vec<Bound<'py, PyAny>>) -> PyResult<Maker> {
        Ok(match kind {
            Kind::Kept => Maker::Kept(Kept::new(objects)),
            Kind::Int => Maker::Ints(Ints::new(&objects)?),
            Kind::WideInt => Maker::boxed(WideInts::new(&objects)?),
            Kind::Float => Maker::Floats(Floats::new(&objects)?),
            Kind::Text => Maker::Texts(Texts::new(&objects)),
            Kind::Bytes => Maker::boxed(ByteStrings::new(BytesKind::Bytes, &objects)?),
            Kind::ByteArray => Maker::boxed(ByteStrings::new(BytesKind::ByteArray, &objects)?),
            Kind::Array => Maker::boxed(Arrays::new(&objects)?),
            Kind::List => {
                let (lengths, elements) = self.elements(py, &objects)?;
                Maker::boxed(Lists::new(lengths, elements))
            }
            Kind::Tuple(places) => self.tuples(py, &objects, places)?,
            Kind::Dict => self.dicts(py, &objects)?,
            Kind::Set | Kind::FrozenSet => {
                let (lengths, elements) = self.elements(py, &objects)?;
                Maker::boxed(Sets::new(kind == Kind::FrozenSet, lengths, elements))
            }
            Kind::Instance(_) => self.instances(py, &objects)?,
            Kind::Repeated => self.again(py, objects)?,
        })
    }

    /// The lengths of what holds others, and what makes all of these.
    fn elements<'py>(&mut self, py: Python<'py>, objects: &[Bound<'py, PyAny>]) -> PyResult<(Vec<usize>, Maker)> {
        let (mut lengths, mut elements) = (Vec::with_capacity(objects.len()), Vec::new());
        for object in objects {
            let before = elements.len();
            for element in object.try_iter()? {
                elements.push(element?);
            }
            lengths.push(elements.len() - before);
        }
        Ok((lengths, self.column(py, elements, false)?))
    }

    fn tuples<'py>(&mut self, py: Python<'py>, objects: &[Bound<'py, PyAny>], count: usize) -> PyResult<Maker> {
        /// Tuples of more elements take these as they come.
        const PLACES: usize = 8;
        if count > PLACES {
            let (lengths, elements) = self.elements(py, objects)?;
            return Ok(Maker::boxed(Rows::new(lengths, elements)));
        }
        let places = self.places(py, objects, count)?;
        let is_even = |first: &Maker| {
            let is_alike = |one: &Maker| std::mem::discriminant(one) == std::mem::discriminant(first);
            !matches!(first, Maker::Other(_)) && places.iter().all(is_alike)
        };
        if count > 2 && places.first().is_some_and(is_even) {
            let (lengths, elements) = self.elements(py, objects)?;
            return Ok(Maker::boxed(Rows::new(lengths, elements)));
        }
        Ok(match <[Maker; 2]>::try_from(places) {
            Ok([left, right]) => with!(left, left => with!(right, right => Maker::boxed(Pairs(left, right)))),
            Err(places) => Maker::boxed(Tuples(places)),
        })
    }

    /// What makes the elements of each place of tuples, named ones too.
    fn places<'py>(&mut self, py: Python<'py>, tuples: &[Bound<'py, PyAny>], count: usize) -> PyResult<Vec<Maker>> {
        (0..count)
            .map(|place| {
                let elements = tuples.iter().map(|tuple| tuple.cast::<PyTuple>()?.get_item(place));
                let elements = elements.collect::<PyResult<Vec<_>>>()?;
                self.column(py, elements, false)
            })
            .collect()
    }

    fn dicts<'py>(&mut self, py: Python<'py>, objects: &[Bound<'py, PyAny>]) -> PyResult<Maker> {
        let (mut lengths, mut names, mut values) = (Vec::with_capacity(objects.len()), Vec::new(), Vec::new());
        for object in objects {
            let dict = object.cast::<PyDict>()?;
            lengths.push(dict.len());
            for (name, value) in dict.iter() {
                names.push(name);
                values.push(value);
            }
        }
        let names = self.column(py, names, true)?;
        let values = self.column(py, values, false)?;
        Ok(with!(names, names => with!(values, values => Maker::boxed(Dicts::new(lengths, names, values)))))
    }

    fn instances<'py>(&mut self, py: Python<'py>, objects: &[Bound<'py, PyAny>]) -> PyResult<Maker> {
        let Some(first) = objects.first() else { return Ok(Maker::Kept(Kept::new(Vec::new()))) };
        let class = first.get_type();
        let fields = Fields::of(&class).ok_or_else(|| PyTypeError::new_err(class.to_string()))?;
        if fields.is_tuple {
            let places = self.places(py, objects, fields.names.len())?;
            return Ok(Maker::boxed(NamedTuples::new(class, places)));
        }
        let makers = fields.names.into_iter().map(|name| {
            let values = objects.iter().map(|object| object.getattr(name.bind(py))).collect::<PyResult<Vec<_>>>()?;
            Ok((name, self.column(py, values, false)?))
        });
        let makers = makers.collect::<PyResult<Vec<_>>>()?;
        Ok(Maker::boxed(Instances::new(class, makers)))
    }

    fn again<'py>(&mut self, py: Python<'py>, objects: Vec<Bound<'py, PyAny>>) -> PyResult<Maker> {
        let mut occurrences = Vec::with_capacity(objects.len());
        for object in objects {
            let address = object.as_ptr() as usize;
            let known = match self.repeated.get(&address) {
                Some(known) => known.clone(),
                None => {
                    let kind = kind_of(&object)?;
                    let made = Rc::new(RefCell::new(Repeated::new(self.of_kind(py, kind, vec![object])?)));
                    self.repeated.insert(address, made.clone());
                    made
                }
            };
            occurrences.push(known);
        }
        Ok(Maker::boxed(Again::new(occurrences, self.result.clone())))
    }
}

/// How an object is made that isn't at hand.
fn kind_of(object: &Bound<'_, PyAny>) -> PyResult<Kind> {
    let class = object.get_type_ptr();
    Ok(if class == &raw mut ffi::PyUnicode_Type {
        if !text::is_plain(object) {
            return Err(PyTypeError::new_err("str with lone surrogates"));
        }
        Kind::Text
    } else if class == &raw mut ffi::PyLong_Type {
        if object.extract::<i64>().is_ok() { Kind::Int } else { Kind::WideInt }
    } else if class == &raw mut ffi::PyFloat_Type {
        Kind::Float
    } else if class == &raw mut ffi::PyBytes_Type {
        Kind::Bytes
    } else if class == &raw mut ffi::PyByteArray_Type {
        Kind::ByteArray
    } else if class == &raw mut ffi::PyList_Type {
        Kind::List
    } else if class == &raw mut ffi::PyTuple_Type {
        Kind::Tuple(object.cast::<PyTuple>()?.len())
    } else if class == &raw mut ffi::PyDict_Type {
        Kind::Dict
    } else if class == &raw mut ffi::PySet_Type {
        Kind::Set
    } else if class == &raw mut ffi::PyFrozenSet_Type {
        Kind::FrozenSet
    } else if array::name(object).is_some() {
        if !array::is_of_numpy(object) {
            // What Rust would return in its place is anybody's guess.
            let name = object.get_type().fully_qualified_name()?;
            return Err(PyTypeError::new_err(format!("{name} as a result")));
        }
        Kind::Array
    } else {
        Kind::Instance(class as usize)
    })
}

/// Whether it's a value of which the interpreter has an object of its own.
fn is_own(object: &Bound<'_, PyAny>, kind: Kind) -> bool {
    match kind {
        Kind::Int => object.extract::<i64>().is_ok_and(|integer| OWN.contains(&integer)),
        Kind::Text | Kind::Bytes => object.len().is_ok_and(|length| length < 2),
        _ => false,
    }
}

/// Hands out what the interpreter has of its own, where that is among what is at hand and there are no others of its kind.
fn hand_out_own(objects: &[Bound<'_, PyAny>], kinds: &mut [Kind]) {
    if !kinds.contains(&Kind::Kept) {
        return;
    }
    for kind in [Kind::Int, Kind::Text, Kind::Bytes] {
        let mut of_kind = objects.iter().zip(&*kinds).filter(|(_, one)| **one == kind);
        if of_kind.all(|(object, _)| is_own(object, kind)) {
            kinds.iter_mut().filter(|one| **one == kind).for_each(|one| *one = Kind::Kept);
        }
    }
}

/// Has equal values of one kind stand for each other where they are but a few, which a function can make once for all.
fn share_few(objects: &mut [Bound<'_, PyAny>], kinds: &mut [Kind], kind: Kind, are_names: bool) {
    let places: Vec<usize> = (0..kinds.len()).filter(|&place| kinds[place] == kind).collect();
    let mut known: HashMap<Key, usize> = HashMap::new();
    let mut equal = Vec::with_capacity(places.len());
    for &place in &places {
        let Some(key) = key(&objects[place], kind) else { return };
        equal.push(*known.entry(key).or_insert(place));
        if known.len() > FEW {
            return;
        }
    }
    if are_names || places.len() >= OFTEN * known.len() {
        for (place, first) in places.into_iter().zip(equal) {
            objects[place] = objects[first].clone();
            kinds[place] = Kind::Kept;
        }
    }
}

fn key(object: &Bound<'_, PyAny>, kind: Kind) -> Option<Key> {
    Some(match kind {
        Kind::Int => Key::Int(object.extract().ok()?),
        Kind::Float => Key::Float(object.extract::<f64>().ok()?.to_bits()),
        Kind::Text => {
            // SAFETY: a `str`, as its kind says.
            let (characters, bytes) = unsafe { text::bytes(object) };
            Key::Text(characters.width, bytes.to_vec())
        }
        Kind::Bytes => Key::Bytes(object.cast::<PyBytes>().ok()?.as_bytes().to_vec()),
        _ => return None,
    })
}
