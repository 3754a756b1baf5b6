//! Instances of classes, by their attributes or by what they reduce to; and classes and functions themselves.

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::class::Class;
use super::walker::{Walker, opaque};
use crate::equivalence::value::{Object, Reduced, Typed, Value};

impl<'py> Walker<'py> {
    /// An object whose data is all in its attributes.
    pub(super) fn object(&mut self, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
        let state = self.state(object, class)?;
        Ok(Value::Object(Box::new(Object { type_name: class.name.clone(), state })))
    }

    /// Attributes of an instance, sorted by name, read past any `__getattribute__`.
    pub(super) fn state(&mut self, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Vec<(String, Value)>> {
        let mut state = Vec::new();
        if class.has_dict {
            // SAFETY: the instance has a dict, as its class says.
            let dict = unsafe { ffi::PyObject_GenericGetDict(object.as_ptr(), std::ptr::null_mut()) };
            // SAFETY: a new reference or an error.
            let dict = unsafe { Bound::from_owned_ptr_or_err(self.py, dict)? };
            self.pairs(&dict, |walker, name, value| {
                state.push((attribute(name)?, walker.value(value)?));
                Ok(())
            })?;
        }
        for (name, slot) in &class.slots {
            match read(slot, object) {
                Ok(value) => state.push((name.clone(), self.value(&value)?)),
                Err(unset) if unset.is_instance_of::<PyAttributeError>(self.py) => {}
                Err(error) => return Err(error),
            }
        }
        state.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(state)
    }

    /// A member of an enum that isn't a number or text as well.
    pub(super) fn enumeration(&mut self, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
        let state = ["_name_", "_value_"]
            .iter()
            .map(|name| Ok((name.trim_matches('_').to_owned(), self.value(&object.getattr(*name)?)?)))
            .collect::<PyResult<_>>()?;
        Ok(Value::Object(Box::new(Object { type_name: class.name.clone(), state })))
    }

    /// An object by what `copy` and `pickle` make it from.
    pub(super) fn reduced(&mut self, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
        let reduction = reduce(object)?;
        if reduction.is_instance_of::<PyString>() {
            return Ok(Value::Named(format!("{} {}", class.name, reduction.str()?)));
        }
        let reduction = reduction.cast_into::<PyTuple>()?;
        let mut parts = Vec::with_capacity(reduction.len());
        for (index, part) in reduction.iter().enumerate() {
            parts.push(match index {
                0 => self.unless_class(&part, class)?,
                1 => Value::Tuple(
                    part.cast_into::<PyTuple>()?
                        .iter()
                        .map(|argument| self.unless_class(&argument, class))
                        .collect::<PyResult<_>>()?,
                ),
                3 if !part.is_none() => Value::List(self.elements(&part)?),
                4 if !part.is_none() => self.items(&part)?,
                _ => self.value(&part)?,
            });
        }
        while parts.last() == Some(&Value::None) {
            parts.pop();
        }
        Ok(Value::Reduced(Box::new(Reduced { type_name: class.name.clone(), parts })))
    }

    /// An object by attributes that say all of it.
    pub(super) fn attributes(
        &mut self,
        object: &Bound<'py, PyAny>,
        class: &Class<'py>,
        names: &[&str],
    ) -> PyResult<Value> {
        let state = names.iter().map(|name| Ok(((*name).to_owned(), self.value(&object.getattr(*name)?)?)));
        let mut state = state.collect::<PyResult<Vec<_>>>()?;
        state.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(Value::Object(Box::new(Object { type_name: class.name.clone(), state })))
    }

    /// What a read-only view of a mapping shows.
    pub(super) fn mapping_proxy(&mut self, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
        let value = self.items(&object.call_method0("items")?)?;
        Ok(Value::Typed(Box::new(Typed { type_name: class.name.clone(), value, state: Vec::new() })))
    }

    /// A row of a table by the names of its columns and their values.
    pub(super) fn row(&mut self, object: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
        let columns = self.value(&object.call_method0("keys")?)?;
        let values = Value::List(self.elements(object)?);
        let state = vec![("columns".into(), columns), ("values".into(), values)];
        Ok(Value::Object(Box::new(Object { type_name: class.name.clone(), state })))
    }

    /// The class of an object is known by name already, also where it can't be found by it.
    fn unless_class(&mut self, part: &Bound<'py, PyAny>, class: &Class<'py>) -> PyResult<Value> {
        if part.is(&class.object) { Ok(Value::Named(class.name.clone())) } else { self.value(part) }
    }

    fn items(&mut self, pairs: &Bound<'py, PyAny>) -> PyResult<Value> {
        let pair = |pair: PyResult<Bound<'py, PyAny>>| {
            let (name, value) = pair?.extract::<(Bound<'py, PyAny>, Bound<'py, PyAny>)>()?;
            Ok((self.value(&name)?, self.value(&value)?))
        };
        pairs.try_iter()?.map(pair).collect::<PyResult<_>>().map(Value::Dict)
    }
}

/// What `__reduce_ex__` says, or what is registered for the class in `copyreg`.
fn reduce<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    const PROTOCOL: u8 = 4;
    let registered = object.py().import("copyreg")?.getattr("dispatch_table")?;
    match registered.cast_into::<PyDict>()?.get_item(object.get_type())? {
        Some(reduce) => reduce.call1((object,)),
        None => object.call_method1("__reduce_ex__", (PROTOCOL,)),
    }
}

/// The value of a slot of an object.
fn read<'py>(slot: &Bound<'py, PyAny>, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the descriptor is a member descriptor, whose type has this function, and is one of the object's class.
    unsafe {
        let get = (*slot.get_type_ptr()).tp_descr_get.ok_or_else(|| PyTypeError::new_err("a slot without a value"))?;
        let value = get(slot.as_ptr(), object.as_ptr(), object.get_type_ptr().cast());
        Bound::from_owned_ptr_or_err(object.py(), value)
    }
}

fn attribute(name: &Bound<'_, PyAny>) -> PyResult<String> {
    match name.cast::<PyString>() {
        Ok(name) => Ok(name.to_string_lossy().into_owned()),
        Err(_) => Ok(name.repr()?.to_string()),
    }
}

/// A class or function, known by name if that is how it is found.
pub(super) fn global(object: &Bound<'_, PyAny>, class: &Class<'_>) -> PyResult<Value> {
    let module = object.getattr("__module__")?;
    let name = object.getattr("__qualname__")?.extract::<String>()?;
    let Ok(module) = module.extract::<String>() else {
        return Ok(opaque(&class.name, format!("{name} belongs to no module")));
    };
    if found(object.py(), &module, &name).is_ok_and(|found| found.is(object)) {
        return Ok(Value::Named(if module == "builtins" { name } else { format!("{module}.{name}") }));
    }
    Ok(opaque(&class.name, format!("{module}.{name} can't be found by its name")))
}

fn found<'py>(py: Python<'py>, module: &str, name: &str) -> PyResult<Bound<'py, PyAny>> {
    let modules = py.import("sys")?.getattr("modules")?;
    let mut names = name.split('.');
    // Through its dict: a module's `__getattr__` may import others.
    let globals = modules.get_item(module)?.getattr("__dict__")?;
    let first = globals.get_item(names.next().unwrap_or(name))?;
    names.try_fold(first, |object, name| object.getattr(name))
}

/// A module, known by name.
pub(super) fn module(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    Ok(Value::Named(object.getattr("__name__")?.extract()?))
}
