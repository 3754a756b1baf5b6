//! Finding callables by name.

use pyo3::prelude::*;
use pyo3::types::PyModule;
use rustworthy_model::comparison::Source;
use rustworthy_protocol::{LookedUp, Lookup};

const SOURCE: &str = include_str!("lookup.py");

/// Whether each of the callables exists, importing as little as possible.
pub(crate) fn find(py: Python<'_>, lookups: &[Lookup]) -> PyResult<Vec<LookedUp>> {
    let source = std::ffi::CString::new(SOURCE)?;
    let module = PyModule::from_code(py, &source, c"lookup.py", c"rustworthy_lookup")?;
    let find = module.getattr("find")?;
    lookups
        .iter()
        .map(|lookup| {
            type Code = (String, u64, String);
            let (finding, details, code): (String, Vec<String>, Option<Code>) =
                find.call1((&lookup.module, &lookup.callable))?.extract()?;
            Ok(match finding.as_str() {
                "callable" => LookedUp::Callable(code.map(|(file, line, text)| Source { file, line, text })),
                "no module" => LookedUp::NoModule,
                "no name" => LookedUp::NoName(details),
                "not callable" => LookedUp::NotCallable(details.into_iter().next().unwrap_or_default()),
                _ => LookedUp::Unknown,
            })
        })
        .collect()
}

/// Imports the module and fetches the callable.
pub(crate) fn resolve<'py>(py: Python<'py>, lookup: &Lookup) -> PyResult<Bound<'py, PyAny>> {
    let module = py.import(lookup.module.as_str())?.into_any();
    lookup.callable.split('.').try_fold(module, |object, name| object.getattr(name))
}
