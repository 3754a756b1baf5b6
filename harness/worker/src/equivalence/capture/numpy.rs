//! NumPy's arrays and scalars, `array.array`, and views of memory.

use pyo3::prelude::*;
use pyo3::{ffi, intern};

use super::class::Class;
use super::walker::Walker;
use crate::equivalence::number::Number;
use crate::equivalence::value::{Array, Buffer, Data, Object, Typed, Value};

/// An array; one of a subclass with its attributes.
pub(super) fn array<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
    let plain_type = numpy(object.py())?.getattr("ndarray")?;
    if class.object.is(&plain_type) {
        return Ok(Value::Array(Box::new(plain(walker, object)?)));
    }
    let plain_array = object.call_method1("view", (plain_type,))?;
    let value = Value::Array(Box::new(plain(walker, &plain_array)?));
    Ok(Value::Typed(Box::new(Typed { type_name: class.name.clone(), value, state: walker.state(object, class)? })))
}

/// A masked array: masked elements don't count.
pub(super) fn masked<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
    let data = object.getattr("data")?.call_method1("view", (numpy(object.py())?.getattr("ndarray")?,))?;
    let value = if object.getattr("mask")?.call_method0("any").and_then(|any| any.is_truthy()).unwrap_or(true) {
        let elements = object.call_method0("ravel")?.call_method0("tolist")?;
        let dtype = dtype_string(&object.getattr("dtype")?)?;
        Array { dtype, shape: object.getattr("shape")?.extract()?, data: Data::Items(walker.elements(&elements)?) }
    } else {
        plain(walker, &data)?
    };
    Ok(Value::Typed(Box::new(Typed {
        type_name: class.name.clone(),
        value: Value::Array(Box::new(value)),
        state: Vec::new(),
    })))
}

/// A scalar as the Python object that it stands for; one of a moment keeps its unit.
pub(super) fn scalar<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
    let kind = object.getattr("dtype")?.getattr("kind")?.extract::<char>()?;
    let (value, state) = match kind {
        'M' | 'm' => {
            let array = numpy(object.py())?.call_method1("asarray", (object,))?;
            (Value::Array(Box::new(plain(walker, &array)?)), Vec::new())
        }
        'f' | 'c' if is_long(object)? => long(walker, object)?,
        _ => (walker.value(&object.call_method0("item")?)?, Vec::new()),
    };
    Ok(Value::Typed(Box::new(Typed { type_name: class.name.clone(), value, state })))
}

/// Any array as an exact `numpy.ndarray`.
pub(super) fn plain<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>) -> PyResult<Array> {
    let dtype = object.getattr("dtype")?;
    let array = |data| Ok(Array { dtype: dtype_string(&dtype)?, shape: object.getattr("shape")?.extract()?, data });
    let names = dtype.getattr("names")?;
    if !names.is_none() {
        // Field by field: the padding between them doesn't count.
        let field = |name: String| Ok((name.clone(), Value::Array(Box::new(plain(walker, &object.get_item(name)?)?))));
        return array(Data::Fields(names.extract::<Vec<String>>()?.into_iter().map(field).collect::<PyResult<_>>()?));
    }
    let kind = dtype.getattr("kind")?.extract::<char>()?;
    let is_raw = "biufcmMSUV".contains(kind) && dtype.getattr("isbuiltin")?.extract::<i32>()? != 2 && !is_long(object)?;
    if is_raw {
        return array(Data::Raw(raw(object, &dtype)?));
    }
    let elements = object.call_method0("ravel")?;
    let elements = match kind {
        'f' | 'c' => return array(Data::Items(longs(walker, &elements)?)),
        _ => elements.call_method0("tolist")?,
    };
    array(Data::Items(walker.elements(&elements)?))
}

/// `array.array` as an array of one dimension.
pub(super) fn packed(object: &Bound<'_, PyAny>, class: &Class<'_>) -> PyResult<Value> {
    let size = object.getattr("itemsize")?.extract::<usize>()?;
    let code = match object.getattr("typecode")?.extract::<char>()? {
        'u' | 'w' if size == 4 => "U1".into(),
        'f' | 'd' => format!("f{size}"),
        signed if signed.is_lowercase() => format!("i{size}"),
        _ => format!("u{size}"),
    };
    let array = Array {
        dtype: format!("{}{code}", byte_order(size)),
        shape: vec![object.len()?],
        data: Data::Raw(bytes(object)?),
    };
    let value = Value::Array(Box::new(array));
    Ok(Value::Typed(Box::new(Typed { type_name: class.name.clone(), value, state: Vec::new() })))
}

/// A `memoryview` by the bytes or the elements that it shows.
pub(super) fn memory_view(object: &Bound<'_, PyAny>, class: &Class<'_>) -> PyResult<Value> {
    let py = object.py();
    let bytes = object.call_method0(intern!(py, "tobytes"))?.extract::<Vec<u8>>()?;
    let format = object.getattr(intern!(py, "format"))?.extract::<String>()?;
    let shape = object.getattr(intern!(py, "shape"))?.extract::<Vec<usize>>()?;
    let size = object.getattr(intern!(py, "itemsize"))?.extract::<usize>()?;
    let value = match native_dtype(&format, size) {
        _ if format == "B" && shape.len() == 1 => Value::Bytes(bytes.into()),
        Some(dtype) => Value::Array(Box::new(Array { dtype, shape, data: Data::Raw(bytes.into()) })),
        None => {
            let shape = shape.into_iter().map(|length| Value::Int(length as i64)).collect();
            let state = vec![
                ("bytes".into(), Value::Bytes(bytes.into())),
                ("format".into(), Value::Str(format.as_str().into())),
                ("shape".into(), Value::Tuple(shape)),
            ];
            return Ok(Value::Object(Box::new(Object { type_name: class.name.clone(), state })));
        }
    };
    Ok(Value::Typed(Box::new(Typed { type_name: class.name.clone(), value, state: Vec::new() })))
}

/// NumPy's type string for a format of `struct` in the machine's byte order.
fn native_dtype(format: &str, size: usize) -> Option<String> {
    let kind = match format {
        "b" | "h" | "i" | "l" | "q" | "n" => 'i',
        "B" | "H" | "I" | "L" | "Q" | "N" | "P" => 'u',
        "e" | "f" | "d" => 'f',
        "?" => 'b',
        "c" => 'S',
        _ => return None,
    };
    Some(format!("{}{kind}{size}", byte_order(size)))
}

/// The machine's byte order in a type string.
fn byte_order(size: usize) -> char {
    match size {
        1 => '|',
        _ if cfg!(target_endian = "big") => '>',
        _ => '<',
    }
}

/// The library, which has been imported: there is an object of it.
fn numpy(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import("sys")?.getattr("modules")?.get_item("numpy")
}

/// The short form of a type, unless it leaves something out.
fn dtype_string(dtype: &Bound<'_, PyAny>) -> PyResult<String> {
    let complete = dtype.getattr("names")?.is_none() && dtype.getattr("isbuiltin")?.extract::<i32>()? != 2;
    match dtype.getattr("str")?.extract::<String>()? {
        short if complete && !short.contains('T') => Ok(short),
        _ => Ok(dtype.str()?.to_string()),
    }
}

fn raw(object: &Bound<'_, PyAny>, dtype: &Bound<'_, PyAny>) -> PyResult<Buffer> {
    if object.getattr("nbytes")?.extract::<usize>()? == 0 {
        return Ok(Buffer::default());
    }
    let native = if dtype.getattr("isnative")?.is_truthy()? {
        object.clone()
    } else {
        object.call_method1("astype", (dtype.call_method1("newbyteorder", ("=",))?,))?
    };
    // Neither moments nor texts have a buffer; their bytes do.
    let contiguous = numpy(object.py())?.call_method1("ascontiguousarray", (native,))?;
    bytes(&contiguous.call_method1("reshape", (-1,))?.call_method1("view", ("u1",))?)
}

/// A copy of the memory of an object.
fn bytes(object: &Bound<'_, PyAny>) -> PyResult<Buffer> {
    let mut view = std::mem::MaybeUninit::<ffi::Py_buffer>::uninit();
    // SAFETY: filled in unless it fails, read while it is held, and released.
    unsafe {
        if ffi::PyObject_GetBuffer(object.as_ptr(), view.as_mut_ptr(), ffi::PyBUF_SIMPLE) != 0 {
            return Err(PyErr::fetch(object.py()));
        }
        let mut view = view.assume_init();
        let copy = match view.len {
            0 => Buffer::default(),
            length => std::slice::from_raw_parts(view.buf.cast::<u8>(), length as usize).into(),
        };
        ffi::PyBuffer_Release(&mut view);
        Ok(copy)
    }
}

/// Whether elements are `longdouble`, whose bytes include padding, or complex numbers of them.
fn is_long(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let dtype = object.getattr("dtype")?;
    Ok(matches!(dtype.getattr("char")?.extract::<char>()?, 'g' | 'G'))
}

fn longs<'py>(walker: &mut Walker<'py>, elements: &Bound<'py, PyAny>) -> PyResult<Vec<Value>> {
    let one = |element: PyResult<Bound<'py, PyAny>>| {
        let (value, state) = long(walker, &element?)?;
        Ok(match state.is_empty() {
            true => value,
            false => Value::Typed(Box::new(Typed { type_name: "numpy.longdouble".into(), value, state })),
        })
    };
    elements.try_iter()?.map(one).collect()
}

/// A `longdouble` as the nearest `float`, and the rest, if any, as an attribute.
fn long<'py>(walker: &mut Walker<'py>, object: &Bound<'py, PyAny>) -> PyResult<(Value, Vec<(String, Value)>)> {
    let kind = object.getattr("dtype")?.getattr("kind")?.extract::<char>()?;
    let short = if kind == 'c' { "complex128" } else { "float64" };
    let near = object.call_method1("astype", (short,))?;
    let value = walker.value(&near.call_method0("item")?)?;
    if !Number::of(&value).is_some_and(Number::is_finite) {
        return Ok((value, Vec::new()));
    }
    let rest = object.sub(&near)?.call_method1("astype", (short,))?.call_method0("item")?;
    let rest = if rest.is_truthy()? { vec![("rest".into(), walker.value(&rest)?)] } else { Vec::new() };
    Ok((value, rest))
}
