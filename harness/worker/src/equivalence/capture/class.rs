//! How the instances of a class are taken apart.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyType};

use super::base::Base;
use super::scalar_kind::ScalarKind;

/// Why an iterator can't be taken apart.
pub(in crate::equivalence) const ITERATOR: &str = "an iterator; return `list()` of it";
/// Why an open file can't be taken apart.
pub(in crate::equivalence) const OPEN_FILE: &str = "an open file; return what is in it";
/// Why what has to be awaited can't be taken apart.
const ASYNC: &str = "not awaited; return what awaiting it gives";

/// What is known of a class; it is determined once.
pub(super) struct Class<'py> {
    /// The class itself, kept so that its address stays its own.
    pub(super) object: Bound<'py, PyType>,
    /// Dotted name, without `builtins`.
    pub(super) name: String,
    /// How to take its instances apart.
    pub(super) kind: Kind<'py>,
    /// Whether its instances are members of an enum.
    pub(super) is_enum: bool,
    /// Whether its instances stand for a path in the file system.
    pub(super) is_path: bool,
    /// Whether its instances have a `__dict__`.
    pub(super) has_dict: bool,
    /// Names and descriptors of the `__slots__`, those of base classes included.
    pub(super) slots: Vec<(String, Bound<'py, PyAny>)>,
}

/// How to take instances apart.
pub(super) enum Kind<'py> {
    /// A built-in type that the class derives from, and, where a dict has an order of its own, the function that
    /// returns it.
    Builtin {
        base: Base,
        ordered_by: Option<Bound<'py, PyAny>>,
    },
    /// All data is in the `__dict__` and in slots.
    Object,
    /// There may be data that only C code knows.
    Reduce,
    /// All that there is to know of it is in these attributes.
    Attributes(&'static [&'static str]),
    /// `mappingproxy`, by the items of the mapping that it shows.
    MappingProxy,
    /// `sqlite3.Row`, by the names of its columns and their values.
    Row,
    Enum,
    /// A class or function.
    Global,
    Module,
    Scalar(ScalarKind),
    MemoryView,
    /// `array.array`
    PackedArray,
    NumpyArray,
    MaskedArray,
    NumpyScalar,
    PandasTable,
    PandasSeries,
    PandasIndex,
    PandasArray,
    PolarsTable,
    PolarsSeries,
    ArrowTable,
    ArrowArray,
    ArrowScalar,
    /// A protobuf message.
    Message,
    /// A repeated field or a map of one.
    MessageField,
    /// Instances can't be taken apart, and why.
    Opaque(&'static str),
}

impl<'py> Class<'py> {
    pub(super) fn of(class: &Bound<'py, PyType>) -> PyResult<Self> {
        let bases = class
            .mro()
            .iter()
            .map(|base| base.cast_into::<PyType>().map_err(PyErr::from))
            .collect::<PyResult<Vec<_>>>()?;
        let names =
            bases.iter().map(|base| Ok((module(base)?, base.qualname()?.to_string()))).collect::<PyResult<Vec<_>>>()?;
        let slots = bases.iter().map(slots_of).collect::<PyResult<Vec<_>>>()?.concat();
        let (module, name) = &names[0];
        let derives = |module: &str, name: &str| names.iter().any(|base| base.0 == module && base.1 == name);
        Ok(Self {
            name: if module == "builtins" { name.clone() } else { format!("{module}.{name}") },
            kind: kind(class, &bases, &names, slots.len())?,
            is_enum: derives("enum", "Enum"),
            is_path: bases
                .iter()
                .map(|base| defines(base, "__fspath__"))
                .collect::<PyResult<Vec<_>>>()?
                .contains(&true),
            has_dict: layout(class).has_dict,
            slots,
            object: class.clone(),
        })
    }
}

fn defines(class: &Bound<'_, PyType>, name: &str) -> PyResult<bool> {
    class.as_any().getattr("__dict__")?.contains(name)
}

fn module(class: &Bound<'_, PyType>) -> PyResult<String> {
    Ok(class.module()?.to_string())
}

fn kind<'py>(
    class: &Bound<'py, PyType>,
    bases: &[Bound<'py, PyType>],
    names: &[(String, String)],
    slots: usize,
) -> PyResult<Kind<'py>> {
    let pointer = class.as_type_ptr();
    // SAFETY: both are type objects.
    let is = |base| unsafe { ffi::PyType_IsSubtype(pointer, base) } != 0;
    if is(&raw mut ffi::PyType_Type) || is(&raw mut ffi::PyFunction_Type) || is(&raw mut ffi::PyCFunction_Type) {
        return Ok(Kind::Global);
    }
    if is(&raw mut ffi::PyModule_Type) {
        return Ok(Kind::Module);
    }
    if is(&raw mut ffi::PyMemoryView_Type) {
        return Ok(Kind::MemoryView);
    }
    if is(&raw mut ffi::PyDictProxy_Type) {
        return Ok(Kind::MappingProxy);
    }
    if let Some(kind) = names.iter().find_map(|(module, name)| library(module, name)) {
        return Ok(kind);
    }
    if let Some(kind) = ScalarKind::of(&names[0].0, &names[0].1) {
        return Ok(Kind::Scalar(kind));
    }
    if let Some(base) = Base::of(pointer) {
        let ordered = names.iter().position(|(module, name)| module == "collections" && name == "OrderedDict");
        let ordered_by = ordered.map(|index| bases[index].getattr("__iter__")).transpose()?;
        return Ok(Kind::Builtin { base, ordered_by });
    }
    if names.iter().any(|(module, name)| module == "enum" && name == "Enum") {
        return Ok(Kind::Enum);
    }
    let has = |method| bases.iter().try_fold(false, |has, base| Ok::<_, PyErr>(has || defines(base, method)?));
    if has("__next__")?
        && !names.iter().any(|(module, name)| module == "_io" && (name == "BytesIO" || name == "StringIO"))
    {
        let is_file = names.iter().any(|(module, _)| module == "_io");
        return Ok(Kind::Opaque(if is_file { OPEN_FILE } else { ITERATOR }));
    }
    if has("__await__")? || has("__anext__")? {
        return Ok(Kind::Opaque(ASYNC));
    }
    Ok(if layout(class).hides_more_than(slots) { Kind::Reduce } else { Kind::Object })
}

/// Types of well-known libraries, by their names so that nothing has to be imported.
fn library<'py>(module: &str, name: &str) -> Option<Kind<'py>> {
    let root = module.split('.').next().unwrap_or(module);
    Some(match (root, name) {
        ("array", "array") => Kind::PackedArray,
        ("re", "Match") => Kind::Attributes(&["re", "string", "regs"]),
        ("sqlite3", "Row") => Kind::Row,
        ("_hashlib" | "_blake2" | "_md5" | "_sha1" | "_sha2" | "_sha256" | "_sha512" | "_sha3", _) => {
            Kind::Opaque("the state of a hash; return its `digest()`")
        }
        ("numpy", "MaskedArray") => Kind::MaskedArray,
        ("numpy", "ndarray") => Kind::NumpyArray,
        ("numpy", "generic") => Kind::NumpyScalar,
        ("pandas", "DataFrame") => Kind::PandasTable,
        ("pandas", "Series") => Kind::PandasSeries,
        ("pandas", "Index") => Kind::PandasIndex,
        ("pandas", "ExtensionArray") => Kind::PandasArray,
        ("polars", "DataFrame") => Kind::PolarsTable,
        ("polars", "Series") => Kind::PolarsSeries,
        ("polars", "LazyFrame") => Kind::Opaque("not computed yet; return what its collect() gives"),
        ("polars", "Expr") => Kind::Opaque("a formula; return what it gives"),
        ("pyarrow", "Table" | "RecordBatch") => Kind::ArrowTable,
        ("pyarrow", "Array" | "ChunkedArray") => Kind::ArrowArray,
        ("pyarrow", "Scalar") => Kind::ArrowScalar,
        (
            "google",
            "RepeatedScalarContainer"
            | "RepeatedCompositeContainer"
            | "ScalarMapContainer"
            | "MessageMapContainer"
            | "RepeatedScalarFieldContainer"
            | "RepeatedCompositeFieldContainer"
            | "ScalarMap"
            | "MessageMap",
        ) => Kind::MessageField,
        ("google", "Message") if module == "google.protobuf.message" => Kind::Message,
        _ => return None,
    })
}

/// What the type object says about the memory of instances.
struct Layout {
    /// Bytes beyond those of a bare `object`, of a `__dict__` and of weak references.
    extra: isize,
    has_dict: bool,
}

impl Layout {
    /// Whether instances hold data other than in their `__dict__` and slots. `object.__reduce_ex__` decides in the same way.
    fn hides_more_than(&self, slots: usize) -> bool {
        self.extra > (slots * POINTER) as isize
    }
}

const POINTER: usize = size_of::<*const ()>();

fn layout(class: &Bound<'_, PyType>) -> Layout {
    const MANAGED_DICT: std::ffi::c_ulong = 1 << 4;
    let object = &raw const ffi::PyBaseObject_Type;
    // SAFETY: type objects that are alive, read while the interpreter is attached.
    let (class, bare) = unsafe { (&*class.as_type_ptr(), &*object) };
    // SAFETY: as above.
    let flags = unsafe { ffi::PyType_GetFlags(std::ptr::from_ref(class).cast_mut()) };
    let has_dict = class.tp_dictoffset != 0 || flags & MANAGED_DICT != 0;
    let own_dict = has_dict && flags & MANAGED_DICT == 0;
    let pointers = usize::from(own_dict) + usize::from(class.tp_weaklistoffset > 0);
    Layout {
        extra: class.tp_basicsize - bare.tp_basicsize - (pointers * POINTER) as isize + class.tp_itemsize,
        has_dict,
    }
}

/// The slots that one class of Python code adds.
fn slots_of<'py>(class: &Bound<'py, PyType>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
    if !defines(class, "__slots__")? {
        return Ok(Vec::new());
    }
    let dict = class.as_any().getattr("__dict__")?;
    let copy = PyDict::new(class.py());
    copy.update(dict.cast::<PyMapping>()?)?;
    let is_member = |value: &Bound<'py, PyAny>| value.get_type_ptr() == &raw mut ffi::PyMemberDescr_Type;
    Ok(copy.iter().filter(|(_, value)| is_member(value)).map(|(name, value)| (name.to_string(), value)).collect())
}
