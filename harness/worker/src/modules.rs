use pyo3::prelude::*;
use pyo3::types::PyModule;
use rustworthy_protocol::LoadedModule;

const SOURCE: &str = include_str!("modules.py");

/// The modules that are loaded, with their files.
pub(crate) fn loaded(py: Python<'_>) -> PyResult<Vec<LoadedModule>> {
    let source = std::ffi::CString::new(SOURCE)?;
    let module = PyModule::from_code(py, &source, c"modules.py", c"rustworthy_modules")?;
    let loaded: Vec<(String, std::path::PathBuf)> = module.getattr("loaded")?.call0()?.extract()?;
    Ok(loaded.into_iter().map(|(name, file)| LoadedModule { name, file }).collect())
}
