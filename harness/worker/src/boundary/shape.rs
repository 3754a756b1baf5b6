//! The shape of values: of what types they are, all the way down.

use std::collections::{BTreeSet, HashSet};
use std::fmt;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyIterator, PyString, PyTuple, PyType};

use super::array;
use super::text;

/// How deep values may be nested. One that contains itself is nested without end.
const DEEPEST: usize = 64;

/// How many values are walked through: fewer than may be in a value that is part of itself in several places.
const MOST: u64 = 50_000_000;

/// Up to how many elements a tuple has a type for each of its places.
pub(super) const FIXED: usize = 8;

/// Characters of a type that are shown.
const SHOWN: usize = 120;

/// What was seen in one place: the types of all values there.
#[derive(Default)]
pub(super) struct Node {
    pub(super) alternatives: Vec<Alternative>,
}

/// One type among those in a place.
pub(super) enum Alternative {
    None,
    Bool,
    Int,
    /// An `int` of more than 64 bits, and no more than 128; where there is one, it stands for all.
    WideInt,
    Float,
    Str,
    Bytes,
    ByteArray,
    /// What lets its memory be borrowed, with its name.
    Array(String, Py<PyType>),
    List(Node),
    /// A tuple of few elements, which have a type each.
    Tuple(Vec<Node>),
    /// A tuple of many elements, which share one.
    LongTuple(Node),
    Dict(Node, Node),
    Set(Node),
    FrozenSet(Node),
    /// An instance of a dataclass or of a named tuple.
    Object(Fields),
    /// An instance of any other class, with its name: what is to be had of it for Rust isn't known, so that it crosses as it is.
    Opaque(String, Py<PyType>),
}

/// A class whose instances are their fields.
pub(super) struct Fields {
    pub(super) class: Py<PyType>,
    pub(super) name: String,
    pub(super) names: Vec<Py<PyString>>,
    pub(super) nodes: Vec<Node>,
    pub(super) is_tuple: bool,
}

/// A walk through values.
#[derive(Default)]
pub(super) struct Walk {
    /// What can't be converted.
    pub(super) unfit: BTreeSet<String>,
    /// The classes of what crosses as it is.
    pub(super) opaque: BTreeSet<String>,
    /// The objects that were met.
    pub(super) addresses: HashSet<usize>,
    /// They stay alive meanwhile: what is made where one was would be taken for it.
    alive: Vec<Py<PyAny>>,
    /// How many values were met, those that were met before included.
    met: u64,
}

impl Walk {
    /// The shape of an object.
    pub(super) fn node(&mut self, object: &Bound<'_, PyAny>) -> Node {
        let mut node = Node::default();
        self.add(&mut node, object);
        node
    }

    /// Adds an object to the shape of what is in its place in other calls.
    pub(super) fn add(&mut self, node: &mut Node, object: &Bound<'_, PyAny>) {
        self.see(node, object, 0);
    }

    /// The classes of what crosses as it is.
    ///
    /// # Errors
    /// When a type among the values can't be converted; the message names all of them.
    pub(super) fn check(self) -> PyResult<Vec<String>> {
        if self.unfit.is_empty() {
            return Ok(self.opaque.into_iter().collect());
        }
        Err(PyTypeError::new_err(self.unfit.into_iter().collect::<Vec<_>>().join(", ")))
    }

    /// Adds what an object shows to what is known of its place.
    fn see(&mut self, node: &mut Node, object: &Bound<'_, PyAny>, depth: usize) {
        self.met += 1;
        if self.met > MOST {
            self.unfit.insert("more than 50 million values".to_owned());
            return;
        }
        if depth > DEEPEST {
            self.unfit.insert(format!("values nested more than {DEEPEST} deep"));
            return;
        }
        if object.is_none() {
            return node.add(|one| matches!(one, Alternative::None), || Alternative::None);
        }
        if object.is_exact_instance_of::<PyBool>() {
            return node.add(|one| matches!(one, Alternative::Bool), || Alternative::Bool);
        }
        if self.addresses.insert(object.as_ptr() as usize) {
            self.alive.push(object.clone().unbind());
        }
        let class = object.get_type_ptr();
        let depth = depth + 1;
        if class == &raw mut ffi::PyUnicode_Type {
            node.add(|one| matches!(one, Alternative::Str), || Alternative::Str);
            if !text::is_plain(object) {
                self.unfit.insert("str with lone surrogates".to_owned());
            }
        } else if class == &raw mut ffi::PyLong_Type {
            self.see_int(node, object);
        } else if class == &raw mut ffi::PyFloat_Type {
            node.add(|one| matches!(one, Alternative::Float), || Alternative::Float);
        } else if class == &raw mut ffi::PyBytes_Type {
            node.add(|one| matches!(one, Alternative::Bytes), || Alternative::Bytes);
        } else if class == &raw mut ffi::PyByteArray_Type {
            node.add(|one| matches!(one, Alternative::ByteArray), || Alternative::ByteArray);
        } else if class == &raw mut ffi::PyList_Type {
            self.see_list(node, object, depth);
        } else if class == &raw mut ffi::PyTuple_Type {
            self.see_tuple(node, object, depth);
        } else if class == &raw mut ffi::PyDict_Type {
            self.see_dict(node, object, depth);
        } else if class == &raw mut ffi::PySet_Type {
            self.see_set(node, object, depth, false);
        } else if class == &raw mut ffi::PyFrozenSet_Type {
            self.see_set(node, object, depth, true);
        } else {
            self.see_instance(node, object, depth);
        }
    }

    fn see_int(&mut self, node: &mut Node, object: &Bound<'_, PyAny>) {
        if object.extract::<i64>().is_ok() {
            return node.add(|one| matches!(one, Alternative::Int | Alternative::WideInt), || Alternative::Int);
        }
        if object.extract::<i128>().is_err() {
            self.unfit.insert("int of more than 128 bits".to_owned());
        }
        match node.alternatives.iter_mut().find(|one| matches!(one, Alternative::Int | Alternative::WideInt)) {
            Some(known) => *known = Alternative::WideInt,
            None => node.alternatives.push(Alternative::WideInt),
        }
    }

    fn see_list(&mut self, node: &mut Node, object: &Bound<'_, PyAny>, depth: usize) {
        node.add(|one| matches!(one, Alternative::List(_)), || Alternative::List(Node::default()));
        let elements = node.alternatives.iter_mut().find_map(|one| match one {
            Alternative::List(elements) => Some(elements),
            _ => None,
        });
        // Seeing an element runs no code of its class that could change the list.
        if let (Some(elements), Ok(list)) = (elements, object.cast::<pyo3::types::PyList>()) {
            list.iter().for_each(|element| self.see(elements, &element, depth));
        }
    }

    fn see_tuple(&mut self, node: &mut Node, object: &Bound<'_, PyAny>, depth: usize) {
        let Ok(tuple) = object.cast::<PyTuple>() else { return };
        let length = tuple.len();
        if length > FIXED {
            node.add(|one| matches!(one, Alternative::LongTuple(_)), || Alternative::LongTuple(Node::default()));
        } else {
            let is_known = |one: &Alternative| matches!(one, Alternative::Tuple(places) if places.len() == length);
            node.add(is_known, || Alternative::Tuple((0..length).map(|_| Node::default()).collect()));
        }
        for one in &mut node.alternatives {
            match one {
                Alternative::Tuple(places) if places.len() == length => {
                    for (place, element) in places.iter_mut().zip(tuple.iter()) {
                        self.see(place, &element, depth);
                    }
                }
                Alternative::LongTuple(elements) if length > FIXED => {
                    tuple.iter().for_each(|element| self.see(elements, &element, depth));
                }
                _ => {}
            }
        }
    }

    fn see_dict(&mut self, node: &mut Node, object: &Bound<'_, PyAny>, depth: usize) {
        let make = || Alternative::Dict(Node::default(), Node::default());
        node.add(|one| matches!(one, Alternative::Dict(..)), make);
        let parts = node.alternatives.iter_mut().find_map(|one| match one {
            Alternative::Dict(names, values) => Some((names, values)),
            _ => None,
        });
        if let (Some((names, values)), Ok(dict)) = (parts, object.cast::<PyDict>()) {
            for (name, value) in dict.iter() {
                self.see(names, &name, depth);
                self.see(values, &value, depth);
            }
        }
    }

    fn see_set(&mut self, node: &mut Node, object: &Bound<'_, PyAny>, depth: usize, is_frozen: bool) {
        let is_meant = |one: &Alternative| match one {
            Alternative::Set(_) => !is_frozen,
            Alternative::FrozenSet(_) => is_frozen,
            _ => false,
        };
        let make =
            || if is_frozen { Alternative::FrozenSet(Node::default()) } else { Alternative::Set(Node::default()) };
        node.add(is_meant, make);
        let Some(Alternative::Set(elements) | Alternative::FrozenSet(elements)) =
            node.alternatives.iter_mut().find(|one| is_meant(one))
        else {
            return;
        };
        for element in object.try_iter().into_iter().flatten().flatten() {
            self.see(elements, &element, depth);
        }
    }

    fn see_instance(&mut self, node: &mut Node, object: &Bound<'_, PyAny>, depth: usize) {
        let class = object.get_type();
        if let Some(name) = array::name(object) {
            let is_known = |one: &Alternative| matches!(one, Alternative::Array(known, _) if *known == name);
            return node.add(is_known, || Alternative::Array(name.clone(), class.clone().unbind()));
        }
        let is_known = |one: &Alternative| match one {
            Alternative::Object(Fields { class: known, .. }) | Alternative::Opaque(_, known) => known.is(&class),
            _ => false,
        };
        if !node.alternatives.iter().any(is_known) {
            match Fields::of(&class) {
                Some(fields) => node.alternatives.push(Alternative::Object(fields)),
                // It would be used up.
                None if object.cast::<PyIterator>().is_ok() => drop(self.unfit.insert(name_of(&class))),
                None => {
                    self.opaque.insert(name_of(&class));
                    node.alternatives.push(Alternative::Opaque(name_of(&class), class.clone().unbind()));
                }
            }
        }
        let fields = node.alternatives.iter_mut().find_map(|one| match one {
            Alternative::Object(fields) if fields.class.as_ptr() == class.as_ptr() => Some(fields),
            _ => None,
        });
        let Some(fields) = fields else { return };
        for (name, node) in fields.names.iter().zip(&mut fields.nodes) {
            match object.getattr(name.bind(object.py())) {
                Ok(value) => self.see(node, &value, depth),
                Err(_) => drop(self.unfit.insert(format!("{} without its {name}", fields.name))),
            }
        }
    }
}

impl Node {
    fn add(&mut self, is_known: impl Fn(&Alternative) -> bool, make: impl FnOnce() -> Alternative) {
        if !self.alternatives.iter().any(is_known) {
            self.alternatives.push(make());
        }
    }
}

impl Fields {
    /// The fields of a dataclass or of a named tuple; `None` of any other class.
    pub(super) fn of(class: &Bound<'_, PyType>) -> Option<Self> {
        let py = class.py();
        let is_tuple = class.is_subclass_of::<PyTuple>().unwrap_or(false);
        let names: Vec<Bound<'_, PyString>> = if is_tuple {
            class.getattr("_fields").ok()?.extract().ok()?
        } else {
            let is_own = class.getattr("__dict__").ok()?.contains("__dataclass_fields__").ok()?;
            let plain = [py.get_type::<PyAny>().as_any().clone(), class.as_any().clone()];
            let bases: Vec<Bound<'_, PyAny>> = class.mro().iter().collect();
            // What a base class keeps beside the fields would be lost.
            let all_fields = bases.iter().all(|base| {
                plain.iter().any(|known| known.is(base)) || base.hasattr("__dataclass_fields__").unwrap_or(false)
            });
            if !is_own || !all_fields {
                return None;
            }
            let fields = py.import("dataclasses").ok()?.call_method1("fields", (class,)).ok()?;
            fields
                .try_iter()
                .ok()?
                .map(|field| field?.getattr("name")?.extract().map_err(PyErr::from))
                .collect::<PyResult<_>>()
                .ok()?
        };
        Some(Self {
            class: class.clone().unbind(),
            name: name_of(class),
            nodes: names.iter().map(|_| Node::default()).collect(),
            names: names.into_iter().map(Bound::unbind).collect(),
            is_tuple,
        })
    }
}

/// A class by its dotted name.
fn name_of(class: &Bound<'_, PyType>) -> String {
    class.fully_qualified_name().map_or_else(|_| "?".to_owned(), |name| name.to_string())
}

impl fmt::Display for Node {
    /// As an annotation, cut where it's long.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&cut(self.annotation()))
    }
}

/// The types of parameters, as in a signature: of positional arguments, whose shape is that of tuples, and of those by name.
pub(super) fn signature(positional: &Node, named: &[(String, Node)]) -> String {
    let named: Vec<String> = named.iter().map(|(name, node)| format!("{name}={}", node.annotation())).collect();
    let with_named = |places: &[Node]| {
        let places = places.iter().map(Node::annotation);
        format!("({})", places.chain(named.iter().cloned()).collect::<Vec<_>>().join(", "))
    };
    let signatures: Vec<String> = positional
        .alternatives
        .iter()
        .map(|one| match one {
            Alternative::Tuple(places) => with_named(places),
            other => format!(
                "(*{})",
                std::iter::once(other.annotation()).chain(named.clone()).collect::<Vec<_>>().join(", ")
            ),
        })
        .collect();
    cut(signatures.join(" | "))
}

fn cut(text: String) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl Node {
    fn annotation(&self) -> String {
        let texts: Vec<String> = self.alternatives.iter().map(Alternative::annotation).collect();
        texts.join(" | ")
    }

    fn is_empty(&self) -> bool {
        self.alternatives.is_empty()
    }
}

impl Alternative {
    fn annotation(&self) -> String {
        let of = |name: &str, node: &Node| {
            if node.is_empty() { name.to_owned() } else { format!("{name}[{}]", node.annotation()) }
        };
        match self {
            Self::None => "None".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Int | Self::WideInt => "int".to_owned(),
            Self::Float => "float".to_owned(),
            Self::Str => "str".to_owned(),
            Self::Bytes => "bytes".to_owned(),
            Self::ByteArray => "bytearray".to_owned(),
            Self::Array(name, _) => name.clone(),
            Self::List(node) => of("list", node),
            Self::Tuple(nodes) => {
                let places: Vec<String> = nodes.iter().map(Node::annotation).collect();
                if places.is_empty() { "tuple[()]".to_owned() } else { format!("tuple[{}]", places.join(", ")) }
            }
            Self::LongTuple(node) => format!("tuple[{}, ...]", node.annotation()),
            Self::Dict(names, _) if names.is_empty() => "dict".to_owned(),
            Self::Dict(names, values) => format!("dict[{}, {}]", names.annotation(), values.annotation()),
            Self::Set(node) => of("set", node),
            Self::FrozenSet(node) => of("frozenset", node),
            Self::Object(Fields { name, .. }) | Self::Opaque(name, _) => {
                name.rsplit('.').next().unwrap_or(name).to_owned()
            }
        }
    }
}
